import type { ChannelRequest, ChannelResponse, Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { sleep } from '../../runtime/ports.ts';
import type { PartitionContext } from '../../runtime/stage.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Account } from '../../schemas/generated/types.ts';
import { isSlot, SlidingWindow } from '../delivery/limiter.ts';

/** What an unanswered request may still be counted as by the platform, ms. */
const LONGEST_LIFE_MS = 40_000;

/** Calls of one account, one after the other and within the account's window. */
export class AccountCalls {
  readonly #context: PartitionContext;
  readonly #transport: ChannelTransport;
  readonly #window: SlidingWindow;

  constructor(context: PartitionContext, transport: ChannelTransport, connector: Connector) {
    this.#context = context;
    this.#transport = transport;
    const limit = connector.manifest.limits.find(({ scope }) => scope === 'account') ?? {
      requests: 2,
      windowMs: 1_000,
    };
    this.#window = new SlidingWindow(limit.requests, limit.windowMs, context.clock.monotonic());
  }

  /**
   * Sends one request and answers the platform's response, whatever its status.
   * @throws ParityError with the transport's code when there is no whole answer; LEASE_LOST when the partition is not ours any more.
   */
  async send(account: Account, request: ChannelRequest): Promise<ChannelResponse> {
    const { clock, timers, lost } = this.#context;
    for (;;) {
      if (lost.aborted || !this.#context.leaseHeld())
        throw new ParityError('LEASE_LOST', 'the partition is not ours any more');
      const slot = this.#window.take(clock.monotonic());
      if (!isSlot(slot)) {
        await sleep(timers, Math.min(60_000, slot.retryAt - clock.monotonic()), lost);
        continue;
      }
      const result = await this.#transport.send(account.channel, request, {
        credentialId: account.credential_id,
        signal: lost,
        atSocket: () => this.#context.leaseHeld(),
      });
      if (result.kind === 'response') {
        slot.answered(clock.monotonic());
        const pause = retryAfter(result.response);
        if (pause !== null) this.#window.pause(clock.monotonic() + pause);
        return result.response;
      }
      if (result.kind === 'ambiguous') slot.unanswered(clock.monotonic(), LONGEST_LIFE_MS);
      else slot.unused();
      throw new ParityError(result.code, result.message);
    }
  }
}

/** Pause after 429, ms; null: none asked. */
function retryAfter(response: ChannelResponse): number | null {
  if (response.status !== 429) return null;
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000;
}
