import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importProperty } from '../../cli/import/import-property.ts';
import { applyRevision } from '../../processors/bookings/apply-revision.ts';
import {
  type Arrival,
  arrivalsArbitrary,
  type DeskStep,
  deskArbitrary,
  FIRST,
} from '../../processors/bookings/testing/arrivals.ts';
import {
  BARN,
  connectionOf,
  HOUSE,
  IDENTITY,
  type RevisionSketch,
  revision,
  TENANT,
} from '../../processors/bookings/testing/world.ts';
import type {
  AccountId,
  BookingId,
  ChannelType,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import { addDays } from '../../schemas/domain/plain-date.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import type { NewConnection } from '../../storage/ports/connections.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { createPostgresStorage } from '../../storage/postgres/storage.ts';
import {
  instantEnvironment,
  realEnvironment,
  TEST_START_MS,
} from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

let postgres: MigratedDatabase;
beforeAll(async () => {
  postgres = await migratedDatabase();
});
afterAll(() => postgres?.drop());

const DETAILS = {
  address: {
    street: 'Seeweg 1',
    city: 'Konstanz',
    postal_code: '78462',
    country: 'DE',
    latitude: 47.66,
    longitude: null,
  },
  fees: [{ name: 'Cleaning', basis: 'per_stay', amount: 9_000 }],
  taxes: [{ name: 'Visitor tax', percent_hundredths: 350 }],
  landing_url: 'https://lake.example/house',
  content: {
    texts: [{ language: 'de', headline: 'Haus am See', description: '' }],
    photos: ['https://lake.example/1.jpg'],
    property_type: 'house',
    bedrooms: 2,
    bathrooms: 1,
    check_in_time: '15:00',
    check_out_time: '10:00',
    house_rules: null,
    cancellation: { free_until_days: 14 },
  },
} as const;

/** The same steps on both storages, under one clock. */
interface Script {
  readonly tenantId: TenantId;
  readonly house: PropertyId;
  readonly barn: PropertyId;
  readonly arrivals: readonly Arrival[];
  readonly desk: readonly DeskStep[];
}

async function play(storage: Storage, script: Script, clock: { time: number }): Promise<void> {
  const { tenantId, house, barn } = script;
  const nights = { start: FIRST, end: addDays(FIRST, 5) };
  await storage.desk.registerTenant(tenantId, 'tenant');
  for (const id of [house, barn]) {
    await storage.desk.registerProperty(tenantId, {
      id,
      name: 'property',
      timeZone: 'Europe/Berlin',
      currency: 'EUR',
      maxGuests: 4,
      ...(id === house ? { details: DETAILS } : {}),
    });
    await storage.connections.create(tenantId, connection(id));
  }
  await storage.desk.price(tenantId, house, nights, 'EUR', 10_000);
  await storage.desk.block(
    tenantId,
    house,
    { start: addDays(FIRST, 20), end: addDays(FIRST, 23) },
    true,
  );
  await storage.desk.restrict(tenantId, house, nights, {
    min_stay_arrival: 2,
    min_stay_through: null,
    max_stay: 14,
    closed_to_arrival: true,
    closed_to_departure: false,
  });
  const booked: BookingId[] = [];
  for (let turn = 0; turn < Math.max(script.arrivals.length, script.desk.length); turn++) {
    clock.time += 1_000;
    const arrival = script.arrivals[turn];
    if (arrival !== undefined)
      await storage.bookings.transact(tenantId, (tx) =>
        applyRevision(tx, arrival.revision, {
          channel: IDENTITY,
          now: clock.time,
          uuid: () => randomUUID(),
        }),
      );
    const step = script.desk[turn];
    if (step !== undefined) await playDesk(storage, script, step, turn, booked);
  }
  for (const id of [house, barn])
    await importProperty(storage.snapshots, tenantId, id, {
      clock: { now: () => clock.time, monotonic: () => clock.time },
      random: realEnvironment().random,
    });
}

async function playDesk(
  storage: Storage,
  { tenantId, house }: Script,
  step: DeskStep,
  turn: number,
  booked: BookingId[],
): Promise<void> {
  const stay = {
    checkIn: addDays(FIRST, step.from),
    checkOut: addDays(FIRST, step.from + step.nights),
  };
  const picked = booked[step.pick % Math.max(1, booked.length)];
  if (step.kind === 'book') {
    const id = `${house.slice(0, -12)}${String(turn).padStart(12, 'b')}` as BookingId;
    if ((await storage.desk.book(tenantId, { id, propertyId: house, ...stay })) === 'booked')
      booked.push(id);
  } else if (picked === undefined) return;
  else if (step.kind === 'cancel') await storage.desk.cancel(tenantId, picked);
  else await storage.desk.move(tenantId, picked, stay);
}

function connection(property: PropertyId): NewConnection {
  return {
    id: connectionOf(property),
    propertyId: property,
    // The specification's check knows the real ones only.
    channel: 'airbnb' as ChannelType,
    platformFamily: 'northwind',
    listing: property,
    channelAccountId: 'host',
    listingUrl: null,
    roomId: null,
    ratePlans: [],
    currency: null,
    priceAdjustment: { kind: 'percentage', hundredths: 1_250 },
    requestsPerSecond: 7,
    credentialId: null,
    syncEnabled: true,
    syncDirection: 'bidirectional',
    syncAvailability: true,
    syncPricing: true,
    syncBookings: true,
    pollMinutes: 15,
    webhookUrl: null,
  };
}

/** Everything that depends on chance or on how many steps a transaction takes is left out. */
const LEFT_OUT = new Set(['event_id', 'occurred_at', 'issued_at', 'row_version']);

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !LEFT_OUT.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, comparable(part)]),
  );
}

