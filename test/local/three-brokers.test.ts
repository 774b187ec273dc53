import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StackHandle, startStack } from '../../local/stack.ts';
import { eventually } from '../processes.ts';

const TOPIC = 'survives';
let stack: StackHandle;
let kafka: Kafka;
let admin: Admin;

beforeAll(async () => {
  stack = await startStack({ kind: 'process', brokers: 3, onProgress: () => undefined });
  kafka = new Kafka({ brokers: stack.brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3, replicationFactor: 3 }] });
});
afterAll(async () => {
  await admin?.disconnect();
  await stack?.stop();
});

async function inSync(): Promise<number[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
  return topics[0]!.partitions.map((partition) => partition.isr.length);
}

it('takes and gives records while one of three brokers is dead, and takes it back', async () => {
  await eventually('all replicas are in sync', async () => (await inSync()).every((n) => n === 3));
  await stack.killBroker(0);
  await eventually(
    'the dead broker is out',
    async () => (await inSync()).every((n) => n === 2),
    30_000,
  );

  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: 30 }, (_, at) => ({ key: String(at), value: String(at) }));
  await producer.send({ topic: TOPIC, acks: -1, messages });
  await producer.disconnect();

  await stack.startBroker(0);
  await eventually('it has caught up', async () => (await inSync()).every((n) => n === 3), 30_000);
  const offsets = await admin.fetchTopicOffsets(TOPIC);
  expect(offsets.reduce((sum, { offset }) => sum + Number(offset), 0)).toBe(30);
});

it('keeps the registered schemas over a kill of the registry', async () => {
  const versions = `${stack.registryUrl}/subjects/kept-value/versions`;
  const schema = JSON.stringify({ type: 'record', name: 'Kept', fields: [] });
  const registered = await fetch(versions, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  const { id } = (await registered.json()) as { id: number };
  await stack.restartRegistry();
  const found = await fetch(`${stack.registryUrl}/schemas/ids/${id}`);
  expect(found.status).toBe(200);
  expect(JSON.parse(((await found.json()) as { schema: string }).schema)).toEqual(
    JSON.parse(schema),
  );
});
