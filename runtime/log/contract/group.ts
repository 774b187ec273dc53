import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import { type GroupMember, partitionKey } from '../../event-log.ts';
import { Recorder } from '../recorder.ts';
import { type ContractWorld, numbers, PARTITIONS, record, SESSION_MS, textOf } from './world.ts';

/** How members share a group. */
export function groupContract(world: ContractWorld): void {
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
      const [a, b] = [await world.topic(), await world.topic()];
      const group = `${a}-group`;
      const present: { handler: Recorder; member: GroupMember }[] = [];
      const shares = async (): Promise<number[][]> => {
        const handlers = present.map(({ handler }) => handler);
        await world.harness.until(() => complete(handlers, a) && complete(handlers, b));
        for (const handler of handlers) expect(owned(handler, a)).toEqual(owned(handler, b));
        expect(handlers.flatMap((handler) => owned(handler, a)).sort()).toEqual(
          numbers(PARTITIONS),
        );
        return handlers.map((handler) => owned(handler, a));
      };
      const enter = async () => {
        const handler = new Recorder({ positions: () => 'earliest' });
        present.push({
          handler,
          member: await world.join(handler, group, [a, b], await world.connect()),
        });
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
      if (last !== undefined) await world.harness.settled(last.member.stop());
      const rest = await shares();
      expect(rest[0]).toEqual(expect.arrayContaining(three[0] ?? []));
      expect(rest[1]).toEqual(expect.arrayContaining(three[1] ?? []));
      for (const { member } of present) await world.harness.settled(member.stop());
    });

    it('hear of the loss before the next assignment, and kept partitions continue where they say', async () => {
      const name = await world.topic();
      const group = `${name}-group`;
      await world.produce(numbers(40).map((index) => record(name, index % PARTITIONS, `${index}`)));
      const next = new Map<string, number>();
      const first = new Recorder({ positions: (key) => next.get(key) ?? 'earliest' });
      first.onRecords = (batch) => next.set(partitionKey(batch), batch.nextOffset);
      const member = await world.join(first, group, [name], await world.connect());
      await world.harness.until(() => first.received.length === 40);
      const second = new Recorder({ positions: () => 40 / PARTITIONS });
      const other = await world.join(second, group, [name], await world.connect());
      await world.harness.until(() => complete([first, second], name));
      expect(first.events.slice(0, 3)).toEqual(['assigned', 'revoked', 'assigned']);
      expect(first.revocations).toBe(first.assignments.length - 1);
      expect(first.assignments.at(-1)?.generation).toBeGreaterThan(
        first.assignments[0]?.generation ?? Number.NaN,
      );
      await world.produce(numbers(PARTITIONS).map((partition) => record(name, partition, 'after')));
      await world.harness.until(
        () => first.received.length + second.received.length === 40 + PARTITIONS,
      );
      // Nothing had been committed: without the answer of `assigned` everything would have come again.
      expect(first.received.slice(40).map(textOf)).toEqual(owned(first, name).map(() => 'after'));
      expect(second.received.map(textOf)).toEqual(owned(second, name).map(() => 'after'));
      await world.harness.settled(member.stop());
      await world.harness.settled(other.stop());
    });

    it('refuse commits of partitions that went to another member', async () => {
      const name = await world.topic();
      const group = `${name}-group`;
      const first = new Recorder({ positions: () => 'earliest' });
      const second = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(first, group, [name], await world.connect());
      await world.harness.until(() => complete([first], name));
      const other = await world.join(second, group, [name], await world.connect());
      await world.harness.until(() => complete([first, second], name));
      const partition = owned(second, name)[0] ?? -1;
      const refused = member
        .commit([{ topic: name, partition, offset: 7 }])
        .catch((error: unknown) => error);
      expect(codeOf(await world.harness.settled(refused))).toBe('LEASE_LOST');
      const committed = await world.harness.settled(world.log.admin.committed(group, [name]));
      expect(committed.get(`${name}[${partition}]`)).toBeNull();
      await world.harness.settled(member.stop());
      await world.harness.settled(other.stop());
    });

    it('take over what a member that stops leaves, from its last commit', async () => {
      const name = await world.topic();
      const group = `${name}-group`;
      await world.produce(numbers(40).map((index) => record(name, index % PARTITIONS, `${index}`)));
      const positions = (_key: string, committed: number | null) => committed ?? 'earliest';
      const [stays, stops] = [new Recorder({ positions }), new Recorder({ positions })];
      const member = await world.join(stays, group, [name], await world.connect());
      const other = await world.join(stops, group, [name], await world.connect());
      await world.harness.until(() => complete([stays, stops], name));
      const left = owned(stops, name);
      await world.harness.settled(
        other.commit(left.map((partition) => ({ topic: name, partition, offset: 6 }))),
      );
      await world.harness.settled(other.stop());
      await world.harness.until(() => complete([stays], name));
      const since = stays.assignments.length;
      const assignment = stays.assignments.at(-1);
      for (const partition of left)
        expect(assignment?.committed.get(`${name}[${partition}]`)).toBe(6);
      await world.harness.until(() =>
        left.every((partition) => stays.offsets(name, partition, since).length === 4),
      );
      for (const partition of left)
        expect(stays.offsets(name, partition, since)).toEqual([6, 7, 8, 9]);
      await world.harness.settled(member.stop());
    });

    it('get a fresh assignment, with nothing paused, after a rebalance that nobody caused', async () => {
      const name = await world.topic(1);
      const group = `${name}-group`;
      const handler = new Recorder({ positions: (_key, committed) => committed ?? 'earliest' });
      const member = await world.join(handler, group, [name], await world.connect());
      await world.harness.until(() => handler.active);
      member.pause([{ topic: name, partition: 0 }]);
      await world.produce(numbers(3).map((index) => record(name, 0, `${index}`)));
      await world.harness.rebalance(group, [name]);
      await world.harness.until(
        () => handler.assignments.length >= 2 && newest(handler, name).length === 3,
      );
      expect(newest(handler, name)).toEqual([0, 1, 2]);
      expect(handler.events.slice(0, 3)).toEqual(['assigned', 'revoked', 'assigned']);
      await world.harness.settled(member.stop());
    });

    it('never hear two things at once: a loss during `assigned` is told after its answer', async () => {
      const name = await world.topic(1);
      const group = `${name}-group`;
      const handler = new Recorder({ positions: () => 'earliest', hold: true });
      const member = await world.join(handler, group, [name], await world.connect());
      await world.harness.until(() => handler.assignments.length === 1);
      await world.produce([record(name, 0, 'a')]);
      await world.harness.rebalance(group, [name]);
      // Longer than it takes a heartbeat to hear of it.
      await world.harness.pass(SESSION_MS / 4);
      expect(handler.events).toEqual(['assigned']);
      handler.release();
      await world.harness.until(
        () => handler.assignments.length >= 2 && newest(handler, name).length === 1,
      );
      expect(handler.events.slice(0, 3)).toEqual(['assigned', 'revoked', 'assigned']);
      await world.harness.settled(member.stop());
    });
  });
}
