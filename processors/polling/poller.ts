import type { ChannelResponse, Connector, ParsedReservation } from '../../connectors/contract.ts';
import type { UnreadableReservation } from '../../connectors/unreadable.ts';
import type { Timer } from '../../runtime/ports.ts';
import type { Output, PartitionContext } from '../../runtime/stage.ts';
import { dateIn } from '../../schemas/domain/plain-date.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type {
  Account,
  AccountCursor,
  InboundVia,
  InboxMessage,
} from '../../schemas/generated/types.ts';
import type { AccountCalls } from './call.ts';
import { AccountInbox } from './inbox.ts';
import { importRow, inboundAlert, pollRow } from './reports.ts';
import { route } from './routing.ts';

/** How long an import waits for the account's row to name its connection, ms: the two come on different topics, in any order. */
const ROW_WAIT_MS = 600_000;

/** Most pages that one poll drains before others get a turn. */
const PAGES_MAX = 200;

interface FeedState {
  cursor: string | null;
  polledAt: number;
}

/**
 * Polling of one account: one loop that does the inbox first (fetches, acknowledgements, imports), then the feeds that are due, then
 * sleeps until the next of both. A reservation is in `channel.webhooks` before the cursor that passes it is written.
 */
export class AccountPoller {
  readonly #context: PartitionContext;
  readonly #connector: Connector;
  readonly #calls: AccountCalls;
  #account: Account;
  readonly #inbox = new AccountInbox();
  readonly #feeds = new Map<string, FeedState>();
  #quietUntil = 0;
  readonly #reportedUnreadable = new Set<string>();
  #failures = 0;
  #reported: ErrorCode | null = null;
  #timer: Timer | null = null;
  #running = false;
  #again = false;
  #closed = false;

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
    for (const feed of connector.inbound.feeds) {
      const known = cursor?.polls.find((poll) => poll.feed === feed);
      this.#feeds.set(feed, { cursor: known?.cursor ?? null, polledAt: known?.polled_at ?? 0 });
    }
    if (cursor) this.#inbox.load(cursor.pending, cursor.done);
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

  kick(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#timer?.cancel();
    void this.#run()
      .catch((error: unknown) => this.#gaveUp(error))
      .finally(() => {
        this.#running = false;
        if (this.#again) {
          this.#again = false;
          this.kick();
        } else this.#sleep();
      });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    for (;;) {
      const message = this.#inbox.due(this.#context.clock.now())[0];
      if (this.#closed || !message) break;
      await this.#attempt(message);
    }
    for (const [feed, state] of this.#feeds) {
      if (this.#closed || !this.#isDue(state)) continue;
      await this.#pollFeed(feed, state);
    }
  }

  async #attempt(message: InboxMessage): Promise<void> {
    const { clock, random } = this.#context;
    try {
      const outputs = await this.#perform(message);
      if (outputs === null) this.#inbox.failed(message.inbox_id, clock.now(), random.next());
      else {
        if (outputs.length > 0) await this.#context.write(outputs);
        this.#inbox.finished(message.inbox_id, clock.now());
      }
    } catch (error) {
      if (isLostPartition(error)) throw error;
      this.#inbox.failed(message.inbox_id, clock.now(), random.next());
      await this.#context.write(this.#trouble(error));
    }
    await this.#context.write([this.#cursor()]);
  }

  /** What to write when it is done; null: not done, to be tried again. */
  async #perform({ message, inbox_id, issued_at }: InboxMessage): Promise<Output[] | null> {
    const { inbound } = this.#connector;
    if ('parity.events.PollNow' in message) {
      for (const state of this.#feeds.values()) state.polledAt = 0;
      return [];
    }
    if ('parity.events.FetchReservation' in message) {
      const request = inbound.fetchReservation(
        message['parity.events.FetchReservation'].reservation_id,
      );
      if (!request) return [];
      const response = await this.#calls.send(this.#account, request);
      if (response.status === 404) return [];
      this.#requireSuccess(response);
      const parsed = inbound.parseReservation(response);
      return parsed ? this.#routed([parsed], 'fetch') : [];
    }
    if ('parity.events.AcknowledgeReservation' in message)
      return this.#acknowledge(message['parity.events.AcknowledgeReservation']);
    const { connection_id } = message['parity.events.ImportReservations'];
    const isRowHere = this.#account.connections.some(
      (connection) => connection.connection_id === connection_id && connection.inbound,
    );
    if (!isRowHere && this.#context.clock.now() < issued_at + ROW_WAIT_MS) return null;
    return this.#import(connection_id, inbox_id);
  }

  async #acknowledge(wanted: {
    readonly message_kind: string;
    readonly reservation_id: string;
    readonly connection_id: string;
    readonly outcome: 'stored' | 'refused';
    readonly booking_reference: string;
  }): Promise<Output[] | null> {
    const { inbound, manifest } = this.#connector;
    const connection = this.#account.connections.find(
      ({ connection_id }) => connection_id === wanted.connection_id,
    );
    const request = inbound.acknowledge({
      messageKind: wanted.message_kind,
      reservationId: wanted.reservation_id,
      listing: connection?.listing ?? '',
      outcome: wanted.outcome,
      bookingReference: wanted.booking_reference,
    });
    if (!request) return [];
    const verdict = inbound.interpretAcknowledgement(
      await this.#calls.send(this.#account, request),
    );
    this.#quietUntil =
      this.#context.clock.now() + manifest.inbound.quietSecondsAfterAcknowledge * 1_000;
    if (verdict === 'outdated') for (const state of this.#feeds.values()) state.polledAt = 0;
    return verdict === 'retry' ? null : [];
  }

