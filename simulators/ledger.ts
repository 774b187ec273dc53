import type { FaultKind, RequestKind } from './faults.ts';
import { fullestWindow } from './sliding-window.ts';

/** One request as the platform saw it. */
export interface Exchange {
  readonly id: number;
  /** Arrival, ms by the platform's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly kind: RequestKind;
  /** Listing or hotel that the platform counts it for; null: none. */
  readonly target: string | null;
  /** Only the newest requests keep theirs. */
  body: string;
  answeredAt: number | null;
  /** Null: not answered (yet). */
  status: number | null;
  fault: FaultKind | null;
}

/** A rule of the platform that a request broke. */
export interface Violation {
  readonly rule: string;
  readonly at: number;
  readonly exchange: number | null;
  readonly detail: string;
}

/** A request that opened a night over which a live booking of this platform lies. */
export interface ReopenedNight {
  readonly unit: string;
  readonly night: string;
  readonly at: number;
  readonly exchange: number;
  readonly bookings: readonly string[];
  /** When the partner was told of the youngest of these bookings (fetched or acknowledged); null: not yet. */
  readonly toldAt: number | null;
  /** Whether a guest could now book the night a second time. */
  readonly sellable: boolean;
}

export interface LedgerReport {
  readonly requests: number;
  readonly byKind: Record<string, number>;
  readonly byStatus: Record<string, number>;
  readonly rateLimited: number;
  readonly violations: Record<string, number>;
  readonly advice: Record<string, number>;
  readonly reopenedBookedNights: number;
  /** Of these, where the partner had been told before. */
  readonly reopenedToldNights: number;
}

const KEPT_EXCHANGES = 50_000;
const KEPT_BODIES = 2_000;
const KEPT_VIOLATIONS = 1_000;

/** What happened at a platform: requests with their times, broken rules, reopened nights. */
export class Ledger {
  readonly #exchanges: Exchange[] = [];
  readonly #arrivals = new Map<string, number[]>();
  readonly #violations: Violation[] = [];
  readonly #violationCounts = new Map<string, number>();
  readonly #advice = new Map<string, number>();
  readonly #byKind = new Map<string, number>();
  readonly #byStatus = new Map<string, number>();
  readonly reopened: ReopenedNight[] = [];
  #nextId = 1;

  open(entry: Pick<Exchange, 'at' | 'method' | 'path' | 'kind' | 'target' | 'body'>): Exchange {
    const exchange: Exchange = {
      ...entry,
      id: this.#nextId,
      answeredAt: null,
      status: null,
      fault: null,
    };
    this.#nextId += 1;
    this.#exchanges.push(exchange);
    const old = this.#exchanges.at(-1 - KEPT_BODIES);
    if (old) old.body = '';
    if (this.#exchanges.length > KEPT_EXCHANGES) this.#exchanges.splice(0, KEPT_EXCHANGES / 2);
    bump(this.#byKind, entry.kind);
    if (entry.target !== null) {
      const arrivals = this.#arrivals.get(entry.target) ?? [];
      arrivals.push(entry.at);
      this.#arrivals.set(entry.target, arrivals);
    }
    return exchange;
  }

  close(exchange: Exchange, status: number, at: number): void {
    exchange.status = status;
    exchange.answeredAt = at;
    bump(this.#byStatus, String(status));
  }

  /** Counts a broken rule. A green run has none. */
  violate(rule: string, detail: string, at: number, exchange: Exchange | null): void {
    bump(this.#violationCounts, rule);
    if (this.#violations.length < KEPT_VIOLATIONS)
      this.#violations.push({ rule, at, exchange: exchange?.id ?? null, detail });
  }

  /** Counts what the platform advises against but takes. */
  advise(rule: string): void {
    bump(this.#advice, rule);
  }

  /** The newest requests, oldest first, of one target or all. */
  exchanges(target?: string): readonly Exchange[] {
    return target === undefined
      ? this.#exchanges
      : this.#exchanges.filter((exchange) => exchange.target === target);
  }

  /** Arrival times (ms, ascending) of all requests that counted for a target. */
  arrivals(target: string): readonly number[] {
    return this.#arrivals.get(target) ?? [];
  }

  /** The fullest window of `windowMs` over all targets. */
  fullest(windowMs: number): number {
    return Math.max(
      0,
      ...[...this.#arrivals.values()].map((times) => fullestWindow(times, windowMs)),
    );
  }

  violations(): readonly Violation[] {
    return this.#violations;
  }

  violationCount(rule?: string): number {
    if (rule !== undefined) return this.#violationCounts.get(rule) ?? 0;
    return [...this.#violationCounts.values()].reduce((sum, count) => sum + count, 0);
  }

  report(): LedgerReport {
    return {
      requests: this.#nextId - 1,
      byKind: Object.fromEntries(this.#byKind),
      byStatus: Object.fromEntries(this.#byStatus),
      rateLimited: this.#byStatus.get('429') ?? 0,
      violations: Object.fromEntries(this.#violationCounts),
      advice: Object.fromEntries(this.#advice),
      reopenedBookedNights: this.reopened.length,
      reopenedToldNights: this.reopened.filter(({ toldAt, at }) => toldAt !== null && toldAt < at)
        .length,
    };
  }
}

function bump(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