interface Published {
  readonly topic: string;
  readonly key: string;
  readonly placement: string;
  readonly value: object | null;
}

/** Events in order; of tables the last value of each key. */
function publishedOf(rows: readonly Published[]): unknown {
  const isTable = ({ topic }: Published) =>
    topic === 'channel.connections' || topic === 'channel.accounts';
  const tables = new Map(
    rows.filter(isTable).map((row) => [`${row.topic} ${row.key}`, comparable(row)]),
  );
  return {
    events: rows.filter((row) => !isTable(row)).map(comparable),
    tables: Object.fromEntries([...tables].sort()),
  };
}

async function postgresState(tenantId: TenantId): Promise<unknown> {
  const all = (table: string, columns: string, order: string) =>
    postgres.query(`SELECT ${columns} FROM ${table} WHERE tenant_id = $1 ORDER BY ${order}`, [
      tenantId,
    ]);
  return {
    bookings: await all(
      'bookings',
      'id, property_id::text, status, check_in::text, check_out::text, channel_booking_id, source',
      'id',
    ),
    conflicts: await all(
      'booking_conflicts',
      'id, property_id::text, check_in::text, check_out::text, winner_id::text, reservation_id, room_stay, revised_at::float8',
      'id',
    ),
    stays: await all(
      'reservation_stays',
      'booking_id::text, state, property_id::text, connection_id::text, channel_booking_id, check_in::text, check_out::text',
      'booking_id',
    ),
    blocks: await all(
      'calendar_blocks',
      'block_id, start_date::text, end_date::text, reason',
      'block_id',
    ),
    logs: await postgres.query(
      `SELECT l.id::text, l.status, l.records_created, l.records_updated, l.records_failed FROM channel_sync_logs l
       JOIN channel_connections c ON c.id = l.channel_connection_id WHERE c.tenant_id = $1 ORDER BY l.id`,
      [tenantId],
    ),
    published: publishedOf(
      await postgres.query<Published>(
        'SELECT topic, key, placement, payload AS value FROM outbox WHERE tenant_id = $1 ORDER BY id',
        [tenantId],
      ),
    ),
  };
}

function memoryState(database: MemoryDatabase): Promise<unknown> {
  return database.transaction(null, async (tx) => ({
    bookings: tx
      .table('bookings')
      .values()
      .map(({ row: r }) => ({
        id: r.id,
        property_id: r.propertyId,
        status: r.status,
        check_in: r.checkIn,
        check_out: r.checkOut,
        channel_booking_id: r.channelBookingId,
        source: r.source,
      })),
    conflicts: tx
      .table('booking_conflicts')
      .values()
      .map(({ row: r }) => ({
        id: r.booking.id,
        property_id: r.booking.propertyId,
        check_in: r.booking.checkIn,
        check_out: r.booking.checkOut,
        winner_id: r.winnerId,
        reservation_id: r.reservationId,
        room_stay: r.roomStay,
        revised_at: r.revisedAt,
      })),
    stays: tx
      .table('reservation_stays')
      .values()
      .map(({ row: r }) => ({
        booking_id: r.bookingId,
        state: r.state,
        property_id: r.propertyId,
        connection_id: r.connectionId,
        channel_booking_id: r.channelBookingId,
        check_in: r.checkIn,
        check_out: r.checkOut,
      }))
      .sort((a, b) => (a.booking_id < b.booking_id ? -1 : 1)),
    blocks: tx
      .table('calendar_blocks')
      .values()
      .map(({ row: r }) => ({
        block_id: r.blockId,
        start_date: r.start,
        end_date: r.end,
        reason: r.reason,
      }))
      .sort((a, b) => (a.block_id < b.block_id ? -1 : 1)),
    logs: tx
      .table('channel_sync_logs')
      .values()
      .map(({ row: r }) => ({
        id: r.id,
        status: r.status,
        records_created: r.records_created,
        records_updated: r.records_updated,
        records_failed: r.records_failed,
      })),
    published: publishedOf(
      tx
        .table('outbox')
        .values()
        .map(({ row: { topic, key, placement, value } }) => ({ topic, key, placement, value })),
    ),
  }));
}

