import type { Origin, PmsEvent, RestrictionSet } from '../../schemas/generated/types.ts';
import { type Night, nightsBetween } from '../dates.ts';

/** What a property is by all facts about it, as the owner sees it. */
export interface PropertyState {
  /** Null until the property is described: nothing is open before. */
  readonly currency: string | null;
  readonly timeZone: string;
  /** First night that a snapshot covers; null: none does. */
  readonly coveredFrom: Night | null;
  readonly bookings: ReadonlyMap<string, BookingState>;
  readonly blocks: ReadonlyMap<string, BlockState>;
  /** Nights blocked by hand. */
  readonly blocked: ReadonlySet<Night>;
  /** Minor units; nights without an entry have no price. */
  readonly prices: ReadonlyMap<Night, NightAmount>;
  readonly restrictions: ReadonlyMap<Night, RestrictionSet>;
}

interface NightAmount {
  readonly amount: number;
  readonly currency: string;
}

export interface BookingState {
  /** Nights that the PMS holds for it; none when cancelled. */
  readonly nights: readonly Night[];
  /** Nights that the channel of origin holds, as far as it has said. */
  readonly channelNights: readonly Night[];
  readonly origin: Origin | null;
  readonly checkIn: Night;
  readonly checkOut: Night;
  readonly live: boolean;
}

interface BlockState {
  readonly first: Night;
  readonly end: Night;
  /** Ms; null: until it is lifted. */
  readonly expiresAt: number | null;
}

export interface TruthNight {
  readonly night: Night;
  readonly covered: boolean;
  readonly open: boolean;
  /** Ids of what closes it, `by hand` for a manual block. */
  readonly closedBy: readonly string[];
  readonly price: number | null;
  readonly restrictions: RestrictionSet;
}

export const NO_RESTRICTIONS: RestrictionSet = {
  min_stay_arrival: null,
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
};

/**
 * Reads the facts one after the other in the order of their sequence and keeps the last word. Nothing clever on purpose: it is
 * what the engine is measured by, and it shares no code with it.
 */
export function stateOf(facts: readonly PmsEvent[]): PropertyState {
  const state = {
    currency: null as string | null,
    timeZone: 'Europe/Berlin',
    coveredFrom: null as Night | null,
    bookings: new Map<string, BookingState>(),
    blocks: new Map<string, BlockState>(),
    blocked: new Set<Night>(),
    prices: new Map<Night, NightAmount>(),
    restrictions: new Map<Night, RestrictionSet>(),
  };
  for (const fact of [...facts].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0)))
    apply(state, fact);
  return state;
}

type Draft = {
  -readonly [Key in keyof PropertyState]: PropertyState[Key] extends ReadonlyMap<infer K, infer V>
    ? Map<K, V>
    : PropertyState[Key] extends ReadonlySet<infer E>
      ? Set<E>
      : PropertyState[Key];
};

function apply(state: Draft, { payload, origin }: PmsEvent): void {
  if ('parity.pms.BookingConfirmed' in payload) {
    const { booking_id, check_in, check_out } = payload['parity.pms.BookingConfirmed'];
    setBooking(state, booking_id, check_in, check_out, true, origin);
  } else if ('parity.pms.BookingUpdated' in payload) {
    const { booking_id, new_dates } = payload['parity.pms.BookingUpdated'];
    setBooking(state, booking_id, new_dates.start, new_dates.end, true, origin);
  } else if ('parity.pms.BookingCancelled' in payload) {
    const { booking_id, check_in, check_out } = payload['parity.pms.BookingCancelled'];
    setBooking(state, booking_id, check_in, check_out, false, origin);
  } else if ('parity.pms.AvailabilityUpdated' in payload) {
    setBlock(state, payload['parity.pms.AvailabilityUpdated']);
  } else if ('parity.pms.PricingUpdated' in payload) {
    const { date_range, currency, new_prices } = payload['parity.pms.PricingUpdated'];
    for (const night of nightsBetween(date_range.start, date_range.end)) state.prices.delete(night);
    setPrices(state, new_prices, currency);
  } else if ('parity.pms.RestrictionsUpdated' in payload) {
    const { date_range, restrictions } = payload['parity.pms.RestrictionsUpdated'];
    for (const night of nightsBetween(date_range.start, date_range.end))
      state.restrictions.set(night, restrictions);
  } else if ('parity.pms.PropertyUpdated' in payload) {
    const { currency, time_zone } = payload['parity.pms.PropertyUpdated'];
    Object.assign(state, { currency, timeZone: time_zone });
  } else {
    setSnapshot(state, payload['parity.pms.CalendarSnapshot']);
  }
}

