import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { dateIn, nextMidnight } from '../../../schemas/domain/plain-date.ts';

/** A date of a property, and when (wall clock, ms) it begins to be watched and ends. */
export interface PropertyDay {
  readonly date: PlainDate;
  readonly since: number;
  readonly until: number;
}

/** Today by time zone. Asking a calendar for it is slow, and it changes once a day. */
export class PropertyDays {
  readonly #days = new Map<string, PropertyDay>();

  at(timeZone: string, now: number): PropertyDay {
    const known = this.#days.get(timeZone);
    // A wall clock that was set back asks for an earlier day.
    if (known && now >= known.since && now < known.until) return known;
    const day = { date: dateIn(timeZone, now), since: now, until: nextMidnight(timeZone, now) };
    this.#days.set(timeZone, day);
    return day;
  }
}
