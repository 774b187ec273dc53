import { retryAfterMs } from '../../connectors/answers/http-outcome.ts';
import type { ChannelRequest, ChannelResponse, Connector } from '../../connectors/contract.ts';
import { sleep } from '../../runtime/ports.ts';
import { LATE_MS } from '../../runtime/request-life.ts';
import type { PartitionContext } from '../../runtime/stage.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Account } from '../../schemas/generated/types.ts';
import type { Caller } from '../limits/budget-names.ts';
import type { Slot } from '../limits/counting/sliding-window.ts';
import { isSlot, SlidingWindow } from '../limits/counting/sliding-window.ts';
import { accountRate } from '../limits/rates.ts';
import type { RequestSlot } from '../limits/request-budgets.ts';
import { joined, pauseAfterRefusal, waitForSlot } from '../limits/request-budgets.ts';
import type { PollingPorts } from './stage.ts';

/** Calls of one account, one after the other, within the account's window and what the platform counts beside it. */
export class AccountCalls {
  readonly #context: PartitionContext;
  readonly #ports: Pick<PollingPorts, 'transport' | 'budgets'>;
  readonly #connector: Connector;
  readonly #window: SlidingWindow;

  constructor(
    context: PartitionContext,
    ports: Pick<PollingPorts, 'transport' | 'budgets'>,
    connector: Connector,
  ) {
    this.#context = context;
    this.#ports = ports;
    this.#connector = connector;
    const { requests, windowMs } = accountRate(connector.manifest);
    this.#window = new SlidingWindow(requests, windowMs, context.clock.monotonic());
  }

  /**
   * Sends one request and answers the platform's response, whatever its status.
   * @throws ParityError with the transport's code when there is no whole answer; LEASE_LOST when the partition is not ours any more.
   */
  async send(account: Account, request: ChannelRequest): Promise<ChannelResponse> {
    for (;;) {
      const slot = await this.#slot(account, request);
      const response = await this.#sendWith(slot, account, request);
      if (response) return response;
    }
  }

  /** Null: nothing was sent, since the slot was not ours any more. */
  async #sendWith(slot: RequestSlot, account: Account, request: ChannelRequest) {
    const { clock, lost } = this.#context;
    let isVoid = false;
    const result = await this.#ports.transport.send(account.channel, request, {
      credentialId: account.credential_id,
      signal: lost,
      atSocket: () => {
        isVoid = !slot.mayLeave();
        return !isVoid && this.#context.leaseHeld();
      },
    });
    if (result.kind === 'response') {
      slot.answered(clock.monotonic());
      this.#pauseAfter(account, request, result.response);
      return result.response;
    }
    if (result.kind === 'ambiguous') slot.unanswered(clock.monotonic(), LATE_MS);
    else slot.unused();
    if (isVoid) return null;
    throw new ParityError(result.code, result.message);
  }

  /** A slot of the account's own window, and then one in every budget. */
  async #slot(account: Account, { endpoint }: ChannelRequest): Promise<RequestSlot> {
    const own = await this.#ownSlot(account);
    const { budgets } = this.#ports;
    const caller = callerOf(account, endpoint);
    const shared = await untilAborted(
      waitForSlot(budgets, caller, 'other', this.#context.lost),
    ).catch((error: unknown) => {
      own.unused();
      throw error;
    });
    return joined(own, shared);
  }

  async #ownSlot(account: Account): Promise<Slot> {
    const { clock, timers, lost, metrics } = this.#context;
    const since = clock.monotonic();
    let hasWaited = false;
    for (;;) {
      if (lost.aborted || !this.#context.leaseHeld())
        throw new ParityError('LEASE_LOST', 'the partition is not ours any more');
      const slot = this.#window.take(clock.monotonic());
      if (isSlot(slot)) {
        const labels = { channel_type: account.channel, scope: 'account' };
        const seconds = (clock.monotonic() - since) / 1_000;
        if (hasWaited) metrics.observe('parity_rate_limit_wait_seconds', seconds, labels);
        return slot;
      }
      hasWaited = true;
      metrics.count('rate_limit_hits_total', { channel_type: account.channel });
      const wait = Math.min(60_000, slot.retryAt - clock.monotonic());
      await untilAborted(sleep(timers, wait, lost));
    }
  }

  #pauseAfter(account: Account, { endpoint }: ChannelRequest, response: ChannelResponse): void {
    if (!this.#connector.inbound.isRateLimited(response)) return;
    const pause = pauseAfterRefusal(retryAfterMs(response));
    if (!this.#ports.budgets.refused(callerOf(account, endpoint), undefined, pause))
      this.#window.pause(this.#context.clock.monotonic() + pause);
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

function callerOf(account: Account, endpoint: string): Caller {
  return {
    channel: account.channel,
    endpoint,
    accountId: account.account_id,
    credentialId: account.credential_id,
  };
}

/** The signal's reason may be anything; whoever waits here has lost the partition. */
async function untilAborted<T>(waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
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
