import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import { nightsOf } from '../../schemas/domain/plain-date.ts';
import type { DeskTransaction, DeskTransactions } from '../desk/transaction.ts';
import { type BookingRow, type ConflictRow, holdsNights, promotable } from '../ports/bookings.ts';
import { eventMessage } from '../ports/outbox.ts';
import { assertConstraints, bookingsTransaction } from './bookings.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryTransaction } from './database.ts';
import { appendMessages, nextSequence } from './outbox.ts';

export function memoryDesk(client: MemoryClient): DeskTransactions {
  return {
    run: (tenantId, work) =>
      client.run('desk', tenantId, async (tx) => {
        const { nextSequence: next, occupancy, append } = bookingsTransaction(client, tx, tenantId);
        const result = await work({
          nextSequence: next,
          occupancy,
          append,
          ...tableWrites(client, tx, tenantId),
        });
        assertConstraints(tx);
        return result;
      }),
  };
}

function tableWrites(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
): Omit<DeskTransaction, 'nextSequence' | 'occupancy' | 'append'> {
  const forNights = (
    propertyId: PropertyId,
    nights: DateRange,
    each: (key: string, night: ReturnType<typeof nightsOf>[number]) => void,
  ) => {
    for (const night of nightsOf(nights)) each(`${propertyId}/${night}`, night);
  };
  return {
    saveTenant: async (name) => tx.table('tenants').set(tenantId, { tenantId, name }),
    saveProperty: async (property) =>
      tx.table('properties').set(property.id, { tenantId, row: property }),
    saveBooking: async (row) => {
      const before = tx.table('bookings').get(row.id)?.row;
      tx.table('bookings').set(row.id, { tenantId, row });
      if (before !== undefined && frees(before, row))
        promote(client, tx, tenantId, before.propertyId);
    },
    setBlocked: async (propertyId, nights, blocked) =>
      forNights(propertyId, nights, (key, night) => {
        tx.table('pms_blocks').delete(key);
        if (blocked) tx.table('pms_blocks').set(key, { tenantId, propertyId, night });
      }),
    setPrice: async (propertyId, nights, currency, amount) =>
      forNights(propertyId, nights, (key, night) => {
        tx.table('pms_nightly_prices').delete(key);
        if (amount !== null)
          tx.table('pms_nightly_prices').set(key, {
            tenantId,
            propertyId,
            night,
            currency,
            amount,
          });
      }),
    setRestrictions: async (propertyId, nights, restrictions) =>
      forNights(propertyId, nights, (key, night) =>
        tx
          .table('pms_nightly_restrictions')
          .set(key, { tenantId, propertyId, night, restrictions }),
      ),
  };
}

/** The condition of the trigger parity_booking_moved. */
function frees(before: BookingRow, after: BookingRow): boolean {
  return (
    holdsNights(before.status) &&
    (!holdsNights(after.status) ||
      after.propertyId !== before.propertyId ||
      after.checkIn > before.checkIn ||
      after.checkOut < before.checkOut)
  );
}

/** `parity_promote_conflicts` in SQL. */
function promote(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
  propertyId: PropertyId,
): void {
  const held = tx
    .table('bookings')
    .values()
    .map(({ row }) => row)
    .filter((row) => row.propertyId === propertyId && holdsNights(row.status));
  const waiting = tx
    .table('booking_conflicts')
    .values()
    .map(({ row }) => row)
    .filter(({ booking }) => booking.propertyId === propertyId);
  if (waiting.length === 0) return;
  // Locks the counter, as there.
  nextSequence(client.database, tx, propertyId);
  for (const conflict of promotable(waiting, held)) {
    tx.table('booking_conflicts').delete(conflict.booking.id);
    tx.table('bookings').set(conflict.booking.id, { tenantId, row: conflict.booking });
    appendMessages(client, tx, [confirmation(client, tx, tenantId, conflict)]);
  }
}

function confirmation(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
  conflict: ConflictRow,
) {
  const { booking } = conflict;
  return eventMessage({
    event_id: client.environment.random.uuid(),
    event_type: 'booking.confirmed',
    tenant_id: tenantId,
    property_id: booking.propertyId,
    sequence: nextSequence(client.database, tx, booking.propertyId),
    occurred_at: Math.floor(client.environment.clock.now()),
    origin: {
      connection_id: conflict.connectionId,
      reservation_id: conflict.reservationId,
      room_stay: conflict.roomStay,
      revised_at: conflict.revisedAt,
      channel_nights: null,
    },
    payload: {
      'parity.pms.BookingConfirmed': {
        booking_id: booking.id,
        property_id: booking.propertyId,
        check_in: booking.checkIn,
        check_out: booking.checkOut,
      },
    },
  });
}
