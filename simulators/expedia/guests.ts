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
import type { Booking, BookingContent } from './booking.ts';
import type { RoomType } from './hotel.ts';
import { HOTEL_TIME_ZONE } from './settings.ts';
import type { Transactions } from './transactions.ts';

const FIRST_ID = 700_000_001;

/** What guests do: book a room, change the stay, cancel. One booking is one room. */
export class Guests {
  readonly #ports: SimulatorPorts;
  readonly #room: (id: string) => RoomType | undefined;
  readonly #transactions: Transactions;
  readonly #reopening: () => OwnReopening;

  constructor(
    ports: SimulatorPorts,
    room: (id: string) => RoomType | undefined,
    transactions: Transactions,
    reopening: () => OwnReopening,
  ) {
    this.#ports = ports;
    this.#room = room;
    this.#transactions = transactions;
    this.#reopening = reopening;
  }

  book(order: BookingOrder): BookingResult {
    const [wanted, ...others] = order.rooms;
    if (!wanted || others.length > 0) return refused('one_room_per_booking');
    const room = this.#room(wanted.unit);
    if (!room) return refused('unknown_unit');
    const problem = order.force ? undefined : this.#problem(room, wanted, new Set());
    if (problem) return { ok: false, ...problem };
    const { bookings } = this.#transactions;
    const createdAt = Math.floor(this.#ports.clock.now() / 1_000) * 1_000;
    const content = contentOf(room, wanted);
    const booking: Booking = {
      id: String(FIRST_ID + bookings.size),
      hotel: room.hotel.id,
      currency: room.hotel.currency,
      guest: order.guest ?? { first: 'Kim', last: `Traveller ${bookings.size + 1}` },
      source: content.rate.endsWith('A') ? 'A-Expedia' : 'Expedia',
      createdAt,
      transactions: [],
      content,
      modifiedAt: createdAt,
      cancelled: false,
      confirmNumber: null,
    };
    bookings.set(booking.id, booking);
    for (const night of nightsOf(content))
      room.claim(night, booking.id, booking.id, 'booking', this.#ports.clock.now());
    this.#transactions.add(booking, 'Book', content);
    return { ok: true, reservation: booking.id };
  }

  modify(id: string, change: BookingChange): BookingResult {
    const booking = this.#transactions.bookings.get(id);
    if (!booking || booking.cancelled) return refused('unknown_reservation');
    const [wanted, ...others] = change.rooms;
    if (!wanted || others.length > 0) return refused('one_room_per_booking');
    const room = this.#room(wanted.unit);
    if (room?.hotel.id !== booking.hotel) return refused('unknown_unit');
    const held = new Set(room === booking.content.room ? nightsOf(booking.content) : []);
    const problem = change.force ? undefined : this.#problem(room, wanted, held);
    if (problem) return { ok: false, ...problem };
    this.#move(booking, contentOf(room, { rate: booking.content.rate, ...wanted }));
    this.#changed(booking);
    this.#transactions.add(booking, 'Modify', booking.content);
    return { ok: true, reservation: id };
  }

  cancel(id: string): BookingResult {
    const booking = this.#transactions.bookings.get(id);
    if (!booking || booking.cancelled) return refused('unknown_reservation');
    booking.cancelled = true;
    for (const night of nightsOf(booking.content)) this.#release(booking, night);
    this.#changed(booking);
    this.#transactions.add(booking, 'Cancel', booking.content);
    return { ok: true, reservation: id };
  }

  /** Transactions of a booking have different times. */
  #changed(booking: Booking): void {
    const second = Math.floor(this.#ports.clock.now() / 1_000) * 1_000;
    booking.modifiedAt = Math.max(second, booking.modifiedAt + 1_000);
  }

  #move(booking: Booking, after: BookingContent): void {
    const before = booking.content;
    const [old, fresh] = [nightsOf(before), nightsOf(after)];
    const isOtherRoom = before.room !== after.room;
    for (const night of old)
      if (isOtherRoom || !fresh.includes(night)) this.#release(booking, night);
    for (const night of fresh)
      if (isOtherRoom || !old.includes(night))
        after.room.claim(night, booking.id, booking.id, 'modification', this.#ports.clock.now());
    booking.content = after;
  }

  #release({ content, id }: Booking, night: Night): void {
    content.room.release(night, id, this.#reopening(), this.#ports.clock.now());
  }

  /** @param held nights that the booking holds already */
  #problem(room: RoomType, order: BookedRoom, held: ReadonlySet<Night>) {
    const today = dateAt(HOTEL_TIME_ZONE, this.#ports.clock.now());
    const nights = nightsBetween(order.checkIn, order.checkOut);
    const views = [...nights, order.checkOut].map((night) => room.view(night));
    return stayRefusal(views, order.rate ?? room.firstRate, today, held);
  }
}

function contentOf(room: RoomType, order: BookedRoom): BookingContent {
  const { checkIn, checkOut, adults = 2, children = 0 } = order;
  const rate = order.rate ?? room.firstRate;
  const prices = new Map(
    nightsBetween(checkIn, checkOut).map((night) => [night, room.terms(night, rate).price ?? 0]),
  );
  return { room, rate, checkIn, checkOut, adults, children, prices };
}

function nightsOf({ checkIn, checkOut }: BookingContent): readonly Night[] {
  return nightsBetween(checkIn, checkOut);
}

function refused(reason: string): BookingResult {
  return { ok: false, reason, nights: [] };
}
