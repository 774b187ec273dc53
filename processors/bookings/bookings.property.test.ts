import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type {
  BookingRevision,
  InboxMessage,
  PmsEvent,
  ReservationStatus,
} from '../../schemas/generated/types.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import { holdsNights, overlaps } from '../../storage/ports/bookings.ts';
import { instantEnvironment } from '../../storage/testing/environment.ts';
import { applyRevision } from './apply-revision.ts';
import { type Arrival, arrivalsArbitrary, deskArbitrary, FIRST } from './testing/arrivals.ts';
import { HOUSE, IDENTITY, look, seed, TENANT } from './testing/world.ts';

const RANKS: Record<ReservationStatus, number> = {
  request: 0,
  new: 1,
  modified: 2,
  no_show: 3,
  declined: 4,
  expired: 4,
  cancelled: 4,
};

function world() {
  const database = new MemoryDatabase();
  const environment = instantEnvironment();
  let fault: Arrival['fault'] = 'none';
  const storage = createMemoryStorage({
    database,
    environment,
    maxDelayMs: 0,
    fault: (point) => {
      if (fault !== point) return;
      fault = 'none';
      throw new ParityError('DATABASE_UNAVAILABLE', 'the connection broke');
    },
  });
  const once = (value: BookingRevision) =>
    storage.bookings.transact(value.tenant_id, (tx) =>
      applyRevision(tx, value, {
        channel: IDENTITY,
        now: environment.clock.now(),
        uuid: () => environment.random.uuid(),
      }),
    );
  return {
    database,
    storage,
    environment,
    async deliver({ revision: value, fault: wanted }: Arrival): Promise<void> {
      fault = wanted;
      try {
        await once(value);
      } catch (error) {
        if (!(error instanceof ParityError) || error.code !== 'DATABASE_UNAVAILABLE') throw error;
        await once(value);
      }
      fault = 'none';
      environment.pass(10);
    },
  };
}

/** The plain rule: what was applied is remembered whole; older loses, equal and not applied yet wins. */
function newestOf(arrivals: readonly Arrival[]): Map<string, BookingRevision> {
  const newest = new Map<string, BookingRevision>();
  const applied = new Set<string>();
  for (const { revision: value } of arrivals) {
    const { reservation_id: id, revised_at: at, status, content_hash: hash } = value.reservation;
    const present = newest.get(id)?.reservation;
    const older =
      present !== undefined &&
      (at < present.revised_at ||
        (at === present.revised_at && RANKS[status] < RANKS[present.status]));
    if (older || applied.has(hash)) continue;
    applied.add(hash);
    newest.set(id, value);
  }
  return newest;
}

const ENDED: readonly ReservationStatus[] = ['cancelled', 'declined', 'expired'];

/** `reservation room property start end` of every stay that must hold nights. */
function expectedStays(newest: Map<string, BookingRevision>): string[] {
  return [...newest.values()].flatMap(({ reservation }) =>
    reservation.room_stays.flatMap((stay) => {
      const status = ENDED.includes(reservation.status) ? reservation.status : stay.status;
      const held = !ENDED.includes(status) && status !== 'request' && stay.property_id !== null;
      return held
        ? [
            `${reservation.reservation_id} ${stay.room_stay} ${stay.property_id} ${stay.check_in} ${stay.check_out}`,
          ]
        : [];
    }),
  );
}

async function rowsOf(database: MemoryDatabase) {
  return look(database, (tx) => ({
    bookings: tx
      .table('bookings')
      .values()
      .map(({ row }) => row),
    conflicts: tx
      .table('booking_conflicts')
      .values()
      .map(({ row }) => row),
    blocks: tx
      .table('calendar_blocks')
      .values()
      .map(({ row }) => row),
    stays: tx.table('reservation_stays').values(),
    outbox: tx
      .table('outbox')
      .values()
      .map(({ row }) => row),
  }));
}

type Rows = Awaited<ReturnType<typeof rowsOf>>;

function actualStays(rows: Rows): string[] {
  const named = new Map(
    rows.stays.map(({ key, row }) => [row.bookingId, `${key.reservationId} ${row.roomStay}`]),
  );
  return [
    ...rows.bookings.filter(({ status }) => holdsNights(status)),
    ...rows.conflicts.map(({ booking }) => booking),
  ].map((row) => `${named.get(row.id)} ${row.propertyId} ${row.checkIn} ${row.checkOut}`);
}

