import { beforeEach, describe, expect, test } from 'vitest';
import type { BookingId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Alert, PmsEvent } from '../../schemas/generated/types.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage, type MemoryStorage } from '../../storage/memory/storage.ts';
import { instantEnvironment } from '../../storage/testing/environment.ts';
import { applyRevision } from './apply-revision.ts';
import {
  BARN,
  connectionOf,
  HOUSE,
  IDENTITY,
  look,
  type RevisionSketch,
  revision,
  type StaySketch,
  seed,
  TENANT,
} from './testing/world.ts';

let database: MemoryDatabase;
let storage: MemoryStorage;
const environment = instantEnvironment();

beforeEach(async () => {
  database = new MemoryDatabase();
  storage = createMemoryStorage({ database, environment });
  await seed(database);
});

function apply(sketch: RevisionSketch) {
  environment.pass(1_000);
  return storage.bookings.transact(TENANT, (tx) =>
    applyRevision(tx, revision(sketch), {
      channel: IDENTITY,
      now: environment.clock.now(),
      uuid: () => environment.random.uuid(),
    }),
  );
}

const stay = (
  room: string,
  start: number,
  end: number,
  property: StaySketch['property'] = HOUSE,
  status?: StaySketch['status'],
): StaySketch => ({
  room,
  property,
  start: day(start),
  end: day(end),
  ...(status === undefined ? {} : { status }),
});

function day(number: number): PlainDate {
  return `2030-06-${String(number).padStart(2, '0')}` as PlainDate;
}

/** `channel id, status, first to last` of every booking. */
async function bookings(): Promise<string[]> {
  const rows = await look(database, (tx) =>
    tx
      .table('bookings')
      .values()
      .map(({ row }) => row),
  );
  return rows
    .map(
      (row) =>
        `${row.channelBookingId ?? 'direct'} ${row.status} ${row.checkIn.slice(8)}-${row.checkOut.slice(8)}`,
    )
    .sort();
}

async function conflicts(): Promise<string[]> {
  const rows = await look(database, (tx) =>
    tx
      .table('booking_conflicts')
      .values()
      .map(({ row }) => row.booking),
  );
  return rows
    .map((row) => `${row.channelBookingId} ${row.checkIn.slice(8)}-${row.checkOut.slice(8)}`)
    .sort();
}

async function published<T>(topic: string): Promise<T[]> {
  return look(database, (tx) =>
    tx
      .table('outbox')
      .values()
      .filter(({ row }) => row.topic === topic)
      .map(({ row }) => row.value as T),
  );
}

const events = async () =>
  (await published<PmsEvent>('pms.events')).map(({ event_type: type }) => type);
const alerts = async () => (await published<Alert>('channel.alerts')).map(({ code }) => code);

function direct(start: number, end: number): Promise<'booked' | 'overlap'> {
  const id = environment.random.uuid() as BookingId;
  return storage.desk.book(TENANT, {
    id,
    propertyId: HOUSE,
    checkIn: day(start),
    checkOut: day(end),
  });
}

describe('several rooms', () => {
  test('each is a booking of its property; the second and further ones carry a room suffix', async () => {
    await apply({
      id: 'R',
      status: 'new',
      at: 1,
      stays: [stay('10', 1, 3, BARN), stay('2', 1, 3)],
    });
    expect(await bookings()).toEqual(['R confirmed 01-03', 'R/10 confirmed 01-03']);
    const origins = (await published<PmsEvent>('pms.events')).map(
      ({ property_id: property, origin }) => [property, origin?.connection_id, origin?.room_stay],
    );
    expect(origins).toEqual([
      [HOUSE, connectionOf(HOUSE), '2'],
      [BARN, connectionOf(BARN), '10'],
    ]);
  });

  test('a room that the next revision does not name is cancelled; its suffix is not given again', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3), stay('2', 1, 3, BARN)] });
    await apply({
      id: 'R',
      status: 'modified',
      at: 2,
      stays: [stay('2', 1, 4, BARN), stay('3', 5, 6)],
    });
    expect(await bookings()).toEqual([
      'R cancelled 01-03',
      'R/2 confirmed 01-04',
      'R/3 confirmed 05-06',
    ]);
    expect((await events()).slice(2)).toEqual([
      'booking.updated',
      'booking.confirmed',
      'booking.cancelled',
    ]);
  });

  test('a room that moves to another property is two events in one transaction', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await apply({ id: 'R', status: 'modified', at: 2, stays: [stay('1', 1, 3, BARN)] });
    const moves = (await published<PmsEvent>('pms.events'))
      .slice(1)
      .map((event) => [event.event_type, event.property_id, event.origin?.connection_id]);
    expect(moves).toEqual([
      ['booking.confirmed', BARN, connectionOf(BARN)],
      ['booking.cancelled', HOUSE, connectionOf(HOUSE)],
    ]);
  });
});

