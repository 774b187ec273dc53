import type {
  BookingId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Database, Transaction } from '../database.ts';
import { instant } from '../database.ts';
import type {
  BookingChanges,
  BookingsTransaction,
  ConflictRow,
  PmsBookings,
  ReservationKey,
  ReservationRow,
  StayRow,
} from '../ports/bookings.ts';
import { sqlStateOf } from '../postgres-errors.ts';
import {
  BOOKING_COLUMNS,
  type BookingRecord,
  bookingOf,
  recordOf,
  STAY_COLUMNS,
  type StayRecord,
  stayOf,
  stayRecordOf,
} from './booking-records.ts';
import { jsonb } from './jsonb.ts';
import { appendMessages } from './outbox.ts';
import { nextSequence } from './sequence.ts';
import { insertSyncLogs } from './sync-logs.ts';

export function createPostgresBookings(database: Database): PmsBookings {
  return {
    transact: async (tenantId, work) => {
      try {
        return await database.withTenant(
          tenantId,
          (tx) => work(bookingsTransaction(tx, tenantId)),
          { writesBookings: true },
        );
      } catch (error) {
        throw asDataError(error);
      }
    },
  };
}

/** What is wrong with the data itself: repeating it cannot help. */
function asDataError(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === '23503' || state === 'PT002')
    return new ParityError('CONNECTION_UNKNOWN', 'The tenant or property of the booking is gone', {
      cause: error,
    });
  // An id that another booking has: no repetition makes it free.
  if (state?.startsWith('22') || state === '23514' || state === '23502' || state === '23505')
    return new ParityError(
      'EVENT_VALUE_INVALID',
      `PostgreSQL refuses a value of the booking: ${String(error)}`,
      { cause: error },
    );
  return error;
}

export function bookingsTransaction(tx: Transaction, tenantId: TenantId): BookingsTransaction {
  return {
    lockReservation: (key, channel, connections) =>
      lockReservation(tx, tenantId, key, channel, connections),
    stays: async (key) => {
      const rows = await tx.query<StayRecord>(
        `SELECT ${STAY_COLUMNS.join(', ')} FROM reservation_stays
         WHERE platform_family = $1 AND account_id = $2 AND reservation_id = $3 ORDER BY room_stay COLLATE "C"`,
        keyOf(key),
      );
      return rows.map(stayOf);
    },
    knownProperties: async (ids) => {
      const rows = await tx.query<{ id: PropertyId }>(
        'SELECT id FROM properties WHERE id = ANY($1::uuid[])',
        [ids],
      );
      return new Set(rows.map(({ id }) => id));
    },
    nextSequence: (propertyId) => nextSequence(tx, propertyId),
    occupancy: async (properties, from, ids) => {
      const conflicts = await tx.query<ConflictRecord>(
        `SELECT ${CONFLICT_COLUMNS.join(', ')} FROM booking_conflicts
         WHERE property_id = ANY($1::uuid[]) OR id = ANY($2::uuid[]) ORDER BY detected_at, id`,
        [properties, ids],
      );
      return {
        bookings: await bookingsOf(tx, earliest(from, conflicts), properties, ids),
        conflicts: conflicts.map(conflictOf),
      };
    },
    settings: async () => {
      const [row] = await tx.query<{ time_zone: string | null; requests_close_channels: boolean }>(
        'SELECT time_zone, requests_close_channels FROM tenant_settings',
      );
      return {
        timeZone: row?.time_zone ?? null,
        requestsCloseChannels: row?.requests_close_channels ?? true,
      };
    },
    acknowledgeOnce: async (deliveryId) => {
      const rows = await tx.query(
        'INSERT INTO acknowledged_deliveries (delivery_id, tenant_id) VALUES ($1, parity_tenant()) ON CONFLICT DO NOTHING RETURNING delivery_id',
        [deliveryId],
      );
      return rows.length === 1;
    },
    saveReservation: (key, row, stays) => saveReservation(tx, key, row, stays),
    write: (changes) => write(tx, tenantId, changes),
    append: (messages) => appendMessages(tx, messages),
  };
}

function keyOf(key: ReservationKey): string[] {
  return [key.platformFamily, key.accountId, key.reservationId];
}

