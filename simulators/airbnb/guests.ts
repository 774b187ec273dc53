import { dateAt, nightsBetween } from '../dates.ts';
import type { SimulatorPorts } from '../http.ts';
import type {
  BookedRoom,
  BookingChange,
  BookingOrder,
  BookingResult,
  OwnReopening,
} from '../platform.ts';
import { stayRefusal } from '../stay-rules.ts';
import { type Listing, ONLY_RATE } from './listing.ts';
import { type AirbnbReservation, type AirbnbStatus, isLive, nextChange } from './reservation.ts';

type Announce = (action: string, reservation: AirbnbReservation) => void;

const REQUEST_EXPIRES_MS = 86_400_000;

/** What guests and hosts do on the platform: book, change, cancel, accept, deny. Each tells the partner by a webhook. */
export class Guests {
  readonly #ports: SimulatorPorts;
  readonly #listing: (id: string) => Listing | undefined;
  readonly #announce: Announce;
  readonly #reopening: () => OwnReopening;
  readonly #timers = new Set<{ cancel(): void }>();
  readonly reservations = new Map<string, AirbnbReservation>();

  constructor(
    ports: SimulatorPorts,
    listing: (id: string) => Listing | undefined,
    announce: Announce,
    reopening: () => OwnReopening,
  ) {
    this.#ports = ports;
    this.#listing = listing;
    this.#announce = announce;
    this.#reopening = reopening;
  }

  book(order: BookingOrder): BookingResult {
    const [room, second] = order.rooms;
    const listing = room && this.#listing(room.unit);
    if (!room || !listing || second) return refused('unknown_unit');
    const problem = order.force ? undefined : this.#problem(listing, room);
    if (problem) return { ok: false, ...problem };
    const number = this.reservations.size + 1;
    const at = nextChange(null, this.#ports.clock.now());
    const reservation: AirbnbReservation = {
      code: `HM${String(number).padStart(4, '0')}${listing.id}`,
      listing: listing.id,
      host: listing.host,
      currency: listing.currency,
      guest: order.guest ?? { first: 'Robin', last: `Guest ${number}` },
      guestId: 50_000 + number,
      createdAt: at,
      status: order.request ? 'pending' : 'accepted',
      checkIn: room.checkIn,
      checkOut: room.checkOut,
      adults: room.adults ?? 2,
      children: room.children ?? 0,
      basePrice: priceOf(listing, room),
      updatedAt: at,
      cancelledAt: null,
      toldAt: null,
    };
    this.reservations.set(reservation.code, reservation);
    for (const night of nightsBetween(room.checkIn, room.checkOut))
      listing.occupy(night, reservation.code, 'booking', this.#ports.clock.now());
    if (order.request) this.#expireLater(reservation);
    this.#announce(
      order.request ? 'reservation_requested' : 'reservation_acceptance_confirmation',
      reservation,
    );
    return { ok: true, reservation: reservation.code };
  }

  modify(code: string, change: BookingChange): BookingResult {
    const reservation = this.reservations.get(code);
    const listing = reservation && this.#listing(reservation.listing);
    const [room, second] = change.rooms;
    if (!reservation || !listing || !isLive(reservation)) return refused('unknown_reservation');
    if (!room || second || room.unit !== listing.id) return refused('unknown_unit');
    const held = new Set(nightsBetween(reservation.checkIn, reservation.checkOut));
    const problem = change.force ? undefined : this.#problem(listing, room, held);
    if (problem) return { ok: false, ...problem };
    const nights = new Set(nightsBetween(room.checkIn, room.checkOut));
    const now = this.#ports.clock.now();
    for (const night of nights)
      if (!held.has(night)) listing.occupy(night, code, 'modification', now);
    this.#release(
      listing,
      code,
      [...held].filter((night) => !nights.has(night)),
    );
    Object.assign(reservation, {
      checkIn: room.checkIn,
      checkOut: room.checkOut,
      basePrice: priceOf(listing, room),
    });
    reservation.adults = room.adults ?? reservation.adults;
    reservation.children = room.children ?? reservation.children;
    this.#changed(reservation);
    this.#announce('reservation_alteration_confirmation', reservation);
    return { ok: true, reservation: code };
  }

  cancel(code: string, by: 'guest' | 'host' = 'guest'): BookingResult {
    const reservation = this.reservations.get(code);
    if (!reservation || !isLive(reservation)) return refused('unknown_reservation');
    if (reservation.status === 'pending')
      return this.#end(reservation, 'cancelled_by_guest', 'reservation_request_voided');
    return this.#end(
      reservation,
      by === 'guest' ? 'cancelled_by_guest' : 'cancelled_by_host',
      'reservation_cancellation_confirmation',
    );
  }

  /** The host answers a request; false when it no longer waits. */
  respond(reservation: AirbnbReservation, action: 'accept' | 'deny'): boolean {
    if (reservation.status !== 'pending') return false;
    if (action === 'deny') {
      this.#end(reservation, 'denied', 'reservation_request_voided');
      return true;
    }
    reservation.status = 'accepted';
    this.#changed(reservation);
    this.#announce('reservation_acceptance_confirmation', reservation);
    return true;
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #end(reservation: AirbnbReservation, status: AirbnbStatus, action: string): BookingResult {
    const listing = this.#listing(reservation.listing);
    reservation.status = status;
    reservation.cancelledAt = this.#changed(reservation);
    if (listing)
      this.#release(
        listing,
        reservation.code,
        nightsBetween(reservation.checkIn, reservation.checkOut),
      );
    this.#announce(action, reservation);
    return { ok: true, reservation: reservation.code };
  }

  /** The nights lose the booking; what then is for sale is the platform's own doing, not the partner's. */
  #release(listing: Listing, code: string, nights: readonly string[]): void {
    const now = this.#ports.clock.now();
    const mode = this.#reopening();
    for (const night of nights) {
      listing.leave(night, code, 'cancellation', now);
      const held = listing.at(night);
      if (mode === 'always' && !held.available && !held.ownerBlocked)
        listing.write(night, { available: true }, 'own_reopening', now, null);
      if (mode === 'never' && held.available)
        listing.write(night, { available: false }, 'cancellation', now, null);
    }
  }

  #problem(
    listing: Listing,
    room: BookedRoom,
    held?: ReadonlySet<string>,
  ): ReturnType<typeof stayRefusal> {
    const views = [...nightsBetween(room.checkIn, room.checkOut), room.checkOut].map((night) =>
      listing.view(night),
    );
    return stayRefusal(views, ONLY_RATE, dateAt(listing.timeZone, this.#ports.clock.now()), held);
  }

  #changed(reservation: AirbnbReservation): number {
    reservation.updatedAt = nextChange(reservation.updatedAt, this.#ports.clock.now());
    reservation.toldAt = null;
    return reservation.updatedAt;
  }

  #expireLater(reservation: AirbnbReservation): void {
    const timer = this.#ports.timers.after(REQUEST_EXPIRES_MS, () => {
      this.#timers.delete(timer);
      if (reservation.status === 'pending')
        this.#end(reservation, 'expired', 'reservation_request_voided');
    });
    this.#timers.add(timer);
  }
}

function priceOf(listing: Listing, room: BookedRoom): number {
  return nightsBetween(room.checkIn, room.checkOut).reduce(
    (sum, night) => sum + listing.at(night).price,
    0,
  );
}

function refused(reason: string): BookingResult {
  return { ok: false, reason, nights: [] };
}
