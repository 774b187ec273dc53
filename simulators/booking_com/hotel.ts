import type { Night } from '../dates.ts';
import type { ChangeCause, NightHistory } from '../night-history.ts';
import type { NightView, OwnReopening, RateView } from '../platform.ts';

export interface RateValues {
  readonly price?: number;
  readonly closed?: boolean;
  readonly minStayThrough?: number;
  readonly minStayArrival?: number;
  readonly maxStay?: number;
  readonly closedToArrival?: boolean;
  readonly closedToDeparture?: boolean;
}

export interface RoomValues {
  readonly roomsToSell?: number;
  readonly closed?: boolean;
}

interface RoomNight {
  roomsToSell: number;
  closed: boolean;
  ownerBlocked: boolean;
  /** Raised with each write of `roomsToSell`, so that a cancellation knows whether the number is still its own. */
  version: number;
  readonly rates: Map<string, RateValues>;
}

/** A stay's claim on a night: what it took, and from which version of the number. */
interface Claim {
  readonly reservation: string;
  readonly took: number;
  readonly version: number;
}

interface RateSpec {
  readonly id: string;
  readonly name?: string;
}

export interface RoomSpec {
  readonly id: string;
  readonly name?: string;
  /** Physical rooms of this type. */
  readonly units?: number;
  readonly rates: readonly RateSpec[];
}

export interface HotelSpec {
  readonly id: string;
  readonly name?: string;
  readonly currency?: string;
  /** Machine account that the hotel chose as its provider; default: the first. */
  readonly account?: string;
  readonly rooms: readonly RoomSpec[];
}

export class Hotel {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly account: string;
  readonly rooms = new Map<string, Room>();
  /** False after the hotel ended the connection: 403. */
  connected = true;

  constructor(spec: HotelSpec & { readonly account: string }) {
    this.id = spec.id;
    this.name = spec.name ?? `Hotel ${spec.id}`;
    this.currency = spec.currency ?? 'EUR';
    this.account = spec.account;
  }
}

/** A room type and its calendar. Starts with nothing to sell. A booking takes one room off the number by itself. */
export class Room {
  readonly id: string;
  readonly hotel: Hotel;
  readonly name: string;
  readonly units: number;
  readonly rates = new Map<string, string>();
  readonly #nights = new Map<Night, RoomNight>();
  readonly #claims = new Map<Night, Map<string, Claim>>();
  readonly #cancelled = new Map<Night, number>();
  readonly #history: NightHistory;

  constructor(hotel: Hotel, spec: RoomSpec, history: NightHistory) {
    this.id = spec.id;
    this.hotel = hotel;
    this.name = spec.name ?? `Room ${spec.id}`;
    this.units = spec.units ?? 1;
    for (const rate of spec.rates) this.addRate(rate);
    this.#history = history;
  }

  addRate({ id, name }: RateSpec): void {
    this.rates.set(id, name ?? `Rate ${id}`);
  }

  get firstRate(): string {
    return this.rates.keys().next().value ?? '';
  }

  bookingsAt(night: Night): readonly string[] {
    return [
      ...new Set(
        [...(this.#claims.get(night)?.values() ?? [])].map(({ reservation }) => reservation),
      ),
    ];
  }

  /** Room stays over the night, not reservations. */
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

  rate(night: Night, rate: string): RateView {
    const values = this.#nights.get(night)?.rates.get(rate) ?? {};
    return {
      price: values.price ?? null,
      closed: values.closed ?? false,
      minStayArrival: ruleOf(values.minStayArrival, 1),
      minStayThrough: ruleOf(values.minStayThrough, 1),
      maxStay: ruleOf(values.maxStay, 0),
      closedToArrival: values.closedToArrival ?? false,
      closedToDeparture: values.closedToDeparture ?? false,
    };
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
    values: RateValues,
    cause: ChangeCause,
    at: number,
    request: number | null,
  ): void {
    const held = this.#at(night);
    held.rates.set(rate, { ...held.rates.get(rate), ...values });
    this.#note(night, cause, at, request, { rate, ...values });
  }

  claim(night: Night, stay: string, reservation: string, cause: ChangeCause, at: number): void {
    const held = this.#at(night);
    const took = Math.min(1, held.roomsToSell);
    held.roomsToSell -= took;
    const claims = this.#claims.get(night) ?? new Map<string, Claim>();
    claims.set(stay, { reservation, took, version: held.version });
    this.#claims.set(night, claims);
    this.#note(night, cause, at, null, { booking: reservation });
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
    this.#note(night, mode === 'never' ? 'cancellation' : 'own_reopening', at, null, {
      left: claim.reservation,
    });
  }

  /** Puts a night on sale without anybody asking. */
  reopen(night: Night, at: number): void {
    const held = this.#at(night);
    held.roomsToSell = Math.max(1, held.roomsToSell);
    held.closed = false;
    held.ownerBlocked = false;
    for (const [rate, values] of held.rates) held.rates.set(rate, { ...values, closed: false });
    this.#note(night, 'own_reopening', at, null, {});
  }

  #at(night: Night): RoomNight {
    const known = this.#nights.get(night);
    if (known) return known;
    const fresh: RoomNight = {
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
    values: Readonly<Record<string, string | number | boolean>>,
  ): void {
    this.#history.add(this.id, night, {
      at,
      cause,
      request,
      sellable: this.sellable(night),
      values,
    });
  }
}

/** A rule that equals `none` says nothing. */
function ruleOf(value: number | undefined, none: number): number | null {
  return value === undefined || value <= none ? null : value;
}