const RESERVATION_ROW =
  'status, newest_at AS "newestAt", newest_rank AS "newestRank", applied_hashes AS "appliedHashes"';

/** The advisory lock stands for the reservation under every account, so that no two of them make a row of it at once. */
async function lockReservation(
  tx: Transaction,
  tenantId: TenantId,
  key: ReservationKey,
  channel: ChannelType,
  connections: readonly ConnectionId[],
): Promise<ReservationRow> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify([tenantId, key.platformFamily, key.reservationId]),
  ]);
  const [known] = await tx.query<ReservationRow>(
    `SELECT ${RESERVATION_ROW} FROM channel_reservations
     WHERE platform_family = $1 AND account_id = $2 AND reservation_id = $3 FOR UPDATE`,
    keyOf(key),
  );
  const row = known ?? (await adopt(tx, key, connections)) ?? (await insert(tx, key, channel));
  if (row === undefined)
    throw new ParityError(
      'CONNECTION_UNKNOWN',
      `Reservation ${key.reservationId} belongs to another tenant`,
    );
  return row;
}

/** Moves the row of a former account to that of `key`; its stays follow by their foreign key. */
async function adopt(
  tx: Transaction,
  key: ReservationKey,
  connections: readonly ConnectionId[],
): Promise<ReservationRow | undefined> {
  const [row] = await tx.query<ReservationRow>(
    `UPDATE channel_reservations SET account_id = $2
     WHERE tenant_id = parity_tenant() AND platform_family = $1 AND reservation_id = $3 AND account_id = (
       SELECT r.account_id FROM channel_reservations r JOIN reservation_stays s USING (platform_family, account_id, reservation_id)
       WHERE r.tenant_id = parity_tenant() AND r.platform_family = $1 AND r.reservation_id = $3 AND (
         s.connection_id = ANY($4::uuid[]) OR s.connection_id IN (
           SELECT (c ->> 'connection_id')::uuid FROM channel_accounts a, jsonb_array_elements(a.published -> 'connections') c
           WHERE a.account_id = $2))
       ORDER BY r.account_id COLLATE "C" LIMIT 1)
     RETURNING ${RESERVATION_ROW}`,
    [...keyOf(key), connections],
  );
  return row;
}

async function insert(
  tx: Transaction,
  key: ReservationKey,
  channel: ChannelType,
): Promise<ReservationRow | undefined> {
  const [row] = await tx.query<ReservationRow>(
    `INSERT INTO channel_reservations (platform_family, account_id, reservation_id, tenant_id, channel_type)
     VALUES ($1, $2, $3, parity_tenant(), $4) ON CONFLICT DO NOTHING RETURNING ${RESERVATION_ROW}`,
    [...keyOf(key), channel],
  );
  return row;
}

async function bookingsOf(
  tx: Transaction,
  from: PlainDate,
  properties: readonly PropertyId[],
  ids: readonly BookingId[],
) {
  const rows = await tx.query<BookingRecord>(
    `SELECT ${BOOKING_COLUMNS.join(', ')} FROM bookings
     WHERE (property_id = ANY($1::uuid[]) AND check_out > $2 AND parity_holds_nights(status)) OR id = ANY($3::uuid[])
     ORDER BY check_in, id`,
    [properties, from, ids],
  );
  return rows.map(bookingOf);
}

function earliest(from: PlainDate, conflicts: readonly ConflictRecord[]): PlainDate {
  return [from, ...conflicts.map(({ check_in }) => check_in)].sort()[0] ?? from;
}

async function saveReservation(
  tx: Transaction,
  key: ReservationKey,
  row: ReservationRow,
  stays: readonly StayRow[],
): Promise<void> {
  await tx.query(
    `UPDATE channel_reservations SET status = $4, newest_at = $5, newest_rank = $6, applied_hashes = $7
     WHERE platform_family = $1 AND account_id = $2 AND reservation_id = $3`,
    [...keyOf(key), row.status, row.newestAt, row.newestRank, row.appliedHashes],
  );
  if (stays.length === 0) return;
  const columns = STAY_COLUMNS.join(', ');
  await tx.query(
    `INSERT INTO reservation_stays (platform_family, account_id, reservation_id, tenant_id, ${columns})
     SELECT $1, $2, $3, parity_tenant(), ${columns} FROM jsonb_populate_recordset(NULL::reservation_stays, $4)
     ON CONFLICT (platform_family, account_id, reservation_id, room_stay) DO UPDATE SET ${assignments(STAY_COLUMNS)}`,
    [...keyOf(key), jsonb(stays.map(stayRecordOf))],
  );
}

