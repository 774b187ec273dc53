import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';

/** The nights of all ranges as ascending ranges that neither overlap nor touch; empty ones are dropped. */
export function union(ranges: readonly DateRange[]): DateRange[] {
  const merged: { start: PlainDate; end: PlainDate }[] = [];
  const ascending = ranges
    .filter((range) => range.start < range.end)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  for (const { start, end } of ascending) {
    const last = merged.at(-1);
    if (!last || start > last.end) merged.push({ start, end });
    else if (end > last.end) last.end = end;
  }
  return merged;
}

/** The nights of `ranges` that `hole` does not cover. */
export function without(ranges: readonly DateRange[], hole: DateRange): DateRange[] {
  return ranges.flatMap(({ start, end }) => {
    if (hole.end <= start || hole.start >= end) return [{ start, end }];
    const before = { start, end: hole.start };
    const after = { start: hole.end, end };
    return [before, after].filter((range) => range.start < range.end);
  });
}
