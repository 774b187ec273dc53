import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { importProperty } from '../../cli/import/import-property.ts';
import { openAccounts } from '../../cli/story/accounts.ts';
import { activate, connect } from '../../cli/story/connecting.ts';
import { CURRENCY, SALES, type Sale, TENANT, TIME_ZONE } from '../../cli/story/home.ts';
import { Narrator } from '../../cli/story/narrator.ts';
import { Telling } from '../../cli/story/telling.ts';
import type { World } from '../../cli/up/world.ts';
import { systemClock } from '../../runtime/system/clock.ts';
import { systemRandom } from '../../runtime/system/random.ts';
import type { BookingId, ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';

/** Days from today: who books where, so that no two bookings ever want the same night. */
const DIRECT = { first: 20, end: 250 };
const GUESTS = {
  airbnb: { first: 252, end: 305 },
  booking: { first: 307, end: 360 },
} as const;
const BLOCKED_BY_HAND = { first: 2, end: 18 };
/** Ms between two facts of one home, at most. */
export const PACE_MS = 60;

export interface Home {
  readonly property: PropertyId;
  readonly airbnb: Sale;
  readonly booking: Sale;
}

export interface DirectBooking {
  readonly id: BookingId;
  readonly home: Home;
  nights: DateRange;
  live: boolean;
  /** When its newest nights were written, ms. */
  at: number;
}

/** Several homes, each sold at both platforms, with a front desk and guests that never stop. */
export class Market {
  readonly telling: Telling;
  readonly homes: readonly Home[];
  readonly direct: DirectBooking[] = [];
  readonly reservations = { airbnb: new Set<string>(), booking: new Set<string>() };
  /** Facts that the desk has committed. */
  facts = 0;
  readonly #chance: () => number;
  readonly #next = new Map<string, number>();

  private constructor(telling: Telling, homes: readonly Home[], chance: () => number) {
    this.telling = telling;
    this.homes = homes;
    this.#chance = chance;
  }

  /** All homes active on both platforms and in parity. */
  static async open(world: World, count: number, seed: number): Promise<Market> {
    const telling = new Telling(world, new Narrator(() => undefined, systemClock.monotonic));
    await openAccounts(telling);
    const homes = Array.from({ length: count }, (_, index) => homeOf(index + 1));
    for (const home of homes) await furnish(telling, home);
    const sales = homes.flatMap(({ airbnb, booking }) => [airbnb, booking]);
    await Promise.all(
      sales.map(async (sale) => {
        await connect(telling, sale);
        await activate(telling, sale);
      }),
    );
    const market = new Market(telling, homes, generator(seed));
    await telling.parity(120_000, sales);
    return market;
  }

  get sales(): readonly Sale[] {
    return this.homes.flatMap(({ airbnb, booking }) => [airbnb, booking]);
  }

  /** Writes facts at the desk of all homes at once, while guests book; `onFact` hears the running number. */
  async work(facts: number, onFact: (number: number) => void, paceMs = PACE_MS): Promise<void> {
    let open = facts;
    const desk = async (home: Home) => {
      while (open > 0) {
        open -= 1;
        await this.#deskDoes(home);
        this.facts += 1;
        onFact(this.facts);
        await delay(this.#chance() * paceMs);
      }
    };
    const guests = async () => {
      while (open > 0) {
        this.#guestDoes(this.#one(this.homes));
        await delay(this.#chance() * 4 * paceMs);
      }
    };
    await Promise.all([...this.homes.map(desk), guests()]);
  }

  close(): Promise<void> {
    return this.telling.close();
  }

  async #deskDoes(home: Home): Promise<void> {
    const { desk } = this.telling.world.services.storage;
    const kind = this.#chance();
    if (kind < 0.2 && (await this.#bookDirectly(home))) return;
    if (kind < 0.3 && (await this.#changeDirect(home))) return;
    if (kind < 0.4) {
      const nights = this.#range(BLOCKED_BY_HAND, 3);
      await desk.block(TENANT, home.property, nights, this.#chance() < 0.5);
    } else if (kind < 0.55) {
      await desk.restrict(TENANT, home.property, this.#range(DIRECT, 10), {
        min_stay_arrival: this.#chance() < 0.5 ? null : 2 + this.#below(4),
        min_stay_through: null,
        max_stay: this.#chance() < 0.5 ? null : 14 + this.#below(14),
        closed_to_arrival: this.#chance() < 0.2,
        closed_to_departure: false,
      });
    } else {
      const amount = 9_000 + 50 * this.#below(400);
      const nights = this.#range({ first: 0, end: 364 }, 14);
      await desk.price(TENANT, home.property, nights, CURRENCY, amount);
    }
  }

  async #bookDirectly(home: Home): Promise<boolean> {
    const nights = this.#fresh(home.property, DIRECT);
    if (nights === null) return false;
    const id = randomUUID() as BookingId;
    const stay = { checkIn: nights.start, checkOut: nights.end };
    const { desk } = this.telling.world.services.storage;
    const result = await desk.book(TENANT, { id, propertyId: home.property, ...stay });
    if (result !== 'booked') throw new Error(`fresh nights ${nights.start}: ${result}`);
    this.direct.push({ id, home, nights, live: true, at: Date.now() });
    return true;
  }

  /** Cancels a direct booking, or moves it to nights that nobody had. */
  async #changeDirect(home: Home): Promise<boolean> {
    const { desk } = this.telling.world.services.storage;
    const live = this.direct.filter((booking) => booking.live && booking.home === home);
    if (live.length === 0) return false;
    const booking = this.#one(live);
    const nights = this.#chance() < 0.4 ? this.#fresh(home.property, DIRECT) : null;
    if (nights === null) {
      booking.live = false;
      return (await desk.cancel(TENANT, booking.id)) === 'cancelled';
    }
    const stay = { checkIn: nights.start, checkOut: nights.end };
    const moved = (await desk.move(TENANT, booking.id, stay)) === 'moved';
    Object.assign(booking, { nights, at: Date.now() });
    return moved;
  }

  #guestDoes(home: Home): void {
    const channel = this.#chance() < 0.5 ? 'airbnb' : 'booking';
    const { platform } = this.telling.world[channel];
    const mine = platform
      .reservations()
      .filter(({ live, rooms }) => live && rooms.some(({ unit }) => unit === home[channel].unit));
    if (mine.length > 0 && this.#chance() < 0.3) {
      platform.cancel(this.#one(mine).id);
      return;
    }
    const nights = this.#fresh(home[channel].unit, GUESTS[channel]);
    if (nights === null) return;
    const { unit } = home[channel];
    const booked = platform.book({
      rooms: [{ unit, checkIn: nights.start, checkOut: nights.end }],
    });
    if (booked.ok) this.reservations[channel].add(booked.reservation);
  }

  /** Nights that nobody had before; null: the window is used up. */
  #fresh(of: string, window: { readonly first: number; readonly end: number }): DateRange | null {
    const first = this.#next.get(of) ?? window.first;
    const end = first + 1 + this.#below(3);
    if (end > window.end) return null;
    this.#next.set(of, end + this.#below(2));
    return this.telling.nights(first, end);
  }

  #range(window: { readonly first: number; readonly end: number }, most: number): DateRange {
    const first = window.first + this.#below(window.end - window.first - 1);
    return this.telling.nights(first, Math.min(window.end, first + 1 + this.#below(most)));
  }

  #below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }
}

function homeOf(index: number): Home {
  const two = String(index).padStart(2, '0');
  const property = `b1d5a9c4-0000-4000-8000-0000000000${two}` as PropertyId;
  const hotel = `80${two}`;
  return {
    property,
    airbnb: {
      ...SALES.airbnb,
      property,
      connectionId: `b1d5a9c4-0000-4000-8000-0000000001${two}` as ConnectionId,
      listing: `20${two}`,
      unit: `20${two}`,
    },
    booking: {
      ...SALES.booking,
      property,
      connectionId: `b1d5a9c4-0000-4000-8000-0000000002${two}` as ConnectionId,
      listing: hotel,
      accountId: hotel,
      roomId: `${hotel}01`,
      unit: `${hotel}01`,
    },
  };
}

async function furnish(telling: Telling, home: Home): Promise<void> {
  const { services, airbnb, booking } = telling.world;
  const { desk } = services.storage;
  airbnb.platform.createListing({
    id: home.airbnb.unit,
    host: home.airbnb.accountId,
    initiallyOpen: false,
  });
  booking.platform.createHotel({
    id: home.booking.listing,
    rooms: [{ id: home.booking.unit, units: 1, rates: [{ id: home.booking.ratePlanId }] }],
  });
  await desk.registerProperty(TENANT, {
    id: home.property,
    name: `Home ${home.property.slice(-2)}`,
    timeZone: TIME_ZONE,
    currency: CURRENCY,
    maxGuests: 4,
  });
  await desk.price(TENANT, home.property, telling.nights(0, 400), CURRENCY, 12_000);
  const ports = { clock: systemClock, random: systemRandom };
  await importProperty(services.storage.snapshots, TENANT, home.property, ports);
}

/** mulberry32: the same work for the same seed, as far as time allows. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
