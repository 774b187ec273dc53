import type { Night } from '../dates.ts';
import type { GuestName, ReservationView } from '../platform.ts';
import type { RoomType } from './hotel.ts';

export type TransactionType = 'Book' | 'Modify' | 'Cancel';

/** What a booking was at one moment. */
export interface BookingContent {
  readonly room: RoomType;
  readonly rate: string;
  readonly checkIn: Night;
  readonly checkOut: Night;
  readonly adults: number;
  readonly children: number;
  /** Minor units per night. */
  readonly prices: ReadonlyMap<Night, number>;
}

/** A new booking, a change or a cancellation, on its way to the partner. */
export interface Transaction {
  readonly type: TransactionType;
  readonly madeAt: number;
  readonly content: BookingContent;
  /** It goes to the hotel by fax or mail unless confirmed before, ms. */
  readonly expiresAt: number;
  retrievedAt: number | null;
  confirmedAt: number | null;
}

/** A booking is one room. */
export interface Booking {
  readonly id: string;
  readonly hotel: string;
  readonly currency: string;
  readonly guest: GuestName;
  /** Brand; `A-…` where the guest pays at the hotel. */
  readonly source: string;
  readonly createdAt: number;
  readonly transactions: Transaction[];
  content: BookingContent;
  modifiedAt: number;
  cancelled: boolean;
  confirmNumber: string | null;
}

/** Since when the partner knows the booking as it is now; null: not yet. */
export function toldAt({ transactions }: Booking): number | null {
  return transactions.at(-1)?.confirmedAt ?? null;
}

export function reservationView(booking: Booking): ReservationView {
  const { room, rate, checkIn, checkOut, adults, children } = booking.content;
  const live = !booking.cancelled;
  return {
    id: booking.id,
    target: booking.hotel,
    status: booking.cancelled ? 'cancelled' : 'booked',
    live,
    rooms: [{ index: '1', unit: room.id, rate, checkIn, checkOut, adults, children, live }],
    createdAt: booking.createdAt,
    updatedAt: booking.modifiedAt,
    toldAt: toldAt(booking),
  };
}
