import { dateAt, type Night, nightsBetween } from '../dates.ts';
import type { SimulatorPorts } from '../http.ts';
import type {
  BookedRoom,
  BookingChange,
  BookingOrder,
  BookingResult,
  OwnReopening,
} from '../platform.ts';
import { stayRefusal } from '../stay-rules.ts';
import type { Room } from './hotel.ts';
import type { ReservationQueue } from './queue.ts';
import type { HotelReservation, RoomStay } from './reservation.ts';
import { PLATFORM_TIME_ZONE } from './settings.ts';

const FIRST_ID = 4_000_000_001;

/** What guests do on the platform. Each change makes a message in the queue. */
export class Guests {
  readonly #ports: SimulatorPorts;
  readonly #room: (id: string) => Room | undefined;
  readonly #queue: ReservationQueue;
  readonly #reopening: () => OwnReopening;
  readonly #announce: (reservation: HotelReservation) => void;
  #nextStay = 301;

  constructor(
    ports: SimulatorPorts,
    room: (id: string) => Room | undefined,
    queue: ReservationQueue,
    reopening: () => OwnReopening,
    announce: (reservation: HotelReservation) => void,
  ) {
    this.#ports = ports;
    this.#room = room;
    this.#queue = queue;
    this.#reopening = reopening;
    this.#announce = announce;
  }

