import { retryAfterMs } from '../../connectors/answers/http-outcome.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type { Clock } from '../../runtime/ports.ts';
import { LATE_MS } from '../../runtime/request-life.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { SendTokenRequest } from './credential-ports.ts';

/** A slot in whatever the platform counts a token request for; exactly one of its first three calls ends it. Times are monotonic ms. */
export interface TokenSlot {
  answered(at: number): void;
  unanswered(at: number, longestLifeMs: number): void;
  unused(): void;
  /** The platform answered that calls come too fast. @param asked for how long they shall rest, ms; null: it does not say */
  refused(asked: number | null): void;
  /** Asked in the turn of the socket. */
  mayLeave(): boolean;
}

/** Waits for a slot. @throws the signal's reason when it is aborted first */
export type TokenSlots = (
  channel: ChannelType,
  endpoint: string,
  signal: AbortSignal,
) => Promise<TokenSlot>;

/** A token is a few kilobytes at most. */
const LONGEST_ANSWER_BYTES = 64 * 1_024;

/**
 * Token requests over the transport that itself asks for tokens: they carry no credential, so neither waits for the other. They count for the
 * address from which they come as every other call; how many tokens a credential may ask for is counted with it.
 */
export function sendOver(
  transport: () => ChannelTransport,
  slots: TokenSlots,
  clock: Pick<Clock, 'monotonic'>,
): SendTokenRequest {
  return async (channel, request, signal) => {
    for (;;) {
      const slot = await slots(channel, request.endpoint, signal).catch((cause: unknown) => {
        // Nobody was asked: this says nothing about the endpoint.
        const text = `No slot for a token request of ${channel} in time`;
        throw new ParityError('CHANNEL_RATE_LIMITED', text, { cause });
      });
      let isVoid = false;
      const result = await transport().send(channel, request, {
        credentialId: null,
        unsigned: true,
        signal,
        maxAnswerBytes: LONGEST_ANSWER_BYTES,
        atSocket: () => {
          isVoid = !slot.mayLeave();
          return !isVoid;
        },
      });
      if (result.kind === 'response') slot.answered(clock.monotonic());
      else if (result.kind === 'ambiguous') slot.unanswered(clock.monotonic(), LATE_MS);
      else slot.unused();
      if (result.kind === 'response') {
        if (result.response.status === 429) slot.refused(retryAfterMs(result.response));
        return result.response;
      }
      if (!isVoid) throw new ParityError(result.code, result.message);
    }
  };
}
