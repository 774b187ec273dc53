import { describe, expect, it } from 'vitest';
import { type LogRecord, partitionKey } from '../../event-log.ts';
import { type ContractWorld, numbers, record, textOf } from './world.ts';

/** Reading outside any group. */
export function readContract(world: ContractWorld): void {
  describe('readToEnd and tail', () => {
    it('reads every partition to its end at call time and names the ends', async () => {
      const name = await world.topic(3);
      await world.produce(numbers(1_200).map((index) => record(name, index % 2, `${index}`)));
      const found = new Map<string, number[]>();
      const next = new Map<string, number>();
      const partitions = numbers(3).map((partition) => ({ topic: name, partition }));
      const ends = await world.harness.settled(
        world.log.readToEnd(partitions, (batch) => {
          const key = partitionKey(batch);
          expect(batch.records[0]?.offset ?? batch.nextOffset).toBeGreaterThanOrEqual(
            next.get(key) ?? 0,
          );
          next.set(key, batch.nextOffset);
          found.set(key, [...(found.get(key) ?? []), ...batch.records.map(({ offset }) => offset)]);
        }),
      );
      expect(Object.fromEntries(ends)).toEqual({
        [`${name}[0]`]: 600,
        [`${name}[1]`]: 600,
        [`${name}[2]`]: 0,
      });
      expect(found.get(`${name}[0]`)).toEqual(numbers(600));
      expect(found.get(`${name}[1]`)).toEqual(numbers(600));
      expect(found.get(`${name}[2]`) ?? []).toEqual([]);
    });

    it('ends at once where there is nothing', async () => {
      const name = await world.topic(1);
      expect([
        ...(await world.harness.settled(
          world.log.readToEnd([{ topic: name, partition: 0 }], () => undefined),
        )),
      ]).toEqual([[`${name}[0]`, 0]]);
      expect((await world.harness.settled(world.log.readToEnd([], () => undefined))).size).toBe(0);
    });

    it('passes gaps that compaction left', async () => {
      const name = await world.topic(1, { 'cleanup.policy': 'compact' });
      for (const round of numbers(5)) {
        await world.produce(
          numbers(20).map((key) => record(name, 0, `${key}:${round}`, `key-${key}`)),
        );
      }
      await world.produce([record(name, 0, 'last', 'last')]);
      await world.harness.compact(world.log, name);
      const found: LogRecord[] = [];
      let next = 0;
      const ends = await world.harness.settled(
        world.log.readToEnd([{ topic: name, partition: 0 }], (batch) => {
          found.push(...batch.records);
          next = batch.nextOffset;
        }),
      );
      const end = (await world.harness.settled(world.log.admin.endOffsets(name))).get(0) ?? -1;
      expect(ends.get(`${name}[0]`)).toBe(end);
      expect(next).toBeGreaterThanOrEqual(end);
      const newest = new Map(found.map((each) => [each.key, textOf(each)]));
      for (const key of numbers(20)) expect(newest.get(`key-${key}`)).toBe(`${key}:4`);
      expect(found.length).toBeLessThan(60);
      expect(found.map(({ offset }) => offset)).toEqual(
        [...found].map(({ offset }) => offset).sort((a, b) => a - b),
      );
    });

    it('tails from the given offsets until closed', async () => {
      const name = await world.topic(2);
      await world.produce(numbers(10).map((index) => record(name, index % 2, `${index}`)));
      const found: string[] = [];
      const from = new Map([
        [`${name}[0]`, 3],
        [`${name}[1]`, 5],
      ]);
      const tail = await world.harness.settled(
        world.log.tail(
          from,
          (batch) =>
            void found.push(...batch.records.map((each) => `${each.partition}:${textOf(each)}`)),
        ),
      );
      await world.harness.until(() => found.length === 2);
      expect(found).toEqual(['0:6', '0:8']);
      await world.produce([record(name, 1, 'live')]);
      await world.harness.until(() => found.length === 3);
      expect(found[2]).toBe('1:live');
      await world.harness.settled(tail.close());
      await world.produce([record(name, 1, 'late')]);
      await world.harness.pass(500);
      expect(found).toHaveLength(3);
    });
  });
}
