import type { Change } from '../../../connectors/contract.ts';
import type { AcknowledgedCalendar, CellName } from '../calendar/calendar.ts';
import { cellKey } from '../calendar/calendar.ts';
import type { DueChange } from '../difference/diff.ts';

/** A refused closing is tried again at this pace, ms. */
export const REFUSED_CLOSING_RETRY_MS = 30_000;
/** And its owner is told again so often, ms. */
const ALERT_AGAIN_MS = 86_400_000;

interface Entry {
  readonly name: CellName;
  readonly retryAt: number;
  readonly alertedAt: number;
}

/** Closings that the channel refused: never parked, but retried at a pace and alerted once a day. Times are monotonic ms. */
export class RefusedClosings {
  readonly #entries = new Map<string, Entry>();

  /** Notes refusals; answers those of which the owner has not heard yet, other fields than closings included. */
  note<T extends { readonly change: Change }>(refusals: readonly T[], now: number): T[] {
    return refusals.filter(({ change }) => {
      if (!isClosing(change)) return true;
      const key = cellKey(change);
      const known = this.#entries.get(key);
      const news = known === undefined || now >= known.alertedAt + ALERT_AGAIN_MS;
      this.#entries.set(key, {
        name: { night: change.night, field: change.field, ratePlanId: change.ratePlanId },
        retryAt: now + REFUSED_CLOSING_RETRY_MS,
        alertedAt: news ? now : known.alertedAt,
      });
      return news;
    });
  }

  /** Leaves out what has to wait, and says when the next of it may go. Forgets what is neither due nor out. */
  without(
    due: readonly DueChange[],
    calendar: AcknowledgedCalendar,
    now: number,
  ): { readonly due: readonly DueChange[]; readonly retryAt: number } {
    if (this.#entries.size === 0) return { due, retryAt: Number.POSITIVE_INFINITY };
    const waiting = new Set<string>();
    const wanted = new Set(due.map(cellKey));
    let retryAt = Number.POSITIVE_INFINITY;
    for (const [key, entry] of this.#entries) {
      if (!wanted.has(key)) {
        if (calendar.cell(entry.name).state !== 'in_flight') this.#entries.delete(key);
      } else if (entry.retryAt > now) {
        waiting.add(key);
        retryAt = Math.min(retryAt, entry.retryAt);
      }
    }
    if (waiting.size === 0) return { due, retryAt };
    return {
      due: due.filter((change) => change.lane !== 'closing' || !waiting.has(cellKey(change))),
      retryAt,
    };
  }
}

export function isClosing(change: Change): boolean {
  return change.field === 'availability' && change.value === 0;
}
