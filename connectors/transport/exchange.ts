import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import type { ChannelRequest } from '../contract.ts';
import type { NotSentReason, SendOptions, TransportResult } from './port.ts';

/** A request on its way down the stack. */
export interface Call {
  readonly channel: ChannelType;
  readonly request: ChannelRequest;
  /** Headers of the request with what the stack has added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly options: SendOptions;
  /** The owner's signal, or one that ends earlier. */
  readonly signal: AbortSignal;
}

/** Sends a call, or passes it on. Never rejects for what the network or the platform did. */
export type Exchange = (call: Call) => Promise<TransportResult>;

/** One capability of the transport, wrapped around the rest of the stack. */
export type Interceptor = (next: Exchange) => Exchange;

/** The first interceptor is the outermost. */
export function compose(interceptors: readonly Interceptor[], terminal: Exchange): Exchange {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), terminal);
}

/** Why a signal that this transport aborts was aborted. */
export class LifeOver extends Error {
  constructor(timeoutMs: number) {
    super(`no whole answer within ${timeoutMs} ms`);
    this.name = 'LifeOver';
  }
}

export function notSent(
  reason: NotSentReason,
  code: ErrorCode,
  message: string,
  durationMs = 0,
): TransportResult {
  return { kind: 'notSent', reason, code, message, durationMs };
}

/** Longest answer where the sender names none, bytes. */
export const DEFAULT_ANSWER_BYTES = 16 * 1_024 * 1_024;

/** A call whose answer is longer than its sender reads. */
export function overlong(maxBytes: number, durationMs: number): TransportResult {
  const message = `the answer is longer than ${maxBytes} bytes`;
  return { kind: 'ambiguous', code: 'CHANNEL_RESPONSE_MALFORMED', message, durationMs };
}

/** A call that was aborted before its first byte: by the deadline, or by its owner. */
export function abortedUnsent(signal: AbortSignal, durationMs: number): TransportResult {
  return signal.reason instanceof LifeOver
    ? notSent('unreachable', 'CHANNEL_TIMEOUT', 'no connection in time', durationMs)
    : notSent('aborted', 'LEASE_LOST', 'the sender gave the request up', durationMs);
}

/** A call that was aborted after its first byte. */
export function abortedSent(signal: AbortSignal, durationMs: number): TransportResult {
  const late = signal.reason instanceof LifeOver;
  return {
    kind: 'ambiguous',
    code: late ? 'CHANNEL_TIMEOUT' : 'LEASE_LOST',
    message: late ? signal.reason.message : 'the sender gave the request up',
    durationMs,
  };
}