/** A tenant of its own for each run. */
function scriptOf(arrivals: readonly Arrival[], desk: readonly DeskStep[]): Script {
  const [tenantId, suffix] = [randomUUID(), randomUUID().slice(1)];
  const house = `a${suffix.slice(0, -1)}1`;
  const barn = `a${suffix.slice(0, -1)}2`;
  const text = JSON.stringify(arrivals)
    .replaceAll(TENANT, tenantId)
    .replaceAll(connectionOf(HOUSE), connectionOf(house as PropertyId))
    .replaceAll(connectionOf(BARN), connectionOf(barn as PropertyId))
    .replaceAll(HOUSE, house)
    .replaceAll(BARN, barn)
    .replaceAll(
      /"(message|delivery)_id":"[^"]{8}/g,
      (_match, name: string) => `"${name}_id":"${suffix.slice(0, 7)}0`,
    );
  return {
    tenantId: tenantId as TenantId,
    house: house as PropertyId,
    barn: barn as PropertyId,
    arrivals: JSON.parse(text) as Arrival[],
    desk,
  };
}

/** Plays on both, and returns the memory of one; the other is told by its tenant. */
async function playBoth(script: Script): Promise<MemoryDatabase> {
  const memory = new MemoryDatabase();
  await play(
    createMemoryStorage({ database: memory, environment: instantEnvironment(), maxDelayMs: 0 }),
    script,
    { time: TEST_START_MS },
  );
  await play(createPostgresStorage(postgres.database, realEnvironment()), script, {
    time: TEST_START_MS,
  });
  return memory;
}

test('PostgreSQL and its in-memory twin do the same: rows, conflicts, promotions, events, snapshots', async () => {
  await fc.assert(
    fc.asyncProperty(
      arrivalsArbitrary,
      fc.array(deskArbitrary, { maxLength: 8 }),
      async (arrivals, desk) => {
        const script = scriptOf(arrivals, desk);
        const memory = await playBoth(script);
        expect(await postgresState(script.tenantId)).toEqual(await memoryState(memory));
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

test('a reservation follows its connection to another account, and keeps its booking', async () => {
  const stays = [{ room: '1', property: HOUSE, start: FIRST, end: addDays(FIRST, 2) }];
  const arrival = (sketch: RevisionSketch): Arrival => ({
    revision: revision(sketch),
    fault: 'none',
  });
  const script = scriptOf(
    [
      arrival({ id: 'R', status: 'new', at: 1, stays }),
      arrival({ id: 'R', status: 'modified', at: 2, stays, delivery: 'a' }),
      // No room tells the connection: that of the account does.
      arrival({ id: 'R', status: 'cancelled', at: 3, stays: [], delivery: 'b' }),
      // Nobody's room: a reservation of its own.
      arrival({ id: 'R', status: 'new', at: 4, stays: [], delivery: 'c' }),
    ],
    [],
  );
  const accounts = ['northwind/-', 'northwind/other', 'airbnb/host', 'northwind/third'];
  const moved = {
    ...script,
    arrivals: script.arrivals.map(({ revision: one }, index) => ({
      revision: { ...one, account_id: `${script.tenantId}/${accounts[index]}` as AccountId },
      fault: 'none' as const,
    })),
  };
  const memory = await playBoth(moved);
  expect(await postgresState(script.tenantId)).toEqual(await memoryState(memory));
  const rows = await postgres.query(
    `SELECT account_id, status, (SELECT count(*)::int FROM reservation_stays s WHERE s.account_id = r.account_id) AS stays
     FROM channel_reservations r WHERE tenant_id = $1 ORDER BY status`,
    [script.tenantId],
  );
  expect(rows).toEqual([
    { account_id: `${script.tenantId}/airbnb/host`, status: 'cancelled', stays: 1 },
    { account_id: `${script.tenantId}/northwind/third`, status: 'new', stays: 0 },
  ]);
  const bookings = await postgres.query(
    'SELECT channel_booking_id, status FROM bookings WHERE tenant_id = $1',
    [script.tenantId],
  );
  expect(bookings).toEqual([{ channel_booking_id: 'R', status: 'cancelled' }]);
});

test('a booking whose id another account has already is refused as a value, in both', async () => {
  const stays = [{ room: '1', property: HOUSE, start: FIRST, end: addDays(FIRST, 2) }];
  const elsewhere = [{ room: '1', property: BARN, start: FIRST, end: addDays(FIRST, 2) }];
  const { arrivals, ...script } = scriptOf(
    [
      { revision: revision({ id: 'R', status: 'new', at: 1, stays }), fault: 'none' },
      { revision: revision({ id: 'R', status: 'new', at: 1, stays: elsewhere }), fault: 'none' },
    ],
    [],
  );
  const accounts = ['northwind/-', 'northwind/other'];
  const moved = arrivals.map(({ revision: one }, index) => ({
    revision: { ...one, account_id: `${script.tenantId}/${accounts[index]}` as AccountId },
    fault: 'none' as const,
  }));
  const clock = { time: TEST_START_MS };
  const storages = [
    createMemoryStorage({
      database: new MemoryDatabase(),
      environment: instantEnvironment(),
      maxDelayMs: 0,
    }),
    createPostgresStorage(postgres.database, realEnvironment()),
  ];
  for (const storage of storages)
    await expect(play(storage, { ...script, arrivals: moved }, clock)).rejects.toMatchObject({
      code: 'EVENT_VALUE_INVALID',
    });
});
