import { type Night, nightsBetween } from '../dates.ts';
import { type Filing, Gateway, type Work } from '../gateway.ts';
import type { SimRequest, SimResponse, SimulatorPorts } from '../http.ts';
import type { Exchange } from '../ledger.ts';
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
import { PlatformCore } from '../platform-core.ts';
import { SlidingWindows } from '../sliding-window.ts';
import type { PostMessage } from '../webhooks.ts';
import * as answers from './answers.ts';
import { AirbnbApi, listingOf } from './api.ts';
import { Authorizations } from './authorizations.ts';
import type { NightValues } from './calendar-operations.ts';
import { Guests } from './guests.ts';
import { Listing, type ListingSpec } from './listing.ts';
import { type AirbnbReservation, reservationView } from './reservation.ts';
import { AIRBNB_DEFAULTS, type AirbnbRule, type AirbnbSettings } from './settings.ts';

const TOKEN_PATH = '/v2/oauth2/authorizations';

/**
 * The Airbnb side: hosts with tokens, listings with calendars, reservations, webhooks. Follows the partner API from version
 * 2024.06.30 on as far as it is publicly known; see the README for the wire.
 */
export class AirbnbPlatform extends PlatformCore implements SimulatedPlatform {
  readonly channel = 'airbnb';
  readonly authorizations: Authorizations;
  readonly guests: Guests;
  settings: AirbnbSettings;
  protected readonly gateway: Gateway;
  readonly #api: AirbnbApi;
  readonly #listings = new Map<string, Listing>();
  readonly #limits: SlidingWindows;
  readonly #timers = new Set<{ cancel(): void }>();

  constructor(ports: SimulatorPorts, post: PostMessage, settings: Partial<AirbnbSettings> = {}) {
    super(ports, post, 'x-airbnb-signature');
    this.settings = { ...AIRBNB_DEFAULTS, ...settings };
    this.authorizations = new Authorizations(ports, () => this.settings);
    this.guests = new Guests(
      ports,
      (id) => this.#listings.get(id),
      (action, reservation) => this.#announce(action, reservation),
      () => this.settings.reopening,
    );
    this.#limits = new SlidingWindows((key) => this.#limitOf(key));
    this.#api = new AirbnbApi(this, this.#listings);
    this.gateway = new Gateway(ports, this.ledger, this.faults, {
      file: (request) => this.#file(request),
      limit: (request, exchange) => this.#limit(request, exchange),
      busy: (exchange, excused) => {
        if (!excused) this.violate('concurrent_write', 'two writes of one listing', exchange);
        return answers.concurrencyLimit();
      },
      failure: (status) => answers.failure(status, this.errorId()),
      work: (request, work) => this.#work(request, work),
    });
  }

  /** A host with a refresh token and a code for the consent flow. Ids are digits. */
  createHost(id: string): {
    readonly id: string;
    readonly refreshToken: string;
    readonly code: string;
  } {
    return this.authorizations.createHost(id);
  }

