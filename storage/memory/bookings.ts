import type { BookingId, ConnectionId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import {
  type BookingChanges,
  type BookingsTransaction,
  byAge,
  holdsNights,
  type Occupancy,
  overlaps,
  type PmsBookings,
  type ReservationKey,
  type ReservationRow,
  type StayRow,
} from '../ports/bookings.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryTransaction } from './database.ts';
import { appendMessages, nextSequence } from './outbox.ts';

const UNAPPLIED: ReservationRow = {
  status: null,
  newestAt: null,
  newestRank: null,
  appliedHashes: [],
};

export function createMemoryBookings(client: MemoryClient): PmsBookings {
  return {
    transact: (tenantId, work) =>
      client.run('bookings', tenantId, async (tx) => {
        const result = await work(bookingsTransaction(client, tx, tenantId));
        assertConstraints(tx);
        return result;
      }),
  };
}

export function reservationKey(key: ReservationKey): string {
  return JSON.stringify([key.platformFamily, key.accountId, key.reservationId]);
}

function stayKey(key: ReservationKey, { roomStay }: StayRow): string {
  return JSON.stringify([reservationKey(key), roomStay]);
}

export function bookingsTransaction(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
): BookingsTransaction {
  return {
    lockReservation: async (key, _channel, connections) => {
      if (tx.table('tenants').get(tenantId) === undefined)
        throw new ParityError(
          'CONNECTION_UNKNOWN',
          'The tenant or property of the booking is gone',
        );
      const reservations = tx.table('channel_reservations');
      const known =
        reservations.get(reservationKey(key))?.row ?? adopt(tx, tenantId, key, connections);
      if (known === undefined) reservations.set(reservationKey(key), { tenantId, row: UNAPPLIED });
      return known ?? UNAPPLIED;
    },
    stays: async (key) =>
      tx
        .table('reservation_stays')
        .values()
        .filter((stay) => reservationKey(stay.key) === reservationKey(key))
        .map(({ row }) => row),
    knownProperties: async (ids) =>
      new Set(ids.filter((id) => tx.table('properties').get(id) !== undefined)),
    nextSequence: async (propertyId) => nextSequence(client.database, tx, propertyId),
    occupancy: async (properties, from, ids) => occupancy(tx, properties, from, ids),
    settings: async () =>
      tx.table('tenant_settings').get(tenantId)?.row ?? {
        timeZone: null,
        requestsCloseChannels: true,
      },
    acknowledgeOnce: async (deliveryId) => {
      const deliveries = tx.table('acknowledged_deliveries');
      if (deliveries.get(deliveryId) !== undefined) return false;
      deliveries.set(deliveryId, { tenantId });
      return true;
    },
    saveReservation: async (key, row, stays) => {
      tx.table('channel_reservations').set(reservationKey(key), { tenantId, row });
      for (const stay of stays)
        tx.table('reservation_stays').set(stayKey(key, stay), { tenantId, key, row: stay });
    },
    write: async (changes) => write(tx, tenantId, changes),
    append: async (messages) => appendMessages(client, tx, messages),
  };
}

/** Moves the row of a former account, and its stays, to that of `key`. */
function adopt(
  tx: MemoryTransaction,
  tenantId: TenantId,
  key: ReservationKey,
  connections: readonly ConnectionId[],
): ReservationRow | undefined {
  const account = tx.table('channel_accounts').get(key.accountId)?.row.connections ?? [];
  const ours = new Set<string | null>([
    ...connections,
    ...account.map(({ connection_id }) => connection_id),
  ]);
  const reservations = tx.table('channel_reservations');
  const stays = tx.table('reservation_stays');
  const former = stays
    .values()
    .find(
      (stay) =>
        stay.key.platformFamily === key.platformFamily &&
        stay.key.reservationId === key.reservationId &&
        ours.has(stay.row.connectionId),
    )?.key;
  const known = former && reservations.get(reservationKey(former));
  if (former === undefined || known === undefined) return undefined;
  reservations.delete(reservationKey(former));
  reservations.set(reservationKey(key), known);
  for (const stay of stays.values()) {
    if (reservationKey(stay.key) !== reservationKey(former)) continue;
    stays.delete(stayKey(former, stay.row));
    stays.set(stayKey(key, stay.row), { tenantId, key, row: stay.row });
  }
  return known.row;
}

export function occupancy(
  tx: MemoryTransaction,
  properties: readonly PropertyId[],
  from: PlainDate,
  ids: readonly BookingId[],
): Occupancy {
  const wanted = new Set<string>(ids);
  const here = new Set<string>(properties);
  const conflicts = tx
    .table('booking_conflicts')
    .values()
    .map(({ row }) => row)
    .filter(({ booking }) => here.has(booking.propertyId) || wanted.has(booking.id))
    .sort(byAge);
  const since = [from, ...conflicts.map(({ booking }) => booking.checkIn)].sort()[0] ?? from;
  const bookings = tx
    .table('bookings')
    .values()
    .map(({ row }) => row)
    .filter(
      (row) =>
        wanted.has(row.id) ||
        (here.has(row.propertyId) && row.checkOut > since && holdsNights(row.status)),
    )
    .sort((a, b) =>
      a.checkIn < b.checkIn ? -1 : a.checkIn > b.checkIn ? 1 : a.id < b.id ? -1 : 1,
    );
  return { bookings, conflicts };
}

function write(tx: MemoryTransaction, tenantId: TenantId, changes: BookingChanges): void {
  for (const id of changes.deleteBookings) tx.table('bookings').delete(id);
  for (const id of changes.deleteConflicts) tx.table('booking_conflicts').delete(id);
  for (const { propertyId, blockId } of changes.deleteBlocks)
    tx.table('calendar_blocks').delete(`${propertyId}/${blockId}`);
  for (const row of changes.saveBookings) tx.table('bookings').set(row.id, { tenantId, row });
  for (const row of changes.saveConflicts)
    tx.table('booking_conflicts').set(row.booking.id, { tenantId, row });
  for (const row of changes.saveBlocks)
    tx.table('calendar_blocks').set(`${row.propertyId}/${row.blockId}`, { tenantId, row });
  const entry = changes.syncLog;
  const logs = tx.table('channel_sync_logs');
  if (
    entry !== null &&
    tx.table('channel_connections').get(entry.connection_id) !== undefined &&
    logs.get(entry.id) === undefined
  )
    logs.set(entry.id, { tenantId, row: entry });
}

/** What constraints of the schema refuse at commit: two bookings on one night, one channel id twice, a booking in both tables. */
export function assertConstraints(tx: MemoryTransaction): void {
  const bookings = tx.table('bookings').values();
  const ids = new Set<string>();
  const held = new Map<PropertyId, { checkIn: PlainDate; checkOut: PlainDate }[]>();
  for (const { row } of bookings) {
    if (row.channelBookingId !== null) {
      const id = `${row.source} ${row.channelBookingId}`;
      if (ids.has(id))
        throw new ParityError(
          'EVENT_VALUE_INVALID',
          `bookings_channel_booking: ${id} occurs twice`,
        );
      ids.add(id);
    }
    if (!holdsNights(row.status)) continue;
    const others = held.get(row.propertyId) ?? [];
    if (others.some((other) => overlaps(other, row)))
      throw new Error(`bookings_no_overlap: booking ${row.id} overlaps another`);
    held.set(row.propertyId, [...others, row]);
  }
}
