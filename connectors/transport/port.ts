import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import type { ChannelRequest, ChannelResponse } from '../contract.ts';

/**
 * The way to a platform. Delivery and polling send through this port; production passes undici, the simulation an in-process
 * transport over the simulator cores. It adds authorisation, never retries (a second request would need a second limiter slot)
 * and never throws for what the network or the platform did: that is a `TransportResult`.
 */
export interface ChannelTransport {
  send(
    channel: ChannelType,
    request: ChannelRequest,
    options: SendOptions,
  ): Promise<TransportResult>;
  /** Ends idle sockets; requests under way are aborted. */
  close(): Promise<void>;
}

export interface SendOptions {
  /** The identity at the platform that signs the request; null: there is none yet, so nothing is sent (CREDENTIAL_MISSING). */
  readonly credentialId: string | null;
  /** The request carries what it needs itself, as one for a token does. */
  readonly unsigned?: true;
  /** Aborted when the partition is lost or the process stops: `notSent` before the write, `ambiguous` after it. */
  readonly signal: AbortSignal;
  /**
   * Awaited once the request is authorised and before it may leave: the place to wait until a limiter slot is free, or for a turn.
   * False withholds the request (`notSent`, reason `withheld`).
   */
  readonly beforeSocket?: () => boolean | Promise<boolean>;
  /**
   * Asked in the very turn in which the bytes go to an open socket, after connecting and queueing: the last comparison with the
   * newest desired state. False withholds the request (`notSent`, reason `withheld`).
   */
  readonly atSocket?: () => boolean;
  /** W3C trace context, passed on to the platform; null or undefined: none. */
  readonly traceparent?: string | null;
  /** Longest life of the request in ms, from the first byte of the connect to the last of the answer. Default 20 000. */
  readonly timeoutMs?: number;
  /** Longest answer that is read, bytes; a longer one is `ambiguous` (CHANNEL_RESPONSE_MALFORMED). Default 16 MiB, room for a page of a poll. */
  readonly maxAnswerBytes?: number;
}

export type TransportResult =
  /** The platform answered, whatever the status; the body is whole. */
  | { readonly kind: 'response'; readonly response: ChannelResponse; readonly durationMs: number }
  /** Not one byte of the request was written: nothing happened at the platform. */
  | {
      readonly kind: 'notSent';
      readonly reason: NotSentReason;
      readonly code: ErrorCode;
      readonly message: string;
      readonly durationMs: number;
    }
  /** Written, at least in part, without a whole answer: it may have been applied, or may be later. */
  | {
      readonly kind: 'ambiguous';
      readonly code: ErrorCode;
      readonly message: string;
      readonly durationMs: number;
    };

export type NotSentReason =
  /** DNS, refused, TLS, no connection in time. A transient failure. */
  | 'unreachable'
  /** `beforeSocket` or `atSocket` said no. */
  | 'withheld'
  /** `signal` was aborted first. */
  | 'aborted'
  /** No valid credential (CREDENTIAL_EXPIRED, CREDENTIAL_MISSING) or the token endpoint failed (CHANNEL_UNAVAILABLE and the like). */
  | 'unauthorized';
