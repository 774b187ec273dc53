import type { PropertyId } from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Origin } from '../../schemas/generated/types.ts';
import { describedProperty } from '../desk/property.ts';
import { holdsNights, type StayRow } from '../ports/bookings.ts';
import type { PropertySnapshot, PropertySnapshotSource } from '../ports/snapshots.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryTransaction } from './database.ts';
import { appendMessages, nextSequence } from './outbox.ts';

/** The import views of the migrations, over the twin's tables. */
export function createMemorySnapshots(client: MemoryClient): PropertySnapshotSource {
  return {
    properties: (tenantId) =>
      client.run('snapshots.properties', tenantId, async (tx) =>
        tx
          .table('properties')
          .values()
          .map(({ row }) => row.id),
      ),
    publish: (tenantId, propertyId, from, build) =>
      client.run('snapshots.publish', tenantId, async (tx) => {
        const next = () => nextSequence(client.database, tx, propertyId);
        const first = next();
        const snapshot = read(tx, propertyId, from);
        appendMessages(client, tx, await build(snapshot, { first, next: async () => next() }));
      }),
  };
}

function read(tx: MemoryTransaction, propertyId: PropertyId, from: PlainDate): PropertySnapshot {
  const property = tx.table('properties').get(propertyId)?.row;
  if (property === undefined)
    throw new ParityError('EVENT_VALUE_INVALID', `There is no property ${propertyId}`);
  return {
    property: describedProperty(property),
    bookings: readBookings(tx, propertyId, from),
    awaiting: readAwaiting(tx, propertyId, from),
    blocks: readBlocks(tx, propertyId, from),
    prices: tx
      .table('pms_nightly_prices')
      .values()
      .filter((row) => row.propertyId === propertyId && row.night >= from)
      .map(({ night, currency, amount }) => ({
        start: night,
        end: addDays(night, 1),
        currency,
        amount,
      })),
    restrictions: tx
      .table('pms_nightly_restrictions')
      .values()
      .filter((row) => row.propertyId === propertyId && row.night >= from)
      .map(({ night, restrictions }) => ({ start: night, end: addDays(night, 1), restrictions })),
  };
}

function heldStays(tx: MemoryTransaction, propertyId: PropertyId) {
  return tx
    .table('reservation_stays')
    .values()
    .filter(({ row }) => row.state === 'held' && row.propertyId === propertyId);
}

function originOf(reservationId: string, stay: StayRow): Origin | null {
  if (stay.connectionId === null) return null;
  return {
    connection_id: stay.connectionId,
    reservation_id: reservationId,
    room_stay: stay.roomStay,
    revised_at: stay.revisedAt,
    channel_nights: null,
  };
}

function readBookings(
  tx: MemoryTransaction,
  propertyId: PropertyId,
  from: PlainDate,
): PropertySnapshot['bookings'] {
  const stays = new Map(heldStays(tx, propertyId).map((stay) => [stay.row.bookingId, stay]));
  const held = [
    ...tx
      .table('bookings')
      .values()
      .map(({ row }) => row)
      .filter(({ status }) => holdsNights(status)),
    ...tx
      .table('booking_conflicts')
      .values()
      .map(({ row }) => row.booking),
  ].filter((booking) => booking.propertyId === propertyId);
  return held
    .flatMap((booking) => {
      const stay = stays.get(booking.id);
      const origin = stay === undefined ? null : originOf(stay.key.reservationId, stay.row);
      if (booking.checkOut <= from && (stay === undefined || stay.row.checkOut <= from)) return [];
      const same =
        stay === undefined ||
        (stay.row.checkIn === booking.checkIn && stay.row.checkOut === booking.checkOut);
      const channel =
        same || stay === undefined ? null : { start: stay.row.checkIn, end: stay.row.checkOut };
      return [
        {
          bookingId: booking.id,
          checkIn: booking.checkIn,
          checkOut: booking.checkOut,
          origin: origin === null ? null : { ...origin, channel_nights: channel },
        },
      ];
    })
    .sort((a, b) =>
      a.checkIn < b.checkIn ? -1 : a.checkIn > b.checkIn ? 1 : a.bookingId < b.bookingId ? -1 : 1,
    );
}

function readAwaiting(
  tx: MemoryTransaction,
  propertyId: PropertyId,
  from: PlainDate,
): PropertySnapshot['awaiting'] {
  return heldStays(tx, propertyId).flatMap(({ key, row }) => {
    const booking = tx.table('bookings').get(row.bookingId)?.row;
    const origin = originOf(key.reservationId, row);
    const live =
      booking !== undefined && holdsNights(booking.status) && booking.propertyId === propertyId;
    if (
      live ||
      origin === null ||
      row.checkOut <= from ||
      tx.table('booking_conflicts').get(row.bookingId) !== undefined
    )
      return [];
    return [{ bookingId: row.bookingId, checkIn: row.checkIn, checkOut: row.checkOut, origin }];
  });
}

function readBlocks(
  tx: MemoryTransaction,
  propertyId: PropertyId,
  from: PlainDate,
): PropertySnapshot['blocks'] {
  const manual = tx
    .table('pms_blocks')
    .values()
    .filter((row) => row.propertyId === propertyId && row.night >= from)
    .map(({ night }) => ({
      start: night,
      end: addDays(night, 1),
      blockId: null,
      expiresAt: null,
      reason: null,
    }));
  const named = tx
    .table('calendar_blocks')
    .values()
    .map(({ row }) => row)
    .filter((row) => row.propertyId === propertyId && row.end > from)
    .map(({ start, end, blockId, expiresAt, reason }) => ({
      start,
      end,
      blockId,
      expiresAt,
      reason,
    }));
  return [...manual, ...named].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}