  /** All future reservations of a connection, before it goes live. */
  async #import(connectionId: string, inboxId: string): Promise<Output[]> {
    const connection = this.#account.connections.find(
      ({ connection_id }) => connection_id === connectionId,
    );
    if (!connection) return [];
    const startedAt = this.#context.clock.now();
    const today = dateIn('UTC', startedAt - 86_400_000);
    const outputs: Output[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_MAX; page++) {
      const request = this.#connector.inbound.listReservations(connection.listing, today, cursor);
      if (!request) break;
      const response = await this.#calls.send(this.#account, request);
      this.#requireSuccess(response);
      const { reservations, unreadable, next } = this.#connector.inbound.parseList(response);
      outputs.push(...this.#routed(reservations, 'import'), ...this.#unreadable(unreadable));
      cursor = next;
      if (cursor === null) break;
    }
    const count = outputs.filter(({ topic }) => topic === 'channel.webhooks').length;
    return [
      ...outputs,
      importRow(this.#account, connection, inboxId, count, startedAt, this.#context.clock.now()),
    ];
  }

  async #pollFeed(feed: string, state: FeedState): Promise<void> {
    const { clock } = this.#context;
    const startedAt = clock.now();
    try {
      let cursor = state.cursor;
      for (let page = 0; page < PAGES_MAX; page++) {
        const request = this.#connector.inbound.poll(feed, this.#identity(), cursor);
        const response = await this.#calls.send(this.#account, request);
        this.#requireSuccess(response);
        const parsed = this.#connector.inbound.parsePoll(feed, response);
        const outputs = [
          ...this.#routed(parsed.reservations, 'poll'),
          ...this.#unreadable(parsed.unreadable),
        ];
        if (outputs.length > 0)
          await this.#context.write([
            ...outputs,
            ...pollRow(
              this.#account,
              parsed.reservations.length,
              startedAt,
              clock.now(),
              this.#context.random,
            ),
          ]);
        state.cursor = parsed.cursor;
        cursor = parsed.next;
        if (cursor === null || this.#closed) break;
      }
      state.polledAt = clock.now();
      this.#failures = 0;
      this.#reported = null;
    } catch (error) {
      if (isLostPartition(error)) throw error;
      // A failed poll needs no retry of its own: the next poll is the retry.
      state.polledAt = clock.now();
      await this.#context.write(this.#trouble(error));
    }
    await this.#context.write([this.#cursor()]);
  }

  #routed(reservations: readonly ParsedReservation[], via: InboundVia): Output[] {
    const { clock, random } = this.#context;
    return reservations.flatMap((parsed) => {
      const routed = route(this.#account, parsed, via, clock.now(), random);
      if (!routed) return [];
      if (routed.unmapped.length === 0) return [routed.output];
      const text = `reservation ${parsed.reservation.reservation_id} names ${routed.unmapped.join(', ')}, which belongs to no connection`;
      return [
        routed.output,
        inboundAlert(this.#account, 'LISTING_UNMAPPED', text, clock.now(), random),
      ];
    });
  }

  /** A message that cannot be read holds up no other; the platform repeats it, the owner hears of it once. */
  #unreadable(messages: readonly UnreadableReservation[]): Output[] {
    const { clock, random } = this.#context;
    return messages.flatMap(({ reservationId, message }) => {
      const key = `${reservationId} ${message}`;
      if (this.#reportedUnreadable.has(key)) return [];
      this.#reportedUnreadable.add(key);
      const text = `reservation ${reservationId ?? '(no id)'} cannot be read: ${message}`;
      return [inboundAlert(this.#account, 'CHANNEL_RESPONSE_MALFORMED', text, clock.now(), random)];
    });
  }

  #requireSuccess(response: ChannelResponse): void {
    if (response.status >= 200 && response.status < 300) return;
    const code: ErrorCode =
      response.status === 401
        ? 'CHANNEL_UNAUTHORIZED'
        : response.status === 403
          ? 'CHANNEL_FORBIDDEN'
          : response.status === 429
            ? 'CHANNEL_RATE_LIMITED'
            : response.status >= 500
              ? 'CHANNEL_UNAVAILABLE'
              : 'CHANNEL_RESPONSE_MALFORMED';
    throw new ParityError(code, `the channel answered ${response.status}`);
  }

  /** An alert when a trouble is new and did not pass by itself at once. */
  #trouble(error: unknown): Output[] {
    const code = codeOf(error) ?? 'CHANNEL_RESPONSE_MALFORMED';
    const text = error instanceof Error ? error.message : String(error);
    this.#context.metrics.count('channel_api_errors_total', {
      channel_type: this.#account.channel,
      error_code: code,
    });
    this.#failures++;
    if (this.#failures < 3 || this.#reported === code) return [];
    this.#reported = code;
    return [
      inboundAlert(
        this.#account,
        code,
        `bookings cannot be read: ${text}`,
        this.#context.clock.now(),
        this.#context.random,
      ),
    ];
  }

  /** Without a connection that takes bookings there is nothing to ask for: naming no listing would ask for everybody's. */
  #isDue(state: FeedState): boolean {
    const now = this.#context.clock.now();
    if (!this.#account.connections.some(({ inbound }) => inbound)) return false;
    return now >= this.#quietUntil && now >= state.polledAt + this.#interval();
  }

  /** ms between polls of a feed: the platform's own pace, or the safety poll of the most eager connection. */
  #interval(): number {
    const { pollSeconds } = this.#connector.manifest.inbound;
    const minutes = this.#account.connections
      .filter(({ inbound }) => inbound)
      .map(({ poll_minutes }) => poll_minutes);
    return 1_000 * (pollSeconds ?? Math.min(24 * 60, ...minutes) * 60);
  }

  #identity() {
    const listings = this.#account.connections
      .filter(({ inbound }) => inbound)
      .map(({ listing }) => listing);
    return { listings: [...new Set(listings)], channelAccountId: this.#account.channel_account_id };
  }

  #sleep(): void {
    if (this.#closed || this.#context.lost.aborted) return;
    const now = this.#context.clock.now();
    const active = this.#account.connections.some(({ inbound }) => inbound);
    const polls = active
      ? [...this.#feeds.values()].map((state) =>
          Math.max(this.#quietUntil, state.polledAt + this.#interval()),
        )
      : [];
    const next = Math.min(this.#inbox.nextDue(), ...polls);
    if (!Number.isFinite(next)) return;
    this.#timer = this.#context.timers.after(Math.max(0, next - now), () => this.kick());
  }

  #cursor(): Output {
    const value: AccountCursor = {
      account_id: this.#account.account_id,
      tenant_id: this.#account.tenant_id,
      polls: [...this.#feeds].map(([feed, state]) => ({
        feed,
        cursor: state.cursor,
        polled_at: Math.round(state.polledAt),
      })),
      done: this.#inbox.doneValues(),
      pending: this.#inbox.pendingValues(),
    };
    return {
      topic: 'channel.cursors',
      key: this.#account.account_id,
      value,
      tenantId: this.#account.tenant_id,
    };
  }

  #gaveUp(error: unknown): void {
    this.#closed = true;
    if (isLostPartition(error) || this.#context.lost.aborted) return;
    this.#context.fail(error);
  }
}

/** The log says that the partition is not ours any more. */
function isLostPartition(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'LEASE_LOST' || code === 'LOG_UNAVAILABLE' || code === 'FENCED';
}
