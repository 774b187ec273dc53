import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, sharedStack, uniquePrefix } from '../stack.ts';

it('has a cluster that takes topics under a prefix of the suite', async () => {
  const { brokers, registryUrl } = await sharedStack();
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topic = `${uniquePrefix()}pms.events`;
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  expect(await admin.listTopics()).toContain(topic);
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  expect((await fetch(`${registryUrl}/subjects`)).status).toBe(200);
});

it('gives each suite an empty database, in which btree_gist can be created', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(one.name).not.toBe(two.name);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  await client.query('CREATE EXTENSION btree_gist');
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  expect(rows[0]!.name).toBe(one.name);
  await client.end();
  await Promise.all([one.drop(), two.drop()]);
});
