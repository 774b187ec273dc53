import type { Environment, Timer } from '../../../runtime/ports.ts';
import type {
  BudgetAnswer,
  BudgetPause,
  BudgetStore,
  BudgetTurn,
} from '../../../storage/ports/budgets.ts';
import type { BudgetSpec } from '../budget-names.ts';
import type { InLine } from '../line/waiting-line.ts';
import { WaitingLine } from '../line/waiting-line.ts';
import { DrawnBudget } from './drawn-budget.ts';
import { Lease } from './lease.ts';
import { LeasedBudget } from './leased-budget.ts';
import type { Claim } from './local-budget.ts';
import { Turns } from './turns.ts';

/** Windows up to this length are divided in shares, longer ones drawn slot by slot, ms. */
const LONGEST_SHARED_WINDOW_MS = 10_000;
/** How often all budgets are looked at for what is to be given back or reported, ms. */
const SWEEP_MS = 2_000;

/** A budget of this process with its line. */
export interface Counter<Entry extends InLine> {
  readonly budget: LeasedBudget | DrawnBudget;
  readonly line: WaitingLine<Entry>;
  timer: { readonly at: number; readonly timer: Timer } | null;
}

/** The budgets that this process uses, each made when it is first asked for and forgotten when nothing of it is in use; and their talk with the database. */
export class Counters<Entry extends InLine> {
  readonly #environment: Environment;
  readonly #changed: (counters: readonly Counter<Entry>[]) => void;
  readonly #lease = new Lease();
  readonly #turns: Turns;
  readonly #counters = new Map<string, Counter<Entry>>();
  /** Whose claim is due when, monotonic ms. */
  readonly #due = new Map<Counter<Entry>, number>();
  /** When the pause of a budget ends that the database has not been told of, monotonic ms. */
  readonly #untold = new Map<string, number>();
  #sweepAt = Number.NEGATIVE_INFINITY;
  #slices = 0;

  /** @param changed there may be slots where there were none */
  constructor(
    store: BudgetStore,
    environment: Environment,
    changed: (counters: readonly Counter<Entry>[]) => void,
  ) {
    this.#environment = environment;
    this.#changed = changed;
    this.#turns = new Turns(store, environment, this.#lease, {
      claims: (now, most) => this.#claims(now, most),
      pauses: (now) => this.#takeUntold(now),
      inUse: () => this.#counters.size > 0,
      nextClaimAt: () => this.#nextClaimAt(),
      answered: (turn, answer, askedAt) => this.#answered(turn, answer, askedAt),
    });
  }

  of(spec: BudgetSpec): Counter<Entry> {
    const known = this.#counters.get(spec.name);
    const now = this.#now();
    if (known) {
      known.budget.retune(spec.requests, now);
      return known;
    }
    const budget =
      spec.windowMs <= LONGEST_SHARED_WINDOW_MS
        ? new LeasedBudget(spec, this.#lease, now)
        : new DrawnBudget(spec, this.#environment.clock, () => ++this.#slices);
    const counter: Counter<Entry> = { budget, line: new WaitingLine(), timer: null };
    this.#counters.set(spec.name, counter);
    return counter;
  }

  /** Sees to it that a line is served when a slot becomes free by itself, and that more is asked for. */
  attend(counter: Counter<Entry>): void {
    const { budget, line } = counter;
    const now = this.#now();
    const first = line.first();
    const at = first ? budget.retryAt(now, first.urgency === 'token') : Number.POSITIVE_INFINITY;
    if (counter.timer && counter.timer.at !== at) {
      counter.timer.timer.cancel();
      counter.timer = null;
    }
    if (Number.isFinite(at) && counter.timer === null) {
      const timer = this.#environment.timers.after(Math.max(0, at - now), () => {
        counter.timer = null;
        this.#changed([counter]);
      });
      counter.timer = { at, timer };
    }
    const claimAt = budget.claimAt(now, line.size);
    if (Number.isFinite(claimAt)) this.#due.set(counter, claimAt);
    else this.#due.delete(counter);
    this.#turns.attend(claimAt);
  }

  /** The platform has refused this process: nobody uses the budget before `until` (monotonic ms), as soon as they hear of it. */
  pause(counter: Counter<Entry>, until: number): void {
    const { name } = counter.budget.spec;
    counter.budget.pause(until);
    this.#untold.set(name, Math.max(this.#untold.get(name) ?? until, until));
    this.attend(counter);
    this.#turns.attend(this.#now());
  }

  /** Gives back what this process holds; nobody may take anything afterwards. */
  close(): Promise<void> {
    const counters = [...this.#counters.values()];
    for (const { timer } of counters) timer?.timer.cancel();
    const now = this.#now();
    const farewell = () =>
      counters.map(({ budget }) => budget.farewell(now)).filter((claim) => claim !== null);
    const open = counters.some(({ budget }) => budget.open > 0);
    return this.#turns.close(open ? null : farewell);
  }

  /** Claims that are due; now and then of all budgets, to give back what is not used and to report what is. */
  #claims(now: number, most: number): readonly Claim[] {
    const isSweep = now >= this.#sweepAt;
    if (isSweep) this.#sweepAt = now + SWEEP_MS;
    const due = [...this.#due].filter(([, at]) => at <= now).map(([counter]) => counter);
    const claims: Claim[] = [];
    for (const counter of new Set(isSweep ? [...due, ...this.#counters.values()] : due)) {
      if (claims.length === most) break;
      this.#due.delete(counter);
      const { budget, line } = counter;
      const claim = budget.claim(now, line.size);
      const later = budget.claimAt(now, line.size);
      if (claim) claims.push(claim);
      else if (later > now && Number.isFinite(later)) this.#due.set(counter, later);
      else if (line.size === 0 && budget.isIdle(now)) this.#counters.delete(budget.spec.name);
    }
    return claims;
  }

  #nextClaimAt(): number {
    if (this.#untold.size > 0) return this.#now();
    return Math.min(Number.POSITIVE_INFINITY, ...this.#due.values());
  }

  #takeUntold(now: number): readonly BudgetPause[] {
    const pauses = [...this.#untold]
      .filter(([, until]) => until > now)
      .map(([budget, until]) => ({ budget, ms: Math.ceil(until - now) }));
    this.#untold.clear();
    return pauses;
  }

  #answered({ shares, draws }: BudgetTurn, answer: BudgetAnswer, askedAt: number): void {
    const now = this.#now();
    const changed: Counter<Entry>[] = [];
    for (const { budget, ms } of answer.pauses) {
      const counter = this.#counters.get(budget);
      counter?.budget.pause(now + ms);
      if (counter) changed.push(counter);
    }
    const claimed = new Set(shares.map(({ budget }) => budget));
    const slices = new Map(draws.map(({ budget, slice }) => [budget, slice]));
    for (const granted of answer.shares) {
      const counter = this.#counters.get(granted.budget);
      if (!(counter?.budget instanceof LeasedBudget)) continue;
      counter.budget.granted(granted, claimed.has(granted.budget));
      changed.push(counter);
    }
    for (const granted of answer.draws) {
      const counter = this.#counters.get(granted.budget);
      const slice = slices.get(granted.budget);
      if (!(counter?.budget instanceof DrawnBudget) || slice === undefined) continue;
      counter.budget.granted(granted, slice, askedAt, now);
      changed.push(counter);
    }
    this.#changed(changed);
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }
}
