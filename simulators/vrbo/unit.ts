import { type Night, nightsBetween } from '../dates.ts';
import type { ChangeCause, NightHistory } from '../night-history.ts';
import type { DriftValues, NightView } from '../platform.ts';
import { LONGEST_STAY } from './settings.ts';
import { type CalendarDay, priceOf, type RateTable, type UnitCalendar } from './unit-documents.ts';

export interface UnitSpec {
  readonly listing: string;
  /** Default: as the listing. */
  readonly unit?: string;
  readonly advertiser: string;
}

/** A unit as the platform sells it: what the newest calendar that it took says. Before the first one nothing is for sale. */
export class Unit {
  readonly id: string;
  readonly listing: string;
  readonly advertiser: string;
  readonly #history: NightHistory;
  readonly #days = new Map<Night, CalendarDay>();
  readonly #ownerBlocked = new Set<Night>();
  #rates: RateTable | null = null;
  #otherwise: UnitCalendar['otherwise'] | null = null;

  constructor(spec: UnitSpec, history: NightHistory) {
    this.id = spec.unit ?? spec.listing;
    this.listing = spec.listing;
    this.advertiser = spec.advertiser;
    this.#history = history;
  }

  get currency(): string | null {
    return this.#rates?.currency ?? null;
  }

  takeCalendar({ days, otherwise }: UnitCalendar, at: number, request: number | null): void {
    this.#otherwise = otherwise;
    const before = new Map(this.#days);
    this.#days.clear();
    for (const day of days) this.#days.set(day.night, day);
    for (const night of new Set([...before.keys(), ...this.#days.keys()])) {
      const [was, is] = [before.get(night), this.#days.get(night)];
      if (JSON.stringify(was) !== JSON.stringify(is)) this.#note(night, 'api', at, request);
    }
  }

  takeRates(rates: RateTable, at: number, request: number | null): void {
    const before = this.#rates;
    this.#rates = rates;
    for (const night of this.#days.keys())
      if (!before || priceOf(before, night) !== priceOf(rates, night))
        this.#note(night, 'api', at, request);
  }

  view(night: Night): NightView {
    const day = this.#days.get(night) ?? this.#otherwise;
    const price = this.#rates ? priceOf(this.#rates, night) : null;
    const units = day?.units ?? 0;
    const ownerBlocked = this.#ownerBlocked.has(night);
    return {
      night,
      sellable: units > 0 && price !== null && !ownerBlocked,
      availability: ownerBlocked ? 0 : units,
      closed: units === 0 || ownerBlocked,
      ownerBlocked,
      bookings: [],
      rates: {
        [this.#rates?.id ?? 'nightly']: {
          price,
          closed: false,
          minStayArrival: day && day.minStay > 1 ? day.minStay : null,
          minStayThrough: null,
          maxStay: day && day.maxStay < LONGEST_STAY ? day.maxStay : null,
          closedToArrival: day ? !day.arrival : false,
          closedToDeparture: day ? !day.departure : false,
        },
      },
    };
  }

  drift(night: Night, values: DriftValues, at: number): void {
    const otherwise = this.#otherwise ?? CLOSED;
    const known = this.#days.get(night) ?? { night, ...otherwise };
    const units = values.closed ? 0 : (values.availability ?? known.units);
    this.#days.set(night, { ...known, units, minStay: values.minStay ?? known.minStay });
    if (values.price !== undefined && this.#rates) {
      const overrides = new Map(this.#rates.overrides).set(night, values.price);
      this.#rates = { ...this.#rates, overrides };
    }
    this.#note(night, 'drift', at, null);
  }

  block(first: Night, end: Night, blocked: boolean, at: number): void {
    for (const night of nightsBetween(first, end)) {
      if (blocked) this.#ownerBlocked.add(night);
      else this.#ownerBlocked.delete(night);
      this.#note(night, 'owner', at, null);
    }
  }

  #note(night: Night, cause: ChangeCause, at: number, request: number | null): void {
    const { sellable, availability } = this.view(night);
    this.#history.add(this.id, night, { at, cause, request, sellable, values: { availability } });
  }
}

const CLOSED: UnitCalendar['otherwise'] = {
  units: 0,
  arrival: true,
  departure: true,
  minStay: 0,
  maxStay: 0,
};
