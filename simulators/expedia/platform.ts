import { type Night, nightsBetween } from '../dates.ts';
import { FaultBook } from '../faults.ts';
import { Gateway } from '../gateway.ts';
import { jsonAnswer, type SimRequest, type SimResponse, type SimulatorPorts } from '../http.ts';
import { type Exchange, Ledger } from '../ledger.ts';
import { NightHistory } from '../night-history.ts';
import {
  type BookingChange,
  type BookingOrder,
  type BookingResult,
  type DriftValues,
  type NightView,
  type PlatformReport,
  platformReport,
  type ReservationView,
  type SimulatedPlatform,
} from '../platform.ts';
import { SlidingWindows } from '../sliding-window.ts';
import { type PostMessage, WebhookSender } from '../webhooks.ts';
import { ExpediaApi } from './api.ts';
import { type AvailabilityContext, busyAnswer } from './availability.ts';
import { reservationView, toldAt } from './booking.ts';
import { Guests } from './guests.ts';
import { ExpediaHotel, type ExpediaHotelSpec, RoomType } from './hotel.ts';
import { EXPEDIA_DEFAULTS, type ExpediaRule, type ExpediaSettings } from './settings.ts';
import { Transactions } from './transactions.ts';

/**
 * The Expedia side: users of Expedia QuickConnect, hotels with room types and rate plans, and the transactions of their bookings. The four XML
 * interfaces as far as they are public; see the README for the wire. It sends no messages to the partner: its webhooks stay empty.
 */
export class ExpediaPlatform implements SimulatedPlatform {
  readonly channel = 'expedia';
  readonly faults: FaultBook;
  readonly ledger = new Ledger();
  readonly history = new NightHistory();
  readonly webhooks: WebhookSender;
  readonly transactions: Transactions;
  settings: ExpediaSettings;
  readonly #ports: SimulatorPorts;
  readonly #gateway: Gateway;
  readonly #guests: Guests;
  readonly #hotels = new Map<string, ExpediaHotel>();
  readonly #rooms = new Map<string, RoomType>();
  readonly #limits: SlidingWindows;

