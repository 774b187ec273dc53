import type { Environment, Timer } from '../../../runtime/ports.ts';
import type {
  BudgetAnswer,
  BudgetPause,
  BudgetStore,
  BudgetTurn,
} from '../../../storage/ports/budgets.ts';
import type { Lease } from './lease.ts';
import type { Claim } from './local-budget.ts';

/** Between two renewals of the lease while anything is in use, ms. */
const RENEW_MS = 2_000;
/** How long what is held may be used after a renewal, ms. */
const LEASE_MS = 10_000;
/**
 * How long after it left a request of a process that is gone may still be counted, ms. A platform counts at its door, where what a dead process had
 * on its way has arrived by then. A living process itself waits for an unanswered request much longer.
 */
const TRANSIT_MS = 5_000;
/** Claims of one turn; the rest go with the next. */
const CLAIMS_MOST = 200;
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 2_000;
/** Attempts to say farewell; after them the lease ends by itself. */
const FAREWELLS = 2;

/** What a turn is made of and what comes of it. */
export interface TurnSource {
  /** At most `most` claims. */
  claims(now: number, most: number): readonly Claim[];
  /** What has been refused and is not told yet; the turn takes it over. */
  pauses(now: number): readonly BudgetPause[];
  /** Shares may be held or slots be unreported: the lease is renewed. */
  inUse(): boolean;
  /** When a claim is due or a pause is to be told, monotonic ms; Infinity: neither is. */
  nextClaimAt(): number;
  /** `askedAt`: when the turn left, monotonic ms. */
  answered(turn: BudgetTurn, answer: BudgetAnswer, askedAt: number): void;
}

/**
 * The talk with the database, one turn after the other. A turn whose outcome is unknown is repeated as it was until it is known.
 * *resting* → something is due → *asking* → answered → *resting*; *asking* → failed → (pause) → *asking*; any → close → *closed*.
 */
export class Turns {
  readonly #store: BudgetStore;
  readonly #environment: Environment;
  readonly #lease: Lease;
  readonly #source: TurnSource;
  readonly #process: string;
  #number = 0;
  #mode: 'resting' | 'asking' | 'closed' = 'resting';
  #timer: { readonly at: number; readonly timer: Timer } | null = null;
  #renewAt = Number.NEGATIVE_INFINITY;
  #unknown: { readonly turn: BudgetTurn; readonly askedAt: number } | null = null;
  #failures = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(store: BudgetStore, environment: Environment, lease: Lease, source: TurnSource) {
    this.#store = store;
    this.#environment = environment;
    this.#lease = lease;
    this.#source = source;
    this.#process = environment.random.uuid();
  }

  /** A claim is due at (monotonic ms); Infinity: none is, but what is in use has to be kept. */
  attend(claimAt: number): void {
    if (this.#mode !== 'resting' || this.#failures > 0) return;
    const renewal = this.#source.inUse() ? this.#renewAt : Number.POSITIVE_INFINITY;
    const at = Math.max(this.#now(), Math.min(renewal, claimAt));
    if (Number.isFinite(at)) this.#wakeAt(at);
  }

  /** Gives back what is held. @param farewell the last claims; null: requests are out, so the lease ends by itself */
  async close(farewell: (() => readonly Claim[]) | null): Promise<void> {
    if (this.#mode === 'closed') return;
    this.#mode = 'closed';
    this.#timer?.timer.cancel();
    await this.#running;
    if (!this.#source.inUse() && this.#unknown === null) return;
    for (let attempt = 1; attempt <= FAREWELLS; attempt++) {
      try {
        if (this.#unknown) await this.#store.settle(this.#unknown.turn);
        this.#unknown = null;
        if (farewell === null) return;
        await this.#store.settle(this.#turnOf(farewell(), true));
        return;
      } catch (error) {
        this.#warn(error);
      }
    }
  }

  #wakeAt(at: number): void {
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    const timer = this.#environment.timers.after(Math.max(0, at - this.#now()), () => {
      this.#timer = null;
      if (this.#mode === 'resting') this.#running = this.#ask();
    });
    this.#timer = { at, timer };
  }

  async #ask(): Promise<void> {
    this.#mode = 'asking';
    const now = this.#now();
    const asked = this.#unknown ?? {
      turn: this.#turnOf(this.#source.claims(now, CLAIMS_MOST), false),
      askedAt: now,
    };
    this.#unknown = asked;
    this.#renewAt = now + RENEW_MS;
    try {
      const answer = await this.#store.settle(asked.turn);
      this.#unknown = null;
      this.#failures = 0;
      this.#lease.renew(this.#now(), asked.askedAt + LEASE_MS);
      this.#source.answered(asked.turn, answer, asked.askedAt);
    } catch (error) {
      this.#failures++;
      if (this.#failures === 1) this.#warn(error);
    }
    this.#rest();
  }

  #rest(): void {
    if (this.#mode !== 'asking') return;
    this.#mode = 'resting';
    if (this.#failures === 0) this.attend(this.#source.nextClaimAt());
    else {
      const pause = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** (this.#failures - 1));
      this.#wakeAt(this.#now() + pause);
    }
  }

  #turnOf(claims: readonly Claim[], leaving: boolean): BudgetTurn {
    this.#number++;
    return {
      process: this.#process,
      turn: this.#number,
      leaseMs: LEASE_MS,
      lifeMs: TRANSIT_MS,
      leaving,
      shares: claims.flatMap((one) => (one.kind === 'share' ? [one.claim] : [])),
      draws: claims.flatMap((one) => (one.kind === 'draw' ? [one.claim] : [])),
      pauses: this.#source.pauses(this.#now()),
    };
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }

  #warn(error: unknown): void {
    this.#environment.logger.warn(
      { error: String(error) },
      'the shares of what platforms count cannot be renewed; nothing leaves once the lease is over',
    );
  }
}
