import { type Night, nightsBetween } from '../dates.ts';
import type { SimulatorPorts } from '../http.ts';
import type { Exchange, Ledger } from '../ledger.ts';
import type { NightHistory } from '../night-history.ts';
import type { DriftValues, NightView, RateView } from '../platform.ts';
import { Hotel, type HotelSpec } from './hotel.ts';
import { HotelRoom, type RateTerms } from './room.ts';

interface Ports<Terms extends RateTerms> {
  readonly clock: SimulatorPorts['clock'];
  readonly history: NightHistory;
  readonly ledger: Ledger;
  /** What written terms mean to a guest. */
  viewOf(terms: Partial<Terms>): RateView;
  /** A shortest stay of so many nights in the platform's words. */
  minStay(nights: number): Partial<Terms>;
  /** Since when the partner knows a booking as it is now; null: not yet. */
  toldAt(booking: string): number | null;
}

/** The hotels of a platform with their rooms, and what happens to them behind the partner's back. */
export class Hotels<Terms extends RateTerms> {
  readonly byId = new Map<string, Hotel<Terms>>();
  readonly rooms = new Map<string, HotelRoom<Terms>>();
  readonly #ports: Ports<Terms>;

  constructor(ports: Ports<Terms>) {
    this.#ports = ports;
  }

  /** @param provider whom the hotel has chosen unless its spec says so */
  create(spec: HotelSpec, provider: string): Hotel<Terms> {
    const { history, viewOf } = this.#ports;
    const hotel = new Hotel<Terms>({ ...spec, account: spec.account ?? provider });
    this.byId.set(hotel.id, hotel);
    for (const roomSpec of spec.rooms) {
      const room = new HotelRoom<Terms>(hotel, roomSpec, history, viewOf);
      hotel.rooms.set(room.id, room);
      this.rooms.set(room.id, room);
    }
    return hotel;
  }

  /** The hotel ends or renews the connection with its provider. */
  connect(hotel: string, connected: boolean): void {
    const known = this.byId.get(hotel);
    if (known) known.connected = connected;
  }

  /** @throws RangeError there is no such room */
  room(unit: string): HotelRoom<Terms> {
    const room = this.rooms.get(unit);
    if (!room) throw new RangeError(`no simulated hotel has a room ${unit}`);
    return room;
  }

  /** Nights from `first` up to, not including, `end`. */
  calendar(unit: string, first: Night, end: Night): NightView[] {
    const room = this.room(unit);
    return nightsBetween(first, end).map((night) => room.view(night));
  }

  drift(unit: string, night: Night, values: DriftValues): void {
    const room = this.room(unit);
    const at = this.#ports.clock.now();
    const { availability, closed, price, minStay } = values;
    if (availability !== undefined || closed !== undefined) {
      const written = {
        ...(availability === undefined ? {} : { roomsToSell: availability }),
        ...(closed === undefined ? {} : { closed }),
      };
      room.writeRoom(night, written, 'drift', at, null);
    }
    if (price === undefined && minStay === undefined) return;
    const written = {
      ...(minStay === undefined ? {} : this.#ports.minStay(minStay)),
      ...(price === undefined ? {} : { price }),
    } as Partial<Terms>;
    room.writeRate(night, values.rate ?? room.firstRate, written, 'drift', at, null);
  }

  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void {
    const room = this.room(unit);
    for (const night of nightsBetween(first, end))
      room.writeRoom(night, { closed: blocked }, 'owner', this.#ports.clock.now(), null);
  }

  reopen(unit: string, first: Night, end: Night): void {
    const room = this.room(unit);
    for (const night of nightsBetween(first, end)) room.reopen(night, this.#ports.clock.now());
  }

  /** The partner writes; a fully booked night that this puts on sale is noted. */
  asPartner(
    room: HotelRoom<Terms>,
    night: Night,
    { id: exchange }: Exchange,
    write: () => void,
  ): void {
    const before = room.sellable(night);
    write();
    if (before || !room.sellable(night) || room.booked(night) < room.units) return;
    const bookings = room.bookingsAt(night);
    const told = bookings.map((booking) => this.#ports.toldAt(booking));
    this.#ports.ledger.reopened.push({
      unit: room.id,
      night,
      at: this.#ports.clock.now(),
      exchange,
      bookings,
      toldAt: told.includes(null) ? null : Math.max(...told.map(Number)),
      sellable: true,
    });
  }
}
