import { describe, expect, it } from 'vitest';
import { runSeed, simulate } from '../../simulation/index.ts';
import { SABOTAGES } from './sabotage.ts';

/** Among so many seeds each defect shows. */
const SEEDS = 30;
/** Where the search begins, so that it is short: with this build the defect shows at once. */
const FROM: Readonly<Record<string, number>> = {
  'no write-ahead': 5,
  'no quarantine': 6,
  'no epoch': 8,
};

describe('a build without one of its safeguards', () => {
  for (const [name, decorators] of Object.entries(SABOTAGES)) {
    it(`${name}: goes red, and the seed replays`, async () => {
      const report = await simulate({
        seeds: SEEDS,
        from: FROM[name] ?? 1,
        decorate: await decorators(),
        failFast: true,
      });
      const [red] = report.failed;
      expect(red?.violations.length, `no seed of ${SEEDS} failed`).toBeGreaterThan(0);
      if (!red) return;
      const replayed = await runSeed(red.seed, { decorate: await decorators() });
      expect(replayed.violations).toEqual(red.violations);
      expect(replayed.digest).toBe(red.digest);
      const intact = await runSeed(red.seed);
      expect(intact.violations).toEqual([]);
    }, 240_000);
  }
});
