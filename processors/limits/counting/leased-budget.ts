import type { GrantedShare } from '../../../storage/ports/budgets.ts';
import type { BudgetSpec } from '../budget-names.ts';
import type { Lease } from './lease.ts';
import type { Claim, LocalBudget, Place } from './local-budget.ts';
import { AgreedLimit, keptForTokens } from './local-budget.ts';
import { isSlot, SlidingWindow } from './sliding-window.ts';

/** The use that is looked at when a share is asked for or given back: the most of one or two such periods, ms. */
const PERIOD_MS = 10_000;
/** A share that nobody else wants is kept so long without use, ms. */
const IDLE_MS = 300_000;
/** Between two claims while others have what is wanted, ms. */
const ASK_AGAIN_MS = 250;
/** Beside what is in use a process asks for a quarter as much again, or for this. */
const HEADROOM = 1;

/**
 * The share of a short window, in which this process counts by itself: an exact sliding window as large as the share.
 * A share is lowered in two steps, so that others never have it too early: the limit is lowered at once, and the database is told what is still
 * in use. It is void when the lease of the process is over, and after that until it is granted anew.
 */
export class LeasedBudget implements LocalBudget {
  readonly spec: BudgetSpec;
  readonly #lease: Lease;
  readonly #limit: AgreedLimit;
  readonly #window: SlidingWindow;
  #share = 0;
  /** What the database wants us to have; below the share, others wait for the rest. */
  #target = 0;
  #generation = -1;
  #peaks: readonly [number, number] = [0, 0];
  #periodSince: number;
  #usedAt: number;
  #askAgainAt = Number.NEGATIVE_INFINITY;
  /** The share is void, and the database does not know yet that it is not used. */
  #untold = false;

  constructor(spec: BudgetSpec, lease: Lease, now: number) {
    this.spec = spec;
    this.#lease = lease;
    this.#limit = new AgreedLimit(spec.requests, now);
    this.#window = new SlidingWindow(0, spec.windowMs, now);
    this.#periodSince = now;
    this.#usedAt = now;
  }

  take(now: number, forToken: boolean): Place | null {
    if (!this.#isValid(now)) return null;
    const slot = this.#window.take(now, forToken ? 0 : this.#kept);
    if (!isSlot(slot)) return null;
    this.#note(now, this.#window.occupied(now));
    this.#usedAt = now;
    const generation = this.#generation;
    return {
      answered: slot.answered,
      unanswered: slot.unanswered,
      unused: slot.unused,
      mayLeave: (at) =>
        this.#isValid(at) && generation === this.#generation && !this.#window.isPaused(at),
    };
  }

  retryAt(now: number, forToken: boolean): number {
    if (!this.#isValid(now)) return Number.POSITIVE_INFINITY;
    return this.#window.freeAt(now, forToken ? 0 : this.#kept);
  }

  claim(now: number, waiting: number): Claim | null {
    const valid = this.#isValid(now);
    const occupied = this.#window.occupied(now);
    this.#note(now, occupied + waiting);
    if (!valid) {
      this.#untold ||= this.#share > 0;
      this.#share = 0;
      this.#target = 0;
      this.#window.retune(0, this.spec.windowMs);
    }
    const wanted = this.#wanted(now, waiting);
    const asked = this.#target < this.#share;
    const idle = this.#need === 0 && wanted < this.#share;
    const surplus = (idle || wanted < this.#share / 2) && !asked && waiting === 0;
    const more = wanted > this.#share && (waiting > 0 || this.#need >= this.#share);
    if (!asked && !surplus && !this.#untold && !(more && now >= this.#askAgainAt)) return null;
    if (surplus) this.#lower(wanted);
    this.#askAgainAt = now + ASK_AGAIN_MS;
    const inUse = Math.max(Math.min(this.#share, this.#target), occupied);
    return { kind: 'share', claim: this.#claimOf(inUse, wanted) };
  }

  claimAt(now: number, waiting: number): number {
    if (this.#target < this.#share) return Math.max(now, this.#askAgainAt);
    const lacks = waiting > 0 && (!this.#isValid(now) || this.#share < this.#limit.requests);
    return lacks
      ? Math.max(now, this.#askAgainAt, this.#window.pausedUntil)
      : Number.POSITIVE_INFINITY;
  }

  /** @param claimed false: others want part of a share that was not claimed */
  granted({ share, target }: GrantedShare, claimed: boolean): void {
    // Of a former generation nobody knows what has become.
    if (!claimed && this.#generation !== this.#lease.generation) return;
    this.#generation = this.#lease.generation;
    if (claimed) this.#untold = false;
    this.#share = share;
    this.#lower(Math.min(target, this.#limit.requests));
  }

  pause(until: number): void {
    this.#window.pause(until);
  }

  retune(requests: number, now: number): void {
    this.#limit.name(requests, now);
    if (this.#target > this.#limit.requests) this.#lower(this.#limit.requests);
  }

  farewell(now: number): Claim | null {
    if (this.#share === 0 && !this.#untold) return null;
    this.#lower(0);
    return { kind: 'share', claim: this.#claimOf(this.#window.occupied(now), 0) };
  }

  isIdle(now: number): boolean {
    return this.#window.occupied(now) === 0 && this.#share === 0 && !this.#untold;
  }

  get open(): number {
    return this.#window.open;
  }

  #claimOf(inUse: number, wanted: number) {
    const { name: budget, windowMs } = this.spec;
    return { budget, requests: this.#limit.requests, windowMs, inUse, wanted };
  }

  #isValid(now: number): boolean {
    return this.#generation === this.#lease.generation && this.#lease.lives(now);
  }

  get #kept(): number {
    return this.spec.scope === 'address' ? keptForTokens(this.#target) : 0;
  }

  #lower(limit: number): void {
    this.#target = limit;
    this.#window.retune(limit, this.spec.windowMs);
  }

  get #need(): number {
    return Math.max(...this.#peaks);
  }

  #wanted(now: number, waiting: number): number {
    const need = this.#need;
    if (need > 0) return Math.min(this.#limit.requests, need + Math.max(HEADROOM, need >> 2));
    return waiting === 0 && now >= this.#usedAt + IDLE_MS ? 0 : Math.min(this.#share, HEADROOM);
  }

  #note(now: number, need: number): void {
    if (now >= this.#periodSince + PERIOD_MS) {
      const latest = now >= this.#periodSince + 2 * PERIOD_MS ? 0 : this.#peaks[1];
      this.#peaks = [latest, 0];
      this.#periodSince = now;
    }
    this.#peaks = [this.#peaks[0], Math.max(this.#peaks[1], need)];
  }
}
