import type { LimitScope, Manifest } from '../../../connectors/contract.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import type { Caller } from '../budget-names.ts';
import type { RequestBudgets, RequestSlot, Taken } from '../request-budgets.ts';
import type { InLine, Urgency } from './waiting-line.ts';
import { WaitingLine } from './waiting-line.ts';

interface Waiter extends InLine {
  /** The turn is this one's now. */
  begin(): void;
}

/** One listing: requests that are out or have a turn, and who waits for one. */
interface Listing {
  readonly key: string;
  readonly most: number;
  out: number;
  readonly line: WaitingLine<Waiter>;
}

/**
 * Budgets before which a request waits for its turn at its listing, where the manifest says how many the platform works on at a time
 * (`listingConcurrency`): several connections may be rooms of one hotel. A turn is taken before any slot, so nobody holds slots while waiting
 * for it, and ends with the slot.
 *
 * It holds within a process. Rooms of one hotel whose properties lie in partitions of different processes may still meet; the platform then refuses
 * the later message unread, and it goes again after a pause. A lock over processes would cost every message a round trip to spare that one.
 */
export class ListingTurns implements RequestBudgets {
  readonly #budgets: RequestBudgets;
  readonly #manifestOf: (channel: ChannelType) => Manifest | undefined;
  readonly #listings = new Map<string, Listing>();

  constructor(budgets: RequestBudgets, manifestOf: (channel: ChannelType) => Manifest | undefined) {
    this.#budgets = budgets;
    this.#manifestOf = manifestOf;
  }

  take(caller: Caller, urgency: Urgency, granted: (slot: RequestSlot) => void): Taken {
    const listing = this.#listingOf(caller);
    if (!listing) return this.#budgets.take(caller, urgency, granted);
    if (listing.out >= listing.most || listing.line.blocks(urgency))
      return { kind: 'waiting', ticket: this.#stand(listing, caller, urgency, granted) };
    listing.out++;
    return this.#takeSlot(listing, caller, urgency, granted);
  }

  areSame(a: Caller, b: Caller): boolean {
    return this.#keyOf(a) === this.#keyOf(b) && this.#budgets.areSame(a, b);
  }

  refused(caller: Caller, scope: LimitScope | undefined, ms: number): boolean {
    return this.#budgets.refused(caller, scope, ms);
  }

  /** The turn is taken; what else the request needs comes from the budgets. */
  #takeSlot(
    listing: Listing,
    caller: Caller,
    urgency: Urgency,
    granted: (slot: RequestSlot) => void,
  ): Taken {
    const taken = this.#budgets.take(caller, urgency, (slot) =>
      granted(this.#withTurn(listing, slot)),
    );
    if (taken.kind === 'slot') return { kind: 'slot', slot: this.#withTurn(listing, taken.slot) };
    const { ticket } = taken;
    return {
      kind: 'waiting',
      ticket: {
        hurry: (wanted) => ticket.hurry(wanted),
        leave: () => {
          ticket.leave();
          this.#end(listing);
        },
      },
    };
  }

  /** *in line* → has its turn → in line for slots → granted; *in line* or in line for slots → leave. */
  #stand(
    listing: Listing,
    caller: Caller,
    urgency: Urgency,
    granted: (slot: RequestSlot) => void,
  ): Extract<Taken, { kind: 'waiting' }>['ticket'] {
    let further: Taken | null = null;
    const enter = (as: Urgency): Waiter => {
      const waiter: Waiter = {
        urgency: as,
        left: false,
        begin: () => {
          further = this.#takeSlot(listing, caller, as, granted);
          if (further.kind === 'slot') granted(further.slot);
        },
      };
      listing.line.add(waiter);
      return waiter;
    };
    const withdraw = (waiter: Waiter) => {
      waiter.left = true;
      listing.line.remove(waiter.urgency);
    };
    let present = enter(urgency);
    return {
      hurry: (wanted) => {
        if (further?.kind === 'waiting') further.ticket.hurry(wanted);
        if (further || present.urgency !== 'other' || wanted === 'other') return;
        withdraw(present);
        present = enter(wanted);
      },
      leave: () => {
        if (further?.kind === 'waiting') further.ticket.leave();
        if (further) return;
        withdraw(present);
        this.#forget(listing);
      },
    };
  }

  #withTurn(listing: Listing, slot: RequestSlot): RequestSlot {
    return {
      answered: (at) => {
        slot.answered(at);
        this.#end(listing);
      },
      unanswered: (at, longestLifeMs) => {
        slot.unanswered(at, longestLifeMs);
        this.#end(listing);
      },
      unused: () => {
        slot.unused();
        this.#end(listing);
      },
      mayLeave: () => slot.mayLeave(),
    };
  }

  #end(listing: Listing): void {
    listing.out--;
    const next = listing.out < listing.most ? listing.line.first() : undefined;
    if (!next) {
      this.#forget(listing);
      return;
    }
    listing.line.shift();
    listing.out++;
    next.begin();
  }

  #forget(listing: Listing): void {
    if (listing.out === 0 && listing.line.size === 0) this.#listings.delete(listing.key);
  }

  #listingOf(caller: Caller): Listing | null {
    const key = this.#keyOf(caller);
    const most = this.#manifestOf(caller.channel)?.listingConcurrency;
    if (key === null || most === undefined) return null;
    const known = this.#listings.get(key);
    if (known) return known;
    const listing: Listing = { key, most, out: 0, line: new WaitingLine() };
    this.#listings.set(key, listing);
    return listing;
  }

  /** Null: the platform does not say how many requests about a listing it works on at a time. */
  #keyOf({ channel, listing }: Caller): string | null {
    const manifest = this.#manifestOf(channel);
    return manifest?.listingConcurrency === undefined || listing === undefined || listing === null
      ? null
      : `${manifest.platformFamily} ${listing}`;
  }
}
