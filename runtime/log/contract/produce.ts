import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import type { LogRecord } from '../../event-log.ts';
import { type ContractWorld, numbers, record } from './world.ts';

/** Order, offsets, sizes and refusals of what is written. */
export function produceContract(world: ContractWorld): void {
  describe('produce', () => {
    it('answers the offsets in the order of the records, over several partitions', async () => {
      const name = await world.topic();
      const records = [
        record(name, 0, 'a'),
        record(name, 1, 'b'),
        record(name, 0, 'c'),
        record(name, 3, 'd'),
        record(name, 0, 'e'),
      ];
      expect(await world.produce(records)).toEqual([0, 0, 1, 0, 2]);
      expect(await world.produce([record(name, 1, 'f'), record(name, 0, 'g')])).toEqual([1, 3]);
      expect(await world.produce([])).toEqual([]);
    });

    it('keeps keys, headers, binary values and tombstones', async () => {
      const name = await world.topic(1, { 'cleanup.policy': 'compact' });
      const bytes = Uint8Array.from([0, 1, 255, 0, 128]);
      const headers = { traceparent: '00-ab', 'origin-ts': '1700000000000', 'tenant-id': 'ü' };
      const before = Date.UTC(2020, 0, 1);
      await world.produce([
        { topic: name, partition: 0, key: 'kä\u0000y', value: bytes, headers },
        { topic: name, partition: 0, key: 'gone', value: null },
        { topic: name, partition: 0, key: 'empty', value: new Uint8Array(0) },
      ]);
      const found: LogRecord[] = [];
      await world.harness.settled(
        world.log.readToEnd(
          [{ topic: name, partition: 0 }],
          (batch) => void found.push(...batch.records),
        ),
      );
      expect(
        found.map(({ key, offset, topic: of, partition }) => ({ key, offset, of, partition })),
      ).toEqual([
        { key: 'kä\u0000y', offset: 0, of: name, partition: 0 },
        { key: 'gone', offset: 1, of: name, partition: 0 },
        { key: 'empty', offset: 2, of: name, partition: 0 },
      ]);
      expect([...(found[0]?.value ?? [])]).toEqual([...bytes]);
      expect(found[0]?.headers).toEqual(headers);
      expect(found[1]?.value).toBeNull();
      expect(found[1]?.headers).toEqual({});
      expect(found[2]?.value).toHaveLength(0);
      expect(found.every(({ timestamp }) => timestamp > before)).toBe(true);
    });

    it('keeps the order of the calls in each partition, however many are open at once', async () => {
      const name = await world.topic(2);
      const calls = numbers(300).map((call) =>
        world.log.produce([
          record(name, call % 2, `${call}`),
          record(name, (call + 1) % 2, `${call}'`),
        ]),
      );
      const offsets = await world.harness.settled(Promise.all(calls));
      expect(offsets.map((pair) => pair)).toEqual(numbers(300).map((call) => [call, call]));
      expect(await world.values([{ topic: name, partition: 0 }])).toEqual(
        numbers(300).map((call) => (call % 2 === 0 ? `${call}` : `${call}'`)),
      );
    });

    it('writes batches that are larger than one request', async () => {
      const name = await world.topic(2);
      const filler = 'x'.repeat(1_000);
      const records = numbers(4_000).map((index) => record(name, index % 2, `${index} ${filler}`));
      const offsets = await world.produce(records);
      expect(offsets).toEqual(numbers(4_000).map((index) => Math.floor(index / 2)));
      const found = await world.values([{ topic: name, partition: 1 }]);
      expect(found.map((value) => Number(value?.split(' ')[0]))).toEqual(
        numbers(2_000).map((index) => index * 2 + 1),
      );
    });

    it('refuses a record over the maximum and lets the others pass', async () => {
      const name = await world.topic(1);
      const tooLarge = world.log.produce([
        { topic: name, partition: 0, key: null, value: new Uint8Array(2_000_000) },
      ]);
      const fine = world.log.produce([record(name, 0, 'fine')]);
      expect(codeOf(await world.harness.settled(tooLarge.catch((error: unknown) => error)))).toBe(
        'EVENT_TOO_LARGE',
      );
      expect(await world.harness.settled(fine)).toEqual([0]);
    });

    it('refuses a record over the maximum of its topic and lets the others pass', async () => {
      const small = await world.topic(1, { 'max.message.bytes': '5000' });
      const other = await world.topic(1);
      const outcomes = await world.harness.settled(
        Promise.allSettled([
          world.log.produce([record(other, 0, 'first')]),
          world.log.produce([record(other, 0, 'second')]),
          world.log.produce([
            { topic: small, partition: 0, key: null, value: new Uint8Array(20_000) },
          ]),
          world.log.produce([record(other, 0, 'third')]),
        ]),
      );
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      const [, , refused] = outcomes;
      expect(refused?.status === 'rejected' && codeOf(refused.reason)).toBe('EVENT_TOO_LARGE');
      const found = await world.values([{ topic: other, partition: 0 }]);
      expect(found.filter((value, index) => found.indexOf(value) === index)).toEqual([
        'first',
        'second',
        'third',
      ]);
    });

    it('says LOG_UNAVAILABLE for a topic that does not exist', async () => {
      const outcome = world.log
        .produce([record('contract.nowhere', 0, 'x')])
        .catch((error: unknown) => error);
      expect(codeOf(await world.harness.settled(outcome))).toBe('LOG_UNAVAILABLE');
    });
  });
}
