import type { Connector } from '../../connectors/contract.ts';
import type { Timer } from '../../runtime/ports.ts';
import type { Output, PartitionContext } from '../../runtime/stage.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Account, AccountCursor, InboxMessage } from '../../schemas/generated/types.ts';
import { Acknowledgements, acknowledgementIn } from './acknowledgements.ts';
import type { Count } from './arrivals.ts';
import { Arrivals } from './arrivals.ts';
import type { AccountCalls } from './call.ts';
import type { Desk } from './errands.ts';
import { Errands } from './errands.ts';
import { Feed } from './feed.ts';
import type { Entry } from './inbox.ts';
import { AccountInbox } from './inbox.ts';
import { Reporter } from './reporter.ts';
import { isLostPartition, troubleCode } from './troubles.ts';

/** Most pages that one poll reads before others get a turn; it goes on from there. */
const PAGES_MAX = 200;
/** When nothing else changed, the time of the last poll is stored this often, ms. */
const SAVE_EVERY_MS = 300_000;
/** Shortest pace of polls, ms. */
const SHORTEST_INTERVAL_MS = 1_000;

/**
 * Polling of one account: one loop that does one thing at a time. Feeds that are due come first, then the inbox (fetches, acknowledgements,
 * imports), then it sleeps until the next of both. A reservation is in `channel.webhooks` before the cursor that passes it is written, and a
 * message of the inbox is stored with the account before its offset is committed.
 */
export class AccountPoller implements Desk {
  readonly #context: PartitionContext;
  readonly #connector: Connector;
  readonly #calls: AccountCalls;
  readonly #arrivals: Arrivals;
  readonly #errands: Errands;
  readonly #reporter: Reporter;
  readonly #inbox = new AccountInbox();
  readonly #acknowledgements = new Acknowledgements();
  readonly #feeds: readonly Feed[];
  #account: Account;
  /** Monotonic ms: no poll before. */
  #quietUntil: number;
  #saved = { text: '', at: Number.NEGATIVE_INFINITY };
  #timer: Timer | null = null;
  #running = false;
  #again = false;
  #closed = false;
  readonly #idle: (() => void)[] = [];

