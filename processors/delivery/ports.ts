import type { Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { RequestBudgets } from '../limits/request-budgets.ts';
import type { HintPorts } from './publishing/hints.ts';

/** What delivery needs from outside; the wiring passes it. */
export interface DeliveryPorts {
  connectorOf(channel: ChannelType): Connector | undefined;
  readonly transport: ChannelTransport;
  /** Of the process: what its partitions share outlives each of them. */
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'metrics' | 'logger'>;
  /** How channels that fetch are told of changes; default: they are not. */
  readonly hints?: HintPorts;
  /** Shared by all that this process sends. */
  readonly budgets: RequestBudgets;
}