  createListing(spec: ListingSpec): Listing {
    const listing = new Listing(
      { ...spec, id: spec.id ?? String(1_001 + this.#listings.size) },
      this.history,
    );
    this.#listings.set(listing.id, listing);
    return listing;
  }

  /** The host cuts the listing off from the app: calls about it get 403. */
  unlink(listing: string, linked = false): void {
    this.#require(listing).linked = linked;
    if (!linked)
      this.webhooks.send(listing, { action: 'listings_unlinked', listing_ids: [Number(listing)] });
  }

  units(): readonly string[] {
    return [...this.#listings.keys()];
  }

  targetOf(unit: string): string {
    return unit;
  }

  calendar(unit: string, first: Night, end: Night): NightView[] {
    const listing = this.#require(unit);
    return nightsBetween(first, end).map((night) => listing.view(night));
  }

  reservations(): readonly ReservationView[] {
    return [...this.guests.reservations.values()].map(reservationView);
  }

  book(order: BookingOrder): BookingResult {
    return this.guests.book(order);
  }

  modify(reservation: string, change: BookingChange): BookingResult {
    return this.guests.modify(reservation, change);
  }

  cancel(reservation: string, by: 'guest' | 'host' = 'guest'): BookingResult {
    return this.guests.cancel(reservation, by);
  }

  drift(unit: string, night: Night, values: DriftValues): void {
    const open = values.closed === undefined ? values.availability : values.closed ? 0 : 1;
    const written: NightValues = {
      ...(open === undefined ? {} : { available: open > 0 }),
      ...(values.price === undefined ? {} : { price: values.price }),
      ...(values.minStay === undefined ? {} : { minNights: values.minStay }),
    };
    this.#require(unit).write(night, written, 'drift', this.ports.clock.now(), null);
  }

  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void {
    const listing = this.#require(unit);
    for (const night of nightsBetween(first, end)) {
      listing.write(night, { available: !blocked }, 'owner', this.ports.clock.now(), null);
    }
  }

  reopen(unit: string, first: Night, end: Night): void {
    const listing = this.#require(unit);
    for (const night of nightsBetween(first, end)) {
      listing.write(night, { available: true }, 'own_reopening', this.ports.clock.now(), null);
    }
  }

  expireTokens(): void {
    this.authorizations.expireAll();
  }

  report(): PlatformReport {
    return platformReport(this, () => 1, { tokens: this.authorizations.issued });
  }

  override stop(): void {
    super.stop();
    this.guests.stop();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  now(): number {
    return this.ports.clock.now();
  }

  violate(rule: AirbnbRule, detail: string, exchange: Exchange): void {
    this.ledger.violate(rule, detail, this.ports.clock.now(), exchange);
  }

  /** 32 hex digits, as in the platform's `error_id`. */
  errorId(): string {
    const digit = () => Math.floor(this.ports.random() * 16).toString(16);
    return Array.from({ length: 32 }, digit).join('');
  }

  /** Writes as the partner does, and notes what was opened over a live booking. */
  writeAsPartner(
    listing: Listing,
    nights: readonly Night[],
    values: NightValues,
    exchange: Exchange,
  ): void {
    const at = this.ports.clock.now();
    for (const night of nights) {
      const bookings = listing.bookingsAt(night);
      listing.write(night, values, 'api', at, exchange.id);
      if (values.available && bookings.length > 0) {
        const told = bookings.map((code) => this.guests.reservations.get(code)?.toldAt ?? null);
        const toldAt = told.some((time) => time === null) ? null : Math.max(...told.map(Number));
        const sellable = listing.sellable(night);
        this.ledger.reopened.push({
          unit: listing.id,
          night,
          at,
          exchange: exchange.id,
          bookings,
          toldAt,
          sellable,
        });
      }
    }
  }

  /** Runs `task` after `delay` ms unless the platform stops. */
  later(delay: number, task: () => void): void {
    const timer = this.ports.timers.after(delay, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
  }

  #file(request: SimRequest): Filing {
    if (request.path.startsWith(TOKEN_PATH)) return { kind: 'token', target: null };
    const target = listingOf(request, this.guests.reservations) ?? this.#hostOf(request);
    if (request.path.startsWith('/v2/calendar_operations')) {
      return { kind: 'write', target, ...(target === null ? {} : { exclusive: target }) };
    }
    if (request.path.startsWith('/v2/calendars/')) return { kind: 'read', target };
    if (request.path === '/v2/reservations') return { kind: 'poll', target };
    if (request.path.startsWith('/v2/reservations/'))
      return { kind: request.method === 'PUT' ? 'acknowledge' : 'fetch', target };
    return { kind: 'other', target };
  }

  #hostOf(request: SimRequest): string | null {
    const known = this.authorizations.hostOf(request.headers['x-airbnb-oauth-token']);
    return 'host' in known ? `host ${known.host}` : null;
  }

  #limitOf(key: string): { readonly limit: number; readonly windowMs: number } {
    const address = /^address (\d+) /.exec(key)?.[1];
    const addressLimit =
      address === undefined ? undefined : this.settings.addressLimits[Number(address)];
    if (addressLimit) return addressLimit;
    return key === 'tokens' ? this.settings.tokenLimit : this.settings.listingLimit;
  }

  #limit(request: SimRequest, exchange: Exchange): SimResponse | undefined {
    const refuse = (rule: AirbnbRule, detail: string) => {
      this.violate(rule, detail, exchange);
      return answers.tooManyRequests();
    };
    const passed = this.settings.addressLimits.every((_limit, index) =>
      this.#limits.take(`address ${index} ${request.address ?? ''}`, exchange.at),
    );
    if (!passed) return refuse('address_limit', request.path);
    if (exchange.kind === 'token') {
      return this.#limits.take('tokens', exchange.at)
        ? undefined
        : refuse('token_limit', request.path);
    }
    if (exchange.target === null || this.#limits.take(exchange.target, exchange.at))
      return undefined;
    return refuse('rate_limit', exchange.target);
  }

  #work(request: SimRequest, work: Work): SimResponse {
    if (!request.path.startsWith(TOKEN_PATH)) return this.#api.answer(request, work);
    const token = request.path.slice(TOKEN_PATH.length + 1);
    if (token !== '') return this.authorizations.inspect(request.method, token);
    return this.authorizations.exchange(request, (rule, detail) =>
      this.violate(rule, detail, work.exchange),
    );
  }

  #announce(action: string, reservation: AirbnbReservation): void {
    this.webhooks.send(reservation.listing, {
      action,
      confirmation_code: reservation.code,
      ...(this.settings.webhookNamesListing ? { listing_id: Number(reservation.listing) } : {}),
    });
  }

  #require(unit: string): Listing {
    const listing = this.#listings.get(unit);
    if (!listing) throw new RangeError(`the simulated Airbnb has no listing ${unit}`);
    return listing;
  }
}
