import type { LimitDeclaration, LimitScope, Manifest } from '../../../connectors/contract.ts';
import type { Environment } from '../../../runtime/ports.ts';
import type { VirtualProcess } from '../../../runtime/testing/virtual-time.ts';
import { VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import { ParityError } from '../../../schemas/errors.ts';
import { MemoryDatabase } from '../../../storage/memory/database.ts';
import { createMemoryStorage } from '../../../storage/memory/storage.ts';
import type { BudgetStore } from '../../../storage/ports/budgets.ts';
import { Measures, SILENT } from '../../delivery/testing/measures.ts';
import { modelConnector } from '../../delivery/testing/model-connector.ts';
import type { Caller } from '../budget-names.ts';
import { budgetsOf } from '../budget-names.ts';
import { Budgets } from '../budgets.ts';
import type { Urgency } from '../line/waiting-line.ts';
import type { RequestSlot } from '../request-budgets.ts';

export const CHANNEL = 'model' as ChannelType;

export function manifestWith(limits: readonly LimitDeclaration[]): Manifest {
  return { ...modelConnector().manifest, limits };
}

export interface Sent {
  readonly caller: Caller;
  /** When it left and when the platform counted it, ms of the run. */
  readonly left: number;
  readonly at: number;
  readonly process: string;
}

/** How a request ends: answered after so many ms, never answered, or given up before its socket. */
export type Fate = number | 'unanswered' | 'unused';

/** A refusal by one budget. Times are ms of the run. */
export interface Refusal {
  readonly budget: string;
  readonly process: string;
  readonly at: number;
  readonly ms: number;
  /** When the database had heard of it; null: never. */
  toldAt: number | null;
}

/** Ms from leaving to the end of the transport's patience, and how much longer its sender takes an unanswered request for possible. */
const PATIENCE_MS = 20_000;
const LATE_MS = 40_000;
/** A platform counts at its door: so long after leaving at most. */
const TRANSIT_MS = 5_000;

/** Several processes that send to one platform, and a database that all of them share. */
export class PlatformWorld {
  readonly time: VirtualTime;
  readonly manifest: Manifest;
  readonly database = new MemoryDatabase();
  readonly sent: Sent[] = [];
  readonly refusals: Refusal[] = [];
  readonly measures = new Measures();
  /** Longest time from the slot to the socket but for a few, ms. */
  prepareMs = 10;
  /** Longest delay of the database, each way, ms; of processes that are started later. */
  databaseMs = 5;
  /** Share of requests that take up to 15 s for that. */
  slowlyPrepared = 0;
  /** Turns that processes took at the database. */
  turns = 0;
  /** Whether the platform now and then says that requests come too fast. */
  refuses = false;
  /** Requests that were withheld in the turn of their socket. */
  withheld = 0;
  #started = 0;

  constructor(limits: readonly LimitDeclaration[], seed = 1) {
    this.time = new VirtualTime({ seed });
    this.manifest = manifestWith(limits);
    this.database.clock = this.time.process('database');
  }

  start(): SendingProcess {
    this.#started++;
    return new SendingProcess(this, `p${this.#started}`);
  }

  /**
   * Requests that left while their budget was paused: at once for the process that was refused, and `graceMs` after the database had heard of
   * it for all others.
   */
  sentInPause(graceMs: number): readonly string[] {
    return this.refusals.flatMap(({ budget, process, at, ms, toldAt }) => {
      const fromFor = (name: string) =>
        name === process ? at : (toldAt ?? Number.POSITIVE_INFINITY) + graceMs;
      return this.sent
        .filter(({ left, process: name }) => left > fromFor(name) && left < at + ms)
        .filter(({ caller }) =>
          budgetsOf(this.manifest, caller).some(({ name }) => name === budget),
        )
        .map(
          ({ left, process: name }) => `${budget}: ${name} at ${left}, refused at ${at} for ${ms}`,
        );
    });
  }

  /** The fullest window of each budget, where it is over its limit. */
  violations(): readonly string[] {
    const times = new Map<string, { requests: number; windowMs: number; at: number[] }>();
    for (const { caller, at } of this.sent)
      for (const { name, requests, windowMs } of budgetsOf(this.manifest, caller)) {
        const known = times.get(name) ?? { requests, windowMs, at: [] };
        known.at.push(at);
        times.set(name, known);
      }
    return [...times].flatMap(([name, { requests, windowMs, at }]) => {
      const sorted = at.sort((a, b) => a - b);
      const over = sorted.find(
        (first, index) => (sorted[index + requests] ?? Number.POSITIVE_INFINITY) - first < windowMs,
      );
      return over === undefined ? [] : [`${name}: more than ${requests} from ${over} on`];
    });
  }
}

/** One process: its clocks run from a start of their own, and its way to the database may be cut. */
export class SendingProcess {
  readonly name: string;
  readonly host: VirtualProcess;
  readonly budgets: Budgets;
  /** `before`: nothing gets to the database; `after`: all does, and no answer comes back. */
  cut: 'before' | 'after' | null = null;
  readonly #world: PlatformWorld;
  /** The turn on its way, and the budgets of whose pauses it tells. */
  #telling = { turn: 0, since: 0, budgets: new Set<string>() };

  constructor(world: PlatformWorld, name: string) {
    this.#world = world;
    this.name = name;
    const { random } = world.time;
    this.host = world.time.process(name, { skew: (random.next() - 0.5) * 20_000 });
    const offset = Math.floor(random.next() * 1e9);
    const { host } = this;
    const environment: Environment = {
      clock: { now: () => host.now(), monotonic: () => host.monotonic() + offset },
      timers: host,
      random,
      logger: SILENT,
      metrics: world.measures,
    };
    this.environment = environment;
    const storage = createMemoryStorage({
      database: world.database,
      environment,
      maxDelayMs: world.databaseMs,
      fault: (point) => {
        if (point === 'before') this.#world.turns++;
        if (point === 'after' && this.cut !== 'before') this.#committed();
        if (this.cut === point) throw new ParityError('DATABASE_UNAVAILABLE', point);
      },
    });
    const store: BudgetStore = {
      settle: (turn) => {
        if (turn.turn !== this.#telling.turn)
          this.#telling = {
            turn: turn.turn,
            since: world.time.elapsed,
            budgets: new Set(turn.pauses.map(({ budget }) => budget)),
          };
        return storage.budgets.settle(turn);
      },
    };
    const manifestOf = () => world.manifest;
    this.budgets = new Budgets({ store, environment, manifestOf });
  }

  readonly environment: Environment;

  /** Takes a slot and sends with it; `ended` when it has ended, in this process's own time. */
  request(caller: Caller, fate: Fate, ended: () => void, urgency: Urgency = 'other'): void {
    const taken = this.budgets.take(caller, urgency, (slot) =>
      this.#send(slot, caller, fate, ended),
    );
    if (taken.kind === 'slot') this.#send(taken.slot, caller, fate, ended);
  }

  /** The platform says that requests like this one come too fast. */
  refuse(caller: Caller, scope: LimitScope, ms: number): void {
    const { manifest, time, refusals } = this.#world;
    for (const spec of budgetsOf(manifest, caller))
      if (spec.scope === scope)
        refusals.push({
          budget: spec.name,
          process: this.name,
          at: time.elapsed,
          ms,
          toldAt: null,
        });
    this.budgets.refused(caller, scope, ms);
  }

  #committed(): void {
    const { since, budgets } = this.#telling;
    for (const refusal of this.#world.refusals)
      if (refusal.process === this.name && refusal.at <= since && budgets.has(refusal.budget))
        refusal.toldAt ??= this.#world.time.elapsed;
  }

  #send(slot: RequestSlot, caller: Caller, fate: Fate, ended: () => void): void {
    const { time, sent } = this.#world;
    const { host } = this;
    const monotonic = () => this.environment.clock.monotonic();
    // The write-ahead takes a while, and a token that has to be renewed a longer one.
    const prepared =
      time.random.next() *
      (time.random.next() < this.#world.slowlyPrepared ? 15_000 : this.#world.prepareMs);
    host.after(prepared, () => {
      if (fate === 'unused' || !slot.mayLeave()) {
        if (fate !== 'unused') this.#world.withheld++;
        slot.unused();
        ended();
        return;
      }
      const left = time.elapsed;
      const life = fate === 'unanswered' ? TRANSIT_MS : fate;
      sent.push({ caller, left, at: left + time.random.next() * life, process: this.name });
      host.after(fate === 'unanswered' ? PATIENCE_MS : fate, () => {
        if (fate === 'unanswered') slot.unanswered(monotonic(), LATE_MS);
        else slot.answered(monotonic());
        ended();
      });
    });
  }
}
