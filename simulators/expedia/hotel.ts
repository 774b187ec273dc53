import type { Night } from '../dates.ts';
import type { ChangeCause, NightHistory } from '../night-history.ts';
import type { NightView, OwnReopening, RateView } from '../platform.ts';
import { LONGEST_STAY } from './settings.ts';

export interface RateValues {
  readonly price?: number;
  readonly closed?: boolean;
  readonly minLos?: number;
  readonly maxLos?: number;
  readonly closedToArrival?: boolean;
  readonly closedToDeparture?: boolean;
}

export interface RoomValues {
  readonly inventory?: number;
  readonly closed?: boolean;
}

interface RoomNight {
  inventory: number;
  closed: boolean;
  ownerBlocked: boolean;
  /** Raised with each write of `inventory`, so that a cancellation knows whether the number is still its own. */
  version: number;
  readonly rates: Map<string, RateValues>;
}

/** A booking's claim on a night: what it took, and from which version of the number. */
interface Claim {
  readonly took: number;
  readonly version: number;
}

export interface RoomTypeSpec {
  readonly id: string;
  readonly name?: string;
  /** Rooms of this type. */
  readonly units?: number;
  /** An id that ends in `A` is sold for payment at the hotel. */
  readonly rates: readonly { readonly id: string; readonly name?: string }[];
}

export interface ExpediaHotelSpec {
  readonly id: string;
  readonly name?: string;
  readonly currency?: string;
  /** User that the hotel is assigned to; default: the first. */
  readonly account?: string;
  readonly rooms: readonly RoomTypeSpec[];
}

export class ExpediaHotel {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly account: string;
  readonly rooms = new Map<string, RoomType>();
  /** False after the hotel left its provider: it is not known to the user any more. */
  connected = true;

  constructor(spec: ExpediaHotelSpec & { readonly account: string }) {
    this.id = spec.id;
    this.name = spec.name ?? `Hotel ${spec.id}`;
    this.currency = spec.currency ?? 'EUR';
    this.account = spec.account;
  }
}

/** A room type and its calendar. Starts with nothing to sell. A booking takes one room off the number by itself. */
export class RoomType {
  readonly id: string;
  readonly hotel: ExpediaHotel;
  readonly name: string;
  readonly units: number;
  readonly rates = new Map<string, string>();
  readonly #nights = new Map<Night, RoomNight>();
  readonly #claims = new Map<Night, Map<string, Claim>>();
  readonly #history: NightHistory;
  readonly #lengthOfStay: () => 'arrival' | 'stay_through';

  constructor(
    hotel: ExpediaHotel,
    spec: RoomTypeSpec,
    history: NightHistory,
    lengthOfStay: () => 'arrival' | 'stay_through',
  ) {
    this.id = spec.id;
    this.hotel = hotel;
    this.name = spec.name ?? `Room type ${spec.id}`;
    this.units = spec.units ?? 1;
    for (const rate of spec.rates) this.addRate(rate);
    this.#history = history;
    this.#lengthOfStay = lengthOfStay;
  }

  addRate({ id, name }: { readonly id: string; readonly name?: string }): void {
    this.rates.set(id, name ?? `Rate plan ${id}`);
  }

  get firstRate(): string {
    return this.rates.keys().next().value ?? '';
  }

  /** Bookings over the night. */
  bookingsAt(night: Night): readonly string[] {
    return [...(this.#claims.get(night)?.keys() ?? [])];
  }

  inventory(night: Night): number {
    return this.#nights.get(night)?.inventory ?? 0;
  }

  sellable(night: Night): boolean {
    const held = this.#nights.get(night);
    if (!held || held.inventory < 1 || held.closed) return false;
    return [...held.rates.values()].some(({ closed, price }) => !closed && price !== undefined);
  }

  /** What was written, with what stands where nothing was. */
  written(night: Night, rate: string): Required<Omit<RateValues, 'price'>> & { price?: number } {
    const values = this.#nights.get(night)?.rates.get(rate) ?? {};
    return {
      closed: false,
      minLos: 1,
      maxLos: LONGEST_STAY,
      closedToArrival: false,
      closedToDeparture: false,
      ...values,
    };
  }

  view(night: Night): NightView {
    const held = this.#nights.get(night);
    return {
      night,
      sellable: this.sellable(night),
      availability: held?.inventory ?? 0,
      closed: held?.closed ?? false,
      ownerBlocked: held?.ownerBlocked ?? false,
      bookings: this.bookingsAt(night),
      rates: Object.fromEntries(
        [...this.rates.keys()].map((rate) => [rate, this.#rateView(night, rate)]),
      ),
    };
  }

  #rateView(night: Night, rate: string): RateView {
    const values = this.written(night, rate);
    const minimum = values.minLos <= 1 ? null : values.minLos;
    const isByArrival = this.#lengthOfStay() === 'arrival';
    return {
      price: values.price ?? null,
      closed: values.closed,
      minStayArrival: isByArrival ? minimum : null,
      minStayThrough: isByArrival ? null : minimum,
      maxStay: values.maxLos >= LONGEST_STAY ? null : values.maxLos,
      closedToArrival: values.closedToArrival,
      closedToDeparture: values.closedToDeparture,
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
    if (values.inventory !== undefined) {
      held.inventory = values.inventory;
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

  claim(night: Night, booking: string, cause: ChangeCause, at: number): void {
    const held = this.#at(night);
    const took = Math.min(1, held.inventory);
    held.inventory -= took;
    const claims = this.#claims.get(night) ?? new Map<string, Claim>();
    claims.set(booking, { took, version: held.version });
    this.#claims.set(night, claims);
    this.#note(night, cause, at, null, { booking });
  }

  /** A booking gives a night back; what is for sale then is the platform's doing. */
  release(night: Night, booking: string, mode: OwnReopening, at: number): void {
    const claim = this.#claims.get(night)?.get(booking);
    if (!claim) return;
    this.#claims.get(night)?.delete(booking);
    const held = this.#at(night);
    if (mode === 'own' && held.version === claim.version) held.inventory += claim.took;
    if (mode === 'always') {
      held.inventory = Math.max(held.inventory, Math.min(this.units, held.inventory + 1));
      if (!held.ownerBlocked) held.closed = false;
    }
    const cause = mode === 'never' ? 'cancellation' : 'own_reopening';
    this.#note(night, cause, at, null, { left: booking });
  }

  /** Puts a night on sale without anybody asking. */
  reopen(night: Night, at: number): void {
    const held = this.#at(night);
    held.inventory = Math.max(1, held.inventory);
    held.closed = false;
    held.ownerBlocked = false;
    for (const [rate, values] of held.rates) held.rates.set(rate, { ...values, closed: false });
    this.#note(night, 'own_reopening', at, null, {});
  }

  #at(night: Night): RoomNight {
    const known = this.#nights.get(night);
    if (known) return known;
    const fresh: RoomNight = {
      inventory: 0,
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
    const sellable = this.sellable(night);
    this.#history.add(this.id, night, { at, cause, request, sellable, values });
  }
}
