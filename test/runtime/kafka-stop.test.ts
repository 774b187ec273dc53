import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StackHandle, startStack } from '../../local/stack.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { codeOf } from '../../schemas/errors.ts';
import { eventually } from '../processes.ts';
import { realPorts } from './real-ports.ts';

const TOPIC = 'followed';
const PARTITIONS = 6;
/** Together their ends cover what kafkajs does in the first second after a broker's death. */
const READERS = 16;
const STEP_MS = 60;
const READERS_FILE = fileURLToPath(new URL('./readers.ts', import.meta.url));

let stack: StackHandle;

beforeAll(async () => {
  stack = await startStack({ kind: 'process', brokers: 3, onProgress: () => undefined });
});
afterAll(() => stack?.stop());

async function written(producing: Promise<unknown>): Promise<boolean> {
  try {
    await producing;
    return true;
  } catch (error) {
    if (codeOf(error) !== 'LOG_UNAVAILABLE') throw error;
    return false;
  }
}

it('ends readers at whatever moment after the death of a broker', async () => {
  const options = { brokers: stack.brokers, clientId: 'stop', topicPrefix: '' };
  const log = new KafkaEventLog(options, realPorts());
  await log.admin.createTopics([
    { name: TOPIC, partitions: PARTITIONS, replicationFactor: 3, config: {} },
  ]);
  const records = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: TOPIC,
    partition,
    key: null,
    value: Buffer.from('x'),
  }));
  // A broker that has not heard of the topic yet says that there is none.
  await eventually('all is written', () => written(log.produce(records)), 30_000);
  const numbers = [PARTITIONS, READERS, STEP_MS].map(String);
  const readers = fork(READERS_FILE, [stack.brokers.join(','), TOPIC, ...numbers], {
    execArgv: ['--import', 'tsx'],
  });
  const exit = once(readers, 'exit');
  try {
    const words = new Set<unknown>();
    readers.on('message', (word) => words.add(word));
    await eventually('all read', () => words.has('reading'), 30_000);
    await stack.killBroker(1);
    readers.send('close');
    await eventually('all are closed', () => words.has('closed'), 30_000);
    expect(await exit).toEqual([0, null]);
  } finally {
    readers.kill('SIGKILL');
    await log.close();
  }
}, 120_000);
