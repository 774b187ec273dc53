import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { FineSleeper } from './fine-sleeper.ts';

const sleeper = new FineSleeper();
afterAll(() => sleeper.close());

/** Moments are rounded to ns, and clocks to doubles. */
const CLOCK_STEP_MS = 0.001;

const times = fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 1, maxLength: 200 });

it('wakes everybody, nobody early, and in the order of their times', async () => {
  await fc.assert(
    fc.asyncProperty(times, async (micros) => {
      /** The sleep began between two looks at the clock, so it was due between these. */
      const woken: { readonly from: number; readonly to: number; readonly at: number }[] = [];
      await Promise.all(
        micros.map(async (asked) => {
          const from = performance.now() + asked / 1_000;
          const sleeping = sleeper.sleep(asked / 1_000);
          const to = performance.now() + asked / 1_000;
          await sleeping;
          woken.push({ from, to, at: performance.now() });
        }),
      );
      expect(woken).toHaveLength(micros.length);
      for (const { from, at } of woken) expect(at).toBeGreaterThanOrEqual(from - CLOCK_STEP_MS);
      const overtaken = woken.filter(({ to }, index) => (woken[index - 1]?.from ?? 0) > to);
      expect(overtaken).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

it('serves one that comes later but is due earlier', async () => {
  const order: string[] = [];
  const first = sleeper.sleep(200).then(() => order.push('late'));
  await sleeper.sleep(1).then(() => order.push('early'));
  await first;
  expect(order).toEqual(['early', 'late']);
});
