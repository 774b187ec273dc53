import type { ChannelRequest, ChannelResponse, Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { sleep } from '../../runtime/ports.ts';
import type { PartitionContext } from '../../runtime/stage.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Account } from '../../schemas/generated/types.ts';
import { accountRate } from '../limits/rates.ts';
import { isSlot, SlidingWindow } from '../limits/sliding-window.ts';

/** How long after a silence the platform may still count the request, ms. */
const LONGEST_LIFE_MS = 40_000;
/** Longest pause that a platform can ask for, ms. */
const LONGEST_PAUSE_MS = 3_600_000;

/** Calls of one account, one after the other and within the account's window. */
export class AccountCalls {
  readonly #context: PartitionContext;
  readonly #transport: ChannelTransport;
  readonly #window: SlidingWindow;

  constructor(context: PartitionContext, transport: ChannelTransport, connector: Connector) {
    this.#context = context;
    this.#transport = transport;
    const { requests, windowMs } = accountRate(connector.manifest);
    this.#window = new SlidingWindow(requests, windowMs, context.clock.monotonic());
  }

  /**
   * Sends one request and answers the platform's response, whatever its status.
   * @throws ParityError with the transport's code when there is no whole answer; LEASE_LOST when the partition is not ours any more.
   */
  async send(account: Account, request: ChannelRequest): Promise<ChannelResponse> {
    const { clock, timers, lost, metrics } = this.#context;
    for (;;) {
      if (lost.aborted || !this.#context.leaseHeld())
        throw new ParityError('LEASE_LOST', 'the partition is not ours any more');
      const slot = this.#window.take(clock.monotonic());
      if (!isSlot(slot)) {
        metrics.count('rate_limit_hits_total', { channel_type: account.channel });
        const wait = Math.min(60_000, slot.retryAt - clock.monotonic());
        await untilAborted(sleep(timers, wait, lost));
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

  /** As `send`. @throws ParityError by the status for any answer but 2xx */
  async ask(account: Account, request: ChannelRequest): Promise<ChannelResponse> {
    const response = await this.send(account, request);
    return response.status >= 200 && response.status < 300 ? response : this.fail(response.status);
  }

  /** @throws ParityError what a status that is none of success means */
  fail(status: number): never {
    throw new ParityError(codeOfStatus(status), `the channel answered ${status}`);
  }
}

/** The signal's reason may be anything; whoever waits here has lost the partition. */
async function untilAborted(waiting: Promise<void>): Promise<void> {
  try {
    await waiting;
  } catch (cause) {
    throw new ParityError('LEASE_LOST', 'the partition is not ours any more', { cause });
  }
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'CHANNEL_UNAUTHORIZED';
  if (status === 403) return 'CHANNEL_FORBIDDEN';
  if (status === 404) return 'CHANNEL_LISTING_UNKNOWN';
  if (status === 429) return 'CHANNEL_RATE_LIMITED';
  return status >= 500 ? 'CHANNEL_UNAVAILABLE' : 'CHANNEL_RESPONSE_MALFORMED';
}

/** Pause after 429, ms; null: none asked. */
function retryAfter(response: ChannelResponse): number | null {
  if (response.status !== 429) return null;
  const seconds = Number(response.headers['retry-after']);
  const asked = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000;
  return Math.min(asked, LONGEST_PAUSE_MS);
}