  constructor(ports: SimulatorPorts, post: PostMessage, settings: Partial<ExpediaSettings> = {}) {
    this.#ports = ports;
    this.settings = { ...EXPEDIA_DEFAULTS, ...settings };
    this.faults = new FaultBook(ports.random);
    this.webhooks = new WebhookSender(ports, post, 'x-expedia-signature');
    this.transactions = new Transactions(ports);
    this.#guests = new Guests(
      ports,
      (id) => this.#rooms.get(id),
      this.transactions,
      () => this.settings.reopening,
    );
    this.#limits = new SlidingWindows(() => this.settings.userLimit);
    const api = new ExpediaApi(this, ports, this.#hotels);
    this.#gateway = new Gateway(ports, this.ledger, this.faults, {
      file: (request) => api.file(request),
      limit: (request, exchange) => this.#limit(request, exchange),
      busy: (exchange, excused) => {
        if (!excused) this.violate('concurrent_update', exchange.target ?? '', exchange);
        return busyAnswer();
      },
      failure: (status) => (status === 429 ? this.#tooMany() : { status, headers: {}, body: '' }),
      work: (request, work) => api.work(request, work),
    });
  }

  handle(request: SimRequest): Promise<SimResponse> {
    return this.#gateway.handle(request);
  }

  setAnswerTime(low: number, high: number): void {
    this.#gateway.answerTime = [low, high];
  }

  /** A hotel with its room types and their rate plans, assigned to a user. */
  createHotel(spec: ExpediaHotelSpec): ExpediaHotel {
    const account = spec.account ?? Object.keys(this.settings.users)[0] ?? '';
    const hotel = new ExpediaHotel({ ...spec, account });
    this.#hotels.set(hotel.id, hotel);
    for (const roomSpec of spec.rooms) {
      const room = new RoomType(hotel, roomSpec, this.history, () => this.settings.lengthOfStay);
      hotel.rooms.set(room.id, room);
      this.#rooms.set(room.id, room);
    }
    return hotel;
  }

  /** The hotel adds a rate plan to a room. */
  addRate(unit: string, rate: { readonly id: string; readonly name?: string }): void {
    this.#require(unit).addRate(rate);
  }

  /** The hotel ends or renews the connection with its provider. */
  connect(hotel: string, connected: boolean): void {
    const known = this.#hotels.get(hotel);
    if (known) known.connected = connected;
  }

  units(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  targetOf(unit: string): string {
    return this.#require(unit).hotel.id;
  }

  calendar(unit: string, first: Night, end: Night): NightView[] {
    const room = this.#require(unit);
    return nightsBetween(first, end).map((night) => room.view(night));
  }

  reservations(): readonly ReservationView[] {
    return [...this.transactions.bookings.values()].map(reservationView);
  }

  book(order: BookingOrder): BookingResult {
    return this.#guests.book(order);
  }

  modify(reservation: string, change: BookingChange): BookingResult {
    return this.#guests.modify(reservation, change);
  }

  cancel(reservation: string): BookingResult {
    return this.#guests.cancel(reservation);
  }

  drift(unit: string, night: Night, values: DriftValues): void {
    const room = this.#require(unit);
    const at = this.#ports.clock.now();
    const { availability, closed, price, minStay } = values;
    if (availability !== undefined || closed !== undefined) {
      const written = {
        ...(availability === undefined ? {} : { inventory: availability }),
        ...(closed === undefined ? {} : { closed }),
      };
      room.writeRoom(night, written, 'drift', at, null);
    }
    if (price !== undefined || minStay !== undefined) {
      const written = {
        ...(price === undefined ? {} : { price }),
        ...(minStay === undefined ? {} : { minLos: minStay }),
      };
      room.writeRate(night, values.rate ?? room.firstRate, written, 'drift', at, null);
    }
  }

  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void {
    const room = this.#require(unit);
    for (const night of nightsBetween(first, end))
      room.writeRoom(night, { closed: blocked }, 'owner', this.#ports.clock.now(), null);
  }

  reopen(unit: string, first: Night, end: Night): void {
    const room = this.#require(unit);
    for (const night of nightsBetween(first, end)) room.reopen(night, this.#ports.clock.now());
  }

  expireTokens(): void {
    // Expedia hands out none.
  }

  report(): PlatformReport {
    return platformReport(this, (unit) => this.#require(unit).units, {
      waitingTransactions: this.transactions.waiting(),
      confirmedAgain: this.transactions.renumbered,
      confirmedLate: this.transactions.confirmedLate(),
      fallbackMails: this.transactions.fallbackMails(),
    });
  }

  stop(): void {
    this.#gateway.stop();
    this.webhooks.stop();
  }

  /** How parts of a message are stored; each fully booked night that this puts on sale is noted. */
  partnerWrites(exchange: Exchange): Pick<AvailabilityContext, 'storeRoom' | 'storeRate'> {
    const at = this.#ports.clock.now();
    const watched = (room: RoomType, night: Night, write: () => void) => {
      const before = room.sellable(night);
      write();
      const isFull = room.bookingsAt(night).length >= room.units;
      if (!before && isFull && room.sellable(night)) this.#noteReopened(room, night, exchange);
    };
    return {
      storeRoom: (room, night, values) =>
        watched(room, night, () => room.writeRoom(night, values, 'api', at, exchange.id)),
      storeRate: (room, night, rate, values) =>
        watched(room, night, () => room.writeRate(night, rate, values, 'api', at, exchange.id)),
    };
  }

  violate(rule: ExpediaRule, detail: string, exchange: Exchange): void {
    this.ledger.violate(rule, detail, this.#ports.clock.now(), exchange);
  }

  #noteReopened(room: RoomType, night: Night, exchange: Exchange): void {
    const bookings = room.bookingsAt(night);
    const told = bookings.map((id) => {
      const booking = this.transactions.bookings.get(id);
      return booking ? toldAt(booking) : null;
    });
    this.ledger.reopened.push({
      unit: room.id,
      night,
      at: this.#ports.clock.now(),
      exchange: exchange.id,
      bookings,
      toldAt: told.includes(null) ? null : Math.max(...told.map(Number)),
      sellable: true,
    });
  }

  /** All calls of a user count, whatever they are about. */
  #limit({ body }: SimRequest, exchange: Exchange): SimResponse | undefined {
    const user = /<Authentication\b[^>]*?\busername\s*=\s*["']([^"']*)["']/.exec(body)?.[1];
    if (user === undefined || this.#limits.take(user, exchange.at)) return undefined;
    this.violate('rate_limit', user, exchange);
    return this.#tooMany();
  }

  #tooMany(): SimResponse {
    if (this.settings.limitAnswer === 'status') return { status: 429, headers: {}, body: '' };
    const extensions = { code: 'RATE_LIMIT_EXCEEDED' };
    return jsonAnswer(200, { errors: [{ message: 'Rate limit exceeded', extensions }] });
  }

  #require(unit: string): RoomType {
    const room = this.#rooms.get(unit);
    if (!room) throw new RangeError(`the simulated Expedia has no room type ${unit}`);
    return room;
  }
}
