import { afterAll, beforeAll, expect, it } from 'vitest';
import type { World } from '../../cli/up/world.ts';
import { type StackHandle, startStack } from '../../local/stack.ts';
import { type Ordeal, openOrdeal } from './ordeal.ts';

let stack: StackHandle;
let ordeal: Ordeal;

beforeAll(async () => {
  stack = await startStack({ kind: 'process', brokers: 3, onProgress: () => undefined });
  ordeal = await openOrdeal(stack, { topicPrefix: '', homes: 2, seed: 11 });
});
afterAll(async () => {
  await ordeal?.close();
  await stack?.stop();
});

it('three brokers, one of them killed, the registry restarted and the pipeline killed: parity, nothing lost, doubled or reopened', async () => {
  const { repeatedRequests } = await ordeal.run(300, {
    60: () => stack.killBroker(1),
    120: (world: World) => world.pipeline.crash(),
    180: () => stack.restartRegistry(),
    240: () => stack.startBroker(1),
  });
  expect(repeatedRequests).toBeLessThanOrEqual(2 * 2 * ordeal.market.sales.length);
}, 240_000);
