import { Credentials } from '../../accounts/credentials/credentials.ts';
import { sendOver } from '../../accounts/credentials/token-sender.ts';
import { authenticatorOf } from '../../connectors/registry.ts';
import { createInProcessCarrier } from '../../connectors/transport/in-process.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { createTransport } from '../../connectors/transport/transport.ts';
import type { RequestBudgets } from '../../processors/limits/request-budgets.ts';
import { tokenSlots } from '../../processors/limits/request-budgets.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { VirtualProcess } from '../../runtime/testing/virtual-time.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { SentRequest } from '../observers/request-log.ts';
import type { SenderView } from '../observers/sender-view.ts';
import { watchedTransport } from './watched-transport.ts';
import type { World } from './world.ts';

export interface TransportHooks {
  readonly process: VirtualProcess;
  readonly view: SenderView;
  /** True: the process dies here. */
  atSocket(sent: SentRequest): boolean;
  answered(sent: SentRequest): boolean;
}

/** The product's transport over the simulated network, watched at its sockets. */
export function pipelineTransport(
  world: World,
  storage: Storage,
  budgets: RequestBudgets,
  environment: Environment,
  { process, view, atSocket, answered }: TransportHooks,
): ChannelTransport {
  const carrier = createInProcessCarrier(world.network.from(process), process);
  const { timers, logger } = environment;
  const credentials = new Credentials({
    store: storage.credentials,
    vault: world.vault,
    send: sendOver(() => watched, tokenSlots(budgets), environment.clock),
    authenticatorOf,
    environment,
  });
  const inner = createTransport(carrier, { timers, logger, credentials });
  const watched: ChannelTransport = watchedTransport(inner, {
    process: process.name,
    requests: world.requests,
    view,
    now: () => world.time.elapsed,
    alive: () => process.state !== 'killed',
    targetOf: (channel, request) => world.targetOf(channel, request),
    partitionOf: (propertyId) => partitionOf(propertyId, world.topology.partitions),
    acknowledgedPage: (key) => {
      world.log.scanTable('channel.acknowledged');
      return world.log.get('channel.acknowledged', key);
    },
    atSocket,
    answered,
  });
  return world.decorate.transport?.(watched) ?? watched;
}
