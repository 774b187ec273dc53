import type { DrawClaim, ShareClaim } from '../../../storage/ports/budgets.ts';
import type { BudgetSpec } from '../budget-names.ts';
import type { Slot } from './sliding-window.ts';

/** A slot that may be gone before it is used. */
export interface Place extends Slot {
  /** Asked in the turn of the socket: false means that the slot may be another process's by now, so nothing may leave. */
  mayLeave(now: number): boolean;
}

/** What this process has of one budget. Times are monotonic ms. */
export interface LocalBudget {
  readonly spec: BudgetSpec;
  /** @param forToken the last slots are kept for tokens, without which nothing leaves */
  take(now: number, forToken: boolean): Place | null;
  /** When asking again makes sense; Infinity: when a request ends or more is granted. */
  retryAt(now: number, forToken: boolean): number;
  /** What to ask the database for, if anything. @param waiting requests in line */
  claim(now: number, waiting: number): Claim | null;
  /** When to ask for more if somebody waits or what is left runs out; Infinity: no need. */
  claimAt(now: number, waiting: number): number;
  /** The platform has refused requests by this budget: nothing leaves before `until`, also with what was taken before. */
  pause(until: number): void;
  /** The platform counts otherwise from now on. */
  retune(requests: number, now: number): void;
  /** Gives everything up. */
  farewell(now: number): Claim | null;
  /** Nothing of it is in use. */
  isIdle(now: number): boolean;
}

export type Claim =
  | { readonly kind: 'share'; readonly claim: ShareClaim }
  | { readonly kind: 'draw'; readonly claim: DrawClaim };

/** Of a limit, what ordinary requests leave to tokens. One request of those that wait for a token could otherwise hold the slot that it needs. */
export function keptForTokens(limit: number): number {
  return limit < 2 ? 0 : Math.max(1, Math.floor(limit / 50));
}

/** Lowest limit that was named lately: rooms of one hotel may name different ones. */
export class AgreedLimit {
  #requests: number;
  #namedAt: number;

  constructor(requests: number, now: number) {
    this.#requests = requests;
    this.#namedAt = now;
  }

  get requests(): number {
    return this.#requests;
  }

  name(requests: number, now: number): void {
    if (requests > this.#requests && now < this.#namedAt + AGREED_MS) return;
    this.#requests = requests;
    this.#namedAt = now;
  }
}

const AGREED_MS = 60_000;
