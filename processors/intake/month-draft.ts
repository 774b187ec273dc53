import type { DateRange, PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import {
  addDays,
  dayIndex,
  daysBetween,
  daysIn,
  firstOf,
  monthsOf,
  nextMonth,
} from '../../schemas/domain/plain-date.ts';
import type {
  MonthRegister,
  NightBlock,
  NightPrice,
  NightRestrictions,
  RestrictionSet,
} from '../../schemas/generated/types.ts';

const NO_RESTRICTIONS: RestrictionSet = {
  min_stay_arrival: null,
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
};
const NEVER_BLOCKED: NightBlock = { sequence: 0, closed: false };
const NEVER_PRICED: NightPrice = { sequence: 0, amount: null, currency: null };
const NEVER_RESTRICTED: NightRestrictions = { sequence: 0, set: NO_RESTRICTIONS };

/** A month of registers while a batch is folded. Per night and register the newest sequence wins; sequences begin at 1. */
export class MonthDraft {
  readonly month: PlainMonth;
  readonly #blocks: NightBlock[];
  readonly #prices: NightPrice[];
  readonly #restrictions: NightRestrictions[];

  constructor(month: PlainMonth, known: MonthRegister | undefined) {
    const days = daysIn(month);
    this.month = month;
    this.#blocks = known ? [...known.blocks] : new Array(days).fill(NEVER_BLOCKED);
    this.#prices = known ? [...known.prices] : new Array(days).fill(NEVER_PRICED);
    this.#restrictions = known ? [...known.restrictions] : new Array(days).fill(NEVER_RESTRICTED);
  }

  /** @returns whether anything changed; so do the setters below. */
  setBlocks(days: Days, sequence: number, closed: boolean): boolean {
    return setNewer(this.#blocks, days, { sequence, closed });
  }

  setPrices(days: Days, sequence: number, amount: number | null, currency: string): boolean {
    return setNewer(this.#prices, days, {
      sequence,
      amount,
      currency: amount === null ? null : currency,
    });
  }

  setRestrictions(days: Days, sequence: number, set: RestrictionSet): boolean {
    return setNewer(this.#restrictions, days, { sequence, set });
  }

  toRegister(): MonthRegister {
    return {
      month: this.month,
      blocks: this.#blocks,
      prices: this.#prices,
      restrictions: this.#restrictions,
    };
  }
}

/** Positions of nights in a month, from 0, `end` excluded. */
export interface Days {
  readonly start: number;
  readonly end: number;
}

/** The parts of a half-open range by month. */
export function daysByMonth(range: DateRange): { month: PlainMonth; days: Days }[] {
  return monthsOf(range).map((month) => {
    const start = range.start > firstOf(month) ? dayIndex(range.start) : 0;
    const end = range.end >= firstOf(nextMonth(month)) ? daysIn(month) : dayIndex(range.end);
    return { month, days: { start, end } };
  });
}

/** The price of every night of `range` as runs of equal amounts; null where no span covers a night. Spans do not overlap. */
export function priceRuns(
  range: DateRange,
  spans: readonly { readonly start: PlainDate; readonly end: PlainDate; readonly amount: number }[],
): { range: DateRange; amount: number | null }[] {
  const amounts = new Array<number | null>(daysBetween(range.start, range.end)).fill(null);
  for (const span of spans) {
    const from = Math.max(0, daysBetween(range.start, span.start));
    const to = Math.min(amounts.length, daysBetween(range.start, span.end));
    if (from < to) amounts.fill(span.amount, from, to);
  }
  const runs: { range: DateRange; amount: number | null }[] = [];
  let from = 0;
  for (let at = 1; at <= amounts.length; at++) {
    const amount = amounts[from] ?? null;
    if (at < amounts.length && (amounts[at] ?? null) === amount) continue;
    runs.push({
      range: { start: addDays(range.start, from), end: addDays(range.start, at) },
      amount,
    });
    from = at;
  }
  return runs;
}

function setNewer<T extends { readonly sequence: number }>(
  nights: T[],
  days: Days,
  fact: T,
): boolean {
  let changed = false;
  for (let day = days.start; day < days.end; day++) {
    const known = nights[day];
    if (known === undefined || known.sequence >= fact.sequence) continue;
    nights[day] = fact;
    changed = true;
  }
  return changed;
}
