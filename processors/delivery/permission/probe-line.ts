import type { Environment, Timer } from '../../../runtime/ports.ts';

/** How many connections of a platform in trouble may probe it at the same time. */
export const CANARIES = 3;
/** While nothing is known to work, a place whose probe failed rests so long, ms. */
export const REST_MS = 20_000;
/** Most connections that return at the same time once a platform answers, and the shortest time between two of them, ms. */
const WIDEST = 64;
export const RETURN_GAP_MS = 10;
/** Longer than a request lives, ms: a place whose holder has not ended its probe by then is another's. */
const PATIENCE_MS = 30_000;

/** Told once that it may probe. */
type Wake = () => void;

/**
 * Who of a platform in trouble may probe it. First come, first served: a connection that is broken itself goes to the end when its probe fails,
 * so it keeps nobody waiting. Those with a closing to send and the others take turns.
 *
 * *narrow* (a few places, each of which rests after a failure) → an answer → *widening* (a place more with each answer, one connection after the
 * other) → failures halve it → *narrow*. So an outage costs `CANARIES` probes in `REST_MS`, and its end brings no stampede.
 */
export class ProbeLine {
  readonly #environment: Pick<Environment, 'clock' | 'timers'>;
  readonly #closings = new Map<string, Wake>();
  readonly #others = new Map<string, Wake>();
  /** When each probe that is under way has to be over, monotonic ms. */
  readonly #probing = new Map<string, number>();
  /** When the rest of each place is over, monotonic ms, ascending. */
  #resting: number[] = [];
  #width = CANARIES;
  #nextAt = Number.NEGATIVE_INFINITY;
  #closingsTurn = true;
  #timer: { readonly at: number; readonly timer: Timer } | null = null;

  constructor(environment: Pick<Environment, 'clock' | 'timers'>) {
    this.#environment = environment;
  }

  /** Nobody waits and nobody probes. */
  get isIdle(): boolean {
    return this.#waiting === 0 && this.#probing.size === 0;
  }

  /** A new outage: what the last one has taught is forgotten. */
  narrow(): void {
    this.#width = CANARIES;
  }

  /** True: it may probe now. False: it stands in line, and `wake` is called when it may. */
  join(id: string, hasClosing: boolean, wake: Wake): boolean {
    if (this.#probing.has(id)) return true;
    const [line, other] = hasClosing
      ? [this.#closings, this.#others]
      : [this.#others, this.#closings];
    other.delete(id);
    if (!line.has(id)) line.set(id, wake);
    this.#serve(id);
    return this.#probing.has(id);
  }

  /** Its probe, if it had one, has ended. */
  ended(id: string, how: 'answered' | 'failed'): void {
    if (!this.#probing.delete(id)) return;
    if (how === 'answered') {
      this.#width = Math.min(WIDEST, this.#width + 1);
      this.#resting = [];
    } else {
      if (this.#width === CANARIES) this.#resting.push(this.#now() + REST_MS);
      this.#width = Math.max(CANARIES, this.#width >> 1);
    }
    this.#serve();
  }

  /** It has nothing to send, or is not ours any more. */
  leave(id: string): void {
    this.#closings.delete(id);
    this.#others.delete(id);
    this.#probing.delete(id);
    this.#serve();
  }

  get #waiting(): number {
    return this.#closings.size + this.#others.size;
  }

  /** @param asking need not be woken */
  #serve(asking?: string): void {
    const now = this.#now();
    for (const [id, until] of this.#probing) if (until <= now) this.#probing.delete(id);
    this.#resting = this.#resting.filter((until) => until > now);
    while (this.#waiting > 0 && this.#hasPlace && now >= this.#nextAt) {
      const [id, wake] = this.#take();
      this.#probing.set(id, now + PATIENCE_MS);
      this.#nextAt = now + RETURN_GAP_MS;
      if (id !== asking) wake();
    }
    this.#setTimer(now);
  }

  get #hasPlace(): boolean {
    return this.#probing.size + this.#resting.length < this.#width;
  }

  #take(): [string, Wake] {
    const turn = this.#closings.size > 0 && (this.#closingsTurn || this.#others.size === 0);
    this.#closingsTurn = !turn;
    const line = turn ? this.#closings : this.#others;
    for (const entry of line) {
      line.delete(entry[0]);
      return entry;
    }
    throw new Error('nobody waits');
  }

  /** When a place becomes free by time alone. */
  #setTimer(now: number): void {
    const at =
      this.#waiting === 0
        ? Number.POSITIVE_INFINITY
        : this.#hasPlace
          ? this.#nextAt
          : Math.min(...this.#resting, ...this.#probing.values());
    if (this.#timer?.at === at) return;
    this.#timer?.timer.cancel();
    this.#timer = null;
    if (!Number.isFinite(at)) return;
    const timer = this.#environment.timers.after(Math.max(0, at - now), () => {
      this.#timer = null;
      this.#serve();
    });
    this.#timer = { at, timer };
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }
}
