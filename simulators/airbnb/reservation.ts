import { daysFrom, decimalOf, type Night } from '../dates.ts';
import type { GuestName, ReservationView } from '../platform.ts';

export type AirbnbStatus =
  | 'accepted'
  | 'pending'
  | 'denied'
  | 'expired'
  | 'cancelled_by_guest'
  | 'cancelled_by_host';

export interface AirbnbReservation {
  readonly code: string;
  readonly listing: string;
  readonly host: string;
  readonly currency: string;
  readonly guest: GuestName;
  readonly guestId: number;
  readonly createdAt: number;
  status: AirbnbStatus;
  checkIn: Night;
  checkOut: Night;
  adults: number;
  children: number;
  /** Minor units, whole stay. */
  basePrice: number;
  updatedAt: number;
  cancelledAt: number | null;
  toldAt: number | null;
}

/** From this version on amounts lose their suffix. */
const PLAIN_AMOUNTS_SINCE = '2024.12.31';

/** A stay that keeps its nights: accepted, or pending while the request waits. */
export function isLive(reservation: AirbnbReservation): boolean {
  return reservation.status === 'accepted' || reservation.status === 'pending';
}

/** The reservation as the API of a version shows it. */
export function reservationBody(
  reservation: AirbnbReservation,
  version: string,
): Record<string, unknown> {
  const { currency } = reservation;
  const suffix = version >= PLAIN_AMOUNTS_SINCE ? '' : '_accurate';
  return {
    confirmation_code: reservation.code,
    status: reservation.status,
    listing_id: Number(reservation.listing),
    listing_id_str: reservation.listing,
    host_id: Number(reservation.host),
    start_date: reservation.checkIn,
    end_date: reservation.checkOut,
    nights: daysFrom(reservation.checkIn, reservation.checkOut),
    number_of_guests: reservation.adults + reservation.children,
    guest_details: {
      number_of_adults: reservation.adults,
      number_of_children: reservation.children,
      number_of_infants: 0,
    },
    guest_id: reservation.guestId,
    guest_first_name: reservation.guest.first,
    guest_last_name: reservation.guest.last,
    guest_email: `guest-${reservation.guestId}@guest.example`,
    guest_phone_numbers: ['+49 30 0000000'],
    host_currency: currency,
    [`listing_base_price${suffix}`]: decimalOf(reservation.basePrice, currency),
    [`expected_payout_amount${suffix}`]: decimalOf(
      Math.round(reservation.basePrice * 0.97),
      currency,
    ),
    booked_at: instant(reservation.createdAt),
    created_at: instant(reservation.createdAt),
    updated_at: instant(reservation.updatedAt),
    cancelled_at: reservation.cancelledAt === null ? null : instant(reservation.cancelledAt),
  };
}

export function reservationView(reservation: AirbnbReservation): ReservationView {
  const { code, listing, checkIn, checkOut, adults, children } = reservation;
  const live = isLive(reservation);
  return {
    id: code,
    target: listing,
    status: reservation.status,
    live,
    rooms: [{ index: '1', unit: listing, checkIn, checkOut, adults, children, live }],
    createdAt: reservation.createdAt,
    updatedAt: reservation.updatedAt,
    toldAt: reservation.toldAt,
  };
}

/**
 * The next time of change: seconds, as the platform writes them, and later than the last one. Two changes of one reservation
 * within a second are spread over two, or nobody could tell which is newer.
 */
export function nextChange(previous: number | null, now: number): number {
  const second = Math.floor(now / 1_000) * 1_000;
  return previous === null ? second : Math.max(second, previous + 1_000);
}

function instant(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
