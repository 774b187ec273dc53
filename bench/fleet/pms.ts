import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { eventOf } from '../../schemas/pms-event.ts';
import type { PmsPayloads } from '../../schemas/pms-fact.ts';
import { partitionOf } from '../../topology/placement.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { until as moment } from '../floor/one-hop.ts';
import { CURRENCY, TENANT } from '../market/selling.ts';
import type { World } from '../world.ts';
import type { FleetHome, Pressure } from './homes.ts';

/** Sequences beyond those that PostgreSQL gave to the homes. */
const FIRST_SEQUENCE = 1_000_000;
/** Nights that are moved, from this one on, days from today; one after the other. */
const FIRST_MOVED = 5;
const MOVED_NIGHTS = 8;
const LOWEST_PRICE = 10_000;
/** Prices go up by a cent with each change and start again: none is like the last one of its night. */
const PRICES = 5_000;
/** So do minimum stays: nearly all changes tighten, and leave apart from prices. */
const SHORTEST_MIN_STAY = 2;
const MIN_STAYS = 19;
const CHANGES_PER_TURN = 2;
const NO_RESTRICTIONS = {
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
} as const;
/** As much as this a pace may be behind before it gives up catching up, ms. */
const LAG_MS = 500;

/** What a moved night should show at every channel. */
export interface MovedNight {
  /** Minor units. */
  readonly price: number;
  readonly minStay: number;
}

/** A PMS that says what happens straight to `pms.events`, with a bare client. */
export class FleetPms {
  readonly #producer: Producer;
  readonly #serde: World['serde'];
  readonly #topic: string;
  readonly #day: (days: number) => PlainDate;
  /** What nights of homes should show now. */
  readonly #wanted = new Map<string, MovedNight>();
  #sequence = FIRST_SEQUENCE;

  private constructor({ kafka, serde }: World, topic: string, day: (days: number) => PlainDate) {
    this.#producer = kafka.producer({ allowAutoTopicCreation: false });
    this.#serde = serde;
    this.#topic = topic;
    this.#day = day;
  }

  /** @param topic name of `pms.events` on the cluster */
  static async open(
    world: World,
    topic: string,
    day: (days: number) => PlainDate,
  ): Promise<FleetPms> {
    const pms = new FleetPms(world, topic, day);
    await pms.#producer.connect();
    return pms;
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  /**
   * Changes a price and a minimum stay of each home in every turn of its pace, until the signal. @returns how many changes there were
   */
  async press(pressures: readonly Pressure[], signal: AbortSignal): Promise<number> {
    const counts = await Promise.all(pressures.map((pressure) => this.#pressAt(pressure, signal)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Undefined: the night has not been moved. */
  wanted({ propertyId }: FleetHome, night: PlainDate): MovedNight | undefined {
    return this.#wanted.get(`${propertyId} ${night}`);
  }

  /** Nights that `press` moves. */
  movedNights(): readonly PlainDate[] {
    return Array.from({ length: MOVED_NIGHTS }, (_, at) => this.#day(FIRST_MOVED + at));
  }

  /** A guest books by telephone: the night closes everywhere. @returns wall clock right before the event was handed over, ms */
  book(
    { propertyId }: FleetHome,
    night: PlainDate,
  ): { readonly sentAt: number; readonly done: Promise<void> } {
    const check_out = addDays(night, 1);
    const payload = {
      booking_id: randomUUID() as PmsPayloads['booking.confirmed']['booking_id'],
      property_id: propertyId,
      check_in: night,
      check_out,
    };
    const sentAt = Date.now();
    return { sentAt, done: this.#send([this.#record('booking.confirmed', payload, sentAt)]) };
  }

  async #pressAt({ homes, everyMs }: Pressure, signal: AbortSignal): Promise<number> {
    const sent: Promise<void>[] = [];
    let begin = performance.now();
    let turns = 0;
    for (let at = 0; !signal.aborted; at += 1, turns += 1) {
      if (performance.now() > begin + at * everyMs + LAG_MS) {
        begin = performance.now();
        at = 0;
      }
      await moment(begin + at * everyMs);
      sent.push(this.#move(homes, turns));
    }
    await Promise.all(sent);
    return turns * homes.length * CHANGES_PER_TURN;
  }

  #move(homes: readonly FleetHome[], turn: number): Promise<void> {
    const night = this.#day(FIRST_MOVED + (turn % MOVED_NIGHTS));
    const date_range = { start: night, end: addDays(night, 1) };
    const price = LOWEST_PRICE + (turn % PRICES);
    const minStay = SHORTEST_MIN_STAY + (Math.floor(turn / MOVED_NIGHTS) % MIN_STAYS);
    const now = Date.now();
    const records = homes.flatMap(({ propertyId: property_id }) => {
      this.#wanted.set(`${property_id} ${night}`, { price, minStay });
      const new_prices = [{ ...date_range, amount: price }];
      const restrictions = { ...NO_RESTRICTIONS, min_stay_arrival: minStay };
      const prices = { property_id, date_range, currency: CURRENCY, new_prices };
      return [
        this.#record('pricing.updated', prices, now),
        this.#record('restrictions.updated', { property_id, date_range, restrictions }, now),
      ];
    });
    return this.#send(records);
  }

  #record<Type extends 'booking.confirmed' | 'pricing.updated' | 'restrictions.updated'>(
    type: Type,
    payload: PmsPayloads[Type],
    now: number,
  ) {
    const { property_id } = payload;
    this.#sequence += 1;
    const event = eventOf({
      type,
      event_id: randomUUID(),
      tenant_id: TENANT,
      property_id,
      sequence: this.#sequence,
      occurred_at: now,
      origin: null,
      payload,
    } as Parameters<typeof eventOf>[0]);
    return {
      key: property_id,
      value: Buffer.from(this.#serde.encode('pms.events', event)),
      partition: partitionOf(property_id, TOPOLOGY.partitions),
      headers: { 'origin-ts': String(now), 'tenant-id': TENANT },
    };
  }

  async #send(messages: Parameters<Producer['send']>[0]['messages']): Promise<void> {
    await this.#producer.send({ topic: this.#topic, acks: -1, messages });
  }
}
