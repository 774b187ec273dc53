import { expect, it } from 'vitest';
import { Stopwatch } from './stopwatch.ts';

it('runs from the first beginning to the last wanted thing', async () => {
  const stopwatch = new Stopwatch(3);
  const before = performance.now();
  stopwatch.begin();
  stopwatch.add(2);
  while (performance.now() - before < 10) Math.sqrt(performance.now());
  stopwatch.begin();
  stopwatch.add(2);
  const elapsed = performance.now() - before;
  const { ms, cpuMs } = await stopwatch.done;
  expect(ms).toBeGreaterThanOrEqual(10);
  expect(ms).toBeLessThanOrEqual(elapsed);
  expect(cpuMs).toBeGreaterThan(0);
});

it('fails with what went wrong', async () => {
  const stopwatch = new Stopwatch(1);
  stopwatch.fail(new Error('the stage ended'));
  await expect(stopwatch.done).rejects.toThrow('the stage ended');
});
