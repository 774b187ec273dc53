import type { Filing, Work } from '../gateway.ts';
import type { SimRequest, SimResponse, SimulatorPorts } from '../http.ts';
import { xmlAnswer } from '../http.ts';
import { answerAvailability } from './availability.ts';
import { answerConfirmation, answerRetrieval, type BookingsContext } from './bookings-api.ts';
import type { ExpediaHotel } from './hotel.ts';
import type { ExpediaPlatform } from './platform.ts';
import { answerReadBack } from './read-back.ts';
import type { ExpediaRule } from './settings.ts';
import { errorAnswer, type InterfaceName, interfaceOf, readEnvelope } from './wire.ts';

const KINDS = { ar: 'write', parr: 'read', br: 'poll', bc: 'acknowledge' } as const;

/** Which call is which, and who may make it. */
export class ExpediaApi {
  readonly #platform: ExpediaPlatform;
  readonly #ports: SimulatorPorts;
  readonly #hotels: ReadonlyMap<string, ExpediaHotel>;

  constructor(
    platform: ExpediaPlatform,
    ports: SimulatorPorts,
    hotels: ReadonlyMap<string, ExpediaHotel>,
  ) {
    this.#platform = platform;
    this.#ports = ports;
    this.#hotels = hotels;
  }

  /** Updates of a hotel come one after the other: a second connection is refused while one is open. */
  file(request: SimRequest): Filing {
    const name = interfaceOf(request);
    if (!name) return { kind: 'other', target: null };
    const hotel = /<Hotel\b[^>]*?\bid\s*=\s*["']([^"']*)["']/.exec(request.body)?.[1] ?? null;
    const filing = { kind: KINDS[name], target: hotel };
    return name === 'ar' && hotel !== null ? { ...filing, exclusive: `ar ${hotel}` } : filing;
  }

  work(request: SimRequest, work: Work): SimResponse {
    const violate = (rule: ExpediaRule, detail: string) =>
      this.#platform.violate(rule, detail, work.exchange);
    const name = interfaceOf(request);
    if (!name || request.method !== 'POST') {
      violate('unknown_path', `${request.method} ${request.path}`);
      return xmlAnswer(404, '<html/>', { 'content-type': 'text/html' });
    }
    const envelope = readEnvelope(name, request, this.#platform.settings);
    if ('fault' in envelope) {
      violate(envelope.fault.rule, envelope.fault.text);
      return errorAnswer(name, [envelope.fault]);
    }
    return this.#answer(name, envelope, work, violate);
  }

  #answer(
    name: InterfaceName,
    { element, user }: Extract<ReturnType<typeof readEnvelope>, { user: string }>,
    work: Work,
    violate: BookingsContext['violate'],
  ): SimResponse {
    const { settings, transactions, ledger } = this.#platform;
    const hotel = (id: string) => this.#hotels.get(id);
    const now = this.#ports.clock.now();
    const bookings: BookingsContext = {
      settings,
      user,
      now,
      hotels: this.#hotels,
      transactions,
      violate,
      advise: (rule) => ledger.advise(rule),
    };
    switch (name) {
      case 'ar':
        return answerAvailability(element, work, {
          settings,
          user,
          now: work.exchange.at,
          random: this.#ports.random,
          hotel,
          violate,
          ...this.#platform.partnerWrites(work.exchange),
        });
      case 'parr':
        return answerReadBack(element, { user, now, hotel, violate });
      case 'br':
        return answerRetrieval(element, bookings);
      case 'bc':
        return answerConfirmation(element, work, bookings);
    }
  }
}
