import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../schemas/errors.ts';
import {
  type EventLog,
  type GroupMember,
  type LogRecord,
  type ProduceRecord,
  partitionKey,
  type TopicPartition,
} from '../event-log.ts';
import { Recorder } from './recorder.ts';

/** What the suite needs of an adapter and its surroundings. Time may be virtual: all waiting goes through `until` and `settled`. */
export interface LogHarness {
  /** A client of its own, as a process would have one. */
  connect(): Promise<EventLog>;
  /** Lets time pass until the condition holds; throws when it does not. */
  until(condition: () => boolean): Promise<void>;
  /** Lets time pass until the promise settles. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Lets `ms` pass. */
  pass(ms: number): Promise<void>;
  /** Monotonic time of the clients' clocks, ms. */
  monotonic(): number;
  /** Compacts a topic until of each key only the newest record and the last record of each partition stay. */
  compact(log: EventLog, topic: string): Promise<void>;
  /** Deletes the records of a partition before `offset`. */
  deleteBefore(partition: TopicPartition, offset: number): Promise<void>;
  /** Makes the coordinator rebalance the group that reads these topics, once or more. */
  rebalance(groupId: string, topics: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const SESSION_MS = 6_000;
const PARTITIONS = 4;

const text = new TextEncoder();
const read = new TextDecoder();

function record(
  topic: string,
  partition: number,
  value: string,
  key: string | null = null,
): ProduceRecord {
  return { topic, partition, key, value: text.encode(value) };
}

function textOf({ value }: LogRecord): string | null {
  return value === null ? null : read.decode(value);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The suite that every adapter of the EventLog must pass. */
export function eventLogContract(name: string, open: () => Promise<LogHarness>): void {
  describe(`EventLog contract: ${name}`, () => {
    let harness: LogHarness;
    let log: EventLog;
    let serial = 0;
    const logs: EventLog[] = [];

    beforeAll(async () => {
      harness = await open();
      log = await connect();
    });

    afterAll(async () => {
      for (const each of logs) await harness.settled(each.close());
      await harness.close();
    });

    async function connect(): Promise<EventLog> {
      const client = await harness.connect();
      logs.push(client);
      return client;
    }

    async function topic(
      partitions = PARTITIONS,
      config: Record<string, string> = {},
    ): Promise<string> {
      serial += 1;
      const spec = { name: `contract.t${serial}`, partitions, replicationFactor: 1, config };
      await harness.settled(log.admin.createTopics([spec]));
      return spec.name;
    }

    function produce(records: readonly ProduceRecord[], by: EventLog = log): Promise<number[]> {
      return harness.settled(by.produce(records));
    }

    async function join(
      handler: Recorder,
      groupId: string,
      topics: readonly string[],
      by: EventLog = log,
    ): Promise<GroupMember> {
      return harness.settled(
        by.join({ groupId, topics, sessionTimeoutMs: SESSION_MS, maxWaitMs: 100 }, handler),
      );
    }

    async function values(partitions: readonly TopicPartition[]): Promise<(string | null)[]> {
      const found: (string | null)[] = [];
      await harness.settled(
        log.readToEnd(partitions, (batch) => {
          found.push(...batch.records.map(textOf));
        }),
      );
      return found;
    }

    describe('produce', () => {
      it('answers the offsets in the order of the records, over several partitions', async () => {
        const name = await topic();
        const records = [
          record(name, 0, 'a'),
          record(name, 1, 'b'),
          record(name, 0, 'c'),
          record(name, 3, 'd'),
          record(name, 0, 'e'),
        ];
        expect(await produce(records)).toEqual([0, 0, 1, 0, 2]);
        expect(await produce([record(name, 1, 'f'), record(name, 0, 'g')])).toEqual([1, 3]);
        expect(await produce([])).toEqual([]);
      });

      it('keeps keys, headers, binary values and tombstones', async () => {
        const name = await topic(1, { 'cleanup.policy': 'compact' });
        const bytes = Uint8Array.from([0, 1, 255, 0, 128]);
        const headers = { traceparent: '00-ab', 'origin-ts': '1700000000000', 'tenant-id': 'ü' };
        const before = Date.UTC(2020, 0, 1);
        await produce([
          { topic: name, partition: 0, key: 'kä\u0000y', value: bytes, headers },
          { topic: name, partition: 0, key: 'gone', value: null },
          { topic: name, partition: 0, key: 'empty', value: new Uint8Array(0) },
        ]);
        const found: LogRecord[] = [];
        await harness.settled(
          log.readToEnd(
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
        const name = await topic(2);
        const calls = numbers(300).map((call) =>
          log.produce([
            record(name, call % 2, `${call}`),
            record(name, (call + 1) % 2, `${call}'`),
          ]),
        );
        const offsets = await harness.settled(Promise.all(calls));
        expect(offsets.map((pair) => pair)).toEqual(numbers(300).map((call) => [call, call]));
        expect(await values([{ topic: name, partition: 0 }])).toEqual(
          numbers(300).map((call) => (call % 2 === 0 ? `${call}` : `${call}'`)),
        );
      });

      it('writes batches that are larger than one request', async () => {
        const name = await topic(2);
        const filler = 'x'.repeat(1_000);
        const records = numbers(4_000).map((index) =>
          record(name, index % 2, `${index} ${filler}`),
        );
        const offsets = await produce(records);
        expect(offsets).toEqual(numbers(4_000).map((index) => Math.floor(index / 2)));
        const found = await values([{ topic: name, partition: 1 }]);
        expect(found.map((value) => Number(value?.split(' ')[0]))).toEqual(
          numbers(2_000).map((index) => index * 2 + 1),
        );
      });

      it('refuses a record over the maximum and lets the others pass', async () => {
        const name = await topic(1);
        const tooLarge = log.produce([
          { topic: name, partition: 0, key: null, value: new Uint8Array(2_000_000) },
        ]);
        const fine = log.produce([record(name, 0, 'fine')]);
        expect(codeOf(await harness.settled(tooLarge.catch((error: unknown) => error)))).toBe(
          'EVENT_TOO_LARGE',
        );
        expect(await harness.settled(fine)).toEqual([0]);
      });

      it('refuses a record over the maximum of its topic and lets the others pass', async () => {
        const small = await topic(1, { 'max.message.bytes': '5000' });
        const other = await topic(1);
        const outcomes = await harness.settled(
          Promise.allSettled([
            log.produce([record(other, 0, 'first')]),
            log.produce([record(other, 0, 'second')]),
            log.produce([{ topic: small, partition: 0, key: null, value: new Uint8Array(20_000) }]),
            log.produce([record(other, 0, 'third')]),
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
        const found = await values([{ topic: other, partition: 0 }]);
        expect(found.filter((value, index) => found.indexOf(value) === index)).toEqual([
          'first',
          'second',
          'third',
        ]);
      });

      it('says LOG_UNAVAILABLE for a topic that does not exist', async () => {
        const outcome = log
          .produce([record('contract.nowhere', 0, 'x')])
          .catch((error: unknown) => error);
        expect(codeOf(await harness.settled(outcome))).toBe('LOG_UNAVAILABLE');
      });
    });

    describe('readToEnd and tail', () => {
      it('reads every partition to its end at call time and names the ends', async () => {
        const name = await topic(3);
        await produce(numbers(1_200).map((index) => record(name, index % 2, `${index}`)));
        const found = new Map<string, number[]>();
        const next = new Map<string, number>();
        const partitions = numbers(3).map((partition) => ({ topic: name, partition }));
        const ends = await harness.settled(
          log.readToEnd(partitions, (batch) => {
            const key = partitionKey(batch);
            expect(batch.records[0]?.offset ?? batch.nextOffset).toBeGreaterThanOrEqual(
              next.get(key) ?? 0,
            );
            next.set(key, batch.nextOffset);
            found.set(key, [
              ...(found.get(key) ?? []),
              ...batch.records.map(({ offset }) => offset),
            ]);
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
        const name = await topic(1);
        expect([
          ...(await harness.settled(
            log.readToEnd([{ topic: name, partition: 0 }], () => undefined),
          )),
        ]).toEqual([[`${name}[0]`, 0]]);
        expect((await harness.settled(log.readToEnd([], () => undefined))).size).toBe(0);
      });

      it('passes gaps that compaction left', async () => {
        const name = await topic(1, { 'cleanup.policy': 'compact' });
        for (const round of numbers(5)) {
          await produce(numbers(20).map((key) => record(name, 0, `${key}:${round}`, `key-${key}`)));
        }
        await produce([record(name, 0, 'last', 'last')]);
        await harness.compact(log, name);
        const found: LogRecord[] = [];
        let next = 0;
        const ends = await harness.settled(
          log.readToEnd([{ topic: name, partition: 0 }], (batch) => {
            found.push(...batch.records);
            next = batch.nextOffset;
          }),
        );
        const end = (await harness.settled(log.admin.endOffsets(name))).get(0) ?? -1;
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
        const name = await topic(2);
        await produce(numbers(10).map((index) => record(name, index % 2, `${index}`)));
        const found: string[] = [];
        const from = new Map([
          [`${name}[0]`, 3],
          [`${name}[1]`, 5],
        ]);
        const tail = await harness.settled(
          log.tail(
            from,
            (batch) =>
              void found.push(...batch.records.map((each) => `${each.partition}:${textOf(each)}`)),
          ),
        );
        await harness.until(() => found.length === 2);
        expect(found).toEqual(['0:6', '0:8']);
        await produce([record(name, 1, 'live')]);
        await harness.until(() => found.length === 3);
        expect(found[2]).toBe('1:live');
        await harness.settled(tail.close());
        await produce([record(name, 1, 'late')]);
        await harness.pass(500);
        expect(found).toHaveLength(3);
      });
    });

    describe('one member', () => {
      it('gets the whole assignment, nothing committed, and reads from where it says', async () => {
        const name = await topic(3);
        await produce(numbers(9).map((index) => record(name, index % 3, `${index}`)));
        const handler = new Recorder({
          positions: (key) =>
            key.endsWith('[0]') ? 'earliest' : key.endsWith('[1]') ? 'latest' : 2,
        });
        const member = await join(handler, `${name}-group`, [name]);
        await harness.until(
          () => handler.offsets(name, 0).length === 3 && handler.offsets(name, 2).length === 1,
        );
        expect(handler.assignments).toHaveLength(1);
        expect(handler.assignments[0]?.partitions.map(partitionKey).sort()).toEqual(
          numbers(3).map((partition) => `${name}[${partition}]`),
        );
        expect([...(handler.assignments[0]?.committed.values() ?? [])]).toEqual([null, null, null]);
        await produce([record(name, 1, 'new')]);
        await harness.until(() => handler.offsets(name, 1).length === 1);
        expect(handler.offsets(name, 0)).toEqual([0, 1, 2]);
        expect(handler.offsets(name, 1)).toEqual([3]);
        expect(handler.offsets(name, 2)).toEqual([2]);
        expect(handler.batches.every((batch) => batch.endOffset >= batch.nextOffset)).toBe(true);
        await harness.settled(member.stop());
      });

      it('delivers nothing before `assigned` has answered', async () => {
        const name = await topic(1);
        await produce([record(name, 0, 'a')]);
        const handler = new Recorder({ positions: () => 'earliest', hold: true });
        const member = await join(handler, `${name}-group`, [name]);
        await harness.until(() => handler.assignments.length === 1);
        await produce([record(name, 0, 'b')]);
        await harness.pass(700);
        expect(handler.batches).toEqual([]);
        handler.release();
        await harness.until(() => handler.offsets(name, 0).length === 2);
        await harness.settled(member.stop());
      });

      it('commits, and a successor finds what was committed', async () => {
        const name = await topic(2);
        await produce(numbers(10).map((index) => record(name, index % 2, `${index}`)));
        const first = new Recorder({ positions: () => 'earliest' });
        const member = await join(first, `${name}-group`, [name]);
        await harness.until(() => first.offsets(name, 0).length === 5);
        await harness.settled(member.commit([{ topic: name, partition: 0, offset: 3 }]));
        const committed = await harness.settled(log.admin.committed(`${name}-group`, [name]));
        expect(Object.fromEntries(committed)).toEqual({ [`${name}[0]`]: 3, [`${name}[1]`]: null });
        await harness.settled(member.stop());
        expect(first.revocations).toBe(1);

        const second = new Recorder({ positions: (_key, offset) => offset ?? 'latest' });
        const successor = await join(second, `${name}-group`, [name]);
        await harness.until(() => second.offsets(name, 0).length === 2);
        expect(second.assignments[0]?.committed.get(`${name}[0]`)).toBe(3);
        expect(second.offsets(name, 0)).toEqual([3, 4]);
        expect(second.offsets(name, 1)).toEqual([]);
        await harness.settled(successor.stop());
      });

      it('pauses and resumes single partitions without losing or repeating anything', async () => {
        const name = await topic(2);
        const handler = new Recorder({ positions: () => 'earliest' });
        const member = await join(handler, `${name}-group`, [name]);
        await produce([record(name, 0, 'a'), record(name, 1, 'a')]);
        await harness.until(
          () => handler.offsets(name, 0).length === 1 && handler.offsets(name, 1).length === 1,
        );
        member.pause([{ topic: name, partition: 0 }]);
        await produce([record(name, 0, 'b'), record(name, 1, 'b')]);
        await harness.until(() => handler.offsets(name, 1).length === 2);
        await harness.pass(500);
        expect(handler.offsets(name, 0)).toEqual([0]);
        member.resume([{ topic: name, partition: 0 }]);
        await produce([record(name, 0, 'c')]);
        await harness.until(() => handler.offsets(name, 0).length === 3);
        expect(handler.offsets(name, 0)).toEqual([0, 1, 2]);
        await harness.settled(member.stop());
      });

      it('may be paused from within `records`: the batch is the last', async () => {
        const name = await topic(1);
        const handler = new Recorder({ positions: () => 'earliest' });
        handler.onRecords = (batch) => member.pause([batch]);
        const member = await join(handler, `${name}-group`, [name]);
        await produce([record(name, 0, 'a')]);
        await harness.until(() => handler.batches.length === 1);
        await produce([record(name, 0, 'b')]);
        await produce([record(name, 0, 'c')]);
        await harness.pass(500);
        expect(handler.batches).toHaveLength(1);
        handler.onRecords = () => undefined;
        member.resume([{ topic: name, partition: 0 }]);
        await harness.until(() => handler.offsets(name, 0).length === 3);
        expect(handler.offsets(name, 0)).toEqual([0, 1, 2]);
        await harness.settled(member.stop());
      });

      it('seeks, backwards and forwards', async () => {
        const name = await topic(1);
        await produce(numbers(10).map((index) => record(name, 0, `${index}`)));
        const handler = new Recorder({ positions: () => 'earliest' });
        const member = await join(handler, `${name}-group`, [name]);
        await harness.until(() => handler.offsets(name, 0).length === 10);
        member.seek({ topic: name, partition: 0 }, 7);
        await harness.until(() => handler.offsets(name, 0).length === 13);
        expect(handler.offsets(name, 0).slice(10)).toEqual([7, 8, 9]);
        // The second one counts: nothing comes from where the first one led.
        member.seek({ topic: name, partition: 0 }, 2);
        member.seek({ topic: name, partition: 0 }, 8);
        await harness.until(() => handler.offsets(name, 0).length === 15);
        await produce([record(name, 0, 'ten')]);
        await harness.until(() => handler.offsets(name, 0).length === 16);
        expect(handler.offsets(name, 0).slice(13)).toEqual([8, 9, 10]);
        await harness.settled(member.stop());
      });

      it('hears that records were deleted before it read them, and goes on behind the hole', async () => {
        const name = await topic(1);
        await produce(numbers(10).map((index) => record(name, 0, `${index}`)));
        await harness.deleteBefore({ topic: name, partition: 0 }, 6);
        const handler = new Recorder({ positions: () => 2 });
        const member = await join(handler, `${name}-group`, [name]);
        await harness.until(() => handler.offsets(name, 0).length === 4);
        expect(handler.lost).toEqual([{ key: `${name}[0]`, wanted: 2, resumedAt: 6 }]);
        expect(handler.offsets(name, 0)).toEqual([6, 7, 8, 9]);
        await produce([record(name, 0, 'ten')]);
        await harness.until(() => handler.offsets(name, 0).length === 5);
        expect(handler.lost).toHaveLength(1);
        await harness.settled(member.stop());
      });

      it('reads over compaction gaps and reports the end', async () => {
        const name = await topic(1, { 'cleanup.policy': 'compact' });
        for (const round of numbers(4)) {
          await produce(numbers(10).map((key) => record(name, 0, `${key}:${round}`, `key-${key}`)));
        }
        await produce([record(name, 0, 'last', 'last')]);
        await harness.compact(log, name);
        const end = (await harness.settled(log.admin.endOffsets(name))).get(0) ?? -1;
        const handler = new Recorder({ positions: () => 'earliest' });
        const member = await join(handler, `${name}-group`, [name]);
        await harness.until(() => handler.batches.at(-1)?.nextOffset === end);
        expect(handler.batches.at(-1)?.endOffset).toBe(end);
        expect(handler.lost).toEqual([]);
        await harness.settled(member.stop());
      });

      it('renews its lease while it is alive and has none after it left', async () => {
        const name = await topic(1);
        const handler = new Recorder({ positions: () => 'earliest' });
        const member = await join(handler, `${name}-group`, [name]);
        await harness.until(() => handler.assignments.length === 1);
        const first = member.leaseUntil();
        expect(first).toBeGreaterThan(harness.monotonic());
        expect(first).toBeLessThanOrEqual(harness.monotonic() + SESSION_MS);
        await harness.until(() => member.leaseUntil() > first);
        await harness.until(() => harness.monotonic() - member.lastFetchAt() < 1_000);
        await harness.settled(member.stop());
        expect(member.leaseUntil()).toBeLessThanOrEqual(harness.monotonic());
        expect(handler.revocations).toBe(1);
        await harness.settled(member.ended);
        const late = member
          .commit([{ topic: name, partition: 0, offset: 0 }])
          .catch((error: unknown) => error);
        expect(codeOf(await harness.settled(late))).toBe('LEASE_LOST');
        await harness.settled(member.stop());
        expect(handler.revocations).toBe(1);
      });

      it('ends with CONSUMER_CRASHED when `assigned` throws', async () => {
        const name = await topic(1);
        const handler = new Recorder({
          positions: () => {
            throw new Error('a defect');
          },
        });
        const member = await join(handler, `${name}-group`, [name]);
        const outcome = await harness.settled(member.ended.catch((error: unknown) => error));
        expect(codeOf(outcome)).toBe('CONSUMER_CRASHED');
        expect(member.leaseUntil()).toBeLessThanOrEqual(harness.monotonic());
      });
    });

    describe('several members', () => {
      function owned(handler: Recorder, name: string): number[] {
        const partitions =
          (handler.active ? handler.assignments.at(-1)?.partitions : undefined) ?? [];
        return partitions
          .filter(({ topic: of }) => of === name)
          .map(({ partition }) => partition)
          .sort((a, b) => a - b);
      }

      /** Offsets of partition 0 that came under the newest assignment. */
      function newest(handler: Recorder, name: string): number[] {
        return handler.offsets(name, 0, handler.assignments.length);
      }

      function complete(handlers: readonly Recorder[], name: string): boolean {
        return (
          handlers.flatMap((handler) => owned(handler, name)).length === PARTITIONS &&
          handlers.every((handler) => handler.active)
        );
      }

      it('share the partition numbers: co-partitioned, disjoint, whole, sticky', async () => {
        const [a, b] = [await topic(), await topic()];
        const group = `${a}-group`;
        const present: { handler: Recorder; member: GroupMember }[] = [];
        const shares = async (): Promise<number[][]> => {
          const handlers = present.map(({ handler }) => handler);
          await harness.until(() => complete(handlers, a) && complete(handlers, b));
          for (const handler of handlers) expect(owned(handler, a)).toEqual(owned(handler, b));
          expect(handlers.flatMap((handler) => owned(handler, a)).sort()).toEqual(
            numbers(PARTITIONS),
          );
          return handlers.map((handler) => owned(handler, a));
        };
        const enter = async () => {
          const handler = new Recorder({ positions: () => 'earliest' });
          present.push({ handler, member: await join(handler, group, [a, b], await connect()) });
          return shares();
        };
        expect(await enter()).toEqual([numbers(PARTITIONS)]);
        const two = await enter();
        expect(two.map((share) => share.length)).toEqual([2, 2]);
        const three = await enter();
        expect(three.map((share) => share.length).sort()).toEqual([1, 1, 2]);
        // Who stayed got nothing that another one that stayed had to give up for it.
        expect(two[0]).toEqual(expect.arrayContaining(three[0] ?? []));
        expect(two[1]).toEqual(expect.arrayContaining(three[1] ?? []));
        const last = present.pop();
        if (last !== undefined) await harness.settled(last.member.stop());
        const rest = await shares();
        expect(rest[0]).toEqual(expect.arrayContaining(three[0] ?? []));
        expect(rest[1]).toEqual(expect.arrayContaining(three[1] ?? []));
        for (const { member } of present) await harness.settled(member.stop());
      });

      it('hear of the loss before the next assignment, and kept partitions continue where they say', async () => {
        const name = await topic();
        const group = `${name}-group`;
        await produce(numbers(40).map((index) => record(name, index % PARTITIONS, `${index}`)));
        const next = new Map<string, number>();
        const first = new Recorder({ positions: (key) => next.get(key) ?? 'earliest' });
        first.onRecords = (batch) => next.set(partitionKey(batch), batch.nextOffset);
        const member = await join(first, group, [name], await connect());
        await harness.until(() => first.received.length === 40);
        const second = new Recorder({ positions: () => 'latest' });
        const other = await join(second, group, [name], await connect());
        await harness.until(() => complete([first, second], name));
        expect(first.events.slice(0, 3)).toEqual(['assigned', 'revoked', 'assigned']);
        expect(first.revocations).toBe(first.assignments.length - 1);
        expect(first.assignments.at(-1)?.generation).toBeGreaterThan(
          first.assignments[0]?.generation ?? Number.NaN,
        );
        await produce(numbers(PARTITIONS).map((partition) => record(name, partition, 'after')));
        await harness.until(
          () => first.received.length + second.received.length === 40 + PARTITIONS,
        );
        // Nothing had been committed: without the answer of `assigned` everything would have come again.
        expect(first.received.slice(40).map(textOf)).toEqual(owned(first, name).map(() => 'after'));
        expect(second.received.map(textOf)).toEqual(owned(second, name).map(() => 'after'));
        await harness.settled(member.stop());
        await harness.settled(other.stop());
      });

      it('refuse commits of partitions that went to another member', async () => {
        const name = await topic();
        const group = `${name}-group`;
        const first = new Recorder({ positions: () => 'earliest' });
        const second = new Recorder({ positions: () => 'earliest' });
        const member = await join(first, group, [name], await connect());
        await harness.until(() => complete([first], name));
        const other = await join(second, group, [name], await connect());
        await harness.until(() => complete([first, second], name));
        const partition = owned(second, name)[0] ?? -1;
        const refused = member
          .commit([{ topic: name, partition, offset: 7 }])
          .catch((error: unknown) => error);
        expect(codeOf(await harness.settled(refused))).toBe('LEASE_LOST');
        const committed = await harness.settled(log.admin.committed(group, [name]));
        expect(committed.get(`${name}[${partition}]`)).toBeNull();
        await harness.settled(member.stop());
        await harness.settled(other.stop());
      });

      it('take over what a member that stops leaves, from its last commit', async () => {
        const name = await topic();
        const group = `${name}-group`;
        await produce(numbers(40).map((index) => record(name, index % PARTITIONS, `${index}`)));
        const positions = (_key: string, committed: number | null) => committed ?? 'earliest';
        const [stays, stops] = [new Recorder({ positions }), new Recorder({ positions })];
        const member = await join(stays, group, [name], await connect());
        const other = await join(stops, group, [name], await connect());
        await harness.until(() => complete([stays, stops], name));
        const left = owned(stops, name);
        await harness.settled(
          other.commit(left.map((partition) => ({ topic: name, partition, offset: 6 }))),
        );
        await harness.settled(other.stop());
        await harness.until(() => complete([stays], name));
        const since = stays.assignments.length;
        const assignment = stays.assignments.at(-1);
        for (const partition of left)
          expect(assignment?.committed.get(`${name}[${partition}]`)).toBe(6);
        await harness.until(() =>
          left.every((partition) => stays.offsets(name, partition, since).length === 4),
        );
        for (const partition of left)
          expect(stays.offsets(name, partition, since)).toEqual([6, 7, 8, 9]);
        await harness.settled(member.stop());
      });

      it('get a fresh assignment, with nothing paused, after a rebalance that nobody caused', async () => {
        const name = await topic(1);
        const group = `${name}-group`;
        const handler = new Recorder({ positions: (_key, committed) => committed ?? 'earliest' });
        const member = await join(handler, group, [name], await connect());
        await harness.until(() => handler.active);
        member.pause([{ topic: name, partition: 0 }]);
        await produce(numbers(3).map((index) => record(name, 0, `${index}`)));
        await harness.rebalance(group, [name]);
        await harness.until(
          () => handler.assignments.length >= 2 && newest(handler, name).length === 3,
        );
        expect(newest(handler, name)).toEqual([0, 1, 2]);
        expect(handler.events.slice(0, 3)).toEqual(['assigned', 'revoked', 'assigned']);
        await harness.settled(member.stop());
      });

      it('never hear two things at once: a loss during `assigned` is told after its answer', async () => {
        const name = await topic(1);
        const group = `${name}-group`;
        const handler = new Recorder({ positions: () => 'earliest', hold: true });
        const member = await join(handler, group, [name], await connect());
        await harness.until(() => handler.assignments.length === 1);
        await produce([record(name, 0, 'a')]);
        await harness.rebalance(group, [name]);
        // Longer than it takes a heartbeat to hear of it.
        await harness.pass(SESSION_MS / 4);
        expect(handler.events).toEqual(['assigned']);
        handler.release();
        await harness.until(
          () => handler.assignments.length >= 2 && newest(handler, name).length === 1,
        );
        expect(handler.events.slice(0, 3)).toEqual(['assigned', 'revoked', 'assigned']);
        await harness.settled(member.stop());
      });
    });

    describe('admin and close', () => {
      it('creates, describes, configures and deletes topics', async () => {
        const name = await topic(2, {
          'cleanup.policy': 'compact',
          'min.compaction.lag.ms': '60000',
        });
        await harness.settled(
          log.admin.createTopics([{ name, partitions: 2, replicationFactor: 1, config: {} }]),
        );
        const described = await harness.settled(
          log.admin.describeTopics([name, 'contract.nowhere']),
        );
        expect([...described.keys()]).toEqual([name]);
        expect(described.get(name)).toMatchObject({ name, partitions: 2, replicationFactor: 1 });
        expect(described.get(name)?.config).toMatchObject({
          'cleanup.policy': 'compact',
          'min.compaction.lag.ms': '60000',
        });
        const config = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '1000' };
        await harness.settled(log.admin.setTopicConfig(name, config));
        const changed = await harness.settled(log.admin.describeTopics([name]));
        expect(changed.get(name)?.config).toMatchObject(config);
        await produce([record(name, 1, 'a', 'a'), record(name, 1, 'b', 'b')]);
        expect([...(await harness.settled(log.admin.endOffsets(name)))].sort()).toEqual([
          [0, 0],
          [1, 2],
        ]);
        await harness.settled(log.admin.deleteTopics([name]));
        expect((await harness.settled(log.admin.describeTopics([name]))).size).toBe(0);
      });

      it('refuses work after close and ends its members', async () => {
        const name = await topic(1);
        const client = await connect();
        const handler = new Recorder({ positions: () => 'earliest' });
        const member = await join(handler, `${name}-group`, [name], client);
        await harness.until(() => handler.active);
        const open = client.produce([record(name, 0, 'open')]);
        await harness.settled(client.close());
        expect(await harness.settled(open)).toEqual([0]);
        await harness.settled(member.ended);
        const late = client.produce([record(name, 0, 'late')]).catch((error: unknown) => error);
        expect(codeOf(await harness.settled(late))).toBe('LOG_UNAVAILABLE');
        await harness.settled(client.close());
      });
    });
  });
}
