import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { answer, opened, REFUSED, UNAVAILABLE } from '../testing/story.ts';

const ANSWER_MS = 500;

/** A price is at a channel that works on one request at a time, and that of another night is ready. */
async function behindAnother() {
  const { harness, night } = await opened(modelConnector({ concurrency: 1 }));
  harness.channel.answerMs = ANSWER_MS;
  const next = harness.night(11);
  const before = harness.channel.requests.length;
  await harness.want(night, { price: 11_000 });
  await harness.time.until(() => harness.channel.requests.length === before + 1);
  await harness.want(next, { price: 12_000 });
  await harness.time.until(
    () =>
      harness.acknowledged({ night: next, field: 'price', ratePlanId: 'standard' })?.state ===
      'in_flight',
  );
  expect(harness.channel.requests).toHaveLength(before + 1);
  return { harness, night, next };
}

describe('a request that is ready before its turn', () => {
  it('leaves when the one before it has been answered', async () => {
    const { harness, next } = await behindAnother();
    await harness.time.advance(2 * ANSWER_MS);
    expect(harness.sent(next, 'price')).toEqual([12_000]);
    const [first = 0, second] = harness.channel.sentAt.slice(-2);
    expect(second).toBe(first + ANSWER_MS);
  });

  it('is planned anew when another value is wanted meanwhile', async () => {
    const { harness, next } = await behindAnother();
    for (let edit = 1; edit <= 100; edit++) await harness.want(next, { price: 12_000 + edit });
    await harness.time.advance(3 * ANSWER_MS);
    expect(harness.sent(next, 'price')).toEqual([12_100]);
  });

  it('is not sent at all when its value is not wanted any more', async () => {
    const { harness, night, next } = await behindAnother();
    await harness.want(next, { price: null });
    await harness.time.advance(3 * ANSWER_MS);
    expect(harness.sent(next, 'price')).toEqual([]);
    expect(harness.sent(night, 'price')).toEqual([10_000, 11_000]);
  });

  it('lets a closing go before it', async () => {
    const { harness, night, next } = await behindAnother();
    await harness.want(night, { availability: 0, price: 11_000 });
    await harness.time.advance(4 * ANSWER_MS);
    const order = harness.channel.requests.slice(-2).map(({ changes }) => changes[0]?.field);
    expect(order).toEqual(['availability', 'price']);
    expect(harness.sent(next, 'price')).toEqual([12_000]);
  });

  it.each([
    ['refused', REFUSED],
    ['unavailable', UNAVAILABLE],
    ['limited', answer({ kind: 'rate_limited', retryAfterMs: 3_000 })],
  ])('does not follow one that was %s: what to do now is another question', async (_name, end) => {
    const { harness, night } = await opened(modelConnector({ concurrency: 1 }));
    const next = harness.night(11);
    harness.channel.answerMs = ANSWER_MS;
    harness.channel.next(end);
    const before = harness.channel.requests.length;
    await harness.want(night, { price: 11_000 });
    await harness.time.until(() => harness.channel.requests.length === before + 1);
    await harness.want(next, { price: 12_000 });
    await harness.time.advance(ANSWER_MS + 1);
    const at = harness.channel.sentAt.at(-1) ?? 0;
    if (end !== REFUSED) {
      await harness.time.advance(1_500);
      expect(harness.channel.sentAt.at(-1)).toBe(at);
    }
    await harness.time.advance(30_000);
    expect(harness.sent(next, 'price').at(-1)).toBe(12_000);
    expect(harness.sent(night, 'price').at(-1)).toBe(11_000);
  });

  it('stays when the process stops, and goes by the next owner', async () => {
    const { harness, next } = await behindAnother();
    const drained = harness.drain();
    await harness.time.advance(2 * ANSWER_MS);
    await drained;
    expect(harness.sent(next, 'price')).toEqual([]);
    await harness.restart();
    await harness.time.advance(5_000);
    expect(harness.sent(next, 'price')).toEqual([12_000]);
  });
});

it('a request is planned before its slot is free, with what is wanted when it leaves', async () => {
  const { harness, night } = await opened(modelConnector({ concurrency: 1, perSecond: 1 }));
  await harness.want(night, { price: 11_000 });
  await harness.time.until(() => harness.sent(night, 'price').at(-1) === 11_000);
  const slot = (harness.channel.sentAt.at(-1) ?? 0) + harness.channel.answerMs + 1_000;
  await harness.want(night, { price: 12_000 });
  await harness.time.advance(slot - harness.now - 10);
  await harness.want(night, { price: 13_000 });
  await harness.time.advance(1_000);
  expect(harness.sent(night, 'price')).toEqual([10_000, 11_000, 13_000]);
});
