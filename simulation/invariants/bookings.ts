import type { ReservationView } from '../../simulators/platform.ts';
import { reservationKey } from '../../storage/memory/bookings.ts';
import type { MemoryTables } from '../../storage/memory/tables.ts';
import {
  type BookingRow,
  holdsNights,
  type ReservationKey,
  type StayRow,
} from '../../storage/ports/bookings.ts';
import { accountIdOf } from '../../storage/ports/connections.ts';
import type { Channel } from '../world/channels.ts';
import { allConnections, type ConnectionPlan } from '../world/plan.ts';
import type { World } from '../world/world.ts';
import { allFacts, rowsOf } from './database.ts';

interface Tables {
  readonly stays: readonly MemoryTables['reservation_stays'][];
  /** Time of the newest applied revision, by key of the reservation. */
  newestAt(key: ReservationKey): number | null;
  readonly bookings: readonly BookingRow[];
  readonly conflicts: readonly BookingRow[];
  /** Bookings that the PMS moved or cancelled by itself: their dates are its business. */
  readonly touched: ReadonlySet<string>;
  /** Connections that take bookings in at present. */
  readonly inbound: ReadonlySet<string>;
}

/** Where the reservation is stored. Null: one of its rooms belongs to nobody. */
function keyOf(
  world: World,
  { name }: Channel,
  { id, rooms }: ReservationView,
): ReservationKey | null {
  const connection = connectionOf(world, name, rooms[0]?.unit ?? '');
  const manifest = world.connectorOf(name)?.manifest;
  if (!connection || !manifest) return null;
  const { tenantId, channel, channelAccountId } = connection;
  return {
    platformFamily: manifest.platformFamily,
    accountId: accountIdOf(tenantId, channel, channelAccountId),
    reservationId: id,
  };
}

async function newestRevisions(world: World): Promise<ReadonlyMap<string, number | null>> {
  const keys = [...world.channels.values()].flatMap((channel) =>
    channel.platform.reservations().flatMap((reservation) => {
      const key = keyOf(world, channel, reservation);
      return key === null ? [] : [reservationKey(key)];
    }),
  );
  return world.database.transaction(null, async (tx) => {
    const rows = tx.table('channel_reservations');
    return new Map(keys.map((key) => [key, rows.get(key)?.row.newestAt ?? null]));
  });
}

async function readTables(world: World): Promise<Tables> {
  const { database } = world;
  const facts = await allFacts(database);
  const touched = facts
    .filter(({ origin, event_type: type }) => origin === null && type.startsWith('booking.'))
    .flatMap(({ payload }) =>
      Object.values(payload).map((value) => (value as { booking_id?: string }).booking_id ?? ''),
    );
  const accounts = await rowsOf(database, 'channel_accounts');
  const newest = await newestRevisions(world);
  return {
    stays: await rowsOf(database, 'reservation_stays'),
    newestAt: (key) => newest.get(reservationKey(key)) ?? null,
    bookings: (await rowsOf(database, 'bookings')).map(({ row }) => row),
    conflicts: (await rowsOf(database, 'booking_conflicts')).map(({ row }) => row.booking),
    touched: new Set(touched),
    inbound: new Set(
      accounts.flatMap(({ row }) =>
        row.connections.filter(({ inbound }) => inbound).map(({ connection_id }) => connection_id),
      ),
    ),
  };
}

/** Reservations whose newest revision is not in the database yet, in words; of connections that take bookings in. */
export async function missingRevisions(world: World): Promise<readonly string[]> {
  const tables = await readTables(world);
  return [...world.channels.values()].flatMap((channel) =>
    channel.platform
      .reservations()
      .filter((reservation) => isInbound(world, tables, channel, reservation))
      .filter(
        (reservation) => newestAt(world, tables, channel, reservation) !== reservation.updatedAt,
      )
      .map(
        (reservation) =>
          `${channel.name} ${reservation.id} of ${reservation.updatedAt}: stored ${newestAt(world, tables, channel, reservation)}`,
      ),
  );
}

