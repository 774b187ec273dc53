import { type Night, nightsBetween } from '../dates.ts';
import { type Filing, Gateway, type Work } from '../gateway.ts';
import type { SimRequest, SimResponse, SimulatorPorts } from '../http.ts';
import type { Exchange } from '../ledger.ts';
import {
  type BookingResult,
  type DriftValues,
  type NightView,
  type PlatformReport,
  platformReport,
  type ReservationView,
  type SimulatedPlatform,
} from '../platform.ts';
import { PlatformCore } from '../platform-core.ts';
import { SlidingWindows } from '../sliding-window.ts';
import type { PostMessage } from '../webhooks.ts';
import { answerOta, KINDS, type NotifType, plainAnswer } from './ota.ts';
import { GoogleProperty, type GooglePropertySpec, type Room } from './property.ts';
import { GOOGLE_DEFAULTS, type GoogleRule, type GoogleSettings } from './settings.ts';
import { answerTransaction } from './transaction.ts';
import type { Update } from './updates.ts';

/** Guests book on the partner's own page: Google has no reservation. */
const BOOKS_ELSEWHERE: BookingResult = { ok: false, reason: 'books_at_the_partner', nights: [] };

/**
 * Google's side: partners with properties of the hotel list feed, and what their messages stored. Vacation rentals and hotels of Hotel
 * Center, messages as far as they are public; see the README for the wire. A unit is a room, a target a property. It sends no messages to the partner.
 */
export class GooglePlatform extends PlatformCore implements SimulatedPlatform {
  readonly channel = 'google';
  settings: GoogleSettings;
  protected readonly gateway: Gateway;
  readonly #properties = new Map<string, GoogleProperty>();
  /** The newest message of each property: its time, and the request that brought it. */
  readonly #newest = new Map<string, { readonly timestamp: number; readonly exchange: number }>();
  readonly #limits: SlidingWindows;