describe('conflicts', () => {
  test('the first confirmed keeps the nights; the second waits, is alerted, and closes the other channels all the same', async () => {
    await direct(1, 4);
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 3, 6)] });
    expect(await bookings()).toEqual(['direct confirmed 01-04']);
    expect(await conflicts()).toEqual(['R 03-06']);
    expect(await alerts()).toEqual(['BOOKING_CONFLICT']);
    const [, event] = await published<PmsEvent>('pms.events');
    expect(event).toMatchObject({
      event_type: 'booking.confirmed',
      origin: { reservation_id: 'R' },
    });
  });

  test('a booking that the channel moves onto taken nights waits, and who waited for its old nights gets them', async () => {
    await apply({ id: 'A', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await direct(5, 7);
    await apply({ id: 'B', status: 'new', at: 1, stays: [stay('1', 2, 4)] });
    expect(await conflicts()).toEqual(['B 02-04']);
    await apply({ id: 'A', status: 'modified', at: 2, stays: [stay('1', 4, 6)] });
    expect(await bookings()).toEqual(['B confirmed 02-04', 'direct confirmed 05-07']);
    expect(await conflicts()).toEqual(['A 04-06']);
  });

  test('the oldest that fits is promoted, in the transaction that frees the nights', async () => {
    await apply({ id: 'A', status: 'new', at: 1, stays: [stay('1', 1, 6)] });
    await apply({ id: 'C1', status: 'new', at: 9, stays: [stay('1', 2, 4)] });
    await apply({ id: 'C2', status: 'new', at: 5, stays: [stay('1', 3, 5)] });
    await apply({ id: 'C3', status: 'new', at: 5, stays: [stay('1', 5, 6)] });
    await apply({ id: 'A', status: 'cancelled', at: 2, stays: [stay('1', 1, 6)] });
    expect(await bookings()).toEqual([
      'A cancelled 01-06',
      'C1 confirmed 02-04',
      'C3 confirmed 05-06',
    ]);
    expect(await conflicts()).toEqual(['C2 03-05']);
  });

  test('a waiting booking that is cancelled becomes a cancelled booking and frees its nights on the channels', async () => {
    await direct(1, 4);
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 3, 6)] });
    await apply({ id: 'R', status: 'cancelled', at: 2, stays: [stay('1', 3, 6)] });
    expect(await conflicts()).toEqual([]);
    expect(await bookings()).toEqual(['R cancelled 03-06', 'direct confirmed 01-04']);
    expect((await events()).at(-1)).toBe('booking.cancelled');
  });
});

describe('requests and ends', () => {
  test('a pending request is a block; accepted, its nights change hands without a gap', async () => {
    await apply({ id: 'R', status: 'request', at: 1, stays: [stay('1', 1, 3)] });
    expect(await bookings()).toEqual([]);
    const [block] = await look(database, (tx) =>
      tx
        .table('calendar_blocks')
        .values()
        .map(({ row }) => row),
    );
    await apply({ id: 'R', status: 'new', at: 2, stays: [stay('1', 1, 3)] });
    expect(await bookings()).toEqual(['R confirmed 01-03']);
    expect(await look(database, (tx) => tx.table('calendar_blocks').values())).toEqual([]);
    const [closed, confirmed, opened] = await published<PmsEvent>('pms.events');
    expect(closed?.payload).toMatchObject({
      'parity.pms.AvailabilityUpdated': { available: false, block_id: block?.blockId },
    });
    expect(confirmed?.event_type).toBe('booking.confirmed');
    expect(opened?.payload).toMatchObject({
      'parity.pms.AvailabilityUpdated': { available: true, block_id: block?.blockId },
    });
    expect(opened?.sequence).toBeGreaterThan(confirmed?.sequence ?? Number.POSITIVE_INFINITY);
  });

  test.each(['declined', 'expired'] as const)(
    'a request that is %s leaves no booking, and its channel settles the nights again',
    async (status) => {
      await apply({ id: 'R', status: 'request', at: 1, stays: [stay('1', 1, 3)] });
      await apply({ id: 'R', status, at: 2, stays: [stay('1', 1, 3)] });
      expect(await bookings()).toEqual([]);
      expect(await events()).toEqual([
        'availability.updated',
        'availability.updated',
        'booking.cancelled',
      ]);
    },
  );

  test('a tenant may keep its channels open during requests', async () => {
    await database.transaction(TENANT, async (tx) =>
      tx
        .table('tenant_settings')
        .set(TENANT, { tenantId: TENANT, row: { timeZone: null, requestsCloseChannels: false } }),
    );
    await apply({ id: 'R', status: 'request', at: 1, stays: [stay('1', 1, 3)] });
    expect(await events()).toEqual([]);
  });

  test('a cancellation of a booking that never came is stored; what comes later and is older changes nothing', async () => {
    await apply({ id: 'R', status: 'cancelled', at: 2, stays: [stay('1', 1, 3)] });
    expect(await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] })).toMatchObject({
      verdict: 'outdated',
    });
    expect(await bookings()).toEqual(['R cancelled 01-03']);
    expect(await events()).toEqual(['booking.cancelled']);
  });

  test('an older revision redelivered after its month has passed changes nothing', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await apply({ id: 'R', status: 'modified', at: 2, stays: [stay('1', 5, 7)] });
    await direct(1, 3);
    const [before, said] = [await bookings(), await events()];
    // Longer than dedup remembers: only the row of the reservation knows.
    environment.pass(500 * 86_400_000);
    expect(await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] })).toMatchObject({
      verdict: 'outdated',
    });
    expect([await bookings(), await events()]).toEqual([before, said]);
  });

  test('a cancellation that names no rooms and comes first: the older message says which nights its channel held', async () => {
    await apply({ id: 'R', status: 'cancelled', at: 2, stays: [] });
    const older = { id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] } as const;
    expect(await apply(older)).toMatchObject({ verdict: 'outdated' });
    expect(await bookings()).toEqual(['R cancelled 01-03']);
    expect(await events()).toEqual(['booking.cancelled']);
    await apply(older);
    await apply({ id: 'R', status: 'cancelled', at: 2, stays: [] });
    expect(await events()).toEqual(['booking.cancelled']);
  });

  test('a no-show keeps its nights; a guest who has arrived stays arrived', async () => {
    await apply({ id: 'A', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await apply({ id: 'A', status: 'no_show', at: 2, stays: [stay('1', 1, 3)] });
    expect(await bookings()).toEqual(['A no_show 01-03']);
    expect(await direct(2, 3)).toBe('overlap');
    await apply({ id: 'B', status: 'new', at: 1, stays: [stay('1', 5, 7)] });
    await database.transaction(TENANT, async (tx) => {
      for (const { row } of tx.table('bookings').values())
        if (row.channelBookingId === 'B')
          tx.table('bookings').set(row.id, {
            tenantId: TENANT,
            row: { ...row, status: 'checked_in' },
          });
    });
    await apply({ id: 'B', status: 'modified', at: 2, stays: [stay('1', 5, 8)] });
    expect(await bookings()).toContain('B checked_in 05-08');
  });
});

