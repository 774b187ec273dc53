import type { Night } from '../dates.ts';
import type { ChangeCause, NightChange, NightHistory } from '../night-history.ts';
import type { NightView, OwnReopening, RateView } from '../platform.ts';
import type { Hotel, RateSpec, RoomSpec } from './hotel.ts';

/** What each platform has of a rate plan on a night; the rules of stays it words by itself. */
export interface RateTerms {
  /** Minor units. */
  readonly price?: number;
  readonly closed?: boolean;
}

export interface RoomValues {
  readonly roomsToSell?: number;
  readonly closed?: boolean;
}

interface RoomNight<Terms> {
  roomsToSell: number;
  closed: boolean;
  ownerBlocked: boolean;
  /** Raised with each write of `roomsToSell`, so that a cancellation knows whether the number is still its own. */
  version: number;
  readonly rates: Map<string, Partial<Terms>>;
}

/** A stay's claim on a night: what it took, and from which version of the number. */
interface Claim {
  readonly booking: string;
  readonly took: number;
  readonly version: number;
}

/** A room type and its calendar. Starts with nothing to sell. A booking takes one room off the number by itself. */
export class HotelRoom<Terms extends RateTerms> {
  readonly id: string;
  readonly hotel: Hotel<Terms>;
  readonly name: string;
  readonly units: number;
  /** Name of each rate plan by its id. */
  readonly rates = new Map<string, string>();
  readonly #nights = new Map<Night, RoomNight<Terms>>();
  readonly #claims = new Map<Night, Map<string, Claim>>();
  readonly #cancelled = new Map<Night, number>();
  readonly #history: NightHistory;
  readonly #viewOf: (terms: Partial<Terms>) => RateView;

  /** @param viewOf what written terms mean to a guest */
  constructor(
    hotel: Hotel<Terms>,
    spec: RoomSpec,
    history: NightHistory,
    viewOf: (terms: Partial<Terms>) => RateView,
  ) {
    this.id = spec.id;
    this.hotel = hotel;
    this.name = spec.name ?? `Room ${spec.id}`;
    this.units = spec.units ?? 1;
    for (const rate of spec.rates) this.addRate(rate);
    this.#history = history;
    this.#viewOf = viewOf;
  }

  addRate({ id, name }: RateSpec): void {
    this.rates.set(id, name ?? `Rate ${id}`);
  }

  get firstRate(): string {
    return this.rates.keys().next().value ?? '';
  }

  /** Bookings over the night, each once. */
  bookingsAt(night: Night): readonly string[] {
    const claims = [...(this.#claims.get(night)?.values() ?? [])];
    return [...new Set(claims.map(({ booking }) => booking))];
  }

  /** Room stays over the night, not bookings. */
  booked(night: Night): number {
    return this.#claims.get(night)?.size ?? 0;
  }

  cancelled(night: Night): number {
    return this.#cancelled.get(night) ?? 0;
  }

  roomsToSell(night: Night): number {
    return this.#nights.get(night)?.roomsToSell ?? 0;
  }

  sellable(night: Night): boolean {
    const held = this.#nights.get(night);
    if (!held || held.roomsToSell < 1 || held.closed) return false;
    return [...held.rates.values()].some(({ closed, price }) => !closed && price !== undefined);
  }

  /** What was written of a rate plan; nothing stands where nothing was. */
  terms(night: Night, rate: string): Partial<Terms> {
    return this.#nights.get(night)?.rates.get(rate) ?? {};
  }

  rate(night: Night, rate: string): RateView {
    return this.#viewOf(this.terms(night, rate));
  }

  view(night: Night): NightView {
    const held = this.#nights.get(night);
    return {
      night,
      sellable: this.sellable(night),
      availability: held?.roomsToSell ?? 0,
      closed: held?.closed ?? false,
      ownerBlocked: held?.ownerBlocked ?? false,
      bookings: this.bookingsAt(night),
      rates: Object.fromEntries(
        [...this.rates.keys()].map((rate) => [rate, this.rate(night, rate)]),
      ),
    };
  }

  writeRoom(
    night: Night,
    values: RoomValues,
    cause: ChangeCause,
    at: number,
    request: number | null,
  ): void {
    const held = this.#at(night);
    if (values.roomsToSell !== undefined) {
      held.roomsToSell = values.roomsToSell;
      held.version += 1;
    }
    if (values.closed !== undefined) {
      held.closed = values.closed;
      held.ownerBlocked = cause === 'owner' && values.closed;
    }
    this.#note(night, cause, at, request, { ...values });
  }

  writeRate(
    night: Night,
    rate: string,
    values: Partial<Terms>,
    cause: ChangeCause,
    at: number,
    request: number | null,
  ): void {
    const held = this.#at(night);
    held.rates.set(rate, { ...held.rates.get(rate), ...values });
    this.#note(night, cause, at, request, { rate, ...values });
  }

  /** A stay of a booking takes a room; a platform whose bookings are one stay each names it twice. */
  claim(night: Night, stay: string, booking: string, cause: ChangeCause, at: number): void {
    const held = this.#at(night);
    const took = Math.min(1, held.roomsToSell);
    held.roomsToSell -= took;
    const claims = this.#claims.get(night) ?? new Map<string, Claim>();
    claims.set(stay, { booking, took, version: held.version });
    this.#claims.set(night, claims);
    this.#note(night, cause, at, null, { booking });
  }

  /** A stay gives a night back; what is for sale then is the platform's doing. */
  release(night: Night, stay: string, mode: OwnReopening, at: number): void {
    const claim = this.#claims.get(night)?.get(stay);
    if (!claim) return;
    this.#claims.get(night)?.delete(stay);
    this.#cancelled.set(night, this.cancelled(night) + 1);
    const held = this.#at(night);
    if (mode === 'own' && held.version === claim.version) held.roomsToSell += claim.took;
    if (mode === 'always') {
      held.roomsToSell = Math.max(held.roomsToSell, Math.min(this.units, held.roomsToSell + 1));
      if (!held.ownerBlocked) held.closed = false;
    }
    const cause = mode === 'never' ? 'cancellation' : 'own_reopening';
    this.#note(night, cause, at, null, { left: claim.booking });
  }

  /** Puts a night on sale without anybody asking. */
  reopen(night: Night, at: number): void {
    const held = this.#at(night);
    held.roomsToSell = Math.max(1, held.roomsToSell);
    held.closed = false;
    held.ownerBlocked = false;
    for (const [rate, terms] of held.rates) held.rates.set(rate, { ...terms, closed: false });
    this.#note(night, 'own_reopening', at, null, {});
  }

  #at(night: Night): RoomNight<Terms> {
    const known = this.#nights.get(night);
    if (known) return known;
    const fresh: RoomNight<Terms> = {
      roomsToSell: 0,
      closed: false,
      ownerBlocked: false,
      version: 0,
      rates: new Map(),
    };
    this.#nights.set(night, fresh);
    return fresh;
  }

  #note(
    night: Night,
    cause: ChangeCause,
    at: number,
    request: number | null,
    values: object,
  ): void {
    const sellable = this.sellable(night);
    const noted = values as NightChange['values'];
    this.#history.add(this.id, night, { at, cause, request, sellable, values: noted });
  }
}
