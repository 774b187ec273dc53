import { describe, expect, it } from 'vitest';
import { Connections } from '../../accounts/connections.ts';
import type { SimulatedProcess } from '../../runtime/testing/simulated-process.ts';
import { World } from '../../runtime/testing/toy-world.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import type { FaultHook } from '../../storage/memory/client.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { bookingsStage } from './stage.ts';
import {
  CHANNEL,
  connectionOf,
  HOUSE,
  IDENTITY,
  look,
  OTHER_TENANT,
  type RevisionSketch,
  revision,
  seed,
  TENANT,
} from './testing/world.ts';

async function open() {
  const world = await World.open({ topology: { ...TOPOLOGY, partitions: 3 } });
  const database = new MemoryDatabase();
  await seed(database);
  return {
    world,
    database,
    start: (process: SimulatedProcess, fault: FaultHook = () => undefined) => {
      const storage = createMemoryStorage({ database, environment: process.environment, fault });
      return world.start(
        process,
        bookingsStage({
          bookings: storage.bookings,
          identityOf: (channel: ChannelType) => (channel === CHANNEL ? IDENTITY : undefined),
        }),
      );
    },
    append: (sketch: RevisionSketch) =>
      world.append('channel.bookings', connectionOf(HOUSE), revision(sketch)),
    events: () =>
      look(database, (tx) =>
        tx
          .table('outbox')
          .values()
          .filter(({ row }) => row.topic === 'pms.events')
          .map(({ row }) => (row.value as PmsEvent).event_type),
      ),
    bookings: () =>
      look(database, (tx) =>
        tx
          .table('bookings')
          .values()
          .map(({ row }) => row.channelBookingId),
      ),
  };
}

const stay = (
  night: number,
  status: RevisionSketch['status'] = 'new',
  id = `R${night}`,
): RevisionSketch => ({
  id,
  status,
  at: status === 'new' ? 1_000 : 2_000,
  delivery: `${id} ${status}`,
  stays: [
    {
      room: '1',
      property: HOUSE,
      start: `2030-06-${String(night).padStart(2, '0')}`,
      end: `2030-06-${String(night + 1).padStart(2, '0')}`,
    },
  ],
});

describe('the bookings stage', () => {
  it('stores a batch, each reservation in its order', async () => {
    const { world, start, append, events, bookings } = await open();
    for (let night = 1; night <= 20; night++) {
      await append(stay(night));
      if (night % 4 === 0) await append(stay(night, 'cancelled'));
    }
    await start(world.process());
    await world.time.advance(10_000);
    expect(await bookings()).toHaveLength(20);
    expect((await events()).filter((type) => type === 'booking.confirmed')).toHaveLength(20);
    expect((await events()).filter((type) => type === 'booking.cancelled')).toHaveLength(5);
  });

  it('leaves a row of the sync log for each revision: new room stays, changed ones, and those that overlap', async () => {
    const { world, start, append, database } = await open();
    const { environment } = world.process();
    const setup = createMemoryStorage({ database, environment });
    const connections = new Connections({
      store: setup.connections,
      platformFamilyOf: () => 'northwind',
      environment,
    });
    let isThere = false;
    const draft = { id: connectionOf(HOUSE), propertyId: HOUSE, channel: CHANNEL, listing: '1' };
    connections.create(TENANT, draft).then(() => {
      isThere = true;
    });
    await world.time.until(() => isThere);
    await append(stay(1));
    await append({ ...stay(1), id: 'R1b', delivery: 'R1b new' });
    await append(stay(1, 'cancelled'));
    await start(world.process());
    await world.time.advance(10_000);
    const rows = await look(database, (tx) =>
      tx
        .table('channel_sync_logs')
        .values()
        .map(({ row }) => row),
    );
    const told = rows.map((row) => ({
      type: row.sync_type,
      status: row.status,
      counts: [
        row.records_processed,
        row.records_created,
        row.records_updated,
        row.records_failed,
      ].join(' '),
    }));
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        { type: 'booking_import', status: 'success', counts: '1 1 0 0' },
        { type: 'booking_import', status: 'partial_success', counts: '1 1 0 1' },
        { type: 'booking_import', status: 'success', counts: '1 0 1 0' },
      ]),
    );
  });

  it('waits for PostgreSQL and loses nothing', async () => {
    const { world, start, append, bookings } = await open();
    let away = true;
    await start(world.process(), () => {
      if (away) throw new ParityError('DATABASE_UNAVAILABLE', 'away');
    });
    await append(stay(1));
    await append(stay(2));
    await world.time.advance(30_000);
    expect(await bookings()).toEqual([]);
    away = false;
    await world.time.advance(10_000);
    expect((await bookings()).sort()).toEqual(['R1', 'R2']);
  });

  it('killed after the commit and before the offset: the successor repeats it, and nothing is said twice', async () => {
    const { world, start, append, events, bookings, database } = await open();
    const dying = world.process();
    let commits = 0;
    await start(dying, (point) => {
      if (point !== 'after') return;
      commits += 1;
      dying.kill();
      return new Promise<void>(() => undefined);
    });
    await append(stay(1));
    await world.time.advance(5_000);
    expect(commits).toBe(1);
    await start(world.process());
    await world.time.advance(120_000);
    expect(await bookings()).toEqual(['R1']);
    expect(await events()).toEqual(['booking.confirmed']);
    const acknowledged = await look(
      database,
      (tx) =>
        tx
          .table('outbox')
          .values()
          .filter(({ row }) => row.topic === 'channel.inbox').length,
    );
    expect(acknowledged).toBe(1);
  });

  it('dead-letters what can never be stored, tells the owner, and the partition moves on', async () => {
    const { world, start, append, bookings } = await open();
    const process = world.process();
    await start(process);
    await append({
      ...stay(1),
      stays: [{ room: '1', property: HOUSE, start: '2030-06-05', end: '2030-06-05' }],
    });
    await append({ ...stay(2), tenant: OTHER_TENANT });
    await append({ ...stay(4), stays: [] });
    await append(stay(3));
    await world.time.advance(10_000);
    expect(await bookings()).toEqual(['R3']);
    const letters = world.dump('channel.dead-letters');
    expect(letters.map(({ headers }) => headers['error-code']).sort()).toEqual([
      'CONNECTION_UNKNOWN',
      'EVENT_DATES_INVALID',
      'EVENT_VALUE_INVALID',
    ]);
    const alerts = world
      .dump('channel.alerts')
      .flatMap(({ value }) => (value ? [world.serde.decode('channel.alerts', value)] : []));
    expect(alerts).toMatchObject([
      { code: 'BOOKING_NOT_STORED', severity: 'critical', property_id: HOUSE },
      { code: 'BOOKING_NOT_STORED', severity: 'critical', tenant_id: OTHER_TENANT },
      { code: 'BOOKING_NOT_STORED', severity: 'critical', property_id: HOUSE },
    ]);
    expect(alerts.map(({ message }) => message)).toEqual([
      expect.stringContaining('R1'),
      expect.stringContaining('R2'),
      expect.stringContaining('R4'),
    ]);
  });
});
