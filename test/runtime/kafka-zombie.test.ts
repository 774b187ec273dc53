import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { Recorder } from '../../runtime/log/recorder.ts';
import { sharedStack, uniquePrefix } from '../stack.ts';
import { until } from './kafka-harness.ts';
import { realPorts } from './real-ports.ts';

const SESSION_MS = 2_000;
let zombie: ChildProcess | undefined;
let log: KafkaEventLog | undefined;

afterAll(async () => {
  zombie?.kill('SIGKILL');
  await log?.close();
});

interface Said {
  readonly what: string;
  readonly [detail: string]: unknown;
}

it('a process that was frozen past its session finds its lease over, its commit refused, and joins again', async () => {
  const { brokers } = await sharedStack();
  const topic = `${uniquePrefix('zombie')}topic`;
  log = new KafkaEventLog({ brokers, clientId: 'heir', topicPrefix: '' }, realPorts());
  await log.admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1, config: {} }]);
  await log.produce([{ topic, partition: 0, key: null, value: Buffer.from('a') }]);

  const script = fileURLToPath(new URL('./zombie-member.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, brokers[0]!, topic, `${topic}-group`, String(SESSION_MS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  zombie = child;
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on(
    'line',
    (line) => void said.push(JSON.parse(line) as Said),
  );
  const heard = (what: string) => said.filter((each) => each.what === what);
  await until(() => heard('assigned').length === 1);
  expect(heard('assigned')[0]).toMatchObject({ partitions: 2 });

  child.kill('SIGSTOP');
  const recorder = new Recorder({ positions: (_key, committed) => committed ?? 'earliest' });
  const member = await log.join(
    { groupId: `${topic}-group`, topics: [topic], sessionTimeoutMs: SESSION_MS, maxWaitMs: 100 },
    recorder,
  );
  await until(() => recorder.active && recorder.assignments.at(-1)!.partitions.length === 2);
  await member.commit([{ topic, partition: 0, offset: 1 }]);
  const heirGeneration = recorder.assignments.at(-1)!.generation;

  child.kill('SIGCONT');
  await until(
    () =>
      heard('thawed').length === 1 &&
      heard('commit failed').length + heard('committed').length === 1,
  );
  expect(heard('thawed')[0]).toMatchObject({ leaseHeld: false });
  expect(heard('commit failed')[0]).toMatchObject({ code: 'LEASE_LOST' });
  await until(() => heard('assigned').length >= 2);
  expect(
    said
      .filter(({ what }) => what === 'assigned' || what === 'revoked')
      .slice(0, 3)
      .map(({ what }) => what),
  ).toEqual(['assigned', 'revoked', 'assigned']);
  expect(Number(heard('assigned')[1]!.generation)).toBeGreaterThan(heirGeneration);
  await member.stop();
});
