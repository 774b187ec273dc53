import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import { Recorder } from '../recorder.ts';
import { type ContractWorld, record } from './world.ts';

/** Topics and the end of a client. */
export function adminContract(world: ContractWorld): void {
  describe('admin and close', () => {
    it('creates, describes, configures and deletes topics', async () => {
      const name = await world.topic(2, {
        'cleanup.policy': 'compact',
        'min.compaction.lag.ms': '60000',
      });
      await world.harness.settled(
        world.log.admin.createTopics([{ name, partitions: 2, replicationFactor: 1, config: {} }]),
      );
      const described = await world.harness.settled(
        world.log.admin.describeTopics([name, 'contract.nowhere']),
      );
      expect([...described.keys()]).toEqual([name]);
      expect(described.get(name)).toMatchObject({ name, partitions: 2, replicationFactor: 1 });
      expect(described.get(name)?.config).toMatchObject({
        'cleanup.policy': 'compact',
        'min.compaction.lag.ms': '60000',
      });
      const config = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '1000' };
      await world.harness.settled(world.log.admin.setTopicConfig(name, config));
      const changed = await world.harness.settled(world.log.admin.describeTopics([name]));
      expect(changed.get(name)?.config).toMatchObject(config);
      await world.produce([record(name, 1, 'a', 'a'), record(name, 1, 'b', 'b')]);
      expect([...(await world.harness.settled(world.log.admin.endOffsets(name)))].sort()).toEqual([
        [0, 0],
        [1, 2],
      ]);
      await world.harness.settled(world.log.admin.deleteTopics([name]));
      expect((await world.harness.settled(world.log.admin.describeTopics([name]))).size).toBe(0);
    });

    it('refuses work after close and ends its members', async () => {
      const name = await world.topic(1);
      const client = await world.connect();
      const handler = new Recorder({ positions: () => 'earliest' });
      const member = await world.join(handler, `${name}-group`, [name], client);
      await world.harness.until(() => handler.active);
      const open = client.produce([record(name, 0, 'open')]);
      await world.harness.settled(client.close());
      expect(await world.harness.settled(open)).toEqual([0]);
      await world.harness.settled(member.ended);
      const late = client.produce([record(name, 0, 'late')]).catch((error: unknown) => error);
      expect(codeOf(await world.harness.settled(late))).toBe('LOG_UNAVAILABLE');
      await world.harness.settled(client.close());
    });
  });
}
