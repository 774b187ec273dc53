import { describe, expect, it } from 'vitest';
import type { Change } from '../../../connectors/contract.ts';
import { modelConnector } from '../testing/model-connector.ts';
import {
  answer,
  OPEN,
  opened,
  refusal,
  refusesSilently,
  start,
  tooMany,
  UNAUTHORIZED,
  UNAVAILABLE,
} from '../testing/story.ts';

const statuses = (harness: Awaited<ReturnType<typeof start>>) =>
  harness
    .written('channel.sync-log')
    .map(({ value }) => value?.connection_status?.status)
    .filter(Boolean);

describe('refusals', () => {
  it('a closing that the codec cannot write is retried at a pace, not in a loop', async () => {
    const connector = modelConnector({ unsendable: ({ field }) => field === 'availability' });
    const harness = await start(connector);
    await harness.want(harness.night(10), { availability: 0, price: 5_000 });
    await harness.time.advance(120_000);
    expect(harness.log.records.length).toBeLessThan(30);
    expect(
      harness.shown({ night: harness.night(10), field: 'price', ratePlanId: 'standard' }),
    ).toBe(5_000);
    expect(harness.lowestUndone()).toBeDefined();
  });

  it('finds two culprits among closings; the rest arrives, in a bounded number of requests', async () => {
    const harness = await start(modelConnector());
    const nights = Array.from({ length: 16 }, (_, index) => harness.night(10 + index));
    const bad = new Set([nights[0], nights[9]]);
    harness.channel.always = refusesSilently(({ night }) => bad.has(night));
    for (const night of nights) await harness.want(night, { availability: 0 });
    await harness.time.advance(25_000);
    expect(nights.map((night) => harness.availability(night))).toEqual(
      nights.map((night) => (bad.has(night) ? undefined : 0)),
    );
    expect(harness.channel.requests.length).toBeLessThan(40);
    harness.channel.behave();
    await harness.time.advance(60_000);
    expect(nights.every((night) => harness.availability(night) === 0)).toBe(true);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('a search for culprits keeps nothing else from going', async () => {
    const harness = await start(modelConnector({ perSecond: 1 }));
    const nights = Array.from({ length: 16 }, (_, index) => harness.night(10 + index));
    harness.channel.always = refusesSilently(
      ({ night, field }) => field === 'price' && night === nights[3],
    );
    for (const night of nights) await harness.want(night, OPEN);
    await harness.time.advance(2_500);
    await harness.want(harness.night(40), { availability: 0 });
    await harness.want(harness.night(41), { price: 7_000 });
    await harness.time.advance(3_000);
    expect(harness.availability(harness.night(40))).toBe(0);
    expect(
      harness.shown({ night: harness.night(41), field: 'price', ratePlanId: 'standard' }),
    ).toBe(7_000);
  });

  it('alerts a refused closing once, not at each attempt', async () => {
    const { harness, night } = await opened();
    harness.channel.always = refusesSilently(({ value }) => value === 0);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(600_000);
    const alerts = harness.written('channel.alerts').map(({ value }) => value);
    expect(harness.sent(night).length).toBeGreaterThan(10);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ code: 'CHANNEL_VALUE_REFUSED', severity: 'critical' });
    expect(harness.lowestUndone()).toBeDefined();
  });

  it('a refusal that names what was not asked is searched for by halving', async () => {
    const harness = await start();
    const stranger: Change = {
      night: harness.night(300),
      field: 'price',
      ratePlanId: 'standard',
      value: 1,
    };
    harness.channel.always = refusal(stranger);
    await harness.want(harness.night(10), { price: 5_000 });
    await harness.time.advance(60_000);
    expect(harness.channel.requests.length).toBeLessThan(5);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('a refusal that was perhaps carried out in part leaves no field as it was', async () => {
    const { harness, night } = await opened();
    harness.channel.next({
      kind: 'answer',
      outcome: {
        kind: 'refused',
        refused: [],
        code: 'CHANNEL_VALUE_REFUSED',
        message: 'one of them',
        partlyApplied: true,
      },
      apply: () => true,
    });
    harness.channel.answerMs = 1_000;
    await harness.want(night, { price: 20_000 });
    await harness.want(harness.night(11), { price: 20_000 });
    await harness.time.advance(500);
    await harness.want(night, { price: 10_000 });
    await harness.time.advance(10_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(10_000);
  });

  it('an answer that breaks the codec is an unknown outcome, no end of the stage', async () => {
    const connector = modelConnector();
    let broken = true;
    const { harness, night } = await opened({
      ...connector,
      interpret: (request, response) => {
        if (request.changes.some(({ value }) => value === 20_000) && broken) {
          broken = false;
          throw new TypeError('cannot read that');
        }
        return connector.interpret(request, response);
      },
    });
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(120_000);
    expect(harness.sent(night, 'price').length).toBeGreaterThan(2);
    expect(harness.lowestUndone()).toBeUndefined();
  });
});

describe('credentials', () => {
  it('four requests refused with the same old token are one refusal', async () => {
    const harness = await start(modelConnector({ concurrency: 4, most: 1 }));
    harness.channel.answerMs = 500;
    harness.channel.next(UNAUTHORIZED, UNAUTHORIZED, UNAUTHORIZED, UNAUTHORIZED);
    for (const days of [10, 11, 12, 13]) await harness.want(harness.night(days), { price: 5_000 });
    await harness.time.advance(30_000);
    expect(harness.written('channel.alerts')).toEqual([]);
    expect(harness.lowestUndone()).toBeUndefined();
  });
});

describe('recovery', () => {
  it('is reported also by an owner that did not see the trouble', async () => {
    const { harness, night } = await opened();
    harness.channel.always = UNAVAILABLE;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(300_000);
    expect(statuses(harness)).toEqual(['error']);
    await harness.crash();
    harness.channel.behave();
    await harness.time.advance(300_000);
    expect(harness.availability(night)).toBe(0);
    expect(statuses(harness)).toEqual(['error', 'active']);
  });

  it('is reported also after a person asked to try at once', async () => {
    const { harness, night } = await opened();
    harness.channel.always = answer({
      kind: 'connection_fault',
      code: 'CHANNEL_FORBIDDEN',
      message: 'unlinked',
    });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(10_000);
    await harness.connect({ phase: 'error' });
    harness.channel.behave();
    await harness.command({ 'parity.events.Requeue': { cells: [] } });
    await harness.time.advance(1_000);
    expect(harness.availability(night)).toBe(0);
    expect(statuses(harness)).toEqual(['error', 'active']);
  });

  it('a token that may not be asked for now is a pause, no failure: no breaker, no error, no evidence', async () => {
    const { harness, night } = await opened();
    for (let attempt = 0; attempt < 7; attempt++)
      harness.channel.next({ kind: 'notSent', code: 'CHANNEL_RATE_LIMITED' });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(5 * 60_000);
    expect(harness.availability(night)).toBe(0);
    expect(harness.written('channel.alerts')).toEqual([]);
    expect(harness.log.letters).toEqual([]);
    expect(harness.measures.counts.get('parity_breaker_opened_total{channel_type=model}')).toBe(
      undefined,
    );
  });

  it('keeps the pause that a channel asked for over a restart', async () => {
    const { harness, night } = await opened();
    harness.channel.next(tooMany(300_000));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    await harness.crash();
    await harness.time.advance(250_000);
    expect(harness.channel.requests).toHaveLength(2);
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBe(0);
  });

  it('waits an hour at most, whatever the channel asks for', async () => {
    const { harness, night } = await opened();
    harness.channel.next(tooMany(90 * 86_400_000));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(3_700_000);
    expect(harness.availability(night)).toBe(0);
  });
});
