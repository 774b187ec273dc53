import type { Clock } from '../../../runtime/ports.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import type { Caller } from '../../limits/budget-names.ts';
import type { WindowSlot } from '../../limits/counting/sliding-window.ts';
import { AHEAD_MS, isSlot, SlidingWindow } from '../../limits/counting/sliding-window.ts';
import type { Urgency } from '../../limits/line/waiting-line.ts';
import { connectionRate } from '../../limits/rates.ts';
import type { RequestBudgets, RequestSlot, Ticket } from '../../limits/request-budgets.ts';
import { joined } from '../../limits/request-budgets.ts';
import type { ConnectionState } from '../connection/connection-state.ts';

/** A slot for one request; of the connection's own window it may have been taken ahead of its time. */
export interface TakenSlot extends RequestSlot {
  /** Nothing may leave before, monotonic ms. */
  readonly freeAt: number;
}

/**
 * Slots for the requests of one connection: in its own window, then in what the platform counts for several connections. Until a request is
 * planned its endpoint is not known: that of the last one is taken for it.
 * *resting* → own slot → *in line* → granted → *ready* → taken → *resting*; any → give up → *resting*.
 */
export class Places {
  readonly #state: ConnectionState;
  readonly #budgets: RequestBudgets;
  readonly #granted: () => void;
  readonly #clock: Clock;
  readonly #window: SlidingWindow;
  #endpoint: string | null = null;
  #own: WindowSlot | null = null;
  #ticket: Ticket | null = null;
  #shared: RequestSlot | null = null;
  /** For whom the ticket or the shared slot is. */
  #askedFor: Caller | null = null;
  /** Monotonic ms since which the connection's own window makes it wait. */
  #waitsSince: number | null = null;

  /** @param granted a slot that was waited for is there */
  constructor(state: ConnectionState, budgets: RequestBudgets, granted: () => void) {
    this.#state = state;
    this.#budgets = budgets;
    this.#granted = granted;
    this.#clock = state.context.clock;
    const { requests, windowMs } = connectionRate(state.connector.manifest, state.connection);
    this.#window = new SlidingWindow(requests, windowMs, this.#clock.monotonic());
  }

  /** The row of the connection changed; its tier perhaps with it. */
  retune(connection: Connection): void {
    const { requests, windowMs } = connectionRate(this.#state.connector.manifest, connection);
    this.#window.retune(requests, windowMs);
    if (this.#askedFor && !this.#budgets.areSame(this.#askedFor, this.#caller())) this.giveUp();
  }

  /** A slot, or when (monotonic ms) to ask again; Infinity: `granted` will be called. */
  take(urgency: Urgency): TakenSlot | { readonly retryAt: number } {
    if (this.#ticket) {
      this.#ticket.hurry(urgency);
      return { retryAt: Number.POSITIVE_INFINITY };
    }
    const own = this.#own ?? this.#takeOwn();
    if (!isSlot(own)) return own;
    this.#own = own;
    const shared = this.#shared ?? this.#takeShared(urgency);
    if (!shared) return { retryAt: Number.POSITIVE_INFINITY };
    this.#own = null;
    this.#shared = null;
    this.#askedFor = null;
    return { ...joined(own, shared), freeAt: own.freeAt };
  }

  /** Whether a slot that was just taken is good for a request to this endpoint; the next will be. */
  suits(endpoint: string): boolean {
    const taken = this.#caller();
    this.#endpoint = endpoint;
    return this.#budgets.areSame(taken, this.#caller());
  }

  /** The platform said that requests come too fast: if it did not mean this connection, the others wait as well. */
  refused(endpoint: string, scope: Parameters<RequestBudgets['refused']>[1], ms: number): void {
    this.#budgets.refused({ ...this.#caller(), endpoint }, scope, ms);
  }

  /** There is nothing to send for now. */
  giveUp(): void {
    this.#ticket?.leave();
    this.#shared?.unused();
    this.#own?.unused();
    this.#ticket = null;
    this.#shared = null;
    this.#own = null;
    this.#askedFor = null;
  }

  #takeOwn(): WindowSlot | { readonly retryAt: number } {
    const { context, connection } = this.#state;
    const now = this.#clock.monotonic();
    const slot = this.#window.take(now, 0, AHEAD_MS);
    const labels = { channel_type: connection.channel };
    if (!isSlot(slot)) {
      context.metrics.count('rate_limit_hits_total', labels);
      this.#waitsSince ??= now;
    } else if (this.#waitsSince !== null) {
      const seconds = (Math.max(now, slot.freeAt) - this.#waitsSince) / 1_000;
      const scope = 'connection';
      context.metrics.observe('parity_rate_limit_wait_seconds', seconds, { ...labels, scope });
      this.#waitsSince = null;
    }
    return slot;
  }

  #takeShared(urgency: Urgency): RequestSlot | null {
    const caller = this.#caller();
    this.#askedFor = caller;
    const taken = this.#budgets.take(caller, urgency, (slot) => {
      this.#ticket = null;
      this.#shared = slot;
      this.#granted();
    });
    if (taken.kind === 'slot') return taken.slot;
    this.#ticket = taken.ticket;
    return null;
  }

  #caller(): Caller {
    const { connection } = this.#state;
    return {
      channel: connection.channel,
      endpoint: this.#endpoint,
      listing: connection.listing,
      accountId: connection.account_id,
      credentialId: connection.credential_id,
      perSecond: connection.requests_per_second,
    };
  }
}
