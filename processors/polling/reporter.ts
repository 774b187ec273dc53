import type { PartitionContext } from '../../runtime/stage.ts';
import { fromEpochDay } from '../../schemas/domain/plain-date.ts';
import type { Account } from '../../schemas/generated/types.ts';
import type { Arrivals, Count } from './arrivals.ts';
import type { Haul } from './reports.ts';
import { importRow } from './reports.ts';
import { Troubles, troubleCode } from './troubles.ts';

const DAY_MS = 86_400_000;

/** What polls bring and what fails: counts, rows of the sync log, and alerts for what does not pass by itself. */
export class Reporter {
  readonly #context: PartitionContext;
  readonly #arrivals: Arrivals;
  readonly #troubles = new Troubles();

  constructor(context: PartitionContext, arrivals: Arrivals) {
    this.#context = context;
    this.#arrivals = arrivals;
  }

  /** A thing that is asked for works (again). */
  works(source: string): void {
    this.#troubles.over(source);
  }

  /** A poll was stored whole. @param startedAt ms, wall clock */
  async polled(account: Account, feed: string, count: Count, startedAt: number): Promise<void> {
    this.works(feed);
    this.#measure(account, 'success', startedAt);
    const status = count.unreadable > 0 ? 'partial_success' : 'success';
    // The usual empty poll leaves no row.
    if (count.read + count.unreadable > 0)
      await this.#row(account, { ...count, status, error: null, startedAt });
  }

  async pollFailed(account: Account, feed: string, error: unknown, startedAt: number) {
    this.#measure(account, 'failure', startedAt);
    const news = await this.failed(account, feed, error);
    const nothing = { read: 0, unreadable: 0, status: 'failure' } as const;
    if (news) await this.#row(account, { ...nothing, error: news, startedAt });
  }

  /** Counts a failure, and tells the owner when it lasts. Answers what was told. */
  async failed(account: Account, source: string, error: unknown): Promise<Haul['error']> {
    const { metrics, clock } = this.#context;
    const labels = { channel_type: account.channel, error_code: troubleCode(error) };
    metrics.count('channel_api_errors_total', labels);
    const news = this.#troubles.note(source, error);
    if (!news) return null;
    const day = fromEpochDay(Math.floor(clock.now() / DAY_MS));
    const identity = `${source} ${news.code} ${day}`;
    const text = `bookings cannot be read: ${news.text}`;
    await this.#arrivals.tell(account, [{ code: news.code, text, identity }]);
    return news;
  }

  async #row(account: Account, haul: Omit<Haul, 'id' | 'endedAt'>): Promise<void> {
    const carrier = account.connections[0];
    if (!carrier) return;
    const { random, clock } = this.#context;
    const row = importRow(account, carrier, { ...haul, id: random.uuid(), endedAt: clock.now() });
    await this.#context.write([row]);
  }

  #measure(account: Account, status: 'success' | 'failure', startedAt: number): void {
    const { metrics, clock } = this.#context;
    const channel_type = account.channel;
    const seconds = Math.max(0, clock.now() - startedAt) / 1_000;
    metrics.count('channel_sync_total', { channel_type, status });
    const labels = { channel_type, sync_type: 'booking_import' };
    metrics.observe('channel_sync_duration_seconds', seconds, labels);
  }
}
