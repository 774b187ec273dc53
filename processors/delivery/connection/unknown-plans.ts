import type { CellChange } from '../calendar/cell-name.ts';
import type { DueChange } from '../difference/diff.ts';
import { isOfUnknownPlan } from '../difference/judgement.ts';

/** Nothing of a rate plan that the channel does not know is sent for this long after it said so, ms. */
export const ASK_AGAIN_MS = 900_000;
/** And its owner is told again so often, ms. */
const TELL_AGAIN_MS = 86_400_000;

interface Refused<T extends CellChange = CellChange> {
  readonly change: T;
  readonly code: string;
  readonly advice: string;
}

interface UnknownPlan {
  readonly code: string;
  /** The channel's words. */
  readonly advice: string;
  /** Monotonic ms. */
  readonly askAt: number;
  readonly toldAt: number;
}

/**
 * Rate plans that the channel does not know: one refusal speaks for all their nights. What becomes due of them is rejected without asking for a
 * while; then the next of it asks again, at the latest the night that enters at midnight. Times are monotonic ms.
 */
export class UnknownPlans {
  readonly #plans = new Map<string, UnknownPlan>();

  /** The log holds a field that was rejected for its plan; the next one that is due asks. */
  restored(ratePlanId: string, code: string, advice: string): void {
    const [askAt, toldAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    if (!this.#plans.has(ratePlanId)) this.#plans.set(ratePlanId, { code, advice, askAt, toldAt });
  }

  /** The channel has answered. */
  refused(refusals: readonly Refused[], now: number): void {
    for (const { change, code, advice } of refusals) {
      if (change.ratePlanId === null || !isOfUnknownPlan(code)) continue;
      const toldAt = this.#plans.get(change.ratePlanId)?.toldAt ?? Number.NEGATIVE_INFINITY;
      this.#plans.set(change.ratePlanId, { code, advice, askAt: now + ASK_AGAIN_MS, toldAt });
    }
  }

  /** What of these changes need not be asked. */
  among(due: readonly DueChange[], now: number): readonly Refused<DueChange>[] {
    if (this.#plans.size === 0) return [];
    return due.flatMap((change) => {
      const plan = change.ratePlanId === null ? undefined : this.#plans.get(change.ratePlanId);
      return plan && now < plan.askAt ? [{ change, code: plan.code, advice: plan.advice }] : [];
    });
  }

  /** Plans of these refusals of which the owner has not heard today; they count as told from now on. */
  news(refusals: readonly Refused[], now: number): ReadonlyMap<string, string> {
    const news = new Map<string, string>();
    for (const { change, code } of refusals) {
      const id = isOfUnknownPlan(code) ? change.ratePlanId : null;
      const plan = id === null ? undefined : this.#plans.get(id);
      if (id === null || !plan || now < plan.toldAt + TELL_AGAIN_MS) continue;
      this.#plans.set(id, { ...plan, toldAt: now });
      news.set(id, plan.advice);
    }
    return news;
  }

  /** The channel took something of the plan. @returns false: it was not thought unknown */
  found(ratePlanId: string): boolean {
    return this.#plans.delete(ratePlanId);
  }

  /** A person, or a new incarnation, wants everything tried again. */
  askAgain(): void {
    for (const [id, plan] of this.#plans)
      this.#plans.set(id, { ...plan, askAt: Number.NEGATIVE_INFINITY });
  }
}
