import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../../cli/up/world.ts';
import { type StackHandle, startStack } from '../../local/stack.ts';
import { judge } from '../e2e/judgement.ts';
import { type Ordeal, openOrdeal } from '../e2e/ordeal.ts';

/** Longer than a quarantine: what was uncertain at the last crash has been said once more by then. */
const QUARANTINE_MS = 75_000;

let stack: StackHandle | undefined;
let ordeal: Ordeal | undefined;
afterEach(async () => {
  await ordeal?.close();
  await stack?.stop();
});

/** Slow enough for every blow to fall while facts are being written. */
const PACE_MS = 600;

const kill = (world: World) => world.pipeline.crash();

describe('1,000 PMS events with guests on both channels', () => {
  it.each([1, 2, 3])('kill -9 of the pipeline, ten times; seed %i', async (seed) => {
    stack = await startStack({ kind: 'process', onProgress: () => undefined });
    ordeal = await openOrdeal(stack, { topicPrefix: '', homes: 6, seed });
    const kills = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [90 * (index + 1), kill]),
    );
    const { repeatedRequests } = await ordeal.run(1_000, kills, PACE_MS);
    expect(repeatedRequests).toBeLessThanOrEqual(10 * 2 * ordeal.market.sales.length);
    await delay(QUARANTINE_MS);
    await judge(ordeal.market);
  });

  it.each([4, 5])(
    'three brokers, each killed once, pipeline and registry too; seed %i',
    async (seed) => {
      const started = await startStack({
        kind: 'process',
        brokers: 3,
        onProgress: () => undefined,
      });
      stack = started;
      ordeal = await openOrdeal(started, { topicPrefix: '', homes: 4, seed });
      await ordeal.run(1_000, {
        100: () => started.killBroker(0),
        200: kill,
        300: () => started.restartRegistry(),
        350: () => started.startBroker(0),
        450: () => started.killBroker(1),
        500: kill,
        600: () => started.startBroker(1),
        700: () => started.killBroker(2),
        800: kill,
        850: () => started.restartRegistry(),
        900: () => started.startBroker(2),
      });
      await delay(QUARANTINE_MS);
      await judge(ordeal.market);
    },
  );
});
