import { beforeEach, describe, expect, test } from 'vitest';
import type { EventLog, LogRecord, ProduceRecord } from '../../runtime/event-log.ts';
import { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import { claimOf, EPOCH_KEY, EpochGuard } from '../../runtime/tables/epoch.ts';
import { VirtualTime } from '../../runtime/testing/virtual-time.ts';
import type {
  BookingId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Connection, PmsEvent } from '../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../../schemas/serde.ts';
import { partitionOf } from '../../topology/placement.ts';
import { MemoryDatabase } from '../memory/database.ts';
import { createMemoryStorage, type MemoryStorage } from '../memory/storage.ts';
import { OUTBOX_TOPICS } from '../ports/outbox.ts';
import { instantEnvironment } from '../testing/environment.ts';
import { type Relay, startRelay } from './relay.ts';

const TENANT = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
const HOUSE = 'a0000000-0000-4000-8000-000000000001' as PropertyId;
const CONNECTION = 'c0000000-0000-4000-8000-000000000001' as ConnectionId;
const PARTITIONS = 3;

interface Process {
  readonly relay: Relay;
  readonly storage: MemoryStorage;
  kill(): void;
}

let time: VirtualTime;
let database: MemoryDatabase;
let broker: MemoryBroker;
let serde: Serde;
let desk: MemoryStorage;
let failing: ((point: string, name: string) => void) | undefined;

beforeEach(async () => {
  time = new VirtualTime({ seed: 3 });
  database = new MemoryDatabase();
  failing = undefined;
  const own = time.process('broker');
  broker = new MemoryBroker({
    clock: own,
    timers: own,
    random: time.random,
    latencies: { networkMs: 1 },
  });
  const topics = OUTBOX_TOPICS.map((name) => ({
    name,
    partitions: PARTITIONS,
    replicationFactor: 1,
    config: {},
  }));
  await settled(connect('setup').admin.createTopics(topics));
  serde = createSerde(await registerSchemas(new MemoryRegistry()), own);
  desk = createMemoryStorage({ database, environment: environment('desk') });
  await settled(desk.desk.registerTenant(TENANT, 'tenant'));
  await settled(
    desk.desk.registerProperty(TENANT, {
      id: HOUSE,
      name: 'House',
      timeZone: 'UTC',
      currency: 'EUR',
      maxGuests: 2,
    }),
  );
});

function environment(name: string) {
  const process = time.process(name);
  return { ...instantEnvironment(), clock: process, timers: process, random: time.random, process };
}

function connect(name: string) {
  const process = time.process(name);
  return broker.connect({ clock: process, timers: process, random: time.random });
}

async function settled<T>(work: Promise<T>): Promise<T> {
  let done = false;
  work.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  await time.until(() => done);
  return work;
}

function start(name: string, around: (log: EventLog) => EventLog = (log) => log): Process {
  const own = environment(name);
  const storage = createMemoryStorage({
    database,
    environment: own,
    fault: (point, transaction) => failing?.(point, transaction),
  });
  const log = broker.connect({ clock: own.process, timers: own.process, random: time.random });
  const relay = startRelay({
    store: storage.relay,
    log: around(log),
    serde,
    environment: own,
    partitions: PARTITIONS,
  });
  return {
    relay,
    storage,
    kill: () => {
      own.process.kill();
      storage.kill();
    },
  };
}

async function recordsOf(topic: string): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  await settled(connect('reader').readToEnd(partitions, (batch) => records.push(...batch.records)));
  return records;
}

async function eventsOf(): Promise<readonly PmsEvent[]> {
  return (await recordsOf('pms.events')).flatMap(({ value }) =>
    value === null ? [] : [serde.decode('pms.events', value)],
  );
}

/** The table as its readers see it. */
async function connectionTable(): Promise<ReadonlyMap<string, Connection | null>> {
  const guards = new Map<number, EpochGuard>();
  const table = new Map<string, Connection | null>();
  for (const record of await recordsOf('channel.connections')) {
    const guard = guards.get(record.partition) ?? new EpochGuard();
    guards.set(record.partition, guard);
    if (
      guard.judge(claimOf(record.headers)) === 'stale' ||
      record.key === EPOCH_KEY ||
      record.key === null
    )
      continue;
    table.set(
      record.key,
      record.value === null ? null : serde.decode('channel.connections', record.value),
    );
  }
  return table;
}