/** I3: each room stay of each reservation is exactly one row, at its newest revision, and no row is of no reservation. */
export async function checkBookings(world: World): Promise<void> {
  const tables = await readTables(world);
  for (const channel of world.channels.values()) {
    for (const reservation of channel.platform.reservations()) {
      if (!isInbound(world, tables, channel, reservation)) continue;
      if (newestAt(world, tables, channel, reservation) !== reservation.updatedAt) {
        world.violations.add(
          'I3',
          `${channel.name} ${reservation.id} is not at its newest revision`,
        );
        continue;
      }
      for (const room of reservation.rooms) checkRoom(world, tables, channel, reservation, room);
    }
  }
  checkUnique(world, tables);
}

function isInbound(
  world: World,
  { inbound }: Tables,
  { name }: Channel,
  { rooms }: ReservationView,
): boolean {
  return rooms.every(({ unit }) => {
    const connection = connectionOf(world, name, unit);
    return connection !== undefined && inbound.has(connection.id);
  });
}

function connectionOf(world: World, channel: string, unit: string): ConnectionPlan | undefined {
  return allConnections(world.plan).find((one) => one.channel === channel && one.unit === unit);
}

function newestAt(
  world: World,
  tables: Tables,
  channel: Channel,
  reservation: ReservationView,
): number | null {
  const key = keyOf(world, channel, reservation);
  return key === null ? null : tables.newestAt(key);
}

function checkRoom(
  world: World,
  tables: Tables,
  channel: Channel,
  reservation: ReservationView,
  room: ReservationView['rooms'][number],
): void {
  const place = `${channel.name} ${reservation.id} room stay ${room.index}`;
  const stays = tables.stays.filter(
    (stay) => stay.key.reservationId === reservation.id && stay.row.roomStay === room.index,
  );
  const stay = stays[0]?.row;
  if (stays.length !== 1 || !stay) {
    // A room that was given up before we heard of it leaves no trace.
    if (room.live || stays.length > 1)
      world.violations.add('I3', `${place} has ${stays.length} rows of stays`);
    return;
  }
  if (isLateForConnection(world, channel, stay)) return;
  const connection = connectionOf(world, channel.name, room.unit);
  const rows = [...tables.bookings, ...tables.conflicts].filter(({ id }) => id === stay.bookingId);
  const holding = rows.filter(({ status }) => holdsNights(status));
  const isBooking = room.live && reservation.status !== 'pending';
  if (rows.length > 1) world.violations.add('I3', `${place} has ${rows.length} rows`);
  if (isBooking && rows.length !== 1) world.violations.add('I3', `${place} has no row`);
  if (!isBooking && holding.length > 0)
    world.violations.add('I3', `${place} is over and holds nights`);
  if (room.live && (stay.checkIn !== room.checkIn || stay.checkOut !== room.checkOut))
    world.violations.add(
      'I3',
      `${place} is ${stay.checkIn} to ${stay.checkOut} in the rows, ${room.checkIn} to ${room.checkOut} at the platform`,
    );
  const [row] = rows;
  if (!isBooking || !row || tables.touched.has(row.id)) return;
  if (row.checkIn !== room.checkIn || row.checkOut !== room.checkOut)
    world.violations.add(
      'I3',
      `${place} is booked ${row.checkIn} to ${row.checkOut}, should be ${room.checkIn} to ${room.checkOut}`,
    );
  if (row.propertyId !== connection?.propertyId || holding.length !== 1)
    world.violations.add('I3', `${place} is not held at its property (${row.status})`);
}

/**
 * The stay came before its room had a connection, from a channel that lists nothing at going live: it is kept and alerted,
 * and the owner who confirms the import has to enter it.
 */
export function isLateForConnection(world: World, { name }: Channel, { state }: StayRow): boolean {
  const lists = world.connectorOf(name)?.manifest.inbound.listsReservations ?? false;
  if (state !== 'unmapped' || lists) return false;
  world.tally.count('outcome.booking.before_connection');
  return true;
}

/** Nothing twice: one row per channel id, and in the one table or in the other. */
function checkUnique(world: World, { bookings, conflicts }: Tables): void {
  const seen = new Set<string>();
  for (const row of [...bookings, ...conflicts]) {
    if (row.channelBookingId === null) continue;
    const key = `${row.source} ${row.channelBookingId}`;
    if (seen.has(key)) world.violations.add('I3', `${key} is stored twice`);
    seen.add(key);
  }
}
