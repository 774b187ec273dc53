import type { Filing, Work } from '../gateway.ts';
import {
  jsonAnswer,
  type SimRequest,
  type SimResponse,
  type SimulatorPorts,
  xmlAnswer,
} from '../http.ts';
import { tag } from '../xml.ts';
import { answerAvailability } from './availability.ts';
import type { Hotel, Room } from './hotel.ts';
import type { BookingComPlatform } from './platform.ts';
import { answerReadBack } from './read-back.ts';
import type { QueueName } from './reservation.ts';
import { ReservationsApi, type ReservationsContext } from './reservations-api.ts';
import type { BookingComRule } from './settings.ts';

const PATHS = {
  token: '/token-based-authentication/exchange',
  availability: '/hotels/xml/availability',
  readBack: '/hotels/xml/roomrateavailability',
  missed: '/reservations-flow-control/missed-reservations',
} as const;
const QUEUES: Readonly<Record<string, QueueName>> = {
  '/hotels/ota/OTA_HotelResNotif': 'OTA_HotelResNotif',
  '/hotels/ota/OTA_HotelResModifyNotif': 'OTA_HotelResModifyNotif',
};

/** Which call is which, and who may make it. */
export class BookingComApi {
  readonly #platform: BookingComPlatform;
  readonly #ports: SimulatorPorts;
  readonly #hotels: ReadonlyMap<string, Hotel>;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #reservationsApi = new ReservationsApi();

  constructor(
    platform: BookingComPlatform,
    ports: SimulatorPorts,
    hotels: ReadonlyMap<string, Hotel>,
    rooms: ReadonlyMap<string, Room>,
  ) {
    this.#platform = platform;
    this.#ports = ports;
    this.#hotels = hotels;
    this.#rooms = rooms;
  }

  file(request: SimRequest): Filing {
    const { path, body } = request;
    if (path === PATHS.token) return { kind: 'token', target: null };
    if (path === PATHS.availability) {
      const room = /<room\b[^>]*?\bid\s*=\s*["']([^"']*)["']/.exec(body)?.[1];
      return {
        kind: 'write',
        target: (room === undefined ? undefined : this.#rooms.get(room)?.hotel.id) ?? null,
      };
    }
    if (path === PATHS.readBack)
      return { kind: 'read', target: /<hotel_id>\s*(\w+)\s*<\/hotel_id>/.exec(body)?.[1] ?? null };
    if (QUEUES[path])
      return {
        kind: request.method === 'POST' ? 'acknowledge' : 'poll',
        target: this.#accountTarget(request),
      };
    return { kind: path === PATHS.missed ? 'poll' : 'other', target: this.#accountTarget(request) };
  }

  #accountTarget(request: SimRequest): string | null {
    const known = this.#platform.tokens.accountOf(request.headers.authorization);
    return 'account' in known ? `account ${known.account}` : null;
  }

  work(request: SimRequest, work: Work): SimResponse {
    const { exchange } = work;
    const violate = (rule: BookingComRule, detail: string) =>
      this.#platform.violate(rule, detail, exchange);
    const now = this.#ports.clock.now();
    if (request.path === PATHS.token) {
      return this.#platform.tokens.exchange(
        request,
        this.#platform.ruid(),
        (account) => this.#platform.takePlace(`tokens ${account}`, now),
        violate,
      );
    }
    const known = this.#platform.tokens.accountOf(request.headers.authorization, exchange.at);
    if ('fault' in known) {
      if (known.fault !== 'revoked') violate('unauthorized', `token ${known.fault}`);
      return faultAnswer(401, this.#platform.ruid());
    }
    if ((request.headers['accept-version'] ?? '1.1') !== '1.1') {
      violate('accept_version_invalid', request.headers['accept-version'] ?? '');
      return faultAnswer(400, this.#platform.ruid(), 'Not acceptable');
    }
    const route = `${request.method} ${request.path}`;
    if (route === `POST ${PATHS.availability}`)
      return this.#writeAvailability(request, work, known.account);
    if (route === `POST ${PATHS.readBack}`) {
      return answerReadBack(
        request.body,
        known.account,
        now,
        (id) => this.#hotels.get(id),
        violate,
        this.#platform.ruid(),
      );
    }
    const context = this.#reservationsContext(known.account, violate);
    const queue = QUEUES[request.path];
    if (queue && request.method === 'GET')
      return this.#reservationsApi.poll(queue, request, context);
    if (queue && request.method === 'POST')
      return this.#reservationsApi.acknowledge(queue, request, work, context);
    if (route === `GET ${PATHS.missed}`) return this.#reservationsApi.missed(context);
    violate('unknown_path', route);
    return jsonAnswer(404, { error: 'not found' });
  }

  #writeAvailability(request: SimRequest, work: Work, account: string): SimResponse {
    return answerAvailability(request.body, work, {
      settings: this.#platform.settings,
      account,
      now: work.exchange.at,
      random: this.#ports.random,
      room: (id) => this.#rooms.get(id),
      violate: (rule, detail) => this.#platform.violate(rule, detail, work.exchange),
      store: (room, update, price) =>
        this.#platform.writeAsPartner(room, update, price, work.exchange),
      ruid: () => this.#platform.ruid(),
    });
  }

  #reservationsContext(
    account: string,
    violate: ReservationsContext['violate'],
  ): ReservationsContext {
    return {
      settings: this.#platform.settings,
      account,
      now: this.#ports.clock.now(),
      queue: this.#platform.queue,
      hotel: (id) => this.#hotels.get(id),
      violate,
      advise: (rule) => this.#platform.ledger.advise(rule),
    };
  }
}

/** A refusal outside of any message. */
export function faultAnswer(status: number, ruid: string, text?: string): SimResponse {
  const words: Readonly<Record<number, string>> = {
    401: 'Unauthorized',
    403: 'Forbidden',
    429: 'Too Many Requests',
    503: 'Service Unavailable',
  };
  return xmlAnswer(
    status,
    `${tag('fault', { code: status, string: text ?? words[status] ?? 'Error' })}\n<!-- RUID: [${ruid}] -->`,
  );
}