function unpublished(): Promise<number> {
  return database.transaction(
    null,
    async (tx) =>
      tx
        .table('outbox')
        .values()
        .filter(({ published, error }) => !published && error === null).length,
  );
}

async function drained(): Promise<void> {
  let left = 1;
  for (let tries = 0; left > 0 && tries < 200; tries++) {
    await time.advance(100);
    left = await unpublished();
  }
  expect(left).toBe(0);
}

function book(number: number) {
  const day = String(number).padStart(2, '0');
  const next = String(number + 1).padStart(2, '0');
  return desk.desk.book(TENANT, {
    id: `b0000000-0000-4000-8000-0000000000${day}` as BookingId,
    propertyId: HOUSE,
    checkIn: `2030-06-${day}` as PlainDate,
    checkOut: `2030-06-${next}` as PlainDate,
  });
}

function createConnection() {
  return desk.connections.create(TENANT, {
    id: CONNECTION,
    propertyId: HOUSE,
    channel: 'northwind' as ChannelType,
    platformFamily: 'northwind',
    listing: '1001',
    channelAccountId: null,
    listingUrl: null,
    roomId: null,
    ratePlans: [],
    currency: null,
    priceAdjustment: null,
    requestsPerSecond: null,
    credentialId: null,
    syncEnabled: true,
    syncDirection: 'bidirectional',
    syncAvailability: true,
    syncPricing: true,
    syncBookings: true,
    pollMinutes: 15,
    webhookUrl: null,
  });
}