  book(order: BookingOrder): BookingResult {
    const rooms = order.rooms.map(({ unit }) => this.#room(unit));
    const [first] = rooms;
    if (!first || rooms.some((room) => room?.hotel !== first.hotel)) return refused('unknown_unit');
    const problem = order.force ? undefined : this.#problem(order.rooms, new Map());
    if (problem) return { ok: false, ...problem };
    const number = this.#queue.reservations.size;
    const createdAt = Math.floor(this.#ports.clock.now() / 1_000) * 1_000;
    const reservation: HotelReservation = {
      id: String(FIRST_ID + number),
      hotel: first.hotel.id,
      currency: first.hotel.currency,
      guest: order.guest ?? { first: 'Kim', last: `Traveller ${number + 1}` },
      createdAt,
      stays: [],
      modifiedAt: createdAt,
      revision: 0,
      cancelled: false,
      waiting: null,
      fading: null,
      everAcknowledged: false,
      handedOut: new Set(),
      toldAt: null,
    };
    for (const room of order.rooms) this.#addStay(reservation, room);
    this.#queue.reservations.set(reservation.id, reservation);
    this.#queue.changed(reservation);
    this.#announce(reservation);
    return { ok: true, reservation: reservation.id };
  }

  modify(id: string, change: BookingChange): BookingResult {
    const reservation = this.#queue.reservations.get(id);
    if (!reservation || reservation.cancelled) return refused('unknown_reservation');
    if (change.rooms.some(({ unit }) => this.#room(unit)?.hotel.id !== reservation.hotel))
      return refused('unknown_unit');
    const problem = change.force ? undefined : this.#problem(change.rooms, heldBy(reservation));
    if (problem) return { ok: false, ...problem };
    const kept = new Set(change.rooms.map(({ index }) => index));
    for (const stay of reservation.stays)
      if (stay.live && !kept.has(stay.index)) this.#endStay(stay);
    for (const room of change.rooms) {
      const stay = reservation.stays.find(({ index, live }) => live && index === room.index);
      if (stay && stay.room.id === room.unit) this.#moveStay(reservation, stay, room);
      else {
        if (stay) this.#endStay(stay);
        this.#addStay(reservation, room);
      }
    }
    if (!reservation.stays.some(({ live }) => live)) reservation.cancelled = true;
    return this.#changed(reservation);
  }

  cancel(id: string): BookingResult {
    const reservation = this.#queue.reservations.get(id);
    if (!reservation || reservation.cancelled) return refused('unknown_reservation');
    reservation.cancelled = true;
    for (const stay of reservation.stays) if (stay.live) this.#endStay(stay);
    return this.#changed(reservation);
  }

  #changed(reservation: HotelReservation): BookingResult {
    const second = Math.floor(this.#ports.clock.now() / 1_000) * 1_000;
    reservation.modifiedAt = Math.max(second, reservation.modifiedAt + 1_000);
    this.#queue.changed(reservation);
    this.#announce(reservation);
    return { ok: true, reservation: reservation.id };
  }

  #addStay(reservation: HotelReservation, order: BookedRoom): void {
    const room = this.#room(order.unit);
    if (!room) return;
    const stay: RoomStay = {
      index: String(this.#nextStay),
      room,
      rate: order.rate ?? room.firstRate,
      checkIn: order.checkIn,
      checkOut: order.checkOut,
      adults: order.adults ?? 2,
      children: order.children ?? 0,
      prices: new Map(),
      live: true,
    };
    this.#nextStay += 1;
    stay.prices = pricesOf(stay);
    reservation.stays.push(stay);
    for (const night of nightsBetween(stay.checkIn, stay.checkOut)) {
      room.claim(night, stay.index, reservation.id, 'booking', this.#ports.clock.now());
    }
  }

  #moveStay(reservation: HotelReservation, stay: RoomStay, order: BookedRoom): void {
    const before = nightsBetween(stay.checkIn, stay.checkOut);
    const after = nightsBetween(order.checkIn, order.checkOut);
    const now = this.#ports.clock.now();
    for (const night of after)
      if (!before.includes(night))
        stay.room.claim(night, stay.index, reservation.id, 'modification', now);
    for (const night of before)
      if (!after.includes(night)) stay.room.release(night, stay.index, this.#reopening(), now);
    stay.checkIn = order.checkIn;
    stay.checkOut = order.checkOut;
    stay.adults = order.adults ?? stay.adults;
    stay.children = order.children ?? stay.children;
    stay.prices = pricesOf(stay);
  }

  #endStay(stay: RoomStay): void {
    stay.live = false;
    const now = this.#ports.clock.now();
    for (const night of nightsBetween(stay.checkIn, stay.checkOut))
      stay.room.release(night, stay.index, this.#reopening(), now);
  }

  /** @param held nights that the reservation holds already, by room */
  #problem(
    rooms: readonly BookedRoom[],
    held: ReadonlyMap<string, ReadonlySet<Night>>,
  ): ReturnType<typeof stayRefusal> {
    const today = dateAt(PLATFORM_TIME_ZONE, this.#ports.clock.now());
    const wanted = new Map<string, number>();
    for (const order of rooms) {
      const room = this.#room(order.unit);
      if (!room) return { reason: 'unknown_unit', nights: [] };
      const nights = nightsBetween(order.checkIn, order.checkOut);
      const own = held.get(room.id) ?? new Set<Night>();
      const views = [...nights, order.checkOut].map((night) => room.view(night));
      const problem = stayRefusal(views, order.rate ?? room.firstRate, today, own);
      if (problem) return problem;
      for (const night of nights) {
        const key = `${room.id} ${night}`;
        wanted.set(key, (wanted.get(key) ?? 0) + 1);
        const left = room.roomsToSell(night) + (own.has(night) ? room.units : 0);
        if ((wanted.get(key) ?? 0) > left) return { reason: 'not_for_sale', nights: [night] };
      }
    }
    return undefined;
  }
}

function heldBy(reservation: HotelReservation): Map<string, Set<Night>> {
  const held = new Map<string, Set<Night>>();
  for (const { room, checkIn, checkOut, live } of reservation.stays) {
    const nights = held.get(room.id) ?? new Set<Night>();
    if (live) for (const night of nightsBetween(checkIn, checkOut)) nights.add(night);
    held.set(room.id, nights);
  }
  return held;
}

/** The price of each night as the platform holds it at the time of booking. */
function pricesOf(stay: RoomStay): Map<Night, number> {
  return new Map(
    nightsBetween(stay.checkIn, stay.checkOut).map((night) => [
      night,
      stay.room.rate(night, stay.rate).price ?? 0,
    ]),
  );
}

function refused(reason: string): BookingResult {
  return { ok: false, reason, nights: [] };
}
