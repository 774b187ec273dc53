import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importProperty } from '../../cli/import/import-property.ts';
import { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import { claimOf, EPOCH_KEY } from '../../runtime/tables/epoch.ts';
import type {
  BookingId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../../schemas/serde.ts';
import { type Database, openDatabase } from '../../storage/database.ts';
import { OUTBOX_TOPICS } from '../../storage/ports/outbox.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { createPostgresStorage } from '../../storage/postgres/storage.ts';
import { type Relay, startRelay } from '../../storage/relay/relay.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const TENANT = randomUUID() as TenantId;
const HOUSE = randomUUID() as PropertyId;
const FIRST = '2030-06-01' as PlainDate;
const PARTITIONS = 2;
const environment = realEnvironment();

let postgres: MigratedDatabase;
let storage: Storage;
let broker: MemoryBroker;
let serde: Serde;
const relays: Relay[] = [];
const databases: Database[] = [];

beforeAll(async () => {
  postgres = await migratedDatabase();
  storage = createPostgresStorage(postgres.database, environment);
  broker = new MemoryBroker(environment);
  const topics = OUTBOX_TOPICS.map((name) => ({
    name,
    partitions: PARTITIONS,
    replicationFactor: 1,
    config: {},
  }));
  await broker.connect(environment).admin.createTopics(topics);
  serde = createSerde(await registerSchemas(new MemoryRegistry()), environment.clock);
  await storage.desk.registerTenant(TENANT, 'tenant');
  await storage.desk.registerProperty(TENANT, {
    id: HOUSE,
    name: 'House',
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    maxGuests: 2,
  });
});
afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  for (const database of databases) await database.close();
  await postgres?.drop();
});

function start(): Relay {
  const database = openDatabase({ connectionString: postgres.url, maxConnections: 1 }, environment);
  databases.push(database);
  const relay = startRelay({
    store: createPostgresStorage(database, environment).relay,
    log: broker.connect(environment),
    serde,
    environment,
    partitions: PARTITIONS,
  });
  relays.push(relay);
  return relay;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within 20 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function drained(): Promise<void> {
  await until(
    async () =>
      (await postgres.query('SELECT id FROM outbox WHERE published_at IS NULL AND error IS NULL'))
        .length === 0,
  );
}

async function eventsOf(): Promise<readonly PmsEvent[]> {
  const events: PmsEvent[] = [];
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: 'pms.events',
    partition,
  }));
  await broker.connect(environment).readToEnd(partitions, (batch) => {
    for (const { value } of batch.records)
      if (value !== null) events.push(serde.decode('pms.events', value));
  });
  return events;
}

let nextNight = 0;
function book() {
  const checkIn = addDays(FIRST, nextNight++);
  return storage.desk.book(TENANT, {
    id: randomUUID() as BookingId,
    propertyId: HOUSE,
    checkIn,
    checkOut: addDays(checkIn, 1),
  });
}

describe('relay over PostgreSQL', () => {
  test('what is committed is published at once, by NOTIFY and not by the safety interval', async () => {
    const relay = start();
    await until(() => relay.active());
    await drained();
    const delays: number[] = [];
    for (let number = 0; number < 10; number++) {
      const before = performance.now();
      const count = (await eventsOf()).length;
      await book();
      await until(async () => (await eventsOf()).length > count);
      delays.push(performance.now() - before);
    }
    expect(delays.sort((a, b) => a - b)[5]).toBeLessThan(400);
  });

  test('a row that commits late, under a lower id, is published too: there is no cursor', async () => {
    const published = async () =>
      (await eventsOf()).map(({ property_id: id, sequence }) => `${id} ${sequence}`);
    const other = randomUUID() as PropertyId;
    await storage.desk.registerProperty(TENANT, {
      id: other,
      name: 'Other',
      timeZone: 'UTC',
      currency: 'EUR',
      maxGuests: 2,
    });
    await drained();
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => {
      written = resolve;
    });
    const late = postgres.database.withTenant(TENANT, async (tx) => {
      const [row] = await tx.query<{ sequence: number }>(
        'SELECT parity_next_sequence($1) AS sequence',
        [other],
      );
      await tx.query(
        `INSERT INTO outbox (tenant_id, topic, key, placement, payload) SELECT tenant_id, topic, key, placement,
           payload || jsonb_build_object('sequence', $2::bigint, 'event_id', gen_random_uuid()) FROM outbox
         WHERE key = $1 AND topic = 'pms.events' ORDER BY id LIMIT 1`,
        [other, row?.sequence],
      );
      written();
      await held;
    });
    await isWritten;
    await book();
    await drained();
    expect(await published()).not.toContain(`${other} 2`);
    commit();
    await late;
    await until(async () => (await published()).includes(`${other} 2`));
  });

  test('PostgreSQL ends the session of the relay: another one takes over under a higher epoch, and all is published', async () => {
    const second = start();
    await book();
    await postgres.query(
      "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()",
    );
    await book();
    await until(() => relays.some((relay) => relay.active()));
    await drained();
    const sequences = (await eventsOf())
      .filter(({ property_id: id }) => id === HOUSE)
      .map(({ sequence }) => sequence ?? 0);
    expect([...new Set(sequences)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: nextNight + 1 }, (_, index) => index + 1),
    );
    expect(second).toBeDefined();
    const [epoch] = await postgres.query<{ epoch: string }>('SELECT epoch FROM relay_epoch');
    expect(Number(epoch?.epoch)).toBeGreaterThanOrEqual(2);
  });

  test('a direct edit of PMS-Core reaches the table, with epoch and writer; a snapshot reaches the events', async () => {
    const [connection] = await postgres.query<{ id: ConnectionId }>(
      "INSERT INTO channel_connections (tenant_id, property_id, channel_type, channel_property_id) VALUES ($1, $2, $3, '1001') RETURNING id",
      [TENANT, HOUSE, 'airbnb' as ChannelType],
    );
    await importProperty(storage.snapshots, TENANT, HOUSE, environment);
    await drained();
    const seen: { key: string | null; epoch: number; phase: string }[] = [];
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic: 'channel.connections',
      partition,
    }));
    await broker.connect(environment).readToEnd(partitions, (batch) => {
      for (const { key, value, headers } of batch.records)
        if (value !== null && key !== EPOCH_KEY)
          seen.push({
            key,
            epoch: claimOf(headers).epoch,
            phase: serde.decode('channel.connections', value).phase,
          });
    });
    expect(seen).toContainEqual({
      key: connection?.id,
      epoch: expect.any(Number),
      phase: 'pending',
    });
    expect(seen.every(({ epoch }) => epoch >= 2)).toBe(true);
    const [snapshot] = (await eventsOf()).flatMap(({ payload }) =>
      'parity.pms.CalendarSnapshot' in payload ? [payload['parity.pms.CalendarSnapshot']] : [],
    );
    expect(snapshot?.bookings).toHaveLength(nextNight);
  });
});
