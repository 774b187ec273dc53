import { describe, expect, it } from 'vitest';
import { simulate } from '../../simulation/index.ts';
import { SABOTAGES } from '../simulation/sabotage.ts';

const SEEDS = 200;
/** Other seeds than those of `npm test`. */
const FROM = 10_001;
/** Among so many seeds that nobody chose, each defect shows. */
const SEEDS_OF_A_DEFECT = 60;

describe('the simulation, for a long time', () => {
  it(`holds every invariant over ${SEEDS} seeds and sees everything it wants to`, async () => {
    const report = await simulate({ seeds: SEEDS, from: FROM });
    expect(report.failed.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
    expect(report.missing).toEqual([]);
  });

  for (const [name, decorators] of Object.entries(SABOTAGES)) {
    it(`goes red without its safeguard: ${name}`, async () => {
      const report = await simulate({
        seeds: SEEDS_OF_A_DEFECT,
        from: FROM,
        decorate: await decorators(),
        failFast: true,
      });
      expect(report.failed).toHaveLength(1);
    });
  }
});
