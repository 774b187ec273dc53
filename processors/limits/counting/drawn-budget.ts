import type { Clock } from '../../../runtime/ports.ts';
import type { GrantedDraw } from '../../../storage/ports/budgets.ts';
import type { BudgetSpec } from '../budget-names.ts';
import type { Claim, LocalBudget, Place } from './local-budget.ts';
import { AgreedLimit, keptForTokens } from './local-budget.ts';

/** How long drawn slots may be taken and go to their sockets, ms. */
const USABLE_MS = 10_000;
/** Shortest time between two draws of a budget that is used up, as a part of its window. */
const PARTS_OF_A_WINDOW = 128;
/** Slots drawn ahead are at most this part of the limit. */
const AHEAD = 1 / 50;
const SECOND_MS = 1_000;

interface Slice {
  readonly number: number;
  left: number;
  /** Monotonic ms. */
  readonly usableUntil: number;
}

/**
 * Slots of a long window, drawn from the count in the database: as many as there are requests in line and as the last second used, each to be
 * taken soon. What became of them is reported with the next turn: used so long ago, or not at all.
 */
export class DrawnBudget implements LocalBudget {
  readonly spec: BudgetSpec;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limit: AgreedLimit;
  readonly #nextSlice: () => number;
  #slices: Slice[] = [];
  /** Not reported yet: when the platform counted, or will have counted, monotonic ms. */
  #used: { readonly slice: number; readonly at: number }[] = [];
  #unused = new Map<number, number>();
  #open = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  /** The database keeps slots for what it could not grant us, until it hears that we want none. */
  #inLine = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #second = { at: Number.NEGATIVE_INFINITY, taken: 0, before: 0 };
  /**
   * Slots to have at hand beside that: twice as many with each claim before which a request found none although the limit was not used up,
   * half as many when some end unused. Else a database that takes long for a turn would hold all requests to the pace that it saw.
   */
  #spare = 0;
  #wasShort = false;

  /** @param nextSlice a number that this process has not used for a slice before */
  constructor(spec: BudgetSpec, clock: Pick<Clock, 'monotonic'>, nextSlice: () => number) {
    this.#nextSlice = nextSlice;
    this.spec = spec;
    this.#clock = clock;
    this.#limit = new AgreedLimit(spec.requests, clock.monotonic());
  }

