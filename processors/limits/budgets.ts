import type { LimitScope, Manifest } from '../../connectors/contract.ts';
import type { Environment, Timer } from '../../runtime/ports.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { BudgetAnswer, BudgetStore, BudgetTurn } from '../../storage/ports/budgets.ts';
import type { BudgetSpec, Caller } from './budget-names.ts';
import { budgetsOf } from './budget-names.ts';
import { DrawnBudget } from './drawn-budget.ts';
import { Lease } from './lease.ts';
import { LeasedBudget } from './leased-budget.ts';
import type { Claim, Place } from './local-budget.ts';
import { Turns } from './turns.ts';
import type { InLine, Urgency } from './waiting-line.ts';
import { WaitingLine } from './waiting-line.ts';

/** Windows up to this length are divided in shares, longer ones drawn slot by slot, ms. */
const LONGEST_SHARED_WINDOW_MS = 10_000;
/** How often all budgets are looked at for what is to be given back or reported, ms. */
const SWEEP_MS = 2_000;

/** Waiters that are told in one turn that they have a slot. */
const TOLD_AT_ONCE = 16;

export interface BudgetPorts {
  readonly store: BudgetStore;
  readonly environment: Environment;
  manifestOf(channel: ChannelType): Manifest | undefined;
}

/** A slot in every budget that a request needs. */
export interface RequestSlot {
  answered(at: number): void;
  unanswered(at: number, longestLifeMs: number): void;
  unused(): void;
  /** Asked in the turn of the socket: false means that a slot may be another process's by now. */
  mayLeave(): boolean;
}

/** A place in line. */
export interface Ticket {
  /** Something more urgent waits with it now. */
  hurry(urgency: Urgency): void;
  leave(): void;
}

export type Taken =
  | { readonly kind: 'slot'; readonly slot: RequestSlot }
  | { readonly kind: 'waiting'; readonly ticket: Ticket };

/** What delivery, polling and token requests ask before a request leaves. */
export interface RequestBudgets {
  /** A slot, or a place in line; then `granted` is called once with the slot, unless the ticket is left before. */
  take(caller: Caller, urgency: Urgency, granted: (slot: RequestSlot) => void): Taken;
  /** Whether both need the same. */
  areSame(a: Caller, b: Caller): boolean;
  /** The platform has refused: whose limit it was pauses for `ms`. False: it was the connection's. */
  refused(caller: Caller, scope: LimitScope | undefined, ms: number): boolean;
}

interface Counter {
  readonly budget: LeasedBudget | DrawnBudget;
  readonly line: WaitingLine<Standing>;
  timer: { readonly at: number; readonly timer: Timer } | null;
}

interface Standing extends InLine {
  readonly waiter: Waiter;
  readonly urgency: Urgency;
}

/**
 * A request on its way through its budgets: it holds those before the one that it waits for.
 * *waiting* → has the last → *served* → told → over; *waiting* or *served* → leave → *left*.
 */
interface Waiter {
  readonly specs: readonly BudgetSpec[];
  readonly held: { readonly counter: Counter; readonly place: Place }[];
  urgency: Urgency;
  state: 'waiting' | 'served' | 'left' | 'over';
  standing: { readonly counter: Counter; readonly entry: Standing } | null;
  since: number;
  readonly granted: (slot: RequestSlot) => void;
}

/**
 * What platforms count for several connections, as far as this process goes. A request takes its budgets one after the other, the narrowest
 * first, and holds what it has: all take them in the same order, so nobody waits in a circle, and in each line the first come are the first
 * served, so nobody starves. No line is looked at before something changes in its budget, so ten thousand in line cost nothing.
 */
export class Budgets implements RequestBudgets {
  readonly #environment: Environment;
  readonly #manifestOf: BudgetPorts['manifestOf'];
  readonly #lease = new Lease();
  readonly #turns: Turns;
  readonly #counters = new Map<string, Counter>();
  /** Where something changed, while that is being dealt with. */
  readonly #changed = new Set<Counter>();
  #serving = false;
  /** Whose claim is due when, monotonic ms. */
  readonly #due = new Map<Counter, number>();
  #sweepAt = Number.NEGATIVE_INFINITY;
  #slices = 0;

