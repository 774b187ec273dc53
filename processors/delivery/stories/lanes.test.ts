import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { WRITE_MS } from '../testing/partition-log.ts';
import { OPEN, opened, refusal, start } from '../testing/story.ts';

describe('lanes', () => {
  it('writes the next request ahead together with the outcome of the last one', async () => {
    const { harness, night } = await opened();
    harness.channel.sentAt.length = 0;
    await harness.want(night, { price: 11_000 });
    await harness.time.until(() => harness.channel.sentAt.length === 1);
    await harness.want(harness.night(11), { price: 12_000 });
    await harness.time.advance(1_000);
    const [first = 0, second] = harness.channel.sentAt;
    expect(second).toBe(first + harness.channel.answerMs + WRITE_MS);
  });

  it('lets a tightened restriction go at once, like a closing', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { min_stay_arrival: 5, price: 12_000 });
    await harness.time.advance(50);
    expect(harness.sent(night, 'min_stay_arrival')).toEqual([2, 5]);
    expect(harness.sent(night, 'price')).toEqual([10_000]);
    await harness.time.advance(500);
    expect(harness.sent(night, 'price')).toEqual([10_000, 12_000]);
  });

  it('waits for company with prices, and not with a closing that comes meanwhile', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { price: 12_000 });
    await harness.time.advance(100);
    await harness.want(night, { price: 13_000 });
    await harness.want(harness.night(11), { availability: 0 });
    await harness.time.advance(50);
    expect(harness.availability(harness.night(11))).toBe(0);
    await harness.time.advance(500);
    expect(harness.sent(night, 'price')).toEqual([10_000, 13_000]);
  });

  it('holds no offset for an opening whose price was refused: a person has to act (I9)', async () => {
    const harness = await start();
    const night = harness.night(10);
    const price = { night, field: 'price', ratePlanId: 'standard', value: 10_000 } as const;
    harness.channel.next(refusal(price));
    await harness.want(night, OPEN);
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBeUndefined();
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('opens no night beyond the horizon of its price, and holds no offset for it', async () => {
    const harness = await start(modelConnector({ priceHorizon: 5 }));
    const night = harness.night(5);
    await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    expect(harness.availability(night)).toBeUndefined();
    expect(harness.lowestUndone()).toBeUndefined();
    await harness.time.advance(86_400_000);
    expect(harness.availability(night)).toBe(1);
  });

  it('opens after all prices although the codec would write openings first', async () => {
    const rank = { availability: 0 } as Record<string, number>;
    const connector = modelConnector({
      most: 2,
      order: (a, b) => (rank[a.field] ?? 1) - (rank[b.field] ?? 1),
    });
    const harness = await start(connector);
    const nights = [10, 11, 12].map((days) => harness.night(days));
    for (const night of nights) await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    expect(nights.map((night) => harness.availability(night))).toEqual([1, 1, 1]);
    for (const night of nights) {
      const first = harness.channel.requests.findIndex(({ changes }) =>
        changes.some((change) => change.night === night && change.field === 'availability'),
      );
      const price = harness.channel.requests.findIndex(({ changes }) =>
        changes.some((change) => change.night === night && change.field === 'price'),
      );
      expect(price).toBeLessThanOrEqual(first);
    }
  });

  for (const atomic of [true, false])
    it(`stops an opening at its socket when the price has changed meanwhile (${atomic ? 'one request' : 'two'})`, async () => {
      const { harness, night } = await opened(modelConnector({ atomic }));
      await harness.want(night, { availability: 0 });
      await harness.time.advance(1_000);
      const openedAt: (number | undefined)[] = [];
      harness.channel.onRequest = ({ changes }) => {
        const price = changes.find(({ field }) => field === 'price')?.value;
        if (changes.some(({ field, value }) => field === 'availability' && value === 1))
          openedAt.push(price ?? harness.shown({ night, field: 'price', ratePlanId: 'standard' }));
      };
      harness.channel.socketMs = 2_000;
      await harness.want(night, { availability: 1 });
      await harness.time.advance(1_000);
      await harness.want(night, { price: 20_000 });
      await harness.time.advance(20_000);
      expect(openedAt).toEqual([20_000]);
      expect(harness.availability(night)).toBe(1);
    });

  it('stops an opening at its socket when a minimum stay was tightened meanwhile', async () => {
    const { harness, night } = await opened(modelConnector());
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    const staysAtOpening: (number | undefined)[] = [];
    const stay = { night, field: 'min_stay_arrival', ratePlanId: 'standard' } as const;
    harness.channel.onRequest = ({ changes }) => {
      const travels = changes.find(({ field }) => field === 'min_stay_arrival')?.value;
      if (changes.some(({ field, value }) => field === 'availability' && value === 1))
        staysAtOpening.push(travels ?? harness.shown(stay));
    };
    harness.channel.socketMs = 2_000;
    await harness.want(night, { availability: 1 });
    await harness.time.advance(1_000);
    await harness.want(night, { min_stay_arrival: 7 });
    await harness.time.advance(20_000);
    expect(staysAtOpening).toEqual([7]);
    expect(harness.availability(night)).toBe(1);
  });

  it('opens again only when a new price is there too', async () => {
    const { harness, night } = await opened(modelConnector({ atomic: false }));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    await harness.want(night, { availability: 1, price: 20_000 });
    await harness.time.advance(1_000);
    const last = harness.channel.requests.slice(-2).map(({ changes }) => changes[0]?.field);
    expect(last).toEqual(['price', 'availability']);
  });
});

describe('phases', () => {
  for (const phase of ['importing', 'preview', 'paused'] as const) {
    it(`lets closings out while ${phase}, and neither openings nor prices`, async () => {
      const harness = await start(modelConnector(), { connection: { phase } });
      await harness.want(harness.night(10), OPEN);
      await harness.want(harness.night(11), { availability: 0, price: 5_000 });
      await harness.time.advance(5_000);
      expect(harness.channel.requests.flatMap(({ changes }) => changes)).toEqual([
        expect.objectContaining({ night: harness.night(11), field: 'availability', value: 0 }),
      ]);
      expect(harness.lowestUndone()).toBeUndefined();
    });
  }

  for (const phase of ['pending', 'expired', 'disconnected'] as const) {
    it(`lets nothing out while ${phase}, and holds no offset`, async () => {
      const harness = await start(modelConnector(), { connection: { phase } });
      await harness.want(harness.night(10), { availability: 0, price: 5_000 });
      await harness.time.advance(5_000);
      expect(harness.channel.requests).toHaveLength(0);
      expect(harness.lowestUndone()).toBeUndefined();
    });
  }

  it('stops an opening at its socket when the connection is paused', async () => {
    const harness = await start();
    const night = harness.night(10);
    harness.channel.beforeSocket = async () => {
      harness.channel.beforeSocket = null;
      await harness.connect({ phase: 'paused' });
    };
    await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([]);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('goes on while in error: recovery needs no person', async () => {
    const { harness, night } = await opened();
    await harness.connect({ phase: 'error' });
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(2_000);
    expect(harness.sent(night, 'price')).toEqual([10_000, 20_000]);
    expect(harness.written('channel.sync-log').at(-1)?.value?.connection_status?.status).toBe(
      'active',
    );
  });
});
