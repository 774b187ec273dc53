import { dateAt, type Night } from '../dates.ts';
import type { ChangeCause, NightHistory } from '../night-history.ts';
import type { NightView, RateView } from '../platform.ts';

/** An entry of the hotel list feed: Google knows the property, nothing more. */
export interface GooglePropertySpec {
  readonly id: string;
  readonly currency?: string;
  readonly timeZone?: string;
  /** Partner key that it belongs to; default: the first. */
  readonly partner?: string;
  /** A hotel has rooms of its own ids; a vacation rental one, with the property's. */
  readonly kind?: 'rental' | 'hotel';
}

export interface RoomContent {
  readonly id: string;
  readonly guests: number;
}

export interface PackageContent {
  readonly id: string;
  readonly guests: number;
}

/** What a message sets for a package on a night. */
export interface PackageValues {
  /** Minor units; undefined: none set. */
  readonly price?: number | undefined;
  readonly open?: boolean;
  readonly closedToArrival?: boolean;
  readonly closedToDeparture?: boolean;
  readonly minStayArrival?: number;
  readonly minStayThrough?: number;
  readonly maxStayArrival?: number;
  readonly maxStayThrough?: number;
}

/** Every stay within these is allowed. */
const NO_MIN = 1;
const NO_MAX = 30;

export class GoogleProperty {
  readonly id: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly partner: string;
  readonly kind: 'rental' | 'hotel';
  /** From property data; empty until it came. */
  readonly rooms = new Map<string, Room>();
  readonly packages = new Map<string, PackageContent>();
  readonly #history: NightHistory;

  constructor(spec: GooglePropertySpec & { readonly partner: string }, history: NightHistory) {
    this.id = spec.id;
    this.currency = spec.currency ?? 'EUR';
    this.timeZone = spec.timeZone ?? 'Europe/Berlin';
    this.partner = spec.partner;
    this.kind = spec.kind ?? 'rental';
    this.#history = history;
  }

  today(now: number): Night {
    return dateAt(this.timeZone, now);
  }

  /** What guests could book: the room of a rental, described yet or not, and the rooms of a hotel. */
  get units(): readonly string[] {
    return this.kind === 'rental' ? [this.id] : [...this.rooms.keys()];
  }

  /** A rental that is not described yet shows an empty calendar, of which nothing is kept. */
  unit(id: string): Room | undefined {
    const known = this.rooms.get(id);
    if (known || this.kind !== 'rental' || id !== this.id) return known;
    return new Room(this, { id, guests: 0 }, this.#history);
  }

  /** `overlay`: rooms and packages that are not named are gone, with all that was stored for them. */
  describe(
    rooms: readonly RoomContent[],
    packages: readonly PackageContent[],
    action: 'overlay' | 'delta',
  ): void {
    if (action === 'overlay') {
      const [keptRooms, keptPackages] = [rooms, packages].map(
        (list) => new Set(list.map(({ id }) => id)),
      );
      for (const id of this.rooms.keys()) if (!keptRooms?.has(id)) this.rooms.delete(id);
      for (const id of this.packages.keys()) {
        if (keptPackages?.has(id)) continue;
        this.packages.delete(id);
        for (const room of this.rooms.values()) room.forget(id);
      }
    }
    for (const room of rooms) {
      const known = this.rooms.get(room.id);
      if (known) known.guests = room.guests;
      else this.rooms.set(room.id, new Room(this, room, this.#history));
    }
    for (const one of packages) this.packages.set(one.id, one);
  }
}

interface RoomNight {
  /** Undefined: no inventory message named the night. */
  count: number | undefined;
  ownerBlocked: boolean;
  readonly packages: Map<string, PackageValues>;
}

/** A room and its calendar. Every night starts closed: no count, no package open, no price. */
export class Room {
  readonly id: string;
  readonly property: GoogleProperty;
  guests: number;
  readonly #nights = new Map<Night, RoomNight>();
  readonly #history: NightHistory;

  constructor(property: GoogleProperty, content: RoomContent, history: NightHistory) {
    this.id = content.id;
    this.property = property;
    this.guests = content.guests;
    this.#history = history;
  }

  /** Shown to guests: a package that is open and has a price, and a unit left. */
  sellable(night: Night): boolean {
    const held = this.#nights.get(night);
    if (!held || (held.count ?? 0) < 1 || held.ownerBlocked) return false;
    return [...this.property.packages.keys()].some((id) => {
      const values = held.packages.get(id);
      return values?.open === true && values.price !== undefined;
    });
  }

  view(night: Night): NightView {
    const held = this.#nights.get(night);
    const packages = [...this.property.packages.keys()];
    return {
      night,
      sellable: this.sellable(night),
      availability: held?.count ?? 0,
      closed: (held?.count ?? 0) < 1,
      ownerBlocked: held?.ownerBlocked ?? false,
      bookings: [],
      rates: Object.fromEntries(packages.map((id) => [id, rateView(held?.packages.get(id) ?? {})])),
    };
  }

  setCount(
    night: Night,
    count: number,
    cause: ChangeCause,
    at: number,
    request: number | null,
  ): void {
    this.#at(night).count = count;
    this.#note(night, cause, at, request, { count });
  }

  setPackage(
    night: Night,
    id: string,
    values: PackageValues,
    cause: ChangeCause,
    at: number,
    request: number | null,
  ): void {
    const { packages } = this.#at(night);
    packages.set(id, { ...packages.get(id), ...values });
    this.#note(night, cause, at, request, { package: id, ...known(values) });
  }

  setOwnerBlock(night: Night, blocked: boolean, at: number): void {
    this.#at(night).ownerBlocked = blocked;
    this.#note(night, 'owner', at, null, { blocked });
  }

  /** Takes the prices of a package away, on one night or on all. */
  removePrices(id: string, at: number, request: number | null, night?: Night): void {
    const nights = night === undefined ? [...this.#nights.keys()] : [night];
    for (const one of nights) {
      if (this.#nights.get(one)?.packages.get(id)?.price === undefined) continue;
      this.setPackage(one, id, { price: undefined }, 'api', at, request);
    }
  }

  forget(id: string): void {
    for (const { packages } of this.#nights.values()) packages.delete(id);
  }

  #at(night: Night): RoomNight {
    const held = this.#nights.get(night);
    if (held) return held;
    const fresh: RoomNight = { count: undefined, ownerBlocked: false, packages: new Map() };
    this.#nights.set(night, fresh);
    return fresh;
  }

  #note(
    night: Night,
    cause: ChangeCause,
    at: number,
    request: number | null,
    values: Readonly<Record<string, string | number | boolean | null>>,
  ): void {
    const sellable = this.sellable(night);
    this.#history.add(this.id, night, { at, cause, request, sellable, values });
  }
}

function rateView(values: PackageValues): RateView {
  const longest = Math.min(values.maxStayArrival ?? NO_MAX, values.maxStayThrough ?? NO_MAX);
  return {
    price: values.price ?? null,
    closed: values.open !== true,
    minStayArrival: ruleOf(values.minStayArrival),
    minStayThrough: ruleOf(values.minStayThrough),
    maxStay: longest < NO_MAX ? longest : null,
    closedToArrival: values.closedToArrival ?? false,
    closedToDeparture: values.closedToDeparture ?? false,
  };
}

function ruleOf(nights: number | undefined): number | null {
  return nights === undefined || nights <= NO_MIN ? null : nights;
}

function known(values: PackageValues): Record<string, number | boolean | null> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? null]));
}
