import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { APPLIED, OPEN, opened, start, UNAVAILABLE } from '../testing/story.ts';

describe('failures', () => {
  it('retries after 2, 4, 8, 16 s, opens the breaker for 60 s, probes, and recovers with the then-current value', async () => {
    const { harness, night } = await opened();
    const from = harness.channel.sentAt.length;
    harness.channel.next(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(200_000);
    const gaps = harness.channel.sentAt
      .slice(from)
      .map((at, index, all) => (at - (all[index - 1] ?? at)) / 1_000);
    for (const [index, least] of [2, 4, 8, 16].entries()) {
      expect(gaps[index + 1]).toBeGreaterThanOrEqual(least);
      expect(gaps[index + 1]).toBeLessThanOrEqual(least * 1.5 + 0.1);
    }
    expect(gaps[5]).toBeGreaterThanOrEqual(60);
    expect(harness.availability(night)).toBe(0);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('finds the culprit of an unattributed refusal by halving; the rest arrives', async () => {
    const harness = await start(modelConnector());
    const nights = Array.from({ length: 8 }, (_, index) => harness.night(10 + index));
    const bad = nights[5]!;
    const original = harness.channel.send.bind(harness.channel);
    harness.channel.send = (channel, request, options) => {
      const culprit = request.changes.some(
        ({ night, field, value }) => night === bad && field === 'price' && value === 666,
      );
      if (culprit)
        harness.channel.next({
          kind: 'answer',
          outcome: {
            kind: 'refused',
            refused: [],
            code: 'CHANNEL_VALUE_REFUSED',
            message: 'something is wrong',
          },
        });
      return original(channel, request, options);
    };
    for (const night of nights)
      await harness.want(night, { ...OPEN, price: night === bad ? 666 : 10_000 });
    await harness.time.advance(30_000);
    expect(nights.map((night) => harness.availability(night))).toEqual(
      nights.map((night) => (night === bad ? undefined : 1)),
    );
    const requests = harness.channel.requests.length;
    await harness.time.advance(600_000);
    expect(harness.channel.requests).toHaveLength(requests);
  });

  it('never gives up a refused closing', async () => {
    const { harness, night } = await opened();
    const refusal = {
      kind: 'answer',
      outcome: { kind: 'refused', refused: [], code: 'CHANNEL_VALUE_REFUSED', message: 'no' },
    } as const;
    harness.channel.next(refusal, refusal);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(120_000);
    expect(harness.sent(night)).toEqual([1, 0, 0, 0]);
    expect(harness.availability(night)).toBe(0);
  });

  it('asks for one fresh token, then reports an expired credential and probes slowly', async () => {
    const { harness, night } = await opened();
    const unauthorized = { kind: 'answer', outcome: { kind: 'unauthorized' } } as const;
    harness.channel.next(unauthorized, unauthorized);
    await harness.want(night, { price: 9_000 });
    await harness.time.advance(10_000);
    expect(harness.written('channel.alerts').map(({ value }) => value?.code)).toEqual([
      'CREDENTIAL_EXPIRED',
    ]);
    await harness.time.advance(60_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(9_000);
  });

  it('a 429 is a pause, no failure', async () => {
    const { harness, night } = await opened();
    harness.channel.next(
      { kind: 'answer', outcome: { kind: 'rate_limited', retryAfterMs: 7_000 } },
      APPLIED,
    );
    const from = harness.channel.sentAt.length;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(20_000);
    const [first, second] = harness.channel.sentAt.slice(from);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(7_000);
    expect(harness.availability(night)).toBe(0);
  });
});
