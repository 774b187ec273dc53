import type { ConnectionId } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';
import { nightsOf } from '../../schemas/domain/plain-date.ts';
import type { Origin, PmsEvent, RestrictionSet } from '../../schemas/generated/types.ts';
import type { PmsFact, PmsFactOf } from '../../schemas/pms-event.ts';
import { factOf } from '../../schemas/pms-event.ts';

interface NaiveBooking {
  readonly pms: Set<PlainDate>;
  held: Set<PlainDate>;
  holder: ConnectionId | null;
  revisedAt: number;
  channelSequence: number;
  /** Nights that some fact of a connection named. */
  readonly named: Map<ConnectionId, Set<PlainDate>>;
}

/** What a person would say about a night. */
interface NaiveNight {
  readonly covered: boolean;
  readonly closed: boolean;
  readonly owner: ConnectionId | null;
  readonly revisedAt: number | null;
  readonly price: { readonly amount: number; readonly currency: string } | null;
  readonly restrictions: RestrictionSet | null;
}

/**
 * The meaning of the events told the plain way: each once, in the order of their sequences, everything in sets of nights, a snapshot wiping
 * what it replaces. It shares no code with intake and mapping; tests compare the two.
 */
export class NaiveCalendar {
  readonly #bookings = new Map<string, NaiveBooking>();
  readonly #blocks = new Map<string, { nights: Set<PlainDate>; expiresAt: number | null }>();
  readonly #blocked = new Set<PlainDate>();
  readonly #prices = new Map<PlainDate, { amount: number; currency: string }>();
  readonly #restrictions = new Map<PlainDate, RestrictionSet>();
  #coveredFrom: PlainDate | null = null;
  #known: PmsFactOf<'property.updated'>['payload'] | null = null;

  constructor(events: readonly PmsEvent[]) {
    const bySequence = new Map(events.map((event) => [event.sequence ?? 0, event]));
    const ordered = [...bySequence.values()].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
    for (const event of ordered) this.#apply(factOf(event, event.property_id));
  }

  /** The property itself; null: not known yet. */
  get property() {
    return this.#known;
  }

  night(night: PlainDate, now: number): NaiveNight {
    const causes: ({ owner: ConnectionId; revisedAt: number } | null)[] = [];
    for (const booking of this.#bookings.values())
      if (booking.held.has(night) && booking.holder !== null)
        causes.push({ owner: booking.holder, revisedAt: booking.revisedAt });
      else if (booking.pms.has(night)) causes.push(null);
    for (const block of this.#blocks.values())
      if (block.nights.has(night) && (block.expiresAt === null || block.expiresAt > now))
        causes.push(null);
    if (this.#blocked.has(night)) causes.push(null);
    const owners = new Set(causes.map((cause) => cause?.owner ?? null));
    const owner = owners.size === 1 ? ([...owners][0] ?? null) : null;
    return {
      covered: this.#coveredFrom !== null && night >= this.#coveredFrom,
      closed: causes.length > 0,
      owner,
      revisedAt: owner && Math.max(...causes.map((cause) => cause?.revisedAt ?? 0)),
      price: this.#prices.get(night) ?? null,
      restrictions: this.#restrictions.get(night) ?? null,
    };
  }

  released(connectionId: ConnectionId, night: PlainDate): number {
    let released = 0;
    for (const booking of this.#bookings.values()) {
      const holds = booking.holder === connectionId && booking.held.has(night);
      if (booking.named.get(connectionId)?.has(night) && !holds)
        released = Math.max(released, booking.channelSequence);
    }
    return released;
  }

  #apply(fact: PmsFact): void {
    switch (fact.type) {
      case 'booking.confirmed':
      case 'booking.cancelled': {
        const { booking_id, check_in, check_out } = fact.payload;
        const stay = { start: check_in, end: check_out };
        this.#book(booking_id, stay, fact.type === 'booking.confirmed', fact.origin, fact.sequence);
        break;
      }
      case 'booking.updated':
        this.#book(
          fact.payload.booking_id,
          fact.payload.new_dates,
          true,
          fact.origin,
          fact.sequence,
        );
        break;
      case 'availability.updated':
        this.#block(fact.payload);
        break;
      case 'pricing.updated':
        for (const night of nightsOf(fact.payload.date_range)) this.#prices.delete(night);
        this.#price(fact.payload.new_prices, fact.payload.currency);
        break;
      case 'restrictions.updated':
        for (const night of nightsOf(fact.payload.date_range))
          this.#restrictions.set(night, fact.payload.restrictions);
        break;
      case 'property.updated':
        this.#known = fact.payload;
        break;
      case 'calendar.snapshot':
        this.#replace(fact);
        break;
      default:
        fact satisfies never;
    }
  }

  #book(id: string, stay: DateRange, live: boolean, origin: Origin | null, sequence: number): void {
    const booking = this.#bookings.get(id) ?? {
      pms: new Set<PlainDate>(),
      held: new Set<PlainDate>(),
      holder: null,
      revisedAt: 0,
      channelSequence: 0,
      named: new Map<ConnectionId, Set<PlainDate>>(),
    };
    this.#bookings.set(id, booking);
    booking.pms.clear();
    if (live) for (const night of nightsOf(stay)) booking.pms.add(night);
    if (!origin) return;
    const named = booking.named.get(origin.connection_id) ?? new Set();
    booking.named.set(origin.connection_id, named);
    const held = nightsOf(origin.channel_nights ?? stay);
    for (const night of held) named.add(night);
    booking.held = new Set(live ? held : []);
    booking.holder = live ? origin.connection_id : null;
    booking.revisedAt = origin.revised_at;
    booking.channelSequence = sequence;
  }

  #block(update: {
    readonly date_range: DateRange;
    readonly available: boolean;
    readonly block_id: string | null;
    readonly expires_at: number | null;
  }): void {
    const range = nightsOf(update.date_range);
    if (update.block_id !== null) {
      const held = update.available ? [] : range;
      this.#blocks.set(update.block_id, { nights: new Set(held), expiresAt: update.expires_at });
    } else
      for (const night of range)
        if (update.available) this.#blocked.delete(night);
        else this.#blocked.add(night);
  }

  #price(spans: readonly (DateRange & { readonly amount: number })[], currency: string): void {
    for (const span of spans)
      for (const night of nightsOf(span))
        this.#prices.set(night, { amount: span.amount, currency });
  }

  #replace({ payload, sequence }: PmsFactOf<'calendar.snapshot'>): void {
    const from = payload.first_date;
    if (this.#coveredFrom === null || from < this.#coveredFrom) this.#coveredFrom = from;
    const wipe = (nights: { keys(): Iterable<PlainDate>; delete(night: PlainDate): boolean }) => {
      for (const night of [...nights.keys()]) if (night >= from) nights.delete(night);
    };
    for (const booking of this.#bookings.values()) wipe(booking.pms);
    wipe(this.#blocked);
    wipe(this.#prices);
    wipe(this.#restrictions);
    for (const { booking_id, check_in, check_out, origin } of payload.bookings)
      this.#book(booking_id, { start: check_in, end: check_out }, true, origin, sequence);
    for (const { start, end, block_id, expires_at } of payload.blocks)
      this.#block({ date_range: { start, end }, available: false, block_id, expires_at });
    this.#price(payload.prices, payload.currency);
    for (const { start, end, restrictions } of payload.restrictions)
      for (const night of nightsOf({ start, end })) this.#restrictions.set(night, restrictions);
  }
}
