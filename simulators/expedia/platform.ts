import type { Night } from '../dates.ts';
import { Gateway } from '../gateway.ts';
import type { HotelSpec } from '../hotels/hotel.ts';
import { Hotels } from '../hotels/hotels.ts';
import { HotelPlatform } from '../hotels/platform.ts';
import { jsonAnswer, type SimRequest, type SimResponse, type SimulatorPorts } from '../http.ts';
import type { Exchange } from '../ledger.ts';
import { type PlatformReport, platformReport, type ReservationView } from '../platform.ts';
import { SlidingWindows } from '../sliding-window.ts';
import type { PostMessage } from '../webhooks.ts';
import { ExpediaApi } from './api.ts';
import { type AvailabilityContext, busyAnswer } from './availability.ts';
import { reservationView, toldAt } from './booking.ts';
import { Guests } from './guests.ts';
import { type ExpediaHotel, type RateValues, type RoomType, rateView } from './hotel.ts';
import { EXPEDIA_DEFAULTS, type ExpediaRule, type ExpediaSettings } from './settings.ts';
import { Transactions } from './transactions.ts';

/**
 * The Expedia side: users of Expedia QuickConnect, hotels with room types and rate plans, and the transactions of their bookings. The four XML
 * interfaces as far as they are public; see the README for the wire. It sends no messages to the partner: its webhooks stay empty.
 */
export class ExpediaPlatform extends HotelPlatform<RateValues> {
  readonly channel = 'expedia';
  readonly transactions: Transactions;
  settings: ExpediaSettings;
  protected readonly gateway: Gateway;
  protected readonly guests: Guests;
  protected readonly hotels: Hotels<RateValues>;
  readonly #limits: SlidingWindows;

  constructor(ports: SimulatorPorts, post: PostMessage, settings: Partial<ExpediaSettings> = {}) {
    super(ports, post, 'x-expedia-signature');
    this.settings = { ...EXPEDIA_DEFAULTS, ...settings };
    this.transactions = new Transactions(ports);
    this.hotels = new Hotels({
      clock: ports.clock,
      history: this.history,
      ledger: this.ledger,
      viewOf: (values) => rateView(values, this.settings.lengthOfStay),
      minStay: (nights) => ({ minLos: nights }),
      toldAt: (id) => {
        const booking = this.transactions.bookings.get(id);
        return booking ? toldAt(booking) : null;
      },
    });
    this.guests = new Guests(
      ports,
      (id) => this.hotels.rooms.get(id),
      this.transactions,
      () => this.settings.reopening,
    );
    this.#limits = new SlidingWindows(() => this.settings.userLimit);
    const api = new ExpediaApi(this, ports, this.hotels.byId);
    this.gateway = new Gateway(ports, this.ledger, this.faults, {
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

  /** A hotel with its room types and their rate plans, assigned to a user. A rate plan whose id ends in `A` is sold for payment at the hotel. */
  createHotel(spec: HotelSpec): ExpediaHotel {
    return this.hotels.create(spec, Object.keys(this.settings.users)[0] ?? '');
  }

  reservations(): readonly ReservationView[] {
    return [...this.transactions.bookings.values()].map(reservationView);
  }

  expireTokens(): void {
    // Expedia hands out none.
  }

  report(): PlatformReport {
    return platformReport(this, (unit) => this.hotels.room(unit).units, {
      waitingTransactions: this.transactions.waiting(),
      confirmedAgain: this.transactions.renumbered,
      confirmedLate: this.transactions.confirmedLate(),
      fallbackMails: this.transactions.fallbackMails(),
    });
  }

  /** How parts of a message are stored; each fully booked night that this puts on sale is noted. */
  partnerWrites(exchange: Exchange): Pick<AvailabilityContext, 'storeRoom' | 'storeRate'> {
    const at = this.ports.clock.now();
    const watched = (room: RoomType, night: Night, write: () => void) =>
      this.hotels.asPartner(room, night, exchange, write);
    return {
      storeRoom: (room, night, values) =>
        watched(room, night, () => room.writeRoom(night, values, 'api', at, exchange.id)),
      storeRate: (room, night, rate, values) =>
        watched(room, night, () => room.writeRate(night, rate, values, 'api', at, exchange.id)),
    };
  }

  violate(rule: ExpediaRule, detail: string, exchange: Exchange): void {
    this.ledger.violate(rule, detail, this.ports.clock.now(), exchange);
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
}