/** The channel side of every booking register, folded from the events by sequence. */
function foldedStays(rows: Rows): string[] {
  const registers = new Map<string, { sequence: number; nights: string | null }>();
  for (const { topic, value } of rows.outbox) {
    if (topic !== 'pms.events') continue;
    const event = value as PmsEvent;
    const { origin, payload, sequence } = event;
    if (origin === null) continue;
    const key = `${origin.reservation_id} ${origin.room_stay} ${event.property_id}`;
    const present = registers.get(key);
    if (present !== undefined && present.sequence > (sequence ?? 0)) continue;
    const stay =
      'parity.pms.BookingConfirmed' in payload ? payload['parity.pms.BookingConfirmed'] : undefined;
    const moved =
      'parity.pms.BookingUpdated' in payload
        ? payload['parity.pms.BookingUpdated'].new_dates
        : undefined;
    const nights = stay
      ? `${stay.check_in} ${stay.check_out}`
      : moved
        ? `${moved.start} ${moved.end}`
        : null;
    registers.set(key, { sequence: sequence ?? 0, nights });
  }
  return [...registers].flatMap(([key, { nights }]) =>
    nights === null ? [] : [`${key} ${nights}`],
  );
}

function checkTables(rows: Rows): void {
  const held = rows.bookings.filter(({ status }) => holdsNights(status));
  for (const [index, a] of held.entries())
    for (const b of held.slice(index + 1))
      expect(a.propertyId === b.propertyId && overlaps(a, b)).toBe(false);
  const ids = new Set(rows.bookings.map(({ id }) => id));
  for (const { booking } of rows.conflicts) {
    expect(ids.has(booking.id)).toBe(false);
    expect(
      held.some((other) => other.propertyId === booking.propertyId && overlaps(other, booking)),
    ).toBe(true);
  }
}

function checkSequences(rows: Rows): void {
  const last = new Map<string, number>();
  for (const { topic, key, value } of rows.outbox) {
    if (topic !== 'pms.events') continue;
    const sequence = (value as PmsEvent).sequence ?? 0;
    expect(sequence).toBeGreaterThan(last.get(key) ?? 0);
    last.set(key, sequence);
  }
}

test('I3: any order, duplicates and broken connections end in one row per room stay at its newest revision', async () => {
  await fc.assert(
    fc.asyncProperty(arrivalsArbitrary, async (arrivals) => {
      const { database, deliver } = world();
      await seed(database);
      for (const arrival of arrivals) await deliver(arrival);
      const rows = await rowsOf(database);
      const expected = expectedStays(newestOf(arrivals)).sort();
      expect(actualStays(rows).sort()).toEqual(expected);
      expect(foldedStays(rows).sort()).toEqual(expected);
      checkTables(rows);
      checkSequences(rows);
      const acknowledged = rows.outbox
        .filter(({ topic }) => topic === 'channel.inbox')
        .map(
          ({ value }) =>
            (value as InboxMessage).message as {
              'parity.events.AcknowledgeReservation': { delivery_id: string };
            },
        )
        .map((message) => message['parity.events.AcknowledgeReservation'].delivery_id);
      expect(acknowledged.sort()).toEqual(
        [...new Set(arrivals.map(({ revision: value }) => value.delivery?.delivery_id))].sort(),
      );
    }),
    { numRuns: 300 },
  );
});

test('I6: replaying everything changes no row and emits nothing', async () => {
  await fc.assert(
    fc.asyncProperty(arrivalsArbitrary, async (arrivals) => {
      const { database, deliver } = world();
      await seed(database);
      for (const arrival of arrivals) await deliver(arrival);
      const before = await rowsOf(database);
      for (const arrival of arrivals) await deliver({ ...arrival, fault: 'none' });
      expect(await rowsOf(database)).toEqual(before);
    }),
    { numRuns: 100 },
  );
});

test('the PMS books, cancels and moves in between: every waiting booking gets its nights as soon as they are free', async () => {
  await fc.assert(
    fc.asyncProperty(
      arrivalsArbitrary,
      fc.array(deskArbitrary, { maxLength: 8 }),
      async (arrivals, steps) => {
        const { database, deliver, storage, environment } = world();
        await seed(database);
        for (let turn = 0; turn < Math.max(arrivals.length, steps.length); turn++) {
          const arrival = arrivals[turn];
          if (arrival !== undefined) await deliver(arrival);
          const step = steps[turn];
          if (step === undefined) continue;
          const stay = {
            checkIn: addDays(FIRST, step.from),
            checkOut: addDays(FIRST, step.from + step.nights),
          };
          const live = (await rowsOf(database)).bookings.filter(({ status }) =>
            holdsNights(status),
          );
          const picked = live[step.pick % Math.max(1, live.length)];
          if (step.kind === 'book')
            await storage.desk.book(TENANT, {
              id: environment.random.uuid() as never,
              propertyId: HOUSE,
              ...stay,
            });
          else if (picked === undefined) continue;
          else if (step.kind === 'cancel') await storage.desk.cancel(TENANT, picked.id);
          else await storage.desk.move(TENANT, picked.id, stay);
          checkTables(await rowsOf(database));
        }
        const rows = await rowsOf(database);
        checkTables(rows);
        checkSequences(rows);
      },
    ),
    { numRuns: 150 },
  );
});