  constructor(
    context: PartitionContext,
    connector: Connector,
    calls: AccountCalls,
    account: Account,
    cursor: AccountCursor | undefined,
  ) {
    this.#context = context;
    this.#connector = connector;
    this.#calls = calls;
    this.#account = account;
    this.#arrivals = new Arrivals(context);
    this.#errands = new Errands(context, connector, calls, this.#arrivals, this.#acknowledgements);
    this.#reporter = new Reporter(context, this.#arrivals);
    const now = this.#now();
    const intervalMs = this.#intervalMs();
    this.#feeds = connector.inbound.feeds.map((name) => {
      const known = cursor?.polls.find(({ feed }) => feed === name);
      return new Feed(name, known, intervalMs, now);
    });
    if (cursor) {
      this.#inbox.load(cursor.pending, cursor.done);
      this.#acknowledgements.load(cursor.acknowledged);
    }
    // The former owner may have acknowledged just now.
    this.#quietUntil = now.monotonic + this.#quietMs;
  }

  get account(): Account {
    return this.#account;
  }

  accountChanged(account: Account): void {
    this.#account = account;
    this.kick();
  }

  /** Takes messages over; resolves when they are stored with the account, so that their offset may be committed. */
  async take(messages: readonly InboxMessage[]): Promise<void> {
    const now = this.#context.clock.now();
    const taken = messages.filter((message) => this.#inbox.take(message, now));
    if (taken.length === 0) return;
    this.kick();
    await this.#context.write([this.#cursor()]);
  }

  pollSoon(): void {
    const now = this.#context.clock.monotonic();
    for (const feed of this.#feeds) feed.pollSoon(now);
  }

  acknowledged(): void {
    this.#quietUntil = this.#context.clock.monotonic() + this.#quietMs;
  }

  kick(): void {
    this.#again = true;
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#timer?.cancel();
    void this.#run()
      .catch((error: unknown) => this.#gaveUp(error))
      .finally(() => {
        this.#running = false;
        for (const resolve of this.#idle.splice(0)) resolve();
        if (this.#again) this.kick();
        else this.#sleep();
      });
  }

  /** Starts nothing new; resolves when what is under way has been stored. */
  drain(): Promise<void> {
    this.close();
    return this.#running ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  close(): void {
    this.#closed = true;
    this.#again = false;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#again = false;
      const now = this.#context.clock.monotonic();
      const feed = this.#isQuiet(now) ? undefined : this.#feeds.find(({ dueAt }) => now >= dueAt);
      if (feed && this.#takesBookings) {
        await this.#poll(feed);
        continue;
      }
      const entry = this.#inbox.due(now, ({ message }) => this.#mayDo(message, now));
      if (!entry) return;
      await this.#attempt(entry);
    }
  }

  /** Without a connection that takes bookings there is nothing to ask for: naming no listing would ask for everybody's. */
  get #takesBookings(): boolean {
    return this.#account.connections.some(({ inbound }) => inbound);
  }

  get #quietMs(): number {
    return this.#connector.manifest.inbound.quietSecondsAfterAcknowledge * 1_000;
  }

  #isQuiet(now: number): boolean {
    return now < this.#quietUntil;
  }

  /**
   * A stream of acknowledgements would put the next poll off for ever: when one is overdue, they wait for it. So they do while it is not sure
   * that all that was handed out is stored.
   */
  #mayDo(message: InboxMessage, now: number): boolean {
    if (!acknowledgementIn(message)) return true;
    if (this.#takesBookings && this.#feeds.some(({ isUnsure }) => isUnsure)) return false;
    return !this.#isQuiet(now) || !this.#isPollOverdue(now);
  }

  #isPollOverdue(now: number): boolean {
    const late = now - this.#intervalMs();
    return this.#takesBookings && this.#feeds.some(({ dueAt }) => dueAt <= late);
  }

  async #attempt(entry: Entry): Promise<void> {
    const { clock, random } = this.#context;
    const { inbox_id, message } = entry.message;
    const source = Object.keys(message)[0] ?? 'inbox';
    try {
      if (await this.#errands.run(entry, this)) this.#inbox.finished(inbox_id, clock.now());
      else this.#inbox.failed(inbox_id, clock.monotonic(), random.next());
      this.#reporter.works(source);
    } catch (error) {
      if (isLostPartition(error)) throw error;
      this.#inbox.failed(inbox_id, clock.monotonic(), random.next());
      await this.#reporter.failed(this.#account, source, error);
    }
    for (const hopeless of this.#inbox.takeHopeless(clock.now())) {
      const { message: lost, inbox_id: identity } = hopeless.message;
      const text = `given up after ${hopeless.attempts} attempts: ${JSON.stringify(lost)}`;
      const finding = { code: 'CHANNEL_UNAVAILABLE', text, identity } as const;
      await this.#arrivals.tell(this.#account, [finding]);
    }
    await this.#save();
  }

  async #poll(feed: Feed): Promise<void> {
    const { clock } = this.#context;
    const startedAt = clock.now();
    feed.asking();
    try {
      const count = await this.#read(feed);
      await this.#reporter.polled(this.#account, feed.name, count, startedAt);
    } catch (error) {
      if (isLostPartition(error)) throw error;
      // A failed poll needs no retry of its own: the next poll is the retry.
      feed.polled(this.#now(), this.#intervalMs());
      feed.failed(troubleCode(error));
      await this.#reporter.pollFailed(this.#account, feed.name, error, startedAt);
    }
    await this.#save();
  }

  /** Reads a feed until it is drained. The cursor moves when all that it passes is stored. */
  async #read(feed: Feed): Promise<Count> {
    const { inbound } = this.#connector;
    let { cursor } = feed;
    let read = 0;
    let unreadable = 0;
    for (let page = 0; page < PAGES_MAX && !this.#closed; page++) {
      const identity = this.#identity();
      const request = inbound.poll(feed.name, identity, cursor);
      const response = await this.#calls.ask(this.#account, request);
      const parsed = inbound.parsePoll(feed.name, response, {
        listings: identity.listings,
        cursor,
      });
      const count = await this.#arrivals.store(this.#account, parsed, 'poll');
      read += count.read;
      unreadable += count.unreadable;
      if (parsed.next === null) {
        feed.drained(parsed.cursor);
        feed.polled(this.#now(), this.#intervalMs());
        return { read, unreadable };
      }
      if (parsed.next === cursor)
        throw new ParityError('CHANNEL_RESPONSE_MALFORMED', `${feed.name} does not go on`);
      cursor = parsed.next;
    }
    feed.cursor = cursor;
    return { read, unreadable };
  }

  /** ms between polls of a feed: the platform's own pace, or the safety poll of the most eager connection. */
  #intervalMs(): number {
    const { pollSeconds } = this.#connector.manifest.inbound;
    const minutes = this.#account.connections
      .filter(({ inbound }) => inbound)
      .map(({ poll_minutes }) => poll_minutes);
    const seconds = pollSeconds ?? Math.min(24 * 60, ...minutes) * 60;
    return Math.max(SHORTEST_INTERVAL_MS, seconds * 1_000);
  }

  #identity() {
    const listings = this.#account.connections
      .filter(({ inbound }) => inbound)
      .map(({ listing }) => listing);
    return { listings: [...new Set(listings)], channelAccountId: this.#account.channel_account_id };
  }

  #now() {
    const { clock } = this.#context;
    return { wall: clock.now(), monotonic: clock.monotonic() };
  }

  #sleep(): void {
    if (this.#closed || this.#context.lost.aborted) return;
    const now = this.#context.clock.monotonic();
    const polls = this.#takesBookings
      ? this.#feeds.map(({ dueAt }) => Math.max(this.#quietUntil, dueAt))
      : [];
    const due = this.#inbox.nextDue(({ message }) => this.#mayDo(message, now));
    const next = Math.min(due, ...polls);
    if (!Number.isFinite(next)) return;
    this.#timer = this.#context.timers.after(Math.max(0, next - now), () => this.kick());
  }

  /** Writes how far the account has got, when that is more than the time of the last poll. */
  async #save(): Promise<void> {
    const cursor = this.#cursor();
    const { polls, done, pending } = cursor.value as AccountCursor;
    const text = JSON.stringify([polls.map((poll) => poll.cursor), done.at(-1), pending]);
    const now = this.#context.clock.monotonic();
    if (text === this.#saved.text && now < this.#saved.at + SAVE_EVERY_MS) return;
    this.#saved = { text, at: now };
    await this.#context.write([cursor]);
  }

  #cursor(): Output {
    const { account_id, tenant_id } = this.#account;
    const value: AccountCursor = {
      account_id,
      tenant_id,
      polls: this.#feeds.map((feed) => feed.value()),
      done: this.#inbox.doneValues(),
      pending: this.#inbox.pendingValues(),
      acknowledged: this.#acknowledgements.values(),
    };
    return { topic: 'channel.cursors', key: account_id, value, tenantId: tenant_id };
  }

  #gaveUp(error: unknown): void {
    this.close();
    if (this.#context.lost.aborted) return;
    this.#context.fail(error);
  }
}
