import type { BookingId, ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Address, Fee, Origin, PropertyContent, Tax } from '../../schemas/generated/types.ts';
import type { Database, Transaction } from '../database.ts';
import type {
  PropertySnapshot,
  PropertySnapshotSource,
  SnapshotBookingRow,
} from '../ports/snapshots.ts';
import { appendMessages } from './outbox.ts';
import { asUnknownProperty, nextSequence } from './sequence.ts';

export function createPostgresSnapshots(database: Database): PropertySnapshotSource {
  return {
    properties: async (tenantId) => {
      const rows = await database.withTenant(tenantId, (tx) =>
        tx.query<{ id: PropertyId }>(
          'SELECT property_id AS id FROM parity_import_properties ORDER BY property_id',
        ),
      );
      return rows.map(({ id }) => id);
    },
    publish: async (tenantId, propertyId, from, build) => {
      try {
        await database.withTenant(tenantId, async (tx) => {
          // The counter first: from here to the commit nothing else about the property can commit.
          const first = await nextSequence(tx, propertyId);
          const snapshot = await read(tx, propertyId, from);
          await appendMessages(
            tx,
            await build(snapshot, { first, next: () => nextSequence(tx, propertyId) }),
          );
        });
      } catch (error) {
        throw asUnknownProperty(error);
      }
    },
  };
}

interface PropertyRecord {
  readonly name: string;
  readonly time_zone: string;
  readonly currency: string;
  readonly max_guests: number;
  readonly address: Address | null;
  readonly fees: readonly Fee[];
  readonly taxes: readonly Tax[];
  readonly landing_url: string | null;
  readonly content: PropertyContent | null;
}

async function read(
  tx: Transaction,
  propertyId: PropertyId,
  from: PlainDate,
): Promise<PropertySnapshot> {
  const [property] = await tx.query<PropertyRecord>(
    `SELECT p.name, p.time_zone, p.currency, p.max_guests, p.address, p.fees, p.taxes, p.landing_url, c.content
     FROM parity_import_properties p LEFT JOIN parity_import_contents c ON c.property_id = p.property_id WHERE p.property_id = $1`,
    [propertyId],
  );
  if (property === undefined)
    throw new ParityError(
      'EVENT_VALUE_INVALID',
      `parity_import_properties has no property ${propertyId}`,
    );
  return {
    property: { property_id: propertyId, ...property },
    bookings: await readBookings(tx, propertyId, from),
    awaiting: await readAwaiting(tx, propertyId, from),
    blocks: await tx.query(
      `SELECT start_date AS start, end_date AS "end", block_id AS "blockId", expires_at AS "expiresAt", reason FROM parity_import_blocks
       WHERE property_id = $1 AND end_date > $2 ORDER BY start_date, block_id`,
      [propertyId, from],
    ),
    prices: await tx.query(
      `SELECT start_date AS start, end_date AS "end", currency, amount_minor AS amount FROM parity_import_prices
       WHERE property_id = $1 AND end_date > $2 ORDER BY start_date`,
      [propertyId, from],
    ),
    restrictions: await tx.query(
      `SELECT start_date AS start, end_date AS "end", jsonb_build_object('min_stay_arrival', min_stay_arrival, 'min_stay_through',
         min_stay_through, 'max_stay', max_stay, 'closed_to_arrival', closed_to_arrival, 'closed_to_departure', closed_to_departure)
         AS restrictions
       FROM parity_import_restrictions WHERE property_id = $1 AND end_date > $2 ORDER BY start_date`,
      [propertyId, from],
    ),
  };
}

interface OriginRecord {
  readonly connection_id: ConnectionId | null;
  readonly reservation_id: string | null;
  readonly room_stay: string | null;
  readonly revised_at: number | null;
}

interface StayRecord extends OriginRecord {
  readonly booking_id: BookingId;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
}

interface BookingViewRecord extends StayRecord {
  readonly channel_check_in: PlainDate | null;
  readonly channel_check_out: PlainDate | null;
}

async function readBookings(
  tx: Transaction,
  propertyId: PropertyId,
  from: PlainDate,
): Promise<readonly SnapshotBookingRow[]> {
  const rows = await tx.query<BookingViewRecord>(
    `SELECT booking_id, check_in, check_out, connection_id, reservation_id, room_stay, revised_at, channel_check_in, channel_check_out
     FROM parity_import_bookings
     WHERE property_id = $1 AND (check_out > $2 OR channel_check_out > $2) ORDER BY check_in, booking_id`,
    [propertyId, from],
  );
  return rows.map((row) => ({
    bookingId: row.booking_id,
    checkIn: row.check_in,
    checkOut: row.check_out,
    origin: withChannelNights(row),
  }));
}

function withChannelNights(row: BookingViewRecord): Origin | null {
  const origin = originOf(row);
  if (origin === null || row.channel_check_in === null || row.channel_check_out === null)
    return origin;
  if (row.channel_check_in === row.check_in && row.channel_check_out === row.check_out)
    return origin;
  return { ...origin, channel_nights: { start: row.channel_check_in, end: row.channel_check_out } };
}

function originOf({
  connection_id,
  reservation_id,
  room_stay,
  revised_at,
}: OriginRecord): Origin | null {
  if (
    connection_id === null ||
    reservation_id === null ||
    room_stay === null ||
    revised_at === null
  )
    return null;
  return { connection_id, reservation_id, room_stay, revised_at, channel_nights: null };
}

async function readAwaiting(
  tx: Transaction,
  propertyId: PropertyId,
  from: PlainDate,
): Promise<PropertySnapshot['awaiting']> {
  const rows = await tx.query<StayRecord>(
    `SELECT booking_id, check_in, check_out, connection_id, reservation_id, room_stay, revised_at FROM parity_import_awaiting
     WHERE property_id = $1 AND check_out > $2 ORDER BY check_in, booking_id`,
    [propertyId, from],
  );
  return rows.flatMap((row) => {
    const origin = originOf(row);
    return origin === null
      ? []
      : [{ bookingId: row.booking_id, checkIn: row.check_in, checkOut: row.check_out, origin }];
  });
}
