import { expect, it } from 'vitest';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde } from '../../schemas/serde.ts';
import { partitionOf } from '../../topology/placement.ts';
import { WorkWatch, workOf, works } from './work.ts';

it('makes works in turns, the same each time, up to 5 ms, each unit in one partition', async () => {
  const serde = createSerde(await registerSchemas(new MemoryRegistry()), {
    monotonic: () => 0,
  });
  const records = works(serde, 10_000, 7, 12);
  const made = records.map(({ key }) => workOf(key));
  expect(works(serde, 10_000, 7, 12).map(({ key }) => key)).toEqual(records.map(({ key }) => key));
  expect(new Set(made.map(({ unit }) => unit)).size).toBe(7);
  expect(made.map(({ number }) => number)).toEqual(made.map((_, at) => at));
  const micros = made.map((work) => work.micros);
  expect(Math.max(...micros)).toBeLessThanOrEqual(5_000);
  const mean = micros.reduce((sum, one) => sum + one, 0) / micros.length;
  expect(mean).toBeGreaterThan(2_450);
  expect(mean).toBeLessThan(2_550);
  for (const { key, partition } of records)
    expect(partition).toBe(partitionOf(workOf(key).unit, 12));
});

it('refuses keys of another form', () => {
  for (const key of ['', 'unit', 'unit/1', 'unit/x/1', 'unit/1/1/1'])
    expect(() => workOf(key)).toThrow(RangeError);
});

it('sees what is repeated, out of order or at once', () => {
  const work = (number: number, unit = 'u') => ({ unit, number, micros: 0 });
  const watch = new WorkWatch();
  for (const one of [work(0), work(1, 'v'), work(2)]) {
    watch.begin(one);
    watch.end(one);
  }
  expect(watch.faults).toEqual({ repeated: 0, outOfOrder: 0, atOnce: 0 });
  watch.begin(work(1));
  watch.begin(work(5));
  expect(watch.faults).toEqual({ repeated: 1, outOfOrder: 1, atOnce: 1 });
});
