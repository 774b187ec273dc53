import type { FetchDocument, SimResponse, SimulatorPorts } from '../http.ts';
import type { Exchange, Ledger } from '../ledger.ts';
import { type IndexedDocument, readIndex } from './content-index.ts';
import type { FeedName, VrboRule, VrboSettings } from './settings.ts';
import { FEED_NAMES, FEEDS, RuleBroken, STATE_AHEAD_MAX_MS } from './settings.ts';

/** A partner's account: where its indexes are, and how the crawler logs in. */
export interface AdvertiserSpec {
  readonly id: string;
  readonly user: string;
  readonly password: string;
  readonly indexes: Readonly<Partial<Record<FeedName, string>>>;
}

/** How the crawler behaves besides its rules. */
export interface Mood {
  /** It does not come at all. */
  readonly away: boolean;
  /** It logs in with this instead of its password; null: with its own. */
  readonly password: string | null;
  /** Ms that it waits after each answer before it goes on. */
  readonly slowMs: number;
  /** So many of the next documents are lost on their way into the platform. */
  readonly loseNext: number;
}

export const USUAL: Mood = { away: false, password: null, slowMs: 0, loseNext: 0 };

/** What the platform does with a document that it took. @throws RuleBroken: it is refused whole */
export type TakeDocument = (
  feed: FeedName,
  entry: IndexedDocument,
  body: string,
  exchange: Exchange,
) => void;

interface Known {
  readonly state: number;
  readonly etag: string | null;
}

/**
 * Fetches from partners on the platform's own clock: each index in turn, and of its entries those whose state is newer than the one that was taken
 * last. A document that is refused is fetched again in the next round.
 */
export class Crawler {
  readonly #ports: SimulatorPorts;
  readonly #fetch: FetchDocument;
  readonly #ledger: Ledger;
  readonly #settings: () => VrboSettings;
  readonly #take: TakeDocument;
  readonly #advertisers = new Map<string, AdvertiserSpec>();
  readonly #known = new Map<string, Known>();
  /** Calls that were made with another password than the right one. */
  readonly #wrongLogins = new WeakSet<Exchange>();
  readonly #crawledAt = new Map<string, number>();
  #timer: { cancel(): void } | null = null;
  #present: Promise<void> | null = null;
  readonly #hinted = new Map<string, { cancel(): void }>();
  mood: Mood = USUAL;
  /** Rounds that ended, documents taken, refused and found unchanged. */
  readonly counts = { rounds: 0, taken: 0, refused: 0, unchanged: 0, lost: 0, hinted: 0 };

  constructor(
    ports: SimulatorPorts,
    fetch: FetchDocument,
    ledger: Ledger,
    settings: () => VrboSettings,
    take: TakeDocument,
  ) {
    this.#ports = ports;
    this.#fetch = fetch;
    this.#ledger = ledger;
    this.#settings = settings;
    this.#take = take;
  }

  /** Adds a partner, or changes one; the first round comes after the interval. */
  add(advertiser: AdvertiserSpec): void {
    this.#advertisers.set(advertiser.id, advertiser);
    this.#timer ??= this.#schedule();
  }

  advertiser(id: string): AdvertiserSpec | undefined {
    return this.#advertisers.get(id);
  }

