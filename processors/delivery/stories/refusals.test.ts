import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, REFUSED, refusesSilently, start } from '../testing/story.ts';

const NIGHTS = 100;
const MINUTE = 60_000;

/** A channel that takes none of the prices and does not say so of any. */
async function refusingEveryPrice() {
  const harness = await start(modelConnector({ atomic: false }));
  harness.channel.always = refusesSilently(({ field }) => field === 'price');
  for (let day = 0; day < NIGHTS; day += 1) await harness.want(harness.night(10 + day), OPEN);
  return harness;
}

describe('refusals of everything, without a name', () => {
  it('are searched for at once, and then at a pace that leaves the limit to others; in the end each is found', async () => {
    const harness = await refusingEveryPrice();
    await harness.time.advance(20_000);
    const atOnce = harness.channel.requests.length;
    expect(atOnce).toBeGreaterThan(64);
    expect(atOnce).toBeLessThan(64 + 30);
    await harness.time.advance(MINUTE);
    expect(harness.channel.requests.length - atOnce).toBeLessThanOrEqual(61);
    await harness.time.advance(10 * MINUTE);
    const requests = harness.channel.requests.length;
    // Two for each culprit, and what found out that they are innocent.
    expect(requests).toBeLessThan(3 * NIGHTS);
    await harness.time.advance(10 * MINUTE);
    expect(harness.channel.requests).toHaveLength(requests);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('do not keep a closing waiting', async () => {
    const harness = await refusingEveryPrice();
    await harness.time.advance(30_000);
    await harness.want(harness.night(50), { ...OPEN, availability: 0 });
    await harness.time.advance(1_000);
    expect(harness.sent(harness.night(50))).toContain(0);
  });

  it('are told together: the first at once, then once a minute, all of them', async () => {
    const harness = await refusingEveryPrice();
    await harness.time.advance(20 * MINUTE);
    const alerts = harness.written('channel.alerts').map(({ value }) => value);
    const counts = alerts.map(({ message }) => Number(/^\d+/.exec(message)?.[0]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(NIGHTS);
    expect(counts[0]).toBe(1);
    expect(alerts.length).toBeLessThan(10);
    const at = alerts.map(({ raised_at }) => raised_at);
    for (const [index, time] of at.slice(1).entries())
      expect(time - (at[index] ?? 0)).toBeGreaterThanOrEqual(MINUTE);
  });
});

describe('closings that a channel refuses, all of them', () => {
  it('are told together: the first at once, also shortly after other values, then once a minute, all of them', async () => {
    const harness = await start(modelConnector({ atomic: false }));
    harness.channel.always = refusesSilently(
      ({ field, value }) => field === 'price' || value === 0,
    );
    await harness.want(harness.night(5), OPEN);
    await harness.time.advance(10_000);
    const alerts = () => harness.written('channel.alerts').map(({ value }) => value);
    expect(alerts().map(({ severity }) => severity)).toEqual(['warning']);
    for (let day = 0; day < NIGHTS; day += 1)
      await harness.want(harness.night(10 + day), { availability: 0 });
    await harness.time.advance(20 * MINUTE);
    const [price, ...closings] = alerts();
    for (const { severity } of closings) expect(severity).toBe('critical');
    const counts = closings.map(({ message }) => Number(/^\d+/.exec(message)?.[0]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(NIGHTS);
    const at = closings.map(({ raised_at }) => raised_at);
    expect((at[0] ?? 0) - (price?.raised_at ?? 0)).toBeLessThan(MINUTE / 2);
    for (const [index, time] of at.slice(1).entries())
      expect(time - (at[index] ?? 0)).toBeGreaterThanOrEqual(MINUTE);
  });

  it('are tried again at a pace for the connection, not for each night', async () => {
    const harness = await start(modelConnector());
    harness.channel.always = REFUSED;
    for (let day = 10; day < 210; day++)
      await harness.want(harness.night(day), { availability: 0 });
    await harness.time.advance(600_000);
    const before = harness.channel.requests.length;
    await harness.time.advance(600_000);
    // Twenty times 30 s.
    expect(harness.channel.requests.length - before).toBeLessThan(200);
  });

  it('prices still arrive while closings are refused', async () => {
    const harness = await start(modelConnector());
    harness.channel.always = refusesSilently(
      ({ field, value }) => field === 'availability' && value === 0,
    );
    for (let day = 10; day < 210; day++)
      await harness.want(harness.night(day), { availability: 0 });
    await harness.time.advance(600_000);
    const night = harness.night(300);
    await harness.want(night, { price: 12_300 });
    await harness.time.advance(300_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(12_300);
  });
});
