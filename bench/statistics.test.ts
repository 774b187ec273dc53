import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, medianRatio, percentile, spread } from './statistics.ts';

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });

describe('percentile', () => {
  it('is the nearest rank, whatever the order', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred, 100)).toBe(100);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([10, 2], 50)).toBe(2);
    expect(percentile([15, 20, 35, 40, 50], 30)).toBe(20);
  });

  it('is a value that enough others do not exceed, and no smaller one is', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
        const found = percentile(list, percent);
        const share = (limit: number) => list.filter((value) => value <= limit).length;
        expect(list).toContain(found);
        expect(share(found) * 100).toBeGreaterThanOrEqual(percent * list.length);
        const below = list.filter((value) => value < found).length;
        expect(below * 100).toBeLessThan(percent * list.length);
      }),
    );
  });

  it('sorts by number and leaves the list alone', () => {
    const list = [9, 10, 1];
    expect(percentile(list, 100)).toBe(10);
    expect(list).toEqual([9, 10, 1]);
  });

  it('refuses what has no answer', () => {
    expect(() => percentile([], 50)).toThrow(RangeError);
    expect(() => percentile([1], 0)).toThrow(RangeError);
    expect(() => percentile([1], 101)).toThrow(RangeError);
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('spread', () => {
  it('counts and gives p50, p99 and the greatest', () => {
    const list = Array.from({ length: 200 }, (_, at) => at + 1);
    expect(spread(list)).toEqual({ count: 200, p50: 100, p99: 198, max: 200 });
  });
});

describe('medianRatio', () => {
  it('compares each measurement with its own pair', () => {
    expect(medianRatio([50, 10, 80], [100, 10, 100])).toBe(0.8);
  });

  it('is the ratio when all pairs have the same, however slow each was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        (floor, percent) => {
          const ours = floor.map((value) => (value * percent) / 100);
          expect(medianRatio(ours, floor)).toBeCloseTo(percent / 100, 9);
        },
      ),
    );
  });

  it('refuses lists without pairs', () => {
    expect(() => medianRatio([1, 2], [1])).toThrow(RangeError);
    expect(() => medianRatio([], [])).toThrow(RangeError);
  });
});
