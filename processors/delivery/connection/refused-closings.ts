import type { Change } from '../../../connectors/contract.ts';
import type { AcknowledgedCalendar } from '../calendar/calendar.ts';
import type { CellChange, CellName } from '../calendar/cell-name.ts';
import { cellKey } from '../calendar/cell-name.ts';
import type { DueChange } from '../difference/diff.ts';

/** A refused closing is tried again this long after, ms, */
const REFUSED_CLOSING_RETRY_MS = 30_000;
/** and of many one in so long: a channel that refuses them all has room for everything else. */
const ONE_IN_MS = 5_000;
/** And its owner is told again so often, ms. */
const ALERT_AGAIN_MS = 86_400_000;

interface Entry {
  readonly name: CellName;
  readonly retryAt: number;
  readonly alertedAt: number;
}

/** What is due beside closings that the channel has refused. */
interface Sorted {
  readonly due: readonly DueChange[];
  /** Key of a refused closing among them that may be tried again, in a request of its own. */
  readonly retry: string | null;
  /** When another one may. */
  readonly retryAt: number;
}

/**
 * Closings that the channel refused: never parked, but retried at a pace, each alone so that it spoils no other request, and alerted once a day.
 * Times are monotonic ms.
 */
export class RefusedClosings {
  readonly #entries = new Map<string, Entry>();
  #nextAt = Number.NEGATIVE_INFINITY;

  /** Notes refusals; answers those of which the owner has not heard yet, other fields than closings included. */
  note<T extends { readonly change: CellChange }>(refusals: readonly T[], now: number): T[] {
    return refusals.filter(({ change }) => {
      if (!isClosing(change)) return true;
      const key = cellKey(change);
      const known = this.#entries.get(key);
      const news = known === undefined || now >= known.alertedAt + ALERT_AGAIN_MS;
      this.#nextAt = now + ONE_IN_MS;
      this.#entries.set(key, {
        name: { night: change.night, field: change.field, ratePlanId: change.ratePlanId },
        retryAt: now + REFUSED_CLOSING_RETRY_MS,
        alertedAt: news ? now : known.alertedAt,
      });
      return news;
    });
  }

  /** Leaves out those that have to wait. Forgets what is neither due nor out. */
  sort(due: readonly DueChange[], calendar: AcknowledgedCalendar, now: number): Sorted {
    if (this.#entries.size === 0) return { due, retry: null, retryAt: Number.POSITIVE_INFINITY };
    const wanted = new Set(due.filter(({ lane }) => lane === 'closing').map(cellKey));
    let first: readonly [string, number] | null = null;
    for (const [key, { name, retryAt }] of this.#entries) {
      if (!wanted.has(key)) {
        if (calendar.cell(name).state !== 'in_flight') this.#entries.delete(key);
      } else if (first === null || retryAt < first[1]) first = [key, retryAt];
    }
    const retryAt = Math.max(first?.[1] ?? Number.POSITIVE_INFINITY, this.#nextAt);
    const retry = first !== null && retryAt <= now ? first[0] : null;
    const rest = due.filter((change) => {
      const key = cellKey(change);
      return change.lane !== 'closing' || key === retry || !this.#entries.has(key);
    });
    return { due: rest, retry, retryAt: retry === null ? retryAt : Number.POSITIVE_INFINITY };
  }
}

export function isClosing(change: CellChange): change is Change {
  return change.field === 'availability' && change.value === 0;
}
