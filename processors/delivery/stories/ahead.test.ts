import { describe, expect, it } from 'vitest';
import type { HarnessOptions } from '../testing/harness.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { opened, tooMany, UNAVAILABLE } from '../testing/story.ts';

const WINDOW_MS = 1_000;

/** A channel that takes one request a second; a price has left, and `slotAt` is when the next may. */
async function afterOne(options: HarnessOptions = {}) {
  const { harness, night } = await opened(
    modelConnector({ concurrency: 1, perSecond: 1 }),
    options,
  );
  await harness.want(night, { price: 11_000 });
  await harness.time.until(() => harness.sent(night, 'price').at(-1) === 11_000);
  const slotAt = (harness.channel.sentAt.at(-1) ?? 0) + harness.channel.answerMs + WINDOW_MS;
  return { harness, night, slotAt };
}

/** The price of another night is written ahead; its slot is free in a few milliseconds. */
async function ready(options: HarnessOptions = {}) {
  const scene = await afterOne(options);
  const { harness } = scene;
  const next = harness.night(11);
  await harness.want(next, { price: 12_000 });
  await harness.time.until(
    () =>
      harness.acknowledged({ night: next, field: 'price', ratePlanId: 'standard' })?.state ===
      'in_flight',
  );
  expect(harness.now).toBeLessThan(scene.slotAt);
  return { ...scene, next };
}

describe('a request that is ready before its slot', () => {
  it('leaves in the moment in which the slot is free', async () => {
    const { harness, next, slotAt } = await ready();
    await harness.time.advance(WINDOW_MS);
    expect(harness.sent(next, 'price')).toEqual([12_000]);
    expect(harness.channel.sentAt.at(-1)).toBe(slotAt);
    const row = harness.written('channel.sync-log').at(-1)?.value;
    expect(row?.started_at).toBe(slotAt);
    expect(row?.duration_ms).toBe(harness.channel.answerMs);
  });

  it('is planned anew, and leaves at once, when another value is wanted meanwhile', async () => {
    const { harness, next, slotAt } = await ready();
    for (let edit = 1; edit <= 100; edit++) await harness.want(next, { price: 12_000 + edit });
    await harness.time.advance(WINDOW_MS);
    expect(harness.sent(next, 'price')).toEqual([12_100]);
    expect(harness.channel.sentAt.at(-1)).toBeLessThan(slotAt + 10);
  });

  it('is not sent at all when its value is not wanted any more', async () => {
    const { harness, next } = await ready();
    await harness.want(next, { price: null });
    await harness.time.advance(3 * WINDOW_MS);
    expect(harness.sent(next, 'price')).toEqual([]);
  });

  it('lets a closing go before it', async () => {
    const { harness, night, next, slotAt } = await ready();
    await harness.want(night, { availability: 0, price: 11_000 });
    await harness.time.advance(3 * WINDOW_MS);
    const order = harness.channel.requests.slice(-2).map(({ changes }) => changes[0]?.field);
    expect(order).toEqual(['availability', 'price']);
    expect(harness.channel.sentAt.at(-2)).toBeLessThan(slotAt + 10);
    expect(harness.sent(next, 'price')).toEqual([12_000]);
  });

  it('is not sent when its night is over by then', async () => {
    const { harness, night } = await opened(modelConnector({ concurrency: 1, perSecond: 1 }));
    const day = 86_400_000;
    const slotAt = harness.now + day - (harness.now % day) + 10;
    const tonight = harness.today;
    await harness.time.advance(slotAt - WINDOW_MS - harness.channel.answerMs - harness.now - 203);
    await harness.want(night, { price: 11_000 });
    await harness.time.advance(900);
    await harness.want(tonight, { price: 12_000 });
    await harness.time.advance(5 * WINDOW_MS);
    expect(harness.today > tonight).toBe(true);
    expect(harness.sent(night, 'price').at(-1)).toBe(11_000);
    expect(harness.sent(tonight, 'price')).toEqual([]);
  });

  it('stays when the process stops, and goes by the next owner', async () => {
    const { harness, next } = await ready();
    const drained = harness.drain();
    await harness.time.advance(WINDOW_MS);
    await drained;
    expect(harness.sent(next, 'price')).toEqual([]);
    await harness.restart();
    await harness.time.advance(5_000);
    expect(harness.sent(next, 'price')).toEqual([12_000]);
  });
});

describe('a request that waits for a token', () => {
  it.each([
    ['asked to slow down for 30 s', tooMany(30_000), 30_000],
    ['unavailable', UNAVAILABLE, 2_000],
  ])('does not follow one that ended badly meanwhile (%s)', async (_name, end, pauseMs) => {
    const { harness, night } = await opened(modelConnector({ concurrency: 2 }));
    const next = harness.night(11);
    harness.channel.answerMs = 500;
    harness.channel.next(end);
    const before = harness.channel.requests.length;
    await harness.want(night, { price: 11_000 });
    await harness.time.until(() => harness.channel.requests.length === before + 1);
    const at = harness.channel.sentAt.at(-1) ?? 0;
    harness.channel.socketMs = 1_000;
    await harness.want(next, { price: 12_000 });
    await harness.time.advance(60_000);
    const following = harness.channel.sentAt[before + 1] ?? 0;
    expect(following - (at + 500)).toBeGreaterThanOrEqual(pauseMs);
    expect(harness.sent(next, 'price').at(-1)).toBe(12_000);
  });

  it.each(['paused', 'expired', 'disconnected'] as const)(
    'does not leave with a price when the connection is %s meanwhile',
    async (phase) => {
      const { harness, night } = await opened();
      harness.channel.socketMs = 1_000;
      await harness.want(night, { price: 11_000 });
      await harness.time.advance(600);
      await harness.connect({ phase });
      await harness.time.advance(5_000);
      expect(harness.sent(night, 'price')).toEqual([10_000]);
    },
  );
});

it('a night that is edited without end is sent as often as the window allows', async () => {
  const { harness, night } = await afterOne();
  const before = harness.channel.requests.length;
  for (let edit = 1; edit <= 2_000; edit++) {
    await harness.want(night, { price: 20_000 + edit });
    await harness.time.advance(5);
  }
  const seconds = (harness.now - (harness.channel.sentAt[before - 1] ?? 0)) / 1_000;
  expect(harness.channel.requests.length - before).toBeGreaterThanOrEqual(
    Math.floor(seconds / 1.1),
  );
});
