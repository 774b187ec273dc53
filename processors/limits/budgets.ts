import type { LimitScope, Manifest } from '../../connectors/contract.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { BudgetStore } from '../../storage/ports/budgets.ts';
import type { BudgetSpec, Caller } from './budget-names.ts';
import { budgetsOf } from './budget-names.ts';
import type { Counter } from './counting/counters.ts';
import { Counters } from './counting/counters.ts';
import type { Place } from './counting/local-budget.ts';
import type { InLine, Urgency } from './line/waiting-line.ts';
import type { RequestBudgets, RequestSlot, Taken, Ticket } from './request-budgets.ts';

/** Waiters that are told in one turn that they have a slot. */
const TOLD_AT_ONCE = 16;

export interface BudgetPorts {
  readonly store: BudgetStore;
  readonly environment: Environment;
  manifestOf(channel: ChannelType): Manifest | undefined;
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
  readonly held: { readonly counter: Counter<Standing>; readonly place: Place }[];
  urgency: Urgency;
  state: 'waiting' | 'served' | 'left' | 'over';
  standing: { readonly counter: Counter<Standing>; readonly entry: Standing } | null;
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
  readonly #counters: Counters<Standing>;
  /** Where something changed, while that is being dealt with. */
  readonly #changed = new Set<Counter<Standing>>();
  #serving = false;

  constructor({ store, environment, manifestOf }: BudgetPorts) {
    this.#environment = environment;
    this.#manifestOf = manifestOf;
    this.#counters = new Counters(store, environment, (counters) => this.#changedIn(counters));
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
    for (const spec of specs) this.#counters.pause(this.#counters.of(spec), until);
    const { channel } = caller;
    const labels = { channel_type: channel, scope: specs[0]?.scope ?? 'connection' };
    this.#environment.metrics.count('parity_rate_limit_refusals_total', labels);
    return specs.length > 0;
  }

  /** Gives back what this process holds; nobody may take anything afterwards. */
  close(): Promise<void> {
    return this.#counters.close();
  }

  #specsOf(caller: Caller): readonly BudgetSpec[] {
    const manifest = this.#manifestOf(caller.channel);
    return manifest ? budgetsOf(manifest, caller) : [];
  }

  /** Takes what can be had in order, and stands in line for the next. True: the waiter has all. */
  #advance(waiter: Waiter): boolean {
    for (;;) {
      const spec = waiter.specs[waiter.held.length];
      if (!spec) {
        if (this.#dropVoid(waiter)) return true;
        continue;
      }
      const counter = this.#counters.of(spec);
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

  #stand(waiter: Waiter, counter: Counter<Standing>): void {
    waiter.since = this.#now();
    const entry = { waiter, urgency: waiter.urgency, left: false };
    waiter.standing = { counter, entry };
    counter.line.add(entry);
    this.#counters.attend(counter);
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

  #changedIn(counters: readonly Counter<Standing>[]): void {
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
      this.#counters.attend(counter);
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
  #serveLine(counter: Counter<Standing>): readonly Waiter[] {
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

  #now(): number {
    return this.#environment.clock.monotonic();
  }
}

function leaveLine({ counter, entry }: NonNullable<Waiter['standing']>): void {
  entry.left = true;
  counter.line.remove(entry.urgency);
}
