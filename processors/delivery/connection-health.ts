import type { Connection, ConnectionHealth } from '../../schemas/generated/types.ts';
import type { Breaker } from './breaker.ts';
import { admits, CLOSED, OPEN_MS, onFailure, onSuccess, onTime } from './breaker.ts';
import { FAULT_PROBE_MS, isLastRetry, rateLimitDelay, retryDelay } from './retry.ts';

/**
 * Whether and when a connection may be called: breaker, retry schedule and connection fault in one place. Three kinds of trouble:
 * - *transient* (network, timeout, 5xx): breaker and retry schedule;
 * - *fault* (refused credential, unlinked listing): a slow probe, no breaker;
 * - *slow down* (429): a pause, neither failure nor success.
 */
export class SendPermission {
  #breaker: Breaker = CLOSED;
  #attempt = 0;
  #notBefore = 0;
  /** End of a pause that the channel asked for; a success does not shorten it. */
  #pausedUntil = 0;
  #fault: string | null = null;
  #rateLimitHits = 0;
  #changed = false;

  restore(health: ConnectionHealth): void {
    this.#breaker = {
      state: health.breaker,
      failures: health.consecutive_failures,
      successes: health.consecutive_successes,
      openedAt: health.opened_at,
    };
    this.#attempt = health.retry_attempt;
    this.#notBefore = health.next_attempt_at ?? 0;
    this.#fault = health.fault;
  }

  get breaker(): Breaker {
    return this.#breaker;
  }

  get fault(): string | null {
    return this.#fault;
  }

  /** How many more requests may go out now, and else when (wall clock, ms) to ask again. */
  allows(
    now: number,
    inFlight: number,
    concurrency: number,
  ): { readonly free: number; readonly retryAt: number } {
    this.#set({ breaker: onTime(this.#breaker, now) });
    if (this.#breaker.state === 'open')
      return { free: 0, retryAt: (this.#breaker.openedAt ?? now) + OPEN_MS };
    // After a failure one request at a time finds out whether it is over.
    const most = this.#attempt > 0 || this.#fault !== null ? 1 : admits(this.#breaker, concurrency);
    if (inFlight >= most) return { free: 0, retryAt: Number.POSITIVE_INFINITY };
    const wait = Math.max(this.#notBefore, this.#pausedUntil);
    if (now < wait) return { free: 0, retryAt: wait };
    return { free: most - inFlight, retryAt: now };
  }

  /** The channel answered and the connection works. True: trouble is over. */
  succeeded(): boolean {
    const recovered = this.#attempt > 0 || this.#fault !== null;
    this.#rateLimitHits = 0;
    this.#set({ breaker: onSuccess(this.#breaker), attempt: 0, notBefore: 0, fault: null });
    return recovered;
  }

  /** Network, timeout or 5xx. `last`: the retry schedule is used up with this failure. */
  failed(now: number, chance: number): { readonly last: boolean; readonly opened: boolean } {
    const before = this.#breaker.state;
    const attempt = this.#attempt + 1;
    this.#set({
      breaker: onFailure(this.#breaker, now),
      attempt,
      notBefore: now + retryDelay(attempt, chance),
    });
    return {
      last: isLastRetry(attempt),
      opened: before !== 'open' && this.#breaker.state === 'open',
    };
  }

  /** True: the fault is new and wants an alert. */
  faulted(code: string, now: number): boolean {
    const isNew = this.#fault !== code;
    this.#set({ fault: code, notBefore: now + FAULT_PROBE_MS });
    return isNew;
  }

  /** The channel asked to slow down. Answers the pause, ms. */
  slowedDown(now: number, retryAfterMs: number | null, chance: number): number {
    this.#rateLimitHits++;
    const pause = retryAfterMs ?? rateLimitDelay(this.#rateLimitHits, chance);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
    return pause;
  }

  /** A person asked, or the connection was authorised again: try at once. */
  forgive(): void {
    this.#set({ attempt: 0, notBefore: 0, fault: null });
  }

  /** The value to write when something changed since the last call, else null. */
  takeChanged(
    connection: Connection,
    appliedCommandOffset: number,
    force: boolean,
  ): ConnectionHealth | null {
    if (!this.#changed && !force) return null;
    this.#changed = false;
    return {
      connection_id: connection.connection_id,
      tenant_id: connection.tenant_id,
      incarnation: connection.incarnation,
      breaker: this.#breaker.state,
      consecutive_failures: this.#breaker.failures,
      consecutive_successes: this.#breaker.successes,
      opened_at: this.#breaker.openedAt,
      retry_attempt: this.#attempt,
      next_attempt_at: this.#notBefore === 0 ? null : Math.ceil(this.#notBefore),
      fault: this.#fault,
      pending_commands: [],
      applied_command_offset: appliedCommandOffset,
    };
  }

  #set(next: {
    breaker?: Breaker;
    attempt?: number;
    notBefore?: number;
    fault?: string | null;
  }): void {
    const before = [this.#breaker, this.#attempt, this.#notBefore, this.#fault];
    this.#breaker = next.breaker ?? this.#breaker;
    this.#attempt = next.attempt ?? this.#attempt;
    this.#notBefore = next.notBefore ?? this.#notBefore;
    if (next.fault !== undefined) this.#fault = next.fault;
    const after = [this.#breaker, this.#attempt, this.#notBefore, this.#fault];
    this.#changed ||= before.some((value, i) => value !== after[i]);
  }
}
