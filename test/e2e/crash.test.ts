import { afterAll, beforeAll, expect, it } from 'vitest';
import type { World } from '../../cli/up/world.ts';
import { createTestDatabase, sharedStack, type TestDatabase, uniquePrefix } from '../stack.ts';
import { type Ordeal, openOrdeal } from './ordeal.ts';

let database: TestDatabase;
let ordeal: Ordeal;

beforeAll(async () => {
  database = await createTestDatabase();
  const notOurs = () => Promise.reject(new Error('the shared stack is not ours to break'));
  const stack = {
    ...(await sharedStack()),
    postgresUrl: database.url,
    pids: () => [],
    stop: async () => undefined,
    killBroker: notOurs,
    startBroker: notOurs,
    restartRegistry: notOurs,
  };
  const topicPrefix = uniquePrefix('crash');
  ordeal = await openOrdeal(stack, { topicPrefix, homes: 4, seed: 7 });
});
afterAll(async () => {
  await ordeal?.close();
  await database?.drop();
});

it('kill -9 in the middle of 1,000 PMS events, twice: parity, each booking once, nothing reopened, little repeated', async () => {
  const kill = (world: World) => world.pipeline.crash();
  const { repeatedRequests } = await ordeal.run(1_000, { 350: kill, 750: kill });
  const { reservations, direct, sales } = ordeal.market;
  expect(direct.length).toBeGreaterThan(50);
  expect(reservations.airbnb.size).toBeGreaterThan(5);
  expect(reservations.booking.size).toBeGreaterThan(5);
  // What was under way when it died: a connection has one or two requests out.
  expect(repeatedRequests).toBeLessThanOrEqual(2 * 2 * sales.length);
}, 240_000);
