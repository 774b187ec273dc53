import { createWorld, type World } from '../../cli/up/world.ts';
import type { StackHandle } from '../../local/stack.ts';
import { type Judgement, judge } from './judgement.ts';
import { Market, PACE_MS } from './market.ts';

/** Ms from arrival to answer: requests that take their time are under way when a process dies. */
const ANSWER_MS = { low: 20, high: 120 };

/** What happens when so many facts are written; one after the other, while the writing goes on. */
export type Blows = Readonly<Record<number, (world: World) => Promise<void>>>;

export interface Ordeal {
  readonly world: World;
  readonly market: Market;
  /** Writes facts, deals the blows, waits until all is quiet, and judges. `paceMs`: between two facts of one home, at most. */
  run(facts: number, blows: Blows, paceMs?: number): Promise<Judgement>;
  close(): Promise<void>;
}

/** A market on a pipeline of its own over a stack that somebody else started. */
export async function openOrdeal(
  stack: StackHandle,
  options: { readonly topicPrefix: string; readonly homes: number; readonly seed: number },
): Promise<Ordeal> {
  const { topicPrefix, homes, seed } = options;
  const world = await createWorld({
    stack,
    topicPrefix,
    onProgress: () => undefined,
    logLevel: 'error',
  });
  try {
    for (const { platform } of [world.airbnb, world.booking])
      platform.setAnswerTime(ANSWER_MS.low, ANSWER_MS.high);
    const market = await Market.open(world, homes, seed);
    return {
      world,
      market,
      run: (facts, blows, paceMs) => run(world, market, facts, blows, paceMs),
      close: async () => {
        await market.close();
        await world.stop();
      },
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

async function run(
  world: World,
  market: Market,
  facts: number,
  blows: Blows,
  paceMs = PACE_MS,
): Promise<Judgement> {
  let dealt: Promise<void> = Promise.resolve();
  const working = market.work(
    facts,
    (number) => {
      const blow = blows[number];
      if (blow !== undefined) dealt = dealt.then(() => blow(world));
    },
    paceMs,
  );
  await Promise.race([working.then(() => dealt), world.pipeline.failed]);
  const judgement = await Promise.race([judge(market), world.pipeline.failed]);
  const { requests, repeatedRequests, repeatedCells } = judgement;
  const { airbnb, booking } = market.reservations;
  console.info(
    `${facts} facts with ${market.direct.length} direct bookings, ${airbnb.size + booking.size} reservations of guests, ${Object.keys(blows).length} blows: ${requests} requests; ${repeatedRequests} of them and ${repeatedCells} cells repeated`,
  );
  return judgement;
}