describe('a booking that PMS-Core has moved to another property', () => {
  const toBarn = () =>
    database.transaction(TENANT, async (tx) => {
      for (const { row } of tx.table('bookings').values())
        tx.table('bookings').set(row.id, { tenantId: TENANT, row: { ...row, propertyId: BARN } });
    });
  /** What was published of the property after its first event. */
  const ofBarn = async () =>
    (await published<PmsEvent>('pms.events'))
      .filter(({ property_id: property }) => property === BARN)
      .map(({ event_type: type, origin }) => `${type} ${origin?.reservation_id ?? 'by the PMS'}`);

  test('and its channel cancels frees its nights there, for who waits for them first', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await toBarn();
    await apply({ id: 'W', status: 'new', at: 2, stays: [stay('1', 2, 4, BARN)] });
    expect(await conflicts()).toEqual(['W 02-04']);
    await apply({ id: 'R', status: 'cancelled', at: 3, stays: [stay('1', 1, 3)] });
    expect(await bookings()).toEqual(['R cancelled 01-03', 'W confirmed 02-04']);
    expect(await ofBarn()).toEqual([
      'booking.confirmed W',
      'booking.cancelled by the PMS',
      'booking.confirmed W',
    ]);
  });

  test('and its channel changes leaves no night closed there', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await toBarn();
    await apply({ id: 'R', status: 'modified', at: 2, stays: [stay('1', 1, 4)] });
    expect(await ofBarn()).toEqual(['booking.cancelled by the PMS']);
  });

  test('and its channel then moves there too stays there', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3)] });
    await toBarn();
    await apply({ id: 'R', status: 'modified', at: 2, stays: [stay('1', 1, 3, BARN)] });
    expect(await ofBarn()).toEqual(['booking.confirmed R']);
  });
});

describe('unmapped rooms', () => {
  test('are kept and alerted; they close nothing until their room has a connection', async () => {
    await apply({ id: 'R', status: 'new', at: 1, stays: [stay('1', 1, 3), stay('2', 1, 3, null)] });
    expect(await bookings()).toEqual(['R confirmed 01-03']);
    expect(await alerts()).toEqual(['LISTING_UNMAPPED']);
    expect(
      await look(database, (tx) =>
        tx
          .table('reservation_stays')
          .values()
          .map(({ row }) => row.state),
      ),
    ).toEqual(['held', 'unmapped']);
    await apply({
      id: 'R',
      status: 'modified',
      at: 2,
      stays: [stay('1', 1, 3), stay('2', 1, 3, BARN)],
    });
    expect(await bookings()).toEqual(['R confirmed 01-03', 'R/2 confirmed 01-03']);
  });

  test('a property of another tenant is unknown: nothing of it is touched', async () => {
    const foreign = HOUSE.replace('0001', '0009') as typeof HOUSE;
    await apply({
      id: 'R',
      status: 'new',
      at: 1,
      stays: [stay('1', 1, 3), stay('2', 1, 3, foreign)],
    });
    expect(await bookings()).toEqual(['R confirmed 01-03']);
    expect(await alerts()).toEqual(['LISTING_UNMAPPED']);
  });
});
