import type { Night } from '../dates.ts';
import type { GuestName, ReservationView } from '../platform.ts';
import type { Room } from './hotel.ts';

export type MessageKind = 'new' | 'modified' | 'cancelled';

/** A message that waits for an acknowledgement. */
interface WaitingMessage {
  kind: MessageKind;
  /** When the partner could first have fetched it. */
  readonly since: number;
  /** Content that was handed out last; null: none yet. */
  retrievedRevision: number | null;
  /** Answered with Errors. */
  rejected: boolean;
}

export interface RoomStay {
  readonly index: string;
  readonly room: Room;
  readonly rate: string;
  checkIn: Night;
  checkOut: Night;
  adults: number;
  children: number;
  /** Minor units per night. */
  prices: ReadonlyMap<Night, number>;
  live: boolean;
}

export interface HotelReservation {
  readonly id: string;
  readonly hotel: string;
  readonly currency: string;
  readonly guest: GuestName;
  readonly createdAt: number;
  readonly stays: RoomStay[];
  modifiedAt: number;
  revision: number;
  cancelled: boolean;
  waiting: WaitingMessage | null;
  /** Acknowledged, but still handed out until then. */
  fading: { readonly kind: MessageKind; readonly until: number } | null;
  everAcknowledged: boolean;
  /** Queues that handed it out. */
  readonly handedOut: Set<QueueName>;
  toldAt: number | null;
}

export type QueueName = 'OTA_HotelResNotif' | 'OTA_HotelResModifyNotif';

export function queueOf(kind: MessageKind): QueueName {
  return kind === 'new' ? 'OTA_HotelResNotif' : 'OTA_HotelResModifyNotif';
}

export function reservationView(reservation: HotelReservation): ReservationView {
  return {
    id: reservation.id,
    target: reservation.hotel,
    status: reservation.cancelled ? 'cancelled' : 'booked',
    live: !reservation.cancelled,
    rooms: reservation.stays.map(
      ({ index, room, rate, checkIn, checkOut, adults, children, live }) => ({
        index,
        unit: room.id,
        rate,
        checkIn,
        checkOut,
        adults,
        children,
        live,
      }),
    ),
    createdAt: reservation.createdAt,
    updatedAt: reservation.modifiedAt,
    toldAt: reservation.toldAt,
  };
}
