import type {
  AccountId,
  BookingId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type {
  PaymentKind,
  ReservationStatus,
  SyncLogEntry,
} from '../../schemas/generated/types.ts';
import type { OutboxMessage } from './outbox.ts';

/**
 * The bookings of the PMS, as the bookings stage writes them. The default is SQL over the tables of PMS-Core; where PMS-Core has rules of
 * its own it stands behind this port instead, and exactly one side emits the events.
 */
export interface PmsBookings {
  /**
   * Runs `work` in one transaction of the tenant: all of its writes or none. `work` may run several times (deadlocks), so it has no
   * effect but its writes.
   * @throws ParityError DATABASE_UNAVAILABLE; CONNECTION_UNKNOWN when the tenant is gone; EVENT_VALUE_INVALID for what no column or unique index takes.
   */
  transact<T>(tenantId: TenantId, work: (tx: BookingsTransaction) => Promise<T>): Promise<T>;
}

export interface BookingsTransaction {
  /**
   * Locks the reservation until the end of the transaction, making its row where it is missing. A connection may move to another account
   * (its owner fills in the host's id), and its reservations are read again there: the row of a former account moves to that of `key` with
   * its stays, when one of them names a connection of the revision (`connections`) or of the account. Without that an equal id of
   * another account is another reservation.
   */
  lockReservation(
    key: ReservationKey,
    channel: ChannelType,
    connections: readonly ConnectionId[],
  ): Promise<ReservationRow>;
  stays(key: ReservationKey): Promise<readonly StayRow[]>;
  /** Those of `ids` that are properties of the tenant. */
  knownProperties(ids: readonly PropertyId[]): Promise<ReadonlySet<PropertyId>>;
  /** Raises the counter of a property and holds it until the end of the transaction. Callers go in ascending order of ids. */
  nextSequence(propertyId: PropertyId): Promise<number>;
  /**
   * Bookings of `properties` that hold nights after `from` or after the first night of a waiting conflict, the bookings named by `ids`
   * whatever their state, and all conflicts of `properties`, oldest first, and those named by `ids`.
   */
  occupancy(
    properties: readonly PropertyId[],
    from: PlainDate,
    ids: readonly BookingId[],
  ): Promise<Occupancy>;
  settings(): Promise<TenantSettings>;
  /** True the first time an id comes. */
  acknowledgeOnce(deliveryId: string): Promise<boolean>;
  /** The stays are added or replaced; none is ever removed. */
  saveReservation(
    key: ReservationKey,
    row: ReservationRow,
    stays: readonly StayRow[],
  ): Promise<void>;
  write(changes: BookingChanges): Promise<void>;
  append(messages: readonly OutboxMessage[]): Promise<void>;
}

export interface ReservationKey {
  readonly platformFamily: string;
  readonly accountId: AccountId;
  readonly reservationId: string;
}

export interface ReservationRow {
  /** Null until a revision was applied. */
  readonly status: ReservationStatus | null;
  /** Order of the newest applied revision: time at the channel (ms), then rank of its status. Null: none yet. */
  readonly newestAt: number | null;
  readonly newestRank: number | null;
  /** Content hashes of the revisions applied at exactly this order. */
  readonly appliedHashes: readonly string[];
}

/** `held`: a booking. `requested`: a request to book. `released`: cancelled, declined, expired or removed. `unmapped`: of no connection. */
export type StayState = 'held' | 'requested' | 'released' | 'unmapped';

/** A room stay as the channel last said it. */
export interface StayRow {
  readonly roomStay: string;
  readonly bookingId: BookingId;
  readonly channelBookingId: string;
  readonly connectionId: ConnectionId | null;
  readonly propertyId: PropertyId | null;
  readonly listing: string;
  readonly roomId: string | null;
  readonly state: StayState;
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
  readonly revisedAt: number;
}

export type BookingStatus =
  | 'pending'
  | 'confirmed'
  | 'checked_in'
  | 'checked_out'
  | 'no_show'
  | 'cancelled';

/** A row of `bookings`. */
export interface BookingRow {
  readonly id: BookingId;
  readonly propertyId: PropertyId;
  readonly source: string;
  readonly channelBookingId: string | null;
  readonly channelGuestId: string | null;
  readonly channelData: object;
  readonly status: BookingStatus;
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
  readonly guestFirstName: string | null;
  readonly guestLastName: string | null;
  readonly guestEmail: string | null;
  readonly guestPhone: string | null;
  readonly guestCountry: string | null;
  readonly adults: number;
  readonly children: number;
  readonly currency: string | null;
  /** Minor units. */
  readonly totalMinor: number | null;
  readonly paymentKind: PaymentKind;
  readonly specialRequests: string | null;
}

/** A row of `booking_conflicts`: a booking that came second. */
export interface ConflictRow {
  readonly booking: BookingRow;
  readonly connectionId: ConnectionId;
  readonly reservationId: string;
  readonly roomStay: string;
  readonly revisedAt: number;
  readonly winnerId: BookingId | null;
  readonly detectedAt: number;
}

export interface Occupancy {
  readonly bookings: readonly BookingRow[];
  readonly conflicts: readonly ConflictRow[];
}

export interface TenantSettings {
  readonly timeZone: string | null;
  /** A pending request to book closes the other channels. */
  readonly requestsCloseChannels: boolean;
}

/** A row of `calendar_blocks`: a block with an id. */
export interface BlockRow {
  readonly propertyId: PropertyId;
  readonly blockId: string;
  readonly start: PlainDate;
  readonly end: PlainDate;
  readonly expiresAt: number | null;
  readonly reason: string | null;
}

/** Written in this order: what leaves a table first, then what enters. */
export interface BookingChanges {
  readonly deleteBookings: readonly BookingId[];
  readonly deleteConflicts: readonly BookingId[];
  readonly saveBookings: readonly BookingRow[];
  readonly saveConflicts: readonly ConflictRow[];
  readonly deleteBlocks: readonly { readonly propertyId: PropertyId; readonly blockId: string }[];
  readonly saveBlocks: readonly BlockRow[];
  readonly syncLog: SyncLogEntry | null;
}

/** Whether a booking of this status holds its nights; `parity_holds_nights` in SQL. */
export function holdsNights(status: BookingStatus): boolean {
  return (
    status === 'confirmed' ||
    status === 'checked_in' ||
    status === 'checked_out' ||
    status === 'no_show'
  );
}

interface Nights {
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
}

export function overlaps(a: Nights, b: Nights): boolean {
  return a.checkIn < b.checkOut && a.checkOut > b.checkIn;
}

/** Oldest first; the order in which waiting bookings are promoted. */
export function byAge(a: ConflictRow, b: ConflictRow): number {
  return (
    a.detectedAt - b.detectedAt ||
    (a.booking.id < b.booking.id ? -1 : a.booking.id > b.booking.id ? 1 : 0)
  );
}

/**
 * Which waiting bookings of one property fit now, oldest first; each one holds its nights against the next. `held`: the bookings that hold
 * nights there. `parity_promote_conflicts` is the same rule in SQL, for what PMS-Core frees by itself.
 */
export function promotable(
  waiting: readonly ConflictRow[],
  held: readonly Nights[],
): readonly ConflictRow[] {
  const taken = [...held];
  return [...waiting].sort(byAge).filter(({ booking }) => {
    if (taken.some((other) => overlaps(booking, other))) return false;
    taken.push(booking);
    return true;
  });
}
