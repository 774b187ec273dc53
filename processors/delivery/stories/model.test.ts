import fc from 'fast-check';
import { expect, it } from 'vitest';
import { action } from '../testing/model-actions.ts';
import type { RunOptions } from '../testing/model-run.ts';
import { ModelRun } from '../testing/model-run.ts';

/** `DELIVERY_SEED` replays a run, `DELIVERY_RUNS` makes more of them. */
const SEED = Number(process.env.DELIVERY_SEED ?? Math.trunc(Math.random() * 2 ** 31));
const RUNS = Number(process.env.DELIVERY_RUNS ?? 200);

const options: fc.Arbitrary<RunOptions> = fc.record({
  atomic: fc.boolean(),
  concurrency: fc.constantFrom(1, 1, 4),
  perSecond: fc.constantFrom(1, 10),
  horizon: fc.constantFrom(10, 60),
  priceHorizon: fc.constantFrom(4, 60),
  most: fc.constantFrom(null, 1, 3),
  content: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

it(`holds I1, I2, I4, I6, I9 and I10 under anything that may happen (DELIVERY_SEED=${SEED})`, async () => {
  const actions = fc.array(action, { minLength: 1, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(options, actions, async (setting, steps) => {
      const run = await ModelRun.start(setting);
      for (const step of steps) await run.perform(step);
      await run.finish();
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: process.env.DELIVERY_SHRINK === undefined },
  );
  expect(RUNS).toBeGreaterThan(0);
}, 600_000);
