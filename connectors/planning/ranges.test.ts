import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, daysBetween, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Change } from '../contract.ts';
import { byNight, meaningOf, packRuns, runsOf } from './ranges.ts';

const start = '2026-12-01' as PlainDate;
const changes = fc
  .array(
    fc.record({
      day: fc.nat(60),
      price: fc.constantFrom(null, 100, 200),
      closed: fc.constantFrom(null, 0, 1),
    }),
    { maxLength: 60 },
  )
  .map((entries) => {
    const cells = new Map<string, Change>();
    for (const { day, price, closed } of entries) {
      const night = addDays(start, day);
      if (price !== null)
        cells.set(`${night}p`, { night, field: 'price', ratePlanId: 'a', value: price });
      if (closed !== null)
        cells.set(`${night}a`, { night, field: 'availability', ratePlanId: null, value: closed });
    }
    return [...cells.values()];
  });

describe('runs of nights', () => {
  it('cover each change once, in order, without overlap, and cannot be joined further', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const runs = runsOf(byNight(all));
        const covered = runs.flatMap(({ nights }) => nights.flatMap((night) => night.changes));
        expect(new Set(covered)).toEqual(new Set(all));
        expect(covered).toHaveLength(all.length);
        for (const [at, run] of runs.entries()) {
          expect(run.nights).toHaveLength(daysBetween(run.first, run.last) + 1);
          for (const night of run.nights) expect(meaningOf(night.changes)).toBe(run.key);
          const next = runs[at + 1];
          if (!next) continue;
          expect(next.first > run.last).toBe(true);
          expect(next.key === run.key && addDays(run.last, 1) === next.first).toBe(false);
        }
      }),
    );
  });

  it('are packed into as few groups as fit, cut where they must', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 20 }), (all, most) => {
        const runs = runsOf(byNight(all));
        const groups = packRuns(runs, most);
        const nights = runs.flatMap((run) => run.nights);
        expect(groups.flat().flatMap((run) => run.nights)).toEqual(nights);
        expect(groups).toHaveLength(Math.ceil(nights.length / most));
        for (const run of groups.flat())
          expect(run.nights).toHaveLength(daysBetween(run.first, run.last) + 1);
      }),
    );
  });
});
