import type { Clock } from '../../runtime/ports.ts';
import type { ChannelResponse } from '../contract.ts';
import {
  abortedSent,
  abortedUnsent,
  type Call,
  DEFAULT_ANSWER_BYTES,
  notSent,
  overlong,
} from './exchange.ts';
import type { TransportResult } from './port.ts';
import type { Carrier } from './transport.ts';

/** A request as it would arrive at the platform, all headers in lower case. */
export interface WireRequest {
  readonly channel: string;
  readonly host: string;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Thrown by a platform of the simulation that cannot be reached: nothing was written. */
export class NotReached extends Error {
  constructor(message = 'connection refused') {
    super(message);
    this.name = 'NotReached';
  }
}

/** Answers a request; rejects when the connection drops (`NotReached`: before the request), never settles when it hangs. */
export type Platform = (request: WireRequest) => Promise<ChannelResponse>;

/**
 * Carries calls to platforms in the same process, with the rules of a socket: the last word of the sender is asked right before
 * the platform gets the request, and an abort leaves the request at the platform.
 */
export function createInProcessCarrier(platform: Platform, clock: Clock): Carrier {
  return {
    exchange: (call) => exchange(call, platform, clock),
    close: () => Promise.resolve(),
  };
}

async function exchange(call: Call, platform: Platform, clock: Clock): Promise<TransportResult> {
  const { signal, request } = call;
  const started = clock.monotonic();
  const elapsed = () => clock.monotonic() - started;
  if (signal.aborted) return abortedUnsent(signal, elapsed());
  if (call.options.atSocket && !call.options.atSocket()) {
    return notSent('withheld', 'LEASE_LOST', 'withheld at the socket', elapsed());
  }
  const headers = Object.entries(call.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const wire: WireRequest = {
    channel: call.channel,
    host: request.host,
    method: request.method,
    path: request.path,
    headers: Object.fromEntries(headers),
    body: request.body ?? '',
  };
  const { maxAnswerBytes = DEFAULT_ANSWER_BYTES } = call.options;
  const answered = platform(wire).then(
    (response): TransportResult =>
      Buffer.byteLength(response.body) > maxAnswerBytes
        ? overlong(maxAnswerBytes, elapsed())
        : { kind: 'response', response, durationMs: elapsed() },
    (error: unknown): TransportResult => {
      const message = error instanceof Error ? error.message : String(error);
      return error instanceof NotReached
        ? notSent('unreachable', 'CHANNEL_UNREACHABLE', message, elapsed())
        : { kind: 'ambiguous', code: 'CHANNEL_UNREACHABLE', message, durationMs: elapsed() };
    },
  );
  return new Promise((resolve) => {
    const onAbort = () => resolve(abortedSent(signal, elapsed()));
    signal.addEventListener('abort', onAbort, { once: true });
    void answered.then((result) => {
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    });
  });
}
