import { expect, it } from 'vitest';
import { compare, paceOf } from './comparison.ts';

it('a pace is records by wall time and computing time by record', () => {
  expect(paceOf(1_000, { ms: 500, cpuMs: 20 })).toEqual({ perSecond: 2_000, cpuMicros: 20 });
});

it('ratios are of pairs, medians of sides', () => {
  const pace = (perSecond: number, cpuMicros: number) => ({ perSecond, cpuMicros });
  const result = compare([
    { ours: pace(80, 20), floor: pace(100, 10) },
    // A slow minute: both sides suffer, the ratio does not.
    { ours: pace(8, 20), floor: pace(10, 10) },
    { ours: pace(50, 40), floor: pace(100, 10) },
  ]);
  expect(result.ratio).toBe(0.8);
  expect(result.cpuRatio).toBe(0.5);
  expect(result.ours).toEqual(pace(50, 20));
  expect(result.floor).toEqual(pace(100, 10));
});
