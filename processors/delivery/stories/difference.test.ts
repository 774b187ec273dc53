import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { opened, start } from '../testing/story.ts';

describe('delivery sends the difference', () => {
  it('opens a night with its price and restrictions in one request, then rests', async () => {
    const { harness, night } = await opened();
    expect(harness.channel.requests).toHaveLength(1);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(10_000);
    expect(harness.lowestUndone()).toBeUndefined();
    await harness.time.advance(3_600_000);
    expect(harness.channel.requests).toHaveLength(1);
  });

  it('opens only after its price where a request may be applied in part', async () => {
    const { harness } = await opened(modelConnector({ atomic: false }));
    expect(
      harness.channel.requests.map(({ changes }) => changes.map(({ field }) => field).sort()),
    ).toEqual([['min_stay_arrival', 'price'], ['availability']]);
  });

  it('sends one more value for a thousand edits of a cell while a request is out', async () => {
    const { harness, night } = await opened();
    harness.channel.answerMs = 5_000;
    await harness.want(night, { price: 11_000 });
    await harness.time.advance(1_000);
    for (let edit = 0; edit < 1_000; edit++) await harness.want(night, { price: 12_000 + edit });
    harness.channel.answerMs = 20;
    await harness.time.advance(20_000);
    expect(harness.sent(night, 'price')).toEqual([10_000, 11_000, 12_999]);
  });

  it('sends a closing alone and at once', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { availability: 0, price: 9_000 });
    await harness.time.advance(50);
    expect(harness.availability(night)).toBe(0);
    expect(harness.channel.requests.at(-1)?.changes.map(({ field }) => field)).toEqual([
      'availability',
    ]);
  });

  it('leaves unknown, past and far nights alone', async () => {
    const harness = await start(modelConnector());
    await harness.want(harness.night(5), { availability: null, price: 5_000 });
    await harness.want(harness.night(-1), { availability: 0 });
    await harness.want(harness.night(500), { availability: 0 });
    await harness.time.advance(5_000);
    expect(
      harness.channel.requests.flatMap(({ changes }) => changes.map(({ field }) => field)),
    ).toEqual(['price']);
    await harness.time.advance(86_400_000);
    expect(harness.availability(harness.night(499))).toBe(0);
  });
});
