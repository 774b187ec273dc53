import type { BookingId, ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { PaymentKind } from '../../schemas/generated/types.ts';
import type { BookingRow, BookingStatus, StayRow, StayState } from '../ports/bookings.ts';

/** Columns of `bookings` that Parity reads and writes; `booking_conflicts` has them too. */
export const BOOKING_COLUMNS = [
  'id',
  'property_id',
  'source',
  'channel_booking_id',
  'channel_guest_id',
  'channel_data',
  'status',
  'check_in',
  'check_out',
  'guest_first_name',
  'guest_last_name',
  'guest_email',
  'guest_phone',
  'guest_country',
  'adults',
  'children',
  'currency',
  'total_minor',
  'payment_kind',
  'special_requests',
] as const;

export interface BookingRecord {
  readonly id: BookingId;
  readonly property_id: PropertyId;
  readonly source: string;
  readonly channel_booking_id: string | null;
  readonly channel_guest_id: string | null;
  readonly channel_data: object | null;
  readonly status: BookingStatus;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
  readonly guest_first_name: string | null;
  readonly guest_last_name: string | null;
  readonly guest_email: string | null;
  readonly guest_phone: string | null;
  readonly guest_country: string | null;
  readonly adults: number;
  readonly children: number;
  readonly currency: string | null;
  readonly total_minor: number | null;
  readonly payment_kind: PaymentKind;
  readonly special_requests: string | null;
}

export function bookingOf(record: BookingRecord): BookingRow {
  return {
    id: record.id,
    propertyId: record.property_id,
    source: record.source,
    channelBookingId: record.channel_booking_id,
    channelGuestId: record.channel_guest_id,
    channelData: record.channel_data ?? {},
    status: record.status,
    checkIn: record.check_in,
    checkOut: record.check_out,
    guestFirstName: record.guest_first_name,
    guestLastName: record.guest_last_name,
    guestEmail: record.guest_email,
    guestPhone: record.guest_phone,
    guestCountry: record.guest_country,
    adults: record.adults,
    children: record.children,
    currency: record.currency,
    totalMinor: record.total_minor,
    paymentKind: record.payment_kind,
    specialRequests: record.special_requests,
  };
}

export function recordOf(row: BookingRow): BookingRecord {
  return {
    id: row.id,
    property_id: row.propertyId,
    source: row.source,
    channel_booking_id: row.channelBookingId,
    channel_guest_id: row.channelGuestId,
    channel_data: row.channelData,
    status: row.status,
    check_in: row.checkIn,
    check_out: row.checkOut,
    guest_first_name: row.guestFirstName,
    guest_last_name: row.guestLastName,
    guest_email: row.guestEmail,
    guest_phone: row.guestPhone,
    guest_country: row.guestCountry,
    adults: row.adults,
    children: row.children,
    currency: row.currency,
    total_minor: row.totalMinor,
    payment_kind: row.paymentKind,
    special_requests: row.specialRequests,
  };
}

export const STAY_COLUMNS = [
  'room_stay',
  'booking_id',
  'channel_booking_id',
  'connection_id',
  'property_id',
  'listing',
  'room_id',
  'state',
  'check_in',
  'check_out',
  'revised_at',
] as const;

export interface StayRecord {
  readonly room_stay: string;
  readonly booking_id: BookingId;
  readonly channel_booking_id: string;
  readonly connection_id: ConnectionId | null;
  readonly property_id: PropertyId | null;
  readonly listing: string;
  readonly room_id: string | null;
  readonly state: StayState;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
  readonly revised_at: number;
}

export function stayOf(record: StayRecord): StayRow {
  return {
    roomStay: record.room_stay,
    bookingId: record.booking_id,
    channelBookingId: record.channel_booking_id,
    connectionId: record.connection_id,
    propertyId: record.property_id,
    listing: record.listing,
    roomId: record.room_id,
    state: record.state,
    checkIn: record.check_in,
    checkOut: record.check_out,
    revisedAt: record.revised_at,
  };
}

export function stayRecordOf(row: StayRow): StayRecord {
  return {
    room_stay: row.roomStay,
    booking_id: row.bookingId,
    channel_booking_id: row.channelBookingId,
    connection_id: row.connectionId,
    property_id: row.propertyId,
    listing: row.listing,
    room_id: row.roomId,
    state: row.state,
    check_in: row.checkIn,
    check_out: row.checkOut,
    revised_at: row.revisedAt,
  };
}
