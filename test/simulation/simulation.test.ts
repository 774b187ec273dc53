import { describe, expect, it } from 'vitest';
import { runSeed, simulate } from '../../simulation/index.ts';

/** Seeds of `npm test`; the soak runs hundreds. */
const SEEDS = 6;

describe('the simulation', () => {
  it('finds every invariant held', async () => {
    const report = await simulate({ seeds: SEEDS, from: 1 });
    expect(report.failed.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
    expect(report.requests).toBeGreaterThan(SEEDS * 50);
  }, 180_000);

  it('repeats a seed exactly, and no other', async () => {
    const [first, again, other] = [await runSeed(3), await runSeed(3), await runSeed(4)];
    expect(again).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  }, 180_000);
});