  take(now: number, forToken: boolean): Place | null {
    this.#expire(now);
    if (now < this.#pausedUntil) return null;
    const slice = this.#slices.find(({ left }) => left > 0);
    if (!slice || this.#left <= (forToken ? 0 : this.#kept)) {
      this.#wasShort = true;
      return null;
    }
    slice.left--;
    this.#open++;
    this.#note(now, 1);
    let done = false;
    const end = (effect: () => void) => {
      if (done) return;
      done = true;
      this.#open--;
      effect();
    };
    const { number } = slice;
    return {
      answered: (at) => end(() => this.#used.push({ slice: number, at })),
      unanswered: (at, life) => end(() => this.#used.push({ slice: number, at: at + life })),
      unused: () => end(() => this.#giveBack(slice)),
      mayLeave: (at) => at < slice.usableUntil && at >= this.#pausedUntil,
    };
  }

  retryAt(now: number, forToken: boolean): number {
    return now < this.#pausedUntil && this.#left > (forToken ? 0 : this.#kept)
      ? this.#pausedUntil
      : Number.POSITIVE_INFINITY;
  }

  claim(now: number, waiting: number): Claim | null {
    this.#expire(now);
    if (this.#wasShort && !this.#inLine)
      this.#spare = Math.min(this.#aheadMost, Math.max(2 * this.#spare, waiting, 1));
    this.#wasShort = false;
    // What is drawn in a pause would be void before its end.
    const wanted = now < this.#pausedUntil ? 0 : this.#lacking(now, waiting);
    const news = this.#used.length > 0 || this.#unused.size > 0 || this.#inLine;
    if (wanted === 0 && !news) return null;
    return { kind: 'draw', claim: this.#claimOf(now, wanted) };
  }

  claimAt(now: number, waiting: number): number {
    this.#expire(now);
    const ahead = this.#ahead(now);
    const low = waiting > 0 || this.#left - this.#kept < ahead / 2;
    return low && this.#lacking(now, waiting) > 0
      ? Math.max(now, this.#notBefore, this.#pausedUntil)
      : Number.POSITIVE_INFINITY;
  }

  /** @param askedAt when the claim left, monotonic ms. @param slice its number */
  granted({ slots, retryInMs }: GrantedDraw, slice: number, askedAt: number, now: number): void {
    if (slots > 0)
      this.#slices.push({ number: slice, left: slots, usableUntil: askedAt + USABLE_MS });
    this.#inLine = retryInMs !== null;
    if (retryInMs === null) return;
    this.#notBefore = now + Math.max(retryInMs, this.spec.windowMs / PARTS_OF_A_WINDOW);
  }

  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  retune(requests: number, now: number): void {
    this.#limit.name(requests, now);
  }

  farewell(now: number): Claim | null {
    for (const slice of this.#slices.splice(0)) this.#returnUnused(slice.number, slice.left);
    if (this.#used.length === 0 && this.#unused.size === 0) return null;
    return { kind: 'draw', claim: this.#claimOf(now, 0) };
  }

  isIdle(now: number): boolean {
    this.#expire(now);
    const reported = this.#used.length === 0 && this.#unused.size === 0 && !this.#inLine;
    return this.#open === 0 && this.#left === 0 && reported;
  }

  get open(): number {
    return this.#open;
  }

  #claimOf(now: number, wanted: number) {
    const { name: budget, windowMs } = this.spec;
    const used = grouped(this.#used, windowMs / PARTS_OF_A_WINDOW / 4).map(
      ({ slice, slots, at }) => ({ slice, slots, agoMs: Math.floor(now - at) - 1 }),
    );
    const unused = [...this.#unused].map(([slice, slots]) => ({ slice, slots }));
    this.#used = [];
    this.#unused = new Map();
    const slice = this.#nextSlice();
    const { requests } = this.#limit;
    return { budget, requests, windowMs, wanted, slice, usableMs: USABLE_MS, used, unused };
  }

  get #left(): number {
    return this.#slices.reduce((sum, { left }) => sum + left, 0);
  }

  get #kept(): number {
    return this.spec.scope === 'address' ? keptForTokens(Math.ceil(this.spec.requests * AHEAD)) : 0;
  }

  /** Slots to have at hand, so that few requests wait for the database. */
  #ahead(now: number): number {
    this.#note(now, 0);
    const { taken, before } = this.#second;
    return Math.min(this.#aheadMost, Math.max(taken, before, this.#spare));
  }

  get #aheadMost(): number {
    return Math.ceil(this.#limit.requests * AHEAD);
  }

  #lacking(now: number, waiting: number): number {
    const wanted = waiting + this.#ahead(now);
    const kept = wanted > 0 ? this.#kept : 0;
    return Math.max(0, Math.min(this.#limit.requests, wanted + kept) - this.#left);
  }

  #note(now: number, taken: number): void {
    const { at } = this.#second;
    if (now >= at + 2 * SECOND_MS) this.#second = { at: now, taken: 0, before: 0 };
    else if (now >= at + SECOND_MS)
      this.#second = { at: at + SECOND_MS, taken: 0, before: this.#second.taken };
    this.#second.taken += taken;
  }

  #giveBack(slice: Slice): void {
    if (this.#slices.includes(slice) && this.#clock.monotonic() < slice.usableUntil) slice.left++;
    else this.#returnUnused(slice.number, 1);
  }

  #returnUnused(slice: number, slots: number): void {
    if (slots > 0) this.#unused.set(slice, (this.#unused.get(slice) ?? 0) + slots);
  }

  #expire(now: number): void {
    if (this.#slices.every(({ left, usableUntil }) => left > 0 && now < usableUntil)) return;
    this.#slices = this.#slices.filter((slice) => {
      if (now < slice.usableUntil) return true;
      if (slice.left > 0) this.#spare >>>= 1;
      this.#returnUnused(slice.number, slice.left);
      return false;
    });
  }
}

interface Group {
  readonly slice: number;
  slots: number;
  /** The latest of them. */
  at: number;
}

/** Slots of a slice that were used at about the same time, within `partMs`, together. */
function grouped(
  used: readonly { readonly slice: number; readonly at: number }[],
  partMs: number,
): readonly Group[] {
  const groups: Group[] = [];
  for (const { slice, at } of [...used].sort((a, b) => a.slice - b.slice || a.at - b.at)) {
    const last = groups.at(-1);
    if (last && last.slice === slice && at < last.at + partMs) {
      last.slots++;
      last.at = Math.max(last.at, at);
    } else groups.push({ slice, slots: 1, at });
  }
  return groups;
}