  constructor(ports: SimulatorPorts, post: PostMessage, settings: Partial<GoogleSettings> = {}) {
    super(ports, post, 'x-goog-signature');
    this.settings = { ...GOOGLE_DEFAULTS, ...settings };
    this.#limits = new SlidingWindows((key) =>
      key.startsWith('account ') ? this.settings.accountLimit : this.settings.propertyLimit,
    );
    this.gateway = new Gateway(ports, this.ledger, this.faults, {
      file: (request) => this.#file(request),
      limit: (request, exchange) => this.#limit(request, exchange),
      busy: () => plainAnswer(429, 'Too Many Requests'),
      failure: (status) => plainAnswer(status, `Error ${status}`),
      work: (request, work) => this.#work(request, work),
    });
  }

  /** Puts a property on the hotel list. Its rooms and packages come by property data. */
  createProperty(spec: GooglePropertySpec): GoogleProperty {
    const partner = spec.partner ?? this.settings.partners[0] ?? '';
    const property = new GoogleProperty({ ...spec, partner }, this.history);
    this.#properties.set(property.id, property);
    return property;
  }

  units(): readonly string[] {
    return [...this.#properties.values()].flatMap(({ units }) => units);
  }

  targetOf(unit: string): string {
    return this.#room(unit).property.id;
  }

  calendar(unit: string, first: Night, end: Night): NightView[] {
    const room = this.#room(unit);
    return nightsBetween(first, end).map((night) => room.view(night));
  }

  reservations(): readonly ReservationView[] {
    return [];
  }

  book(): BookingResult {
    return BOOKS_ELSEWHERE;
  }

  modify(): BookingResult {
    return BOOKS_ELSEWHERE;
  }

  cancel(): BookingResult {
    return BOOKS_ELSEWHERE;
  }

  drift(unit: string, night: Night, values: DriftValues): void {
    const room = this.#room(unit);
    const at = this.ports.clock.now();
    const { availability, closed, price, minStay } = values;
    const count = closed ? 0 : (availability ?? (closed === false ? 1 : undefined));
    if (count !== undefined) room.setCount(night, count, 'drift', at, null);
    if (price === undefined && minStay === undefined) return;
    const id = values.rate ?? room.property.packages.keys().next().value ?? '';
    const written = {
      ...(price === undefined ? {} : { price }),
      ...(minStay === undefined ? {} : { minStayArrival: minStay }),
    };
    room.setPackage(night, id, written, 'drift', at, null);
  }

  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void {
    const room = this.#room(unit);
    for (const night of nightsBetween(first, end))
      room.setOwnerBlock(night, blocked, this.ports.clock.now());
  }

  reopen(unit: string, first: Night, end: Night): void {
    const room = this.#room(unit);
    const at = this.ports.clock.now();
    for (const night of nightsBetween(first, end)) {
      room.setOwnerBlock(night, false, at);
      room.setCount(night, 1, 'own_reopening', at, null);
    }
  }

  /** There are none: the address and the partner key are what counts. */
  expireTokens(): void {
    this.ledger.advise('no_tokens');
  }

  report(): PlatformReport {
    const rooms = [...this.#properties.values()].reduce((sum, { rooms: own }) => sum + own.size, 0);
    return platformReport(this, () => 1, { properties: this.#properties.size, rooms });
  }

  #file({ path, body }: SimRequest): Filing {
    const target = /\bHotelCode\s*=\s*["']([^"']*)["']|<Property>\s*([^<]*?)\s*</.exec(body);
    const kind = nameOf(path) === undefined ? 'other' : 'write';
    return { kind, target: target?.[1] ?? target?.[2] ?? null };
  }

  #limit(request: SimRequest, exchange: Exchange): SimResponse | undefined {
    const { target, at } = exchange;
    const partner = /<RequestorID[^>]*\bID="([^"]*)"|<Transaction[^>]*\bpartner="([^"]*)"/.exec(
      request.body,
    );
    const refuse = (rule: GoogleRule, detail: string) => {
      this.#violate(rule, detail, exchange);
      return plainAnswer(429, 'Too Many Requests');
    };
    if (target !== null && !this.#limits.take(target, at)) return refuse('rate_limit', target);
    const key = partner?.[1] ?? partner?.[2];
    if (key === undefined || this.#limits.take(`account ${key}`, at)) return undefined;
    return refuse('account_limit', 'messages of one partner');
  }

  #work(request: SimRequest, work: Work): SimResponse {
    const violate = (rule: GoogleRule, detail: string) =>
      this.#violate(rule, detail, work.exchange);
    const refuse = (status: number, rule: GoogleRule, text: string) => {
      violate(rule, text);
      return plainAnswer(status, text);
    };
    const address = request.address ?? this.settings.addresses[0] ?? '';
    if (!this.settings.addresses.includes(address))
      return refuse(403, 'address_unlisted', 'Forbidden');
    const name = nameOf(request.path);
    const isTransaction = request.path === '/property_data';
    if (request.method !== 'POST' || (name === undefined && !isTransaction))
      return refuse(404, 'unknown_path', 'Not Found');
    if (!/^(?:application|text)\/xml\b/.test(request.headers['content-type'] ?? ''))
      return refuse(400, 'content_type_invalid', 'Content-Type must be application/xml');
    if (name !== undefined && Buffer.byteLength(request.body) > this.settings.largestMessage)
      return refuse(413, 'too_large', 'The message is too large');
    const context = {
      settings: this.settings,
      now: this.ports.clock.now(),
      property: (id: string) => this.#properties.get(id),
      violate,
    };
    if (name === undefined) return answerTransaction(request.body, work, context);
    return answerOta(name, request.body, work, {
      ...context,
      isLate: (property, timestamp) => this.#isLate(property, timestamp, work.exchange),
      store: (updates, notifType) => this.#store(updates, notifType, work.exchange),
    });
  }

  /** Older than a message that came before it. One that is carried out late, but was sent in order, is none. */
  #isLate(property: string, timestamp: number, { id }: Exchange): boolean {
    const newest = this.#newest.get(property);
    if (newest && newest.timestamp > timestamp) return newest.exchange < id;
    this.#newest.set(property, { timestamp, exchange: id });
    return false;
  }

  #store(updates: readonly Update[], notifType: NotifType, exchange: Exchange): void {
    const at = this.ports.clock.now();
    if (notifType === 'Overlay' && this.settings.overlayScope === 'packages') {
      for (const { room, packages } of updates)
        for (const id of packages ?? []) room.removePrices(id, at, exchange.id);
    }
    for (const { room, nights, packages, count, values } of updates) {
      for (const night of nights) {
        if (count !== null) room.setCount(night, count, 'api', at, exchange.id);
        for (const id of packages ?? []) room.setPackage(night, id, values, 'api', at, exchange.id);
      }
    }
  }

  #violate(rule: GoogleRule, detail: string, exchange: Exchange): void {
    this.ledger.violate(rule, detail, this.ports.clock.now(), exchange);
  }

  #room(unit: string): Room {
    for (const property of this.#properties.values()) {
      const room = property.unit(unit);
      if (room) return room;
    }
    throw new RangeError(`the simulated Google has no room ${unit}`);
  }
}

/** `hotel_avail_notif` and the like; undefined for every other path. */
function nameOf(path: string): string | undefined {
  const name = path.startsWith('/ota/') ? path.slice('/ota/'.length) : '';
  return Object.hasOwn(KINDS, name) ? name : undefined;
}