  /** A partner says that something changed: it is next, soon. Said again until then it is one visit. */
  hint({ id }: AdvertiserSpec): void {
    this.counts.hinted += 1;
    if (this.#hinted.has(id)) return;
    const timer = this.#ports.timers.after(this.#settings().hintDelayMs, () => {
      this.#hinted.delete(id);
      void this.#visit(id);
    });
    this.#hinted.set(id, timer);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const timer of this.#hinted.values()) timer.cancel();
    this.#hinted.clear();
  }

  /** Takes everything anew in the next round, whatever its state, as after a fault of its own. */
  forget(): void {
    this.#known.clear();
    this.#crawledAt.clear();
  }

  /** A round now, beside those of the clock; while one runs, that one. */
  crawl(): Promise<void> {
    this.#present ??= this.#round().finally(() => {
      this.#present = null;
    });
    return this.#present;
  }

  #schedule(): { cancel(): void } {
    return this.#ports.timers.after(this.#settings().crawlIntervalMs, () => {
      this.#timer = this.#schedule();
      void this.crawl();
    });
  }

  async #round(): Promise<void> {
    if (this.mood.away) return;
    for (const advertiser of this.#advertisers.values()) await this.#comeTo(advertiser);
    this.counts.rounds += 1;
  }

  /** After the round that is under way, if one is: it may have passed that partner already. */
  async #visit(id: string): Promise<void> {
    await this.#present;
    const advertiser = this.#advertisers.get(id);
    if (this.mood.away || !advertiser) return;
    this.#present ??= this.#comeTo(advertiser).finally(() => {
      this.#present = null;
    });
    await this.#present;
  }

  async #comeTo(advertiser: AdvertiserSpec): Promise<void> {
    for (const feed of FEED_NAMES) {
      const url = advertiser.indexes[feed];
      if (url !== undefined && this.#isDue(advertiser.id, feed))
        await this.#crawlIndex(advertiser, feed, url);
    }
  }

  #isDue(advertiser: string, feed: FeedName): boolean {
    const key = `${advertiser} ${feed}`;
    const now = this.#ports.clock.now();
    const last = this.#crawledAt.get(key);
    if (
      FEEDS[feed].isStatic &&
      last !== undefined &&
      now - last < this.#settings().staticIntervalMs
    )
      return false;
    this.#crawledAt.set(key, now);
    return true;
  }

  async #crawlIndex(advertiser: AdvertiserSpec, feed: FeedName, url: string): Promise<void> {
    const { answer, exchange } = await this.#get(advertiser, 'poll', url, {});
    if (!this.#isUsable(answer, exchange, 'index_unavailable', url)) return;
    let entries: IndexedDocument[];
    try {
      entries = readIndex(feed, answer.body);
    } catch (error) {
      this.#refuse(error, exchange);
      return;
    }
    for (const entry of entries.filter((one) => one.advertiser === advertiser.id))
      await this.#follow(advertiser, feed, entry, exchange);
  }

  async #follow(
    advertiser: AdvertiserSpec,
    feed: FeedName,
    entry: IndexedDocument,
    index: Exchange,
  ): Promise<void> {
    const key = `${feed} ${entry.listing} ${entry.unit ?? ''}`;
    const known = this.#known.get(key);
    const when = new Date(entry.state).toISOString();
    if (entry.state > this.#ports.clock.now() + STATE_AHEAD_MAX_MS)
      this.#violate('state_in_future', `${key}: ${when}`, index);
    if (known && entry.state < known.state)
      this.#violate('state_went_back', `${key}: ${when}`, index);
    if (known && entry.state <= known.state) return;
    const condition = known?.etag ? { 'if-none-match': known.etag } : {};
    const { answer, exchange } = await this.#get(advertiser, 'fetch', entry.url, condition);
    if (answer && this.#isOlder(answer, entry)) {
      // Taking it under the newer state would keep what it lacks from ever being fetched.
      this.#violate('document_outdated', `${key}: ${when}`, exchange);
      return;
    }
    if (answer?.status === 304 && known) {
      this.#known.set(key, { ...known, state: entry.state });
      this.counts.unchanged += 1;
      return;
    }
    if (!this.#isUsable(answer, exchange, 'document_missing', entry.url)) return;
    if (this.mood.loseNext > 0) {
      this.mood = { ...this.mood, loseNext: this.mood.loseNext - 1 };
      this.counts.lost += 1;
      return;
    }
    try {
      this.#take(feed, entry, answer.body, exchange);
      this.#known.set(key, { state: entry.state, etag: answer.headers.etag ?? null });
      this.counts.taken += 1;
    } catch (error) {
      this.#refuse(error, exchange);
      this.counts.refused += 1;
    }
  }

  /** The partner gave out less than its index named. */
  #isOlder({ status, headers }: SimResponse, { state }: IndexedDocument): boolean {
    const modified = Date.parse(headers['last-modified'] ?? '');
    return (status === 200 || status === 304) && modified < state;
  }

  async #get(
    { id, user, password }: AdvertiserSpec,
    kind: 'poll' | 'fetch',
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly answer: SimResponse | null; readonly exchange: Exchange }> {
    const { clock, timers } = this.#ports;
    const { pathname } = new URL(url);
    const target = id;
    const entry = { at: clock.now(), method: 'GET', path: pathname, kind, target, body: '' };
    const exchange = this.#ledger.open(entry);
    if (this.mood.password !== null) this.#wrongLogins.add(exchange);
    const login = Buffer.from(`${user}:${this.mood.password ?? password}`).toString('base64');
    const authorization = `Basic ${login}`;
    const answer = await this.#inTime(this.#fetch(url, { ...headers, authorization }));
    if (answer) this.#ledger.close(exchange, answer.status, clock.now());
    const { slowMs } = this.mood;
    if (slowMs > 0)
      await new Promise<void>((resolve) => {
        timers.after(slowMs, resolve);
      });
    return { answer, exchange };
  }

  /** Null: no answer in time, or none at all. */
  #inTime(answer: Promise<SimResponse>): Promise<SimResponse | null> {
    return new Promise((resolve) => {
      const timer = this.#ports.timers.after(this.#settings().patienceMs, () => resolve(null));
      const settle = (value: SimResponse | null) => {
        timer.cancel();
        resolve(value);
      };
      answer.then(settle, () => settle(null));
    });
  }

  #isUsable(
    answer: SimResponse | null,
    exchange: Exchange,
    rule: VrboRule,
    url: string,
  ): answer is SimResponse {
    // A partner that cannot be reached has broken no rule, nor has one that turns a wrong password away.
    if (answer === null || (answer.status === 401 && this.#wrongLogins.has(exchange))) return false;
    if (answer.status === 401) this.#violate('login_refused', url, exchange);
    else if (answer.status >= 500) return false;
    else if (answer.status !== 200) this.#violate(rule, `${answer.status} ${url}`, exchange);
    else if (!/^(application|text)\/xml\b/.test(answer.headers['content-type'] ?? ''))
      this.#violate('media_type', answer.headers['content-type'] ?? 'none', exchange);
    else return true;
    return false;
  }

  #refuse(error: unknown, exchange: Exchange): void {
    if (!(error instanceof RuleBroken)) throw error;
    this.#violate(error.rule, error.message, exchange);
  }

  #violate(rule: VrboRule, detail: string, exchange: Exchange): void {
    this.#ledger.violate(rule, detail, this.#ports.clock.now(), exchange);
  }
}
