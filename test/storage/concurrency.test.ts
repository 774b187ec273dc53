import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRevision } from '../../processors/bookings/apply-revision.ts';
import { IDENTITY, revision } from '../../processors/bookings/testing/world.ts';
import type { BookingId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { createPostgresStorage } from '../../storage/postgres/storage.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const TENANT = randomUUID() as TenantId;
const FIRST = '2030-06-01' as PlainDate;
const PROPERTIES = [randomUUID(), randomUUID(), randomUUID()].sort() as PropertyId[];

let postgres: MigratedDatabase;
let storage: Storage;
beforeAll(async () => {
  postgres = await migratedDatabase();
  storage = createPostgresStorage(postgres.database, realEnvironment());
  await storage.desk.registerTenant(TENANT, 'tenant');
  for (const id of PROPERTIES)
    await storage.desk.registerProperty(TENANT, {
      id,
      name: 'p',
      timeZone: 'UTC',
      currency: 'EUR',
      maxGuests: 2,
    });
});
afterAll(() => postgres?.drop());

function apply(
  id: string,
  at: number,
  stays: { property: PropertyId; from: number; nights: number }[],
  status: 'new' | 'cancelled' = 'new',
) {
  const value = revision({
    id,
    status,
    at,
    tenant: TENANT,
    stays: stays.map((stay, index) => ({
      room: String(index + 1),
      property: stay.property,
      start: addDays(FIRST, stay.from),
      end: addDays(FIRST, stay.from + stay.nights),
    })),
  });
  return storage.bookings.transact(TENANT, (tx) =>
    applyRevision(tx, value, { channel: IDENTITY, now: Date.now(), uuid: () => randomUUID() }),
  );
}

/** PMS-Core's own way: it takes the counters in whatever order it likes. */
function pmsTransaction(order: readonly PropertyId[]) {
  return postgres.database.withTenant(TENANT, async (tx) => {
    for (const property of order) {
      await tx.query('SELECT parity_next_sequence($1)', [property]);
      await tx.query('SELECT pg_sleep(0.002)');
    }
  });
}

describe('bookings under concurrency', () => {
  test('channels, the desk and PMS-Core at once: no double booking, no deadlock that is not repeated, no waiting booking forgotten', async () => {
    const pick = (index: number) => PROPERTIES[index % PROPERTIES.length] as PropertyId;
    const work: (() => Promise<unknown>)[] = [];
    for (let index = 0; index < 30; index++) {
      const stays = [
        { property: pick(index), from: index % 6, nights: 3 },
        { property: pick(index + 1), from: (index * 5) % 7, nights: 2 },
      ];
      work.push(() => apply(`R${index}`, 1_000, stays));
      if (index % 3 === 0) work.push(() => apply(`R${index}`, 2_000, stays, 'cancelled'));
      // A few only: each deadlock costs PostgreSQL a second to notice.
      if (index % 12 === 3) work.push(() => pmsTransaction([...PROPERTIES].reverse()));
      work.push(() =>
        storage.desk.book(TENANT, {
          id: randomUUID() as BookingId,
          propertyId: pick(index),
          checkIn: addDays(FIRST, index % 9),
          checkOut: addDays(FIRST, (index % 9) + 1),
        }),
      );
    }
    // As many at once as the pool has connections: waiting for one is not what this test is about.
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let run = work.shift(); run !== undefined; run = work.shift()) await run();
      }),
    );

    const overlapping = await postgres.query(
      `SELECT a.id FROM bookings a JOIN bookings b ON a.property_id = b.property_id AND a.id < b.id AND parity_holds_nights(a.status)
         AND parity_holds_nights(b.status) AND a.check_in < b.check_out AND a.check_out > b.check_in`,
    );
    expect(overlapping).toEqual([]);
    const forgotten = await postgres.query(
      `SELECT c.id FROM booking_conflicts c WHERE NOT EXISTS (SELECT FROM bookings b WHERE b.property_id = c.property_id
         AND parity_holds_nights(b.status) AND b.check_in < c.check_out AND b.check_out > c.check_in)`,
    );
    expect(forgotten).toEqual([]);
    const twice = await postgres.query(
      'SELECT id FROM bookings INTERSECT SELECT id FROM booking_conflicts',
    );
    expect(twice).toEqual([]);
    const [rows] = await postgres.query<{ stays: number; rows: number }>(
      `SELECT (SELECT count(*)::int FROM reservation_stays) AS stays,
         (SELECT count(*)::int FROM reservation_stays s WHERE EXISTS (SELECT FROM bookings WHERE id = s.booking_id)
           OR EXISTS (SELECT FROM booking_conflicts WHERE id = s.booking_id)) AS rows`,
    );
    expect(rows).toEqual({ stays: 60, rows: 60 });
  });

  test('facts of a property are in the outbox in the order of their sequences', async () => {
    const disordered = await postgres.query(
      `SELECT a.id FROM outbox a JOIN outbox b ON a.topic = 'pms.events' AND b.topic = 'pms.events' AND a.key = b.key AND a.id < b.id
         AND (a.payload ->> 'sequence')::bigint >= (b.payload ->> 'sequence')::bigint`,
    );
    expect(disordered).toEqual([]);
  });

  test('PMS-Core frees nights with plain SQL: the oldest waiting booking is promoted in that very transaction', async () => {
    const property = randomUUID() as PropertyId;
    await storage.desk.registerProperty(TENANT, {
      id: property,
      name: 'p',
      timeZone: 'UTC',
      currency: 'EUR',
      maxGuests: 2,
    });
    const winner = randomUUID() as BookingId;
    await storage.desk.book(TENANT, {
      id: winner,
      propertyId: property,
      checkIn: FIRST,
      checkOut: addDays(FIRST, 5),
    });
    await apply('W1', 1_000, [{ property, from: 1, nights: 2 }]);
    await apply('W2', 1_000, [{ property, from: 2, nights: 2 }]);
    await apply('W3', 1_000, [{ property, from: 3, nights: 2 }]);
    const waiting = () =>
      postgres.query<{ r: string }>(
        'SELECT reservation_id AS r FROM booking_conflicts WHERE property_id = $1 ORDER BY detected_at',
        [property],
      );
    expect(await waiting()).toEqual([{ r: 'W1' }, { r: 'W2' }, { r: 'W3' }]);
    await postgres.query('UPDATE bookings SET check_out = check_in + 1 WHERE id = $1', [winner]);
    expect(await waiting()).toEqual([{ r: 'W2' }]);
    const [event] = await postgres.query<{ type: string; reservation: string }>(
      `SELECT payload ->> 'event_type' AS type, payload -> 'origin' ->> 'reservation_id' AS reservation FROM outbox WHERE key = $1 ORDER BY id DESC LIMIT 1`,
      [property],
    );
    expect(event).toEqual({ type: 'booking.confirmed', reservation: 'W3' });
    await postgres.query(
      'DELETE FROM bookings WHERE property_id = $1 AND channel_booking_id = $2',
      [property, 'W1'],
    );
    await postgres.query(
      'DELETE FROM bookings WHERE property_id = $1 AND channel_booking_id = $2',
      [property, 'W3'],
    );
    expect(await waiting()).toEqual([]);
  });

  test('a raised era puts every new sequence above all old ones, and stays an exact number', async () => {
    const property = PROPERTIES[0] as PropertyId;
    const next = async () =>
      (
        await postgres.query<{ sequence: string }>('SELECT parity_next_sequence($1) AS sequence', [
          property,
        ])
      )[0]?.sequence;
    const before = Number(await next());
    await postgres.query('UPDATE sequence_era SET era = era + 1');
    expect(Number(await next())).toBe(2 ** 40 + 1);
    expect(Number(await next())).toBe(2 ** 40 + 2);
    expect(before).toBeLessThan(2 ** 40);
    expect(8_000 * 2 ** 40 + 2 ** 40).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});
