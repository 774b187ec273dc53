import type { Change, ChannelRequest } from '../../connectors/contract.ts';
import type { ChannelTransport, SendOptions } from '../../connectors/transport/port.ts';
import { monthOf } from '../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage, DesiredPage } from '../../schemas/generated/types.ts';
import type { Knowledge, RequestLog, SentRequest } from '../observers/request-log.ts';
import type { SenderView } from '../observers/sender-view.ts';
import type { ConnectionPlan } from './plan.ts';

export interface TransportWatch {
  readonly process: string;
  readonly requests: RequestLog;
  readonly view: SenderView;
  now(): number;
  /** False once the process was killed: what of it still runs in this turn has no effect any more. */
  alive(): boolean;
  /** The connection whose calendar the request writes; null: none. */
  targetOf(channel: string, request: ChannelRequest): ConnectionPlan | null;
  partitionOf(propertyId: string): number;
  /** What the sender's own table durably holds; its own writes come back to it later than it acts on them. */
  acknowledgedPage(key: string): AcknowledgedPage | undefined;
  /** At the socket. True: the process dies here, nothing is written. */
  atSocket(sent: SentRequest): boolean;
  /** The answer has come, and the process does not know it yet. True: it dies here. */
  answered(sent: SentRequest): boolean;
}

/** The transport of one process with an observer at the socket: after the product has said yes, before the first byte. */
export function watchedTransport(inner: ChannelTransport, watch: TransportWatch): ChannelTransport {
  return {
    send: async (channel, request, options) => {
      let sent: SentRequest | null = null;
      const atSocket = () => {
        if (!watch.alive()) return false;
        if (options.atSocket && !options.atSocket()) return false;
        sent = watch.requests.leaves(describe(channel, request, options, watch));
        if (!watch.atSocket(sent)) return true;
        watch.requests.takeLeaving();
        sent.reached = false;
        return false;
      };
      const result = await inner.send(channel, request, { ...options, atSocket });
      const ended = sent as SentRequest | null;
      if (ended !== null) {
        ended.endedAt = watch.now();
        ended.result = result.kind;
        if (watch.answered(ended)) return new Promise(() => undefined);
      }
      return result;
    },
    close: () => inner.close(),
  };
}

function describe(
  channel: string,
  request: ChannelRequest,
  { credentialId }: SendOptions,
  watch: TransportWatch,
): Omit<SentRequest, 'number'> {
  const target = watch.targetOf(channel, request);
  const changes = 'changes' in request ? (request.changes as readonly Change[]) : [];
  return {
    at: watch.now(),
    process: watch.process,
    channel,
    endpoint: request.endpoint,
    method: request.method,
    credentialId,
    target,
    changes,
    knowledge: target === null ? null : knowledgeOf(watch, target, changes),
    endedAt: null,
    result: null,
    exchange: null,
    reached: true,
  };
}

function knowledgeOf(
  { view, partitionOf, acknowledgedPage }: TransportWatch,
  target: ConnectionPlan,
  changes: readonly Change[],
): Knowledge {
  const partition = partitionOf(target.propertyId);
  const connection = view.connection(partition, target.id);
  const desired = new Map<ReturnType<typeof monthOf>, DesiredPage>();
  const acknowledged = new Map<ReturnType<typeof monthOf>, AcknowledgedPage>();
  for (const { night } of changes) {
    const month = monthOf(night);
    if (connection && !desired.has(month)) {
      const page = view.desired(partition, connection, night);
      if (page) desired.set(month, page);
    }
    if (!acknowledged.has(month)) {
      const page = acknowledgedPage(`${target.id}/${month}`);
      if (page) acknowledged.set(month, page);
    }
  }
  return { connection, desired, acknowledged };
}
