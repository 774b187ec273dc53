import { Gateway } from '../gateway.ts';
import type { HotelSpec } from '../hotels/hotel.ts';
import { Hotels } from '../hotels/hotels.ts';
import { HotelPlatform } from '../hotels/platform.ts';
import type { SimRequest, SimResponse, SimulatorPorts } from '../http.ts';
import type { Exchange } from '../ledger.ts';
import { type PlatformReport, platformReport, type ReservationView } from '../platform.ts';
import { SlidingWindows } from '../sliding-window.ts';
import type { PostMessage } from '../webhooks.ts';
import { BookingComApi, faultAnswer } from './api.ts';
import type { Update } from './availability-message.ts';
import { Guests } from './guests.ts';
import { type Hotel, type RateValues, type Room, rateView } from './hotel.ts';
import { ReservationQueue } from './queue.ts';
import { reservationView } from './reservation.ts';
import { BOOKING_COM_DEFAULTS, type BookingComRule, type BookingComSettings } from './settings.ts';
import { Tokens } from './tokens.ts';

/**
 * The Booking.com side: machine accounts, hotels with rooms and rate plans, and the reservation queues. Version 1.1 of the
 * connectivity interfaces as far as they are public; see the README for the wire.
 */
export class BookingComPlatform extends HotelPlatform<RateValues> {
  readonly channel = 'booking_com';
  readonly tokens: Tokens;
  readonly queue: ReservationQueue;
  settings: BookingComSettings;
  protected readonly gateway: Gateway;
  protected readonly guests: Guests;
  protected readonly hotels: Hotels<RateValues>;
  readonly #limits: SlidingWindows;
  readonly #api: BookingComApi;

  constructor(
    ports: SimulatorPorts,
    post: PostMessage,
    settings: Partial<BookingComSettings> = {},
  ) {
    super(ports, post, 'x-booking-signature');
    this.settings = { ...BOOKING_COM_DEFAULTS, ...settings };
    this.tokens = new Tokens(ports, () => this.settings);
    this.hotels = new Hotels({
      clock: ports.clock,
      history: this.history,
      ledger: this.ledger,
      viewOf: rateView,
      minStay: (nights) => ({ minStayThrough: nights }),
      toldAt: (id) => this.queue.reservations.get(id)?.toldAt ?? null,
    });
    this.queue = new ReservationQueue(
      ports,
      () => this.settings,
      (hotel) => this.hotels.byId.get(hotel),
    );
    this.guests = new Guests(
      ports,
      (id) => this.hotels.rooms.get(id),
      this.queue,
      () => this.settings.reopening,
      ({ hotel, id }) =>
        this.webhooks.send(hotel, { event: 'reservation', hotel_id: hotel, reservation_id: id }),
    );
    this.#limits = new SlidingWindows((key) => this.#limitOf(key));
    this.#api = new BookingComApi(this, ports, this.hotels.byId, this.hotels.rooms);
    this.gateway = new Gateway(ports, this.ledger, this.faults, {
      file: (request) => this.#api.file(request),
      limit: (request, exchange) => this.#limit(request, exchange),
      busy: () => faultAnswer(429, this.ruid()),
      failure: (status) => faultAnswer(status, this.ruid()),
      work: (request, work) => this.#api.work(request, work),
    });
  }

  /** A hotel with its rooms and their rate plans, connected to a machine account. */
  createHotel(spec: HotelSpec): Hotel {
    return this.hotels.create(spec, Object.keys(this.settings.accounts)[0] ?? '');
  }

  reservations(): readonly ReservationView[] {
    return [...this.queue.reservations.values()].map(reservationView);
  }

  expireTokens(): void {
    this.tokens.expireAll();
  }

  report(): PlatformReport {
    return platformReport(this, (unit) => this.hotels.room(unit).units, {
      tokens: this.tokens.issued,
      waitingMessages: this.queue.waiting(),
      acknowledgedLate: this.queue.late,
      acknowledgedAgain: this.queue.acknowledgedAgain,
      fallbackMails: this.queue.fallbackMails(),
    });
  }

  /** Takes a place in the window of a hotel, an account or its tokens. */
  takePlace(key: string, at: number): boolean {
    return this.#limits.take(key, at);
  }

  /** Stores an update of the partner and notes each fully booked night that it put on sale. */
  writeAsPartner(room: Room, update: Update, price: number | undefined, exchange: Exchange): void {
    const at = this.ports.clock.now();
    const rateValues = { ...update.rateValues, ...(price === undefined ? {} : { price }) };
    for (const night of update.nights) {
      this.hotels.asPartner(room, night, exchange, () => {
        if (Object.keys(update.roomValues).length > 0)
          room.writeRoom(night, update.roomValues, 'api', at, exchange.id);
        if (update.rate !== null && Object.keys(rateValues).length > 0)
          room.writeRate(night, update.rate, rateValues, 'api', at, exchange.id);
      });
    }
  }

  #limitOf(key: string): { readonly limit: number; readonly windowMs: number } {
    if (key.startsWith('tokens ')) return this.settings.tokenLimit;
    if (key.startsWith('machine ')) return this.settings.machineLimit;
    if (key.startsWith('availability ')) return this.settings.endpointLimit;
    return key.startsWith('account ') ? this.settings.accountLimit : this.settings.hotelLimit;
  }

  #limit(request: SimRequest, exchange: Exchange): SimResponse | undefined {
    const refuse = (rule: BookingComRule, detail: string) => {
      this.violate(rule, detail, exchange);
      return faultAnswer(429, this.ruid());
    };
    const { target, kind, at } = exchange;
    if (target !== null && !this.takePlace(target, at)) return refuse('rate_limit', target);
    const known = this.tokens.accountOf(request.headers.authorization);
    if (!('account' in known)) return undefined;
    if (!this.takePlace(`machine ${known.account}`, at))
      return refuse('machine_limit', known.account);
    if (kind !== 'write') return undefined;
    return this.takePlace(`availability ${known.account}`, at)
      ? undefined
      : refuse('endpoint_limit', known.account);
  }

  violate(rule: BookingComRule, detail: string, exchange: Exchange): void {
    this.ledger.violate(rule, detail, this.ports.clock.now(), exchange);
  }

  /** The platform's request id, wanted by its support. */
  ruid(): string {
    const digit = () => Math.floor(this.ports.random() * 36).toString(36);
    return Array.from({ length: 32 }, digit).join('');
  }
}