/** A fact with origin speaks for PMS and channel; without, for the PMS alone: the guest still holds the nights over there. */
function setBooking(
  state: Draft,
  id: string,
  checkIn: Night,
  checkOut: Night,
  live: boolean,
  origin: Origin | null,
): void {
  const known = state.bookings.get(id);
  const nights = live ? nightsBetween(checkIn, checkOut) : [];
  const held = origin?.channel_nights;
  const channelNights = held ? nightsBetween(held.start, held.end) : nights;
  state.bookings.set(id, {
    nights,
    channelNights: origin ? (live || held ? channelNights : []) : (known?.channelNights ?? []),
    origin: origin ?? known?.origin ?? null,
    checkIn,
    checkOut,
    live,
  });
}

function setBlock(
  state: Draft,
  block: Extract<
    PmsEvent['payload'],
    { 'parity.pms.AvailabilityUpdated': unknown }
  >['parity.pms.AvailabilityUpdated'],
): void {
  const { date_range, available, block_id, expires_at } = block;
  if (block_id !== null) {
    if (available) state.blocks.delete(block_id);
    else
      state.blocks.set(block_id, {
        first: date_range.start,
        end: date_range.end,
        expiresAt: expires_at,
      });
    return;
  }
  for (const night of nightsBetween(date_range.start, date_range.end)) {
    if (available) state.blocked.delete(night);
    else state.blocked.add(night);
  }
}

function setPrices(
  state: Draft,
  spans: readonly { readonly start: Night; readonly end: Night; readonly amount: number }[],
  currency: string,
): void {
  for (const { start, end, amount } of spans) {
    for (const night of nightsBetween(start, end)) state.prices.set(night, { amount, currency });
  }
}

/** Everything from the first date on is as the snapshot says; blocks with an id and what channels hold are not its to end. */
function setSnapshot(
  state: Draft,
  snapshot: Extract<
    PmsEvent['payload'],
    { 'parity.pms.CalendarSnapshot': unknown }
  >['parity.pms.CalendarSnapshot'],
): void {
  const { first_date: first } = snapshot;
  state.coveredFrom =
    state.coveredFrom === null || first < state.coveredFrom ? first : state.coveredFrom;
  for (const [id, booking] of state.bookings) {
    state.bookings.set(id, { ...booking, nights: booking.nights.filter((night) => night < first) });
  }
  for (const night of [...state.blocked]) if (night >= first) state.blocked.delete(night);
  for (const night of [...state.prices.keys()]) if (night >= first) state.prices.delete(night);
  for (const night of [...state.restrictions.keys()])
    if (night >= first) state.restrictions.delete(night);
  for (const { booking_id, check_in, check_out, origin } of snapshot.bookings) {
    setBooking(state, booking_id, check_in, check_out, true, origin);
  }
  for (const { start, end, block_id, expires_at } of snapshot.blocks) {
    if (block_id !== null) state.blocks.set(block_id, { first: start, end, expiresAt: expires_at });
    else for (const night of nightsBetween(start, end)) state.blocked.add(night);
  }
  setPrices(state, snapshot.prices, snapshot.currency);
  for (const { start, end, restrictions } of snapshot.restrictions) {
    for (const night of nightsBetween(start, end)) state.restrictions.set(night, restrictions);
  }
}

/** The nights from `first` up to, not including, `end`. @param now ms, for blocks that end by themselves */
export function truthOf(state: PropertyState, first: Night, end: Night, now: number): TruthNight[] {
  const causes = new Map<Night, string[]>();
  const close = (night: Night, cause: string) => {
    if (night >= first && night < end) causes.set(night, [...(causes.get(night) ?? []), cause]);
  };
  for (const [id, { nights, channelNights }] of state.bookings) {
    for (const night of new Set([...nights, ...channelNights])) close(night, id);
  }
  for (const [id, { first: from, end: to, expiresAt }] of state.blocks) {
    if (expiresAt === null || expiresAt > now)
      for (const night of nightsBetween(from, to)) close(night, id);
  }
  for (const night of state.blocked) close(night, 'by hand');
  return nightsBetween(first, end).map((night) => {
    const covered = state.coveredFrom !== null && night >= state.coveredFrom;
    const closedBy = causes.get(night) ?? [];
    const priced = state.prices.get(night);
    const price = priced?.currency === state.currency ? (priced?.amount ?? null) : null;
    return {
      night,
      covered,
      open: covered && closedBy.length === 0 && price !== null,
      closedBy,
      price,
      restrictions: state.restrictions.get(night) ?? NO_RESTRICTIONS,
    };
  });
}