const CONFLICT_COLUMNS = [
  ...BOOKING_COLUMNS,
  'connection_id',
  'reservation_id',
  'room_stay',
  'revised_at',
  'winner_id',
  'detected_at',
] as const;

interface ConflictRecord extends BookingRecord {
  readonly connection_id: ConflictRow['connectionId'];
  readonly reservation_id: string;
  readonly room_stay: string;
  readonly revised_at: number;
  readonly winner_id: BookingId | null;
  readonly detected_at: number;
}

function conflictOf(record: ConflictRecord): ConflictRow {
  return {
    booking: bookingOf(record),
    connectionId: record.connection_id,
    reservationId: record.reservation_id,
    roomStay: record.room_stay,
    revisedAt: record.revised_at,
    winnerId: record.winner_id,
    detectedAt: record.detected_at,
  };
}

function conflictRecordOf(row: ConflictRow) {
  return {
    ...recordOf(row.booking),
    connection_id: row.connectionId,
    reservation_id: row.reservationId,
    room_stay: row.roomStay,
    revised_at: row.revisedAt,
    winner_id: row.winnerId,
    detected_at: instant(row.detectedAt),
  };
}

async function write(tx: Transaction, tenantId: TenantId, changes: BookingChanges): Promise<void> {
  if (changes.deleteBookings.length > 0)
    await tx.query('DELETE FROM bookings WHERE id = ANY($1::uuid[])', [changes.deleteBookings]);
  if (changes.deleteConflicts.length > 0)
    await tx.query('DELETE FROM booking_conflicts WHERE id = ANY($1::uuid[])', [
      changes.deleteConflicts,
    ]);
  if (changes.deleteBlocks.length > 0)
    await tx.query(
      `DELETE FROM calendar_blocks b USING jsonb_to_recordset($1) AS gone("propertyId" uuid, "blockId" text)
       WHERE b.property_id = gone."propertyId" AND b.block_id = gone."blockId"`,
      [jsonb(changes.deleteBlocks)],
    );
  await upsert(
    tx,
    'bookings',
    BOOKING_COLUMNS,
    changes.saveBookings.map(recordOf),
    ', updated_at = now()',
  );
  await upsert(
    tx,
    'booking_conflicts',
    CONFLICT_COLUMNS,
    changes.saveConflicts.map(conflictRecordOf),
  );
  if (changes.saveBlocks.length > 0) await saveBlocks(tx, changes);
  if (changes.syncLog !== null) await insertSyncLogs(tx, [changes.syncLog], tenantId);
}

export async function upsert(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  records: readonly object[],
  more = '',
): Promise<void> {
  if (records.length === 0) return;
  const names = columns.join(', ');
  await tx.query(
    `INSERT INTO ${table} (tenant_id, ${names}) SELECT parity_tenant(), ${names} FROM jsonb_populate_recordset(NULL::${table}, $1)
     ON CONFLICT (id) DO UPDATE SET ${assignments(columns)}${more}`,
    [jsonb(records)],
  );
}

function assignments(columns: readonly string[]): string {
  return columns.map((name) => `${name} = excluded.${name}`).join(', ');
}

async function saveBlocks(tx: Transaction, { saveBlocks: blocks }: BookingChanges): Promise<void> {
  const records = blocks.map((block) => ({
    property_id: block.propertyId,
    block_id: block.blockId,
    start_date: block.start,
    end_date: block.end,
    expires_at: instant(block.expiresAt),
    reason: block.reason,
  }));
  const columns = ['property_id', 'block_id', 'start_date', 'end_date', 'expires_at', 'reason'];
  await tx.query(
    `INSERT INTO calendar_blocks (tenant_id, ${columns.join(', ')})
     SELECT parity_tenant(), ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::calendar_blocks, $1)
     ON CONFLICT (property_id, block_id) DO UPDATE SET ${assignments(columns)}`,
    [jsonb(records)],
  );
}
