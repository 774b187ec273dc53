import type { Night } from '../dates.ts';
import type { ChangeCause, NightHistory } from '../night-history.ts';
import type { NightView } from '../platform.ts';
import type { NightValues } from './calendar-operations.ts';
import { MAX_NIGHTS } from './settings.ts';

/** The one price plan of a listing. */
export const ONLY_RATE = 'default';

export interface ListingSpec {
  readonly id?: string;
  readonly host: string;
  readonly name?: string;
  readonly currency?: string;
  readonly timeZone?: string;
  /** Price of nights that nobody priced, minor units. */
  readonly defaultPrice?: number;
  /** Whether nights that nobody wrote are for sale. A listing at the platform is open. */
  readonly initiallyOpen?: boolean;
}

interface ListingNight {
  available: boolean;
  busySubtype: string | null;
  ownerBlocked: boolean;
  price: number;
  minNights: number;
  maxNights: number;
  closedToArrival: boolean;
  closedToDeparture: boolean;
  notes: string;
}

/** A listing: one unit and its calendar. A booking blocks its nights by itself, whatever the calendar says. */
export class Listing {
  readonly id: string;
  readonly host: string;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  /** False after the host unlinked it: calls get 403. */
  linked = true;
  readonly #initial: ListingNight;
  readonly #nights = new Map<Night, ListingNight>();
  readonly #bookings = new Map<Night, Set<string>>();
  readonly #history: NightHistory;

  constructor(spec: ListingSpec & { readonly id: string }, history: NightHistory) {
    this.id = spec.id;
    this.host = spec.host;
    this.name = spec.name ?? `Listing ${spec.id}`;
    this.currency = spec.currency ?? 'EUR';
    this.timeZone = spec.timeZone ?? 'Europe/Berlin';
    this.#history = history;
    this.#initial = {
      available: spec.initiallyOpen ?? true,
      busySubtype: (spec.initiallyOpen ?? true) ? null : 'BLOCKED_BY_HOST',
      ownerBlocked: false,
      price: spec.defaultPrice ?? 10_000,
      minNights: 1,
      maxNights: MAX_NIGHTS,
      closedToArrival: false,
      closedToDeparture: false,
      notes: '',
    };
  }

  at(night: Night): Readonly<ListingNight> {
    return this.#nights.get(night) ?? this.#initial;
  }

  bookingsAt(night: Night): readonly string[] {
    return [...(this.#bookings.get(night) ?? [])];
  }

  sellable(night: Night): boolean {
    return this.at(night).available && (this.#bookings.get(night)?.size ?? 0) === 0;
  }

  view(night: Night): NightView {
    const held = this.at(night);
    return {
      night,
      sellable: this.sellable(night),
      availability: this.sellable(night) ? 1 : 0,
      closed: !held.available,
      ownerBlocked: held.ownerBlocked,
      bookings: this.bookingsAt(night),
      rates: {
        [ONLY_RATE]: {
          price: held.price,
          closed: false,
          minStayArrival: held.minNights > 1 ? held.minNights : null,
          minStayThrough: null,
          maxStay: held.maxNights < MAX_NIGHTS ? held.maxNights : null,
          closedToArrival: held.closedToArrival,
          closedToDeparture: held.closedToDeparture,
        },
      },
    };
  }

  /** Sets what `values` names; whoever writes availability takes it from the owner. */
  write(
    night: Night,
    values: NightValues,
    cause: ChangeCause,
    at: number,
    request: number | null,
  ): void {
    const next = { ...this.at(night), ...values };
    if (values.available !== undefined) {
      next.ownerBlocked = cause === 'owner' && !values.available;
      next.busySubtype = values.available ? null : (values.busySubtype ?? 'BLOCKED_BY_HOST');
    }
    this.#nights.set(night, next);
    this.#note(night, cause, at, request, values);
  }

  occupy(night: Night, reservation: string, cause: ChangeCause, at: number): void {
    const held = this.#bookings.get(night) ?? new Set<string>();
    held.add(reservation);
    this.#bookings.set(night, held);
    this.#note(night, cause, at, null, { booking: reservation });
  }

  leave(night: Night, reservation: string, cause: ChangeCause, at: number): void {
    this.#bookings.get(night)?.delete(reservation);
    this.#note(night, cause, at, null, { left: reservation });
  }

  #note(
    night: Night,
    cause: ChangeCause,
    at: number,
    request: number | null,
    values: NightValues | Readonly<Record<string, string>>,
  ): void {
    this.#history.add(this.id, night, {
      at,
      cause,
      request,
      sellable: this.sellable(night),
      values: { ...values },
    });
  }
}