  constructor({ store, environment, manifestOf }: BudgetPorts) {
    this.#environment = environment;
    this.#manifestOf = manifestOf;
    this.#turns = new Turns(store, environment, this.#lease, {
      claims: (now, most) => this.#claims(now, most),
      inUse: () => this.#counters.size > 0,
      nextClaimAt: () => Math.min(Number.POSITIVE_INFINITY, ...this.#due.values()),
      answered: (turn, answer, askedAt) => this.#answered(turn, answer, askedAt),
    });
  }

  take(caller: Caller, urgency: Urgency, granted: (slot: RequestSlot) => void): Taken {
    const waiter: Waiter = {
      specs: this.#specsOf(caller),
      held: [],
      urgency,
      state: 'waiting',
      standing: null,
      since: this.#now(),
      granted,
    };
    if (this.#advance(waiter)) {
      waiter.state = 'over';
      return { kind: 'slot', slot: this.#slotOf(waiter) };
    }
    const { channel } = caller;
    this.#environment.metrics.count('rate_limit_hits_total', { channel_type: channel });
    const ticket: Ticket = {
      hurry: (wanted) => this.#hurry(waiter, wanted),
      leave: () => this.#leave(waiter),
    };
    return { kind: 'waiting', ticket };
  }

  areSame(a: Caller, b: Caller): boolean {
    const [some, others] = [this.#specsOf(a), this.#specsOf(b)];
    return some.length === others.length && some.every(({ name }, at) => name === others[at]?.name);
  }

  refused(caller: Caller, scope: LimitScope | undefined, ms: number): boolean {
    const manifest = this.#manifestOf(caller.channel);
    const meant = scope ?? manifest?.limits.find(({ means429 }) => means429)?.scope;
    const specs = this.#specsOf(caller).filter((spec) => spec.scope === meant);
    const until = this.#now() + ms;
    for (const spec of specs) {
      const counter = this.#counter(spec);
      counter.budget.pause(until);
      this.#attend(counter);
    }
    return specs.length > 0;
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

  #specsOf(caller: Caller): readonly BudgetSpec[] {
    const manifest = this.#manifestOf(caller.channel);
    return manifest ? budgetsOf(manifest, caller) : [];
  }

  #counter(spec: BudgetSpec): Counter {
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
    const counter: Counter = { budget, line: new WaitingLine(), timer: null };
    this.#counters.set(spec.name, counter);
    return counter;
  }

  /** Takes what can be had in order, and stands in line for the next. True: the waiter has all. */
  #advance(waiter: Waiter): boolean {
    for (;;) {
      const spec = waiter.specs[waiter.held.length];
      if (!spec) {
        if (this.#dropVoid(waiter)) return true;
        continue;
      }
      const counter = this.#counter(spec);
      const place = counter.line.blocks(waiter.urgency)
        ? null
        : counter.budget.take(this.#now(), waiter.urgency === 'token');
      if (place === null) {
        this.#stand(waiter, counter);
        return false;
      }
      waiter.held.push({ counter, place });
    }
  }

  /** While it waited for the last, a place may have become void: from there on it takes them again. True: all hold. */
  #dropVoid({ held }: Waiter): boolean {
    const now = this.#now();
    const first = held.findIndex(({ place }) => !place.mayLeave(now));
    if (first < 0) return true;
    this.#release(held.splice(first), (place) => place.unused());
    return false;
  }

  #stand(waiter: Waiter, counter: Counter): void {
    waiter.since = this.#now();
    const entry = { waiter, urgency: waiter.urgency, left: false };
    waiter.standing = { counter, entry };
    counter.line.add(entry);
    this.#attend(counter);
  }

  #hurry(waiter: Waiter, urgency: Urgency): void {
    const { standing, since } = waiter;
    if (!standing || waiter.urgency !== 'other' || urgency === 'other') return;
    leaveLine(standing);
    waiter.urgency = urgency;
    this.#stand(waiter, standing.counter);
    waiter.since = since;
  }

  #leave(waiter: Waiter): void {
    const { standing, state } = waiter;
    if (state === 'over' || state === 'left') return;
    waiter.state = 'left';
    waiter.standing = null;
    if (standing) {
      leaveLine(standing);
      this.#changedIn([standing.counter]);
    }
    this.#release(waiter.held.splice(0), (place) => place.unused());
  }

  #slotOf({ held }: Waiter): RequestSlot {
    const end = (how: (place: Place) => void) => this.#release(held, how);
    return {
      answered: (at) => end((place) => place.answered(at)),
      unanswered: (at, life) => end((place) => place.unanswered(at, life)),
      unused: () => end((place) => place.unused()),
      mayLeave: () => held.every(({ place }) => place.mayLeave(this.#now())),
    };
  }

  #release(held: Waiter['held'], how: (place: Place) => void): void {
    for (const { place } of held) how(place);
    this.#changedIn(held.map(({ counter }) => counter));
  }

  #changedIn(counters: readonly Counter[]): void {
    for (const counter of counters) this.#changed.add(counter);
    this.#serve();
  }

  /** Serves the lines of all budgets in which something changed; who is served may change others. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    const served: Waiter[] = [];
    for (;;) {
      const [counter] = this.#changed;
      if (!counter) break;
      this.#changed.delete(counter);
      served.push(...this.#serveLine(counter));
      this.#attend(counter);
    }
    this.#serving = false;
    if (served.length > 0) this.#tell(served);
  }

  /** Each begins to plan and to write ahead at once: not hundreds in one turn. */
  #tell(served: readonly Waiter[]): void {
    for (const waiter of served.slice(0, TOLD_AT_ONCE)) {
      if (waiter.state === 'left') continue;
      waiter.state = 'over';
      waiter.granted(this.#slotOf(waiter));
    }
    const rest = served.slice(TOLD_AT_ONCE);
    if (rest.length > 0) this.#environment.timers.after(0, () => this.#tell(rest));
  }

  /** Who has got all that it needs. */
  #serveLine(counter: Counter): readonly Waiter[] {
    const { budget, line } = counter;
    const served: Waiter[] = [];
    for (;;) {
      const now = this.#now();
      const first = line.first();
      const place = first ? budget.take(now, first.urgency === 'token') : null;
      if (!first || !place) return served;
      line.shift();
      const { waiter } = first;
      waiter.standing = null;
      waiter.held.push({ counter, place });
      this.#observe(budget.spec, now - waiter.since);
      if (!this.#advance(waiter)) continue;
      waiter.state = 'served';
      served.push(waiter);
    }
  }

  #observe({ scope, channel }: BudgetSpec, ms: number): void {
    const labels = { channel_type: channel, scope };
    this.#environment.metrics.observe('parity_rate_limit_wait_seconds', ms / 1_000, labels);
  }

  /** Sees to it that a line is served when a slot becomes free by itself, and that more is asked for. */
  #attend(counter: Counter): void {
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
        this.#changedIn([counter]);
      });
      counter.timer = { at, timer };
    }
    const claimAt = budget.claimAt(now, line.size);
    if (Number.isFinite(claimAt)) this.#due.set(counter, claimAt);
    else this.#due.delete(counter);
    this.#turns.attend(claimAt);
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
      if (claim) claims.push(claim);
      else if (line.size === 0 && budget.isIdle(now)) this.#counters.delete(budget.spec.name);
    }
    return claims;
  }

  #answered({ shares, draws }: BudgetTurn, answer: BudgetAnswer, askedAt: number): void {
    const now = this.#now();
    const claimed = new Set(shares.map(({ budget }) => budget));
    const slices = new Map(draws.map(({ budget, slice }) => [budget, slice]));
    for (const granted of answer.shares) {
      const counter = this.#counters.get(granted.budget);
      if (!(counter?.budget instanceof LeasedBudget)) continue;
      counter.budget.granted(granted, claimed.has(granted.budget));
      this.#changed.add(counter);
    }
    for (const granted of answer.draws) {
      const counter = this.#counters.get(granted.budget);
      const slice = slices.get(granted.budget);
      if (!(counter?.budget instanceof DrawnBudget) || slice === undefined) continue;
      counter.budget.granted(granted, slice, askedAt, now);
      this.#changed.add(counter);
    }
    this.#serve();
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }
}

function leaveLine({ counter, entry }: NonNullable<Waiter['standing']>): void {
  entry.left = true;
  counter.line.remove(entry.urgency);
}

/** As `take`, waiting. @throws the signal's reason when it is aborted first */
export function waitForSlot(
  budgets: RequestBudgets,
  caller: Caller,
  urgency: Urgency,
  signal: AbortSignal,
): Promise<RequestSlot> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const taken = budgets.take(caller, urgency, (slot) => {
      signal.removeEventListener('abort', onAbort);
      resolve(slot);
    });
    const onAbort = () => {
      if (taken.kind === 'waiting') taken.ticket.leave();
      reject(signal.reason);
    };
    if (taken.kind === 'slot') resolve(taken.slot);
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Slots for token requests, before all others in line. */
export function tokenSlots(budgets: RequestBudgets) {
  return (channel: ChannelType, endpoint: string, signal: AbortSignal): Promise<RequestSlot> =>
    waitForSlot(budgets, { channel, endpoint }, 'token', signal);
}
