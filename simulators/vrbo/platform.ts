import { type Night, nightsBetween } from '../dates.ts';
import { Gateway } from '../gateway.ts';
import {
  type FetchDocument,
  jsonAnswer,
  type SimRequest,
  type SimResponse,
  type SimulatorPorts,
} from '../http.ts';
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
import type { PostMessage } from '../webhooks.ts';
import type { IndexedDocument } from './content-index.ts';
import { type AdvertiserSpec, Crawler, type Mood, USUAL } from './crawler.ts';
import { HINT_PATH, HintDesk } from './hints.ts';
import type { FeedName } from './settings.ts';
import { RuleBroken, VRBO_DEFAULTS, type VrboSettings } from './settings.ts';
import { checkConfiguration, checkListing } from './static-documents.ts';
import { Unit, type UnitSpec } from './unit.ts';
import { openDocument, readCalendar, readRateTable } from './unit-documents.ts';

/**
 * The Vrbo side, under either of its names: a crawler of the partner's indexes, and units that are sold as the documents say. Document version 4.2.1
 * as far as it is public. Guests' bookings are synchronous calls to the partner: not yet here.
 */
export class VrboPlatform extends PlatformCore implements SimulatedPlatform {
  readonly channel: 'vrbo' | 'fewo_direkt';
  readonly crawler: Crawler;
  settings: VrboSettings;
  protected readonly gateway: Gateway;
  readonly #units = new Map<string, Unit>();
  readonly #hints: HintDesk;

  constructor(
    ports: SimulatorPorts,
    post: PostMessage,
    fetch: FetchDocument,
    settings: Partial<VrboSettings> = {},
    channel: 'vrbo' | 'fewo_direkt' = 'vrbo',
  ) {
    super(ports, post, 'x-vrbo-signature');
    this.channel = channel;
    this.settings = { ...VRBO_DEFAULTS, ...settings };
    this.crawler = new Crawler(
      ports,
      fetch,
      this.ledger,
      () => this.settings,
      (feed, entry, body, exchange) => this.#take(feed, entry, body, exchange),
    );
    this.#hints = new HintDesk(
      () => this.settings,
      (id) => this.crawler.advertiser(id),
    );
    this.gateway = new Gateway(ports, this.ledger, this.faults, {
      file: () => ({ kind: 'other', target: null }),
      limit: () => undefined,
      busy: () => jsonAnswer(429, { error: 'busy' }),
      failure: (status) => jsonAnswer(status, { error: 'failure' }),
      work: (request, { exchange }) => this.#work(request, exchange),
    });
  }

  /** A partner whose indexes are crawled from now on. */
  createAdvertiser(spec: AdvertiserSpec): void {
    this.crawler.add(spec);
  }

  /** A unit of a listing, as the platform knows it once its listing is live. */
  createUnit(spec: UnitSpec): Unit {
    const unit = new Unit(spec, this.history);
    this.#units.set(unit.id, unit);
    return unit;
  }

  /** Changes how the crawler behaves; fields that are left out return to usual. */
  setMood(mood: Partial<Mood>): void {
    this.crawler.mood = { ...USUAL, ...mood };
  }

  units(): readonly string[] {
    return [...this.#units.keys()];
  }

  targetOf(unit: string): string {
    return this.#require(unit).listing;
  }

  calendar(unit: string, first: Night, end: Night): NightView[] {
    const known = this.#require(unit);
    return nightsBetween(first, end).map((night) => known.view(night));
  }

  reservations(): readonly ReservationView[] {
    return [];
  }

  book(): BookingResult {
    return NOT_SUPPORTED;
  }

  modify(): BookingResult {
    return NOT_SUPPORTED;
  }

  cancel(): BookingResult {
    return NOT_SUPPORTED;
  }

  drift(unit: string, night: Night, values: DriftValues): void {
    this.#require(unit).drift(night, values, this.ports.clock.now());
  }

  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void {
    this.#require(unit).block(first, end, blocked, this.ports.clock.now());
  }

  reopen(unit: string, first: Night, end: Night): void {
    const known = this.#require(unit);
    const now = this.ports.clock.now();
    known.block(first, end, false, now);
    for (const night of nightsBetween(first, end)) known.drift(night, { availability: 1 }, now);
  }

  expireTokens(): void {
    // There are none: the platform logs in to the partner.
  }

  report(): PlatformReport {
    return platformReport(this, () => 1, { ...this.crawler.counts });
  }

  override stop(): void {
    this.crawler.stop();
    super.stop();
  }

  #take(feed: FeedName, entry: IndexedDocument, body: string, exchange: Exchange): void {
    const root = openDocument(feed, body, entry);
    if (feed === 'listing') {
      checkListing(root);
      return;
    }
    const unit = this.#units.get(entry.unit ?? '');
    if (!unit || unit.listing !== entry.listing || unit.advertiser !== entry.advertiser)
      throw new RuleBroken('unknown_unit', `${entry.listing}/${entry.unit ?? ''}`);
    const now = this.ports.clock.now();
    if (feed === 'configuration') checkConfiguration(root);
    if (feed === 'availability') unit.takeCalendar(readCalendar(root), now, exchange.id);
    if (feed === 'rates') unit.takeRates(readRateTable(root), now, exchange.id);
  }

  #work(request: SimRequest, exchange: Exchange): SimResponse {
    const { method, path } = request;
    if (method === 'POST' && path === HINT_PATH) return this.#hint(request, exchange);
    this.ledger.violate('unknown_path', `${method} ${path}`, this.ports.clock.now(), exchange);
    return jsonAnswer(404, { error: 'not found' });
  }

  #hint(request: SimRequest, exchange: Exchange): SimResponse {
    const now = this.ports.clock.now();
    try {
      this.crawler.hint(this.#hints.take(request, now));
      return jsonAnswer(202, {});
    } catch (error) {
      if (!(error instanceof RuleBroken)) throw error;
      this.ledger.violate(error.rule, error.message, now, exchange);
      return jsonAnswer(error.rule === 'hint_too_often' ? 429 : 400, { error: error.rule });
    }
  }

  #require(unit: string): Unit {
    const known = this.#units.get(unit);
    if (!known) throw new RangeError(`the simulated Vrbo has no unit ${unit}`);
    return known;
  }
}

const NOT_SUPPORTED: BookingResult = { ok: false, reason: 'not_supported', nights: [] };
