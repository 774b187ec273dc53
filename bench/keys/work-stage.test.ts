import { expect, it } from 'vitest';
import type { PartitionContext, TableChange } from '../../runtime/stage.ts';
import type { Work } from './work.ts';
import { workStage } from './work-stage.ts';

const TABLE = 'channel.desired';

function change(key: string, offset: number): TableChange {
  return { topic: TABLE, key, offset, originTs: null, traceparent: null };
}

/** A worker whose works end when the test says so. */
function opened() {
  const begun: Work[] = [];
  const ends = new Map<number, () => void>();
  const failures: unknown[] = [];
  const stage = workStage((work) => {
    begun.push(work);
    return new Promise((resolve) => ends.set(work.number, resolve));
  });
  const context = { fail: (error: unknown) => failures.push(error) } as unknown as PartitionContext;
  const worker = stage.open(context);
  const end = async (number: number) => {
    ends.get(number)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { worker, end, failures, begun: () => begun.map(({ number }) => number) };
}

it('does works of different units at once, those of one unit in order, and tells the lowest that is not done', async () => {
  const { worker, end, begun, failures } = opened();
  expect(worker.lowestUndone(TABLE)).toBeUndefined();
  await worker.changed([change('a/0/1', 10), change('b/1/1', 11), change('a/2/1', 12)]);
  expect(begun()).toEqual([0, 1]);
  expect(worker.lowestUndone(TABLE)).toBe(10);
  await end(1);
  expect(worker.lowestUndone(TABLE)).toBe(10);
  await end(0);
  expect(begun()).toEqual([0, 1, 2]);
  expect(worker.lowestUndone(TABLE)).toBe(12);
  await worker.changed([change('a/3/1', 13)]);
  expect(begun()).toEqual([0, 1, 2]);
  await end(2);
  await end(3);
  expect(worker.lowestUndone(TABLE)).toBeUndefined();
  await worker.changed([change('a/4/1', 14)]);
  expect(begun()).toEqual([0, 1, 2, 3, 4]);
  expect(worker.lowestUndone(TABLE)).toBe(14);
  expect(failures).toEqual([]);
});

it('begins nothing after the end', async () => {
  const { worker, end, begun } = opened();
  await worker.changed([change('a/0/1', 0), change('a/1/1', 1)]);
  await worker.close();
  await end(0);
  expect(begun()).toEqual([0]);
});
