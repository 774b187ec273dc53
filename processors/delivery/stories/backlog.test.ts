import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { WRITE_MS } from '../testing/partition-log.ts';
import { opened } from '../testing/story.ts';

const SECONDS = 15;
/** The last of them show the pace: the first window of an owner starts full. */
const MEASURED_SECONDS = 10;
/** Prices of this many nights change in turns, so that there is always something to send. */
const NIGHTS = 60;
const TURN_MS = 4;

interface Pace {
  readonly concurrency: number;
  readonly perSecond: number;
  readonly answerMs: number;
}

/** Requests a second to one connection whose PMS never rests. */
async function sentPerSecond({ concurrency, perSecond, answerMs }: Pace): Promise<number> {
  const { harness } = await opened(modelConnector({ concurrency, perSecond }));
  harness.channel.answerMs = answerMs;
  const turns = (SECONDS * 1_000) / TURN_MS;
  for (let turn = 0; turn < turns; turn += 1) {
    await harness.want(harness.night(20 + (turn % NIGHTS)), { price: 10_000 + turn });
    await harness.time.advance(TURN_MS);
  }
  const from = harness.now - MEASURED_SECONDS * 1_000;
  return harness.channel.sentAt.filter((at) => at >= from).length / MEASURED_SECONDS;
}

describe('under a backlog', () => {
  it.each<Pace>([
    { concurrency: 1, perSecond: 10, answerMs: 20 },
    { concurrency: 1, perSecond: 45, answerMs: 10 },
    { concurrency: 4, perSecond: 10, answerMs: 20 },
    { concurrency: 4, perSecond: 100, answerMs: 20 },
  ])(
    'uses its limit of $perSecond a second, $concurrency at a time, answered in $answerMs ms',
    async (pace) => {
      const sent = await sentPerSecond(pace);
      expect(sent / pace.perSecond).toBeGreaterThanOrEqual(0.95);
      expect(sent).toBeLessThanOrEqual(pace.perSecond);
    },
  );

  it('a channel that takes one request at a time waits for nothing but one write between two of them', async () => {
    const answerMs = 20;
    const sent = await sentPerSecond({ concurrency: 1, perSecond: 1_000, answerMs });
    expect(sent).toBeCloseTo(1_000 / (answerMs + WRITE_MS), 0);
  });
});