describe('relay', () => {
  test('a claim that failed and lands late, before the next one, does not win over it', async () => {
    let held: readonly ProduceRecord[] | undefined;
    const late = connect('late');
    const { kill } = start('a', (inner) => ({
      produce: async (records) => {
        const isClaim = records.some(({ key }) => key === EPOCH_KEY);
        if (isClaim && held === undefined) {
          held = records;
          throw new ParityError('LOG_UNAVAILABLE', 'no answer in time');
        }
        if (isClaim && held && held.length > 0) {
          // It gets there in the moment between the next reading and the next claim.
          await late.produce(held);
          held = [];
        }
        return inner.produce(records);
      },
      join: (...call) => inner.join(...call),
      readToEnd: (...call) => inner.readToEnd(...call),
      tail: (...call) => inner.tail(...call),
      admin: inner.admin,
      close: () => inner.close(),
    }));
    await settled(createConnection());
    await drained();
    expect(held).toEqual([]);
    expect((await connectionTable()).get(CONNECTION)?.listing).toBe('1001');
    kill();
  });

  test('what was written when the log failed and lands later, behind newer rows, is not shown', async () => {
    let held: readonly ProduceRecord[] | undefined;
    const log = connect('late');
    const { kill } = start('a', (inner) => ({
      produce: (records) => {
        const isRow = records.some(
          ({ topic, key }) => topic === 'channel.connections' && key !== EPOCH_KEY,
        );
        if (held !== undefined || !isRow) return inner.produce(records);
        held = records;
        return Promise.reject(new ParityError('LOG_UNAVAILABLE', 'no answer in time'));
      },
      join: (...call) => inner.join(...call),
      readToEnd: (...call) => inner.readToEnd(...call),
      tail: (...call) => inner.tail(...call),
      admin: inner.admin,
      close: () => inner.close(),
    }));
    await settled(createConnection());
    await drained();
    await settled(
      desk.connections.change(TENANT, CONNECTION, () => ({ set: { listing: '2002' } })),
    );
    await drained();
    expect((await connectionTable()).get(CONNECTION)?.listing).toBe('2002');
    await settled(log.produce(held ?? []));
    await time.advance(5_000);
    expect((await connectionTable()).get(CONNECTION)?.listing).toBe('2002');
    kill();
  });

  test('publishes what a transaction appended, soon and in order, into the partition of its property', async () => {
    const { relay } = start('one');
    await settled(book(1));
    await settled(book(2));
    await drained();
    const events = await eventsOf();
    expect(events.map(({ event_type: type, sequence }) => [type, sequence])).toEqual([
      ['property.updated', 1],
      ['booking.confirmed', 2],
      ['booking.confirmed', 3],
    ]);
    const records = await recordsOf('pms.events');
    expect(new Set(records.map(({ partition }) => partition))).toEqual(
      new Set([partitionOf(HOUSE, PARTITIONS)]),
    );
    expect(records[0]?.headers).toMatchObject({ 'tenant-id': TENANT });
    await settled(relay.stop());
  });

  test('one at a time: the other takes over with a higher epoch when the first dies, and nothing is lost', async () => {
    const first = start('first');
    await time.until(() => first.relay.active());
    const second = start('second');
    await settled(book(1));
    await drained();
    expect(second.relay.active()).toBe(false);
    await settled(book(2));
    first.kill();
    await settled(book(3));
    await drained();
    expect(second.relay.active()).toBe(true);
    const sequences = (await eventsOf()).map(({ sequence }) => sequence);
    expect([...new Set(sequences)].sort()).toEqual([1, 2, 3, 4]);
    await settled(second.relay.stop());
  });

  test('a broken connection after publishing publishes again: the same event, under the same id', async () => {
    let breaks = 2;
    failing = (_point, name) => {
      if (name === 'relay.mark-published' && breaks-- > 0)
        throw new ParityError('DATABASE_UNAVAILABLE', 'broken');
    };
    const { relay } = start('one');
    await settled(book(1));
    await drained();
    const events = await eventsOf();
    expect(events.length).toBeGreaterThan(2);
    expect(new Set(events.map(({ event_id: id }) => id)).size).toBe(2);
    await settled(relay.stop());
  });

  test('a row that no schema takes is set aside with its reason, and the rows behind it go out', async () => {
    const { relay } = start('one');
    await settled(
      desk.outbox.append(TENANT, [
        {
          topic: 'pms.events',
          tenantId: TENANT,
          key: HOUSE,
          placement: HOUSE,
          value: { nonsense: true },
        },
      ]),
    );
    await settled(book(1));
    await drained();
    expect((await eventsOf()).map(({ event_type: type }) => type)).toEqual([
      'property.updated',
      'booking.confirmed',
    ]);
    const reasons = await database.transaction(null, async (tx) =>
      tx
        .table('outbox')
        .values()
        .flatMap(({ error }) => error ?? []),
    );
    expect(reasons).toEqual([expect.stringContaining('EVENT_VALUE_INVALID')]);
    await settled(relay.stop());
  });

  test('a zombie overwrites a connection with an old row: the relay writes the present one again', async () => {
    const { relay } = start('one');
    await settled(createConnection());
    await drained();
    const [old] = (await recordsOf('channel.connections')).filter(({ key }) => key === CONNECTION);
    await settled(
      desk.connections.change(TENANT, CONNECTION, () => ({ set: { setupPhase: 'importing' } })),
    );
    await drained();
    if (old === undefined) throw new Error('nothing was published');
    await settled(
      connect('zombie').produce([
        { ...old, headers: { ...old.headers, epoch: '0', writer: 'zombie' } },
      ]),
    );
    await time.advance(3_000);
    const records = (await recordsOf('channel.connections')).filter(
      ({ key }) => key === CONNECTION,
    );
    const last = records.at(-1);
    if (last?.value === null || last === undefined) throw new Error('no record');
    expect(serde.decode('channel.connections', last.value).phase).toBe('importing');
    expect(claimOf(last.headers).epoch).toBe(1);
    await settled(relay.stop());
  });

  test('a relay that starts over an empty or restored table brings it to what the database has', async () => {
    await settled(createConnection());
    const first = start('first');
    await drained();
    first.kill();
    // The database comes back from a backup without the relay's epochs; the log kept them.
    database.relayEpoch = 0;
    broker.topics
      .log({
        topic: 'channel.accounts',
        partition: partitionOf(`${TENANT}/northwind/-`, PARTITIONS),
      })
      .truncateBefore(100);
    const second = start('second');
    await time.until(() => second.relay.active());
    await settled(desk.connections.change(TENANT, CONNECTION, () => ({ set: { roomId: '7' } })));
    await drained();
    await time.advance(2_000);
    expect((await connectionTable()).get(CONNECTION)?.room_id).toBe('7');
    const accounts = await recordsOf('channel.accounts');
    expect(
      accounts.some(
        ({ key, headers }) => key === `${TENANT}/northwind/-` && claimOf(headers).epoch > 1,
      ),
    ).toBe(true);
    await settled(second.relay.stop());
  });
});
