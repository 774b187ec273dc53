import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import { partitionKey } from '../../event-log.ts';
import { Recorder } from '../recorder.ts';
import { type ContractWorld, numbers, record, SESSION_MS } from './world.ts';

/** What one member of a group may rely on. */
export function memberContract(world: ContractWorld): void {
  describe('one member', () => {
    it('gets the whole assignment, nothing committed, and reads from where it says', async () => {
      const name = await world.topic(3);
      await world.produce(numbers(9).map((index) => record(name, index % 3, `${index}`)));
      const handler = new Recorder({
        positions: (key) => (key.endsWith('[0]') ? 'earliest' : key.endsWith('[1]') ? 3 : 2),
      });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.until(
        () => handler.offsets(name, 0).length === 3 && handler.offsets(name, 2).length === 1,
      );
      expect(handler.assignments).toHaveLength(1);
      expect(handler.assignments[0]?.partitions.map(partitionKey).sort()).toEqual(
        numbers(3).map((partition) => `${name}[${partition}]`),
      );
      expect([...(handler.assignments[0]?.committed.values() ?? [])]).toEqual([null, null, null]);
      await world.produce([record(name, 1, 'new')]);
      await world.harness.until(() => handler.offsets(name, 1).length === 1);
      expect(handler.offsets(name, 0)).toEqual([0, 1, 2]);
      expect(handler.offsets(name, 1)).toEqual([3]);
      expect(handler.offsets(name, 2)).toEqual([2]);
      expect(handler.batches.every((batch) => batch.endOffset >= batch.nextOffset)).toBe(true);
      await world.harness.settled(member.stop());
    });

    it('delivers nothing before `assigned` has answered', async () => {
      const name = await world.topic(1);
      await world.produce([record(name, 0, 'a')]);
      const handler = new Recorder({ positions: () => 'earliest', hold: true });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.until(() => handler.assignments.length === 1);
      await world.produce([record(name, 0, 'b')]);
      await world.harness.pass(700);
      expect(handler.batches).toEqual([]);
      handler.release();
      await world.harness.until(() => handler.offsets(name, 0).length === 2);
      await world.harness.settled(member.stop());
    });

    it('commits, and a successor finds what was committed', async () => {
      const name = await world.topic(2);
      await world.produce(numbers(10).map((index) => record(name, index % 2, `${index}`)));
      const first = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(first, `${name}-group`, [name]);
      await world.harness.until(() => first.offsets(name, 0).length === 5);
      await world.harness.settled(member.commit([{ topic: name, partition: 0, offset: 3 }]));
      const committed = await world.harness.settled(
        world.log.admin.committed(`${name}-group`, [name]),
      );
      expect(Object.fromEntries(committed)).toEqual({ [`${name}[0]`]: 3, [`${name}[1]`]: null });
      await world.harness.settled(member.stop());
      expect(first.revocations).toBe(1);

      const second = new Recorder({ positions: (_key, offset) => offset ?? 5 });
      const successor = await world.join(second, `${name}-group`, [name]);
      await world.harness.until(() => second.offsets(name, 0).length === 2);
      expect(second.assignments[0]?.committed.get(`${name}[0]`)).toBe(3);
      expect(second.offsets(name, 0)).toEqual([3, 4]);
      expect(second.offsets(name, 1)).toEqual([]);
      await world.harness.settled(successor.stop());
    });

    it('pauses and resumes single partitions without losing or repeating anything', async () => {
      const name = await world.topic(2);
      const handler = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.produce([record(name, 0, 'a'), record(name, 1, 'a')]);
      await world.harness.until(
        () => handler.offsets(name, 0).length === 1 && handler.offsets(name, 1).length === 1,
      );
      member.pause([{ topic: name, partition: 0 }]);
      await world.produce([record(name, 0, 'b'), record(name, 1, 'b')]);
      await world.harness.until(() => handler.offsets(name, 1).length === 2);
      await world.harness.pass(500);
      expect(handler.offsets(name, 0)).toEqual([0]);
      member.resume([{ topic: name, partition: 0 }]);
      await world.produce([record(name, 0, 'c')]);
      await world.harness.until(() => handler.offsets(name, 0).length === 3);
      expect(handler.offsets(name, 0)).toEqual([0, 1, 2]);
      await world.harness.settled(member.stop());
    });

    it('may be paused from within `records`: the batch is the last', async () => {
      const name = await world.topic(1);
      const handler = new Recorder({ positions: () => 'earliest' });
      handler.onRecords = (batch) => member.pause([batch]);
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.produce([record(name, 0, 'a')]);
      await world.harness.until(() => handler.batches.length === 1);
      await world.produce([record(name, 0, 'b')]);
      await world.produce([record(name, 0, 'c')]);
      await world.harness.pass(500);
      expect(handler.batches).toHaveLength(1);
      handler.onRecords = () => undefined;
      member.resume([{ topic: name, partition: 0 }]);
      await world.harness.until(() => handler.offsets(name, 0).length === 3);
      expect(handler.offsets(name, 0)).toEqual([0, 1, 2]);
      await world.harness.settled(member.stop());
    });

    it('seeks, backwards and forwards', async () => {
      const name = await world.topic(1);
      await world.produce(numbers(10).map((index) => record(name, 0, `${index}`)));
      const handler = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.until(() => handler.offsets(name, 0).length === 10);
      member.seek({ topic: name, partition: 0 }, 7);
      await world.harness.until(() => handler.offsets(name, 0).length === 13);
      expect(handler.offsets(name, 0).slice(10)).toEqual([7, 8, 9]);
      // The second one counts: nothing comes from where the first one led.
      member.seek({ topic: name, partition: 0 }, 2);
      member.seek({ topic: name, partition: 0 }, 8);
      await world.harness.until(() => handler.offsets(name, 0).length === 15);
      await world.produce([record(name, 0, 'ten')]);
      await world.harness.until(() => handler.offsets(name, 0).length === 16);
      expect(handler.offsets(name, 0).slice(13)).toEqual([8, 9, 10]);
      await world.harness.settled(member.stop());
    });

    it('hears that records were deleted before it read them, and goes on behind the hole', async () => {
      const name = await world.topic(1);
      await world.produce(numbers(10).map((index) => record(name, 0, `${index}`)));
      await world.harness.deleteBefore({ topic: name, partition: 0 }, 6);
      const handler = new Recorder({ positions: () => 2 });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.until(() => handler.offsets(name, 0).length === 4);
      expect(handler.lost).toEqual([{ key: `${name}[0]`, wanted: 2, resumedAt: 6 }]);
      expect(handler.offsets(name, 0)).toEqual([6, 7, 8, 9]);
      await world.produce([record(name, 0, 'ten')]);
      await world.harness.until(() => handler.offsets(name, 0).length === 5);
      expect(handler.lost).toHaveLength(1);
      await world.harness.settled(member.stop());
    });

    it('reads over compaction gaps and reports the end', async () => {
      const name = await world.topic(1, { 'cleanup.policy': 'compact' });
      for (const round of numbers(4)) {
        await world.produce(
          numbers(10).map((key) => record(name, 0, `${key}:${round}`, `key-${key}`)),
        );
      }
      await world.produce([record(name, 0, 'last', 'last')]);
      await world.harness.compact(world.log, name);
      const end = (await world.harness.settled(world.log.admin.endOffsets(name))).get(0) ?? -1;
      const handler = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.until(() => handler.batches.at(-1)?.nextOffset === end);
      expect(handler.batches.at(-1)?.endOffset).toBe(end);
      expect(handler.lost).toEqual([]);
      await world.harness.settled(member.stop());
    });

    it('renews its lease while it is alive and has none after it left', async () => {
      const name = await world.topic(1);
      const handler = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.until(() => handler.assignments.length === 1);
      const first = member.leaseUntil();
      expect(first).toBeGreaterThan(world.harness.monotonic());
      expect(first).toBeLessThanOrEqual(world.harness.monotonic() + SESSION_MS);
      await world.harness.until(() => member.leaseUntil() > first);
      await world.harness.until(() => world.harness.monotonic() - member.lastFetchAt() < 1_000);
      await world.harness.settled(member.stop());
      expect(member.leaseUntil()).toBeLessThanOrEqual(world.harness.monotonic());
      expect(handler.revocations).toBe(1);
      await world.harness.settled(member.ended);
      const late = member
        .commit([{ topic: name, partition: 0, offset: 0 }])
        .catch((error: unknown) => error);
      expect(codeOf(await world.harness.settled(late))).toBe('LEASE_LOST');
      await world.harness.settled(member.stop());
      expect(handler.revocations).toBe(1);
    });

    it('ends with CONSUMER_CRASHED when `records` throws, and its partitions go on elsewhere', async () => {
      const name = await world.topic(1);
      await world.produce([record(name, 0, 'a')]);
      const handler = new Recorder({ positions: () => 'earliest' });
      handler.onRecords = () => {
        throw new Error('a defect');
      };
      const member = await world.join(handler, `${name}-group`, [name]);
      const outcome = await world.harness.settled(member.ended.catch((error: unknown) => error));
      expect(codeOf(outcome)).toBe('CONSUMER_CRASHED');
      expect(member.leaseUntil()).toBeLessThanOrEqual(world.harness.monotonic());
      expect(handler.events).toEqual(['assigned', 'revoked']);
      const heir = new Recorder({ positions: () => 'earliest' });
      const successor = await world.join(heir, `${name}-group`, [name]);
      await world.harness.until(() => heir.received.length === 1);
      expect(handler.batches).toHaveLength(1);
      await world.harness.settled(successor.stop());
    });

    it('leaves nothing behind when it is stopped while it joins', async () => {
      const name = await world.topic(1);
      const handler = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(handler, `${name}-group`, [name]);
      await world.harness.settled(member.stop());
      await world.harness.settled(member.ended);
      const start = world.harness.monotonic();
      const next = new Recorder({ positions: () => 'earliest' });
      const successor = await world.join(next, `${name}-group`, [name]);
      await world.harness.until(
        () => next.active && next.assignments.at(-1)?.partitions.length === 1,
      );
      // A member that was left behind would have kept the group waiting for its session timeout.
      expect(world.harness.monotonic() - start).toBeLessThan(SESSION_MS - 1_000);
      expect(handler.revocations).toBe(handler.assignments.length);
      await world.harness.settled(successor.stop());
    });

    it('ends with CONSUMER_CRASHED when `assigned` throws', async () => {
      const name = await world.topic(1);
      const handler = new Recorder({
        positions: () => {
          throw new Error('a defect');
        },
      });
      const member = await world.join(handler, `${name}-group`, [name]);
      const outcome = await world.harness.settled(member.ended.catch((error: unknown) => error));
      expect(codeOf(outcome)).toBe('CONSUMER_CRASHED');
      expect(member.leaseUntil()).toBeLessThanOrEqual(world.harness.monotonic());
    });
  });
}
