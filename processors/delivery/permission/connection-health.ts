import type { Clock } from '../../../runtime/ports.ts';
import { LONGEST_PAUSE_MS } from '../../../runtime/request-life.ts';
import type { Connection, ConnectionHealth } from '../../../schemas/generated/types.ts';
import type { Breaker } from './breaker.ts';
import { admits, CLOSED, OPEN_MS, onFailure, onSuccess, onTime } from './breaker.ts';
import { FAULT_PROBE_MS, isExhausted, isLastRetry, rateLimitDelay, retryDelay } from './retry.ts';

/** What the permission knows of a connection; the rest of its record is the agent's. */
export type PermissionRecord = Omit<ConnectionHealth, 'phase' | 'full_sync'>;

/** What the permission is made of; times are monotonic ms. */
interface Standing {
  readonly breaker: Breaker;
  /** Consecutive transient failures. */
  readonly attempt: number;
  readonly fault: string | null;
  /** Not to be tried before; null: at once. */
  readonly notBefore: number | null;
  /** End of a pause that the channel asked for; a success does not shorten it. */
  readonly pausedUntil: number | null;
}

const FREE: Standing = {
  breaker: CLOSED,
  attempt: 0,
  fault: null,
  notBefore: null,
  pausedUntil: null,
};

/**
 * Whether and when a connection may be called: breaker, retry schedule and connection fault in one place. Three kinds of trouble:
 * - *transient* (network, timeout, 5xx): breaker and retry schedule;
 * - *fault* (refused credential, unlinked listing): a slow probe, no breaker;
 * - *slow down* (429): a pause, neither failure nor success.
 *
 * All times that come in and go out are monotonic ms; only the record in `channel.health` is in wall clock.
 */
export class SendPermission {
  readonly #clock: Clock;
  #standing = FREE;
  #rateLimitHits = 0;
  #changed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is still to wait of each duration; a clock that is ahead or behind cannot make it longer than it can be. */
  restore(health: PermissionRecord): void {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const elapsed = Math.max(0, wall - (health.opened_at ?? wall));
    const wait = Math.min(LONGEST_PAUSE_MS, (health.next_attempt_at ?? wall) - wall);
    const until = wait > 0 ? monotonic + wait : null;
    this.#standing = {
      breaker: {
        state: health.breaker,
        failures: health.consecutive_failures,
        successes: health.consecutive_successes,
        openedAt: health.breaker === 'open' ? monotonic - elapsed : null,
      },
      attempt: health.retry_attempt,
      fault: health.fault,
      notBefore: until,
      pausedUntil: until,
    };
  }

  get breaker(): Breaker {
    return this.#standing.breaker;
  }

  /** Code of the fault that holds; null: none does. */
  get fault(): string | null {
    return this.#standing.fault;
  }

  /** An error was reported and is not over. */
  get inTrouble(): boolean {
    return this.#standing.fault !== null || isExhausted(this.#standing.attempt);
  }

  /** How many more requests may go out now, and else when to ask again. */
  allows(inFlight: number, concurrency: number) {
    const now = this.#clock.monotonic();
    this.#set({ breaker: onTime(this.#standing.breaker, now) });
    const { breaker, attempt, fault, notBefore, pausedUntil } = this.#standing;
    if (breaker.state === 'open') return { free: 0, retryAt: (breaker.openedAt ?? now) + OPEN_MS };
    // After a failure one request at a time finds out whether it is over.
    const most = attempt > 0 || fault !== null ? 1 : admits(breaker, concurrency);
    if (inFlight >= most) return { free: 0, retryAt: Number.POSITIVE_INFINITY };
    const wait = Math.max(notBefore ?? now, pausedUntil ?? now);
    return now < wait ? { free: 0, retryAt: wait } : { free: most - inFlight, retryAt: now };
  }

  /** The channel answered and the connection works. */
  succeeded(): void {
    this.#rateLimitHits = 0;
    const breaker = onSuccess(this.#standing.breaker);
    this.#set({ breaker, attempt: 0, notBefore: null, fault: null });
  }

  /**
   * Network, timeout or 5xx. `last`: the retry schedule is used up with this failure.
   * @param retryAfterMs the channel wants no other call before
   */
  failed(chance: number, retryAfterMs = 0): { readonly last: boolean; readonly opened: boolean } {
    const now = this.#clock.monotonic();
    const before = this.#standing.breaker.state;
    const attempt = this.#standing.attempt + 1;
    const breaker = onFailure(this.#standing.breaker, now);
    const asked = Math.min(retryAfterMs, LONGEST_PAUSE_MS);
    const notBefore = now + Math.max(asked, retryDelay(attempt, chance));
    this.#set({ breaker, attempt, notBefore });
    return { last: isLastRetry(attempt), opened: before !== 'open' && breaker.state === 'open' };
  }

  /** True: the fault is new and wants an alert. */
  faulted(code: string): boolean {
    const isNew = this.#standing.fault !== code;
    this.#set({ fault: code, notBefore: this.#clock.monotonic() + FAULT_PROBE_MS });
    return isNew;
  }

  /** The channel asked to slow down. */
  slowedDown(retryAfterMs: number | null, chance: number): void {
    this.#rateLimitHits++;
    const pause = retryAfterMs || rateLimitDelay(this.#rateLimitHits, chance);
    const until = this.#clock.monotonic() + Math.min(pause, LONGEST_PAUSE_MS);
    this.#set({ pausedUntil: Math.max(this.#standing.pausedUntil ?? until, until) });
  }

  /** A person asked, or the connection was authorised again: try at once. */
  forgive(): void {
    this.#set({ attempt: 0, notBefore: null, fault: null });
  }

  /** The value to write when something changed since the last call, else null. */
  takeChanged(
    connection: Connection,
    appliedCommandOffset: number,
    force: boolean,
  ): PermissionRecord | null {
    if (!this.#changed && !force) return null;
    this.#changed = false;
    const { breaker, attempt, fault, notBefore, pausedUntil } = this.#standing;
    const wait = Math.max(notBefore ?? 0, pausedUntil ?? 0);
    return {
      connection_id: connection.connection_id,
      tenant_id: connection.tenant_id,
      incarnation: connection.incarnation,
      breaker: breaker.state,
      consecutive_failures: breaker.failures,
      consecutive_successes: breaker.successes,
      opened_at: breaker.openedAt === null ? null : this.#wall(breaker.openedAt),
      retry_attempt: attempt,
      next_attempt_at: wait > this.#clock.monotonic() ? this.#wall(wait) : null,
      fault,
      pending_commands: [],
      applied_command_offset: appliedCommandOffset,
    };
  }

  #wall(monotonic: number): number {
    return Math.round(this.#clock.now() + monotonic - this.#clock.monotonic());
  }

  #set(next: Partial<Standing>): void {
    const before = this.#standing;
    this.#standing = { ...before, ...next };
    this.#changed ||= (Object.keys(next) as (keyof Standing)[]).some(
      (key) => before[key] !== next[key],
    );
  }
}
