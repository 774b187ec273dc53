import type { ConnectionId } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import { dayIndex, daysIn, monthOf } from '../../schemas/domain/plain-date.ts';
import type {
  BlockRegister,
  BookingRegister,
  MonthRegister,
  RestrictionSet,
  SnapshotFloor,
} from '../../schemas/generated/types.ts';
import { nightlyFloors } from '../property-calendar/floors.ts';

/** The registers that can speak of a month, and what they are judged by. */
interface MonthSources {
  readonly month: PlainMonth;
  readonly bookings: readonly BookingRegister[];
  readonly blocks: readonly BlockRegister[];
  readonly nights: MonthRegister | undefined;
  readonly floors: readonly SnapshotFloor[];
  readonly currency: string;
  /** `Connection.listing_since`, ms. */
  readonly listingSince: (connectionId: ConnectionId) => number;
  /** ms; a block whose `expires_at` is not later has ended. */
  readonly now: number;
}

/** What the PMS and the channels say about each night of a month, before any connection is looked at. One element per day. */
export interface MonthFacts {
  readonly month: PlainMonth;
  /** A snapshot covers the night. */
  readonly covered: readonly boolean[];
  /** A live booking or block covers it. */
  readonly closed: readonly boolean[];
  /** The connection whose own bookings, all of its present listing, are all that closes the night. */
  readonly owners: readonly (ConnectionId | null)[];
  /** Newest revision of those bookings, ms. */
  readonly revisedAt: readonly (number | null)[];
  /** Minor units of the property's currency; null: no price, or one in another currency. */
  readonly prices: readonly (number | null)[];
  readonly restrictions: readonly (RestrictionSet | null)[];
  /** Per connection: sequence at which its bookings last left the night; 0: never. */
  readonly released: ReadonlyMap<ConnectionId, readonly number[]>;
  /** Newest price in another currency; null: none. */
  readonly foreignPrice: { readonly sequence: number; readonly currency: string } | null;
}

/**
 * Judges the registers of a month. A fact of the PMS about a night is void below the floor of the night; what a channel holds, and blocks with
 * an id, are never void by a snapshot.
 */
export function monthFacts(sources: MonthSources): MonthFacts {
  const days = daysIn(sources.month);
  const floors = nightlyFloors(sources.floors, sources.month);
  const causes = new Causes(days);
  for (const booking of sources.bookings) addBooking(causes, booking, sources, floors);
  for (const block of sources.blocks) addBlock(causes, block, sources);
  sources.nights?.blocks.forEach(({ sequence, closed }, day) => {
    if (closed && sequence >= (floors[day] ?? 0)) causes.add(day, null, null);
  });
  return {
    month: sources.month,
    covered: floors.map((floor) => floor !== null),
    closed: causes.closed,
    owners: causes.owners,
    revisedAt: causes.revisedAt,
    ...nightlyTerms(sources, floors),
    released: releasedNights(sources),
  };
}

/** Why nights are closed. The result does not depend on the order of the causes. */
class Causes {
  readonly closed: boolean[];
  readonly owners: (ConnectionId | null)[];
  readonly revisedAt: (number | null)[];

  constructor(days: number) {
    this.closed = new Array(days).fill(false);
    this.owners = new Array(days).fill(null);
    this.revisedAt = new Array(days).fill(null);
  }

  /** `owner`: the connection whose channel holds the night for this cause itself; null: none does. */
  add(day: number, owner: ConnectionId | null, revisedAt: number | null): void {
    if (!this.closed[day]) {
      this.closed[day] = true;
      this.owners[day] = owner;
      this.revisedAt[day] = revisedAt;
      return;
    }
    const same = owner !== null && this.owners[day] === owner;
    this.owners[day] = same ? owner : null;
    this.revisedAt[day] = same ? Math.max(this.revisedAt[day] ?? 0, revisedAt ?? 0) : null;
  }
}

function addBooking(
  causes: Causes,
  { pms, channel }: BookingRegister,
  { month, listingSince }: MonthSources,
  floors: readonly (number | null)[],
): void {
  const held = channel?.live ? daysWithin(month, stayOf(channel)) : NO_DAYS;
  // An older booking may be one of the listing that the connection named before, of which the present one knows nothing.
  const own = channel && channel.revised_at >= listingSince(channel.connection_id) ? channel : null;
  for (let day = held.start; day < held.end; day++)
    causes.add(day, own?.connection_id ?? null, own?.revised_at ?? null);
  if (!pms?.live) return;
  const stay = daysWithin(month, stayOf(pms));
  for (let day = stay.start; day < stay.end; day++) {
    const heldToo = day >= held.start && day < held.end;
    if (!heldToo && pms.sequence >= (floors[day] ?? 0)) causes.add(day, null, null);
  }
}

function addBlock(causes: Causes, block: BlockRegister, { month, now }: MonthSources): void {
  if (!block.live || (block.expires_at !== null && block.expires_at <= now)) return;
  const nights = daysWithin(month, block);
  for (let day = nights.start; day < nights.end; day++) causes.add(day, null, null);
}

function nightlyTerms(
  { nights, currency }: MonthSources,
  floors: readonly (number | null)[],
): Pick<MonthFacts, 'prices' | 'restrictions' | 'foreignPrice'> {
  let foreignPrice: MonthFacts['foreignPrice'] = null;
  const prices = floors.map((floor, day) => {
    const fact = nights?.prices[day];
    if (!fact || fact.amount === null || fact.sequence < (floor ?? 0)) return null;
    if (fact.currency === currency) return fact.amount;
    if (fact.currency !== null && fact.sequence > (foreignPrice?.sequence ?? 0))
      foreignPrice = { sequence: fact.sequence, currency: fact.currency };
    return null;
  });
  const restrictions = floors.map((floor, day) => {
    const fact = nights?.restrictions[day];
    return fact && fact.sequence > 0 && fact.sequence >= (floor ?? 0) ? fact.set : null;
  });
  return { prices, restrictions, foreignPrice };
}

function releasedNights({ month, bookings }: MonthSources): Map<ConnectionId, number[]> {
  const released = new Map<ConnectionId, number[]>();
  for (const { left } of bookings)
    for (const nights of left) {
      const days = daysWithin(month, nights);
      if (days.start >= days.end) continue;
      const sequences = released.get(nights.connection_id) ?? new Array(daysIn(month)).fill(0);
      for (let day = days.start; day < days.end; day++)
        sequences[day] = Math.max(sequences[day] ?? 0, nights.sequence);
      released.set(nights.connection_id, sequences);
    }
  return released;
}

interface Days {
  readonly start: number;
  readonly end: number;
}
const NO_DAYS: Days = { start: 0, end: 0 };

/** The part of a half-open range in a month, as positions of days. */
function daysWithin(month: PlainMonth, range: DateRange): Days {
  const startMonth = monthOf(range.start);
  const endMonth = monthOf(range.end);
  if (startMonth > month || endMonth < month) return NO_DAYS;
  return {
    start: startMonth < month ? 0 : dayIndex(range.start),
    end: endMonth > month ? daysIn(month) : dayIndex(range.end),
  };
}

function stayOf(side: { readonly check_in: PlainDate; readonly check_out: PlainDate }): DateRange {
  return { start: side.check_in, end: side.check_out };
}
