import { afterEach, describe, expect, it } from 'vitest';
import { DeliveryHarness } from './testing/harness.ts';
import { modelConnector } from './testing/model-connector.ts';

const APPLIED = { kind: 'answer', outcome: { kind: 'applied' } } as const;
const UNAVAILABLE = {
  kind: 'answer',
  outcome: { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE', message: '503' },
} as const;
const OPEN = { availability: 1, price: 10_000, min_stay_arrival: 2 };

let present: DeliveryHarness | undefined;

async function start(connector = modelConnector()) {
  present = await DeliveryHarness.start(connector);
  return present;
}

afterEach(() => {
  expect(present?.log.failures).toEqual([]);
});

async function opened(connector = modelConnector()) {
  const harness = await start(connector);
  const night = harness.night(10);
  await harness.want(night, OPEN);
  await harness.time.advance(2_000);
  expect(harness.availability(night)).toBe(1);
  return { harness, night };
}

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

describe('interleavings that break naive designs', () => {
  it('write-ahead: sent, crash before recording, desired returns', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { price: 20_000 });
    harness.channel.answerMs = 10_000;
    await harness.time.advance(1_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(20_000);
    await harness.crash();
    await harness.want(night, { price: 10_000 });
    harness.channel.answerMs = 20;
    await harness.time.advance(120_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(10_000);
  });

  it('quarantine: an opening times out and lands after a later closing', async () => {
    const harness = await start(modelConnector());
    const night = harness.night(10);
    harness.channel.next({ kind: 'silence', lands: 45_000 });
    await harness.want(night, OPEN);
    await harness.time.advance(25_000);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(15_000);
    expect(harness.availability(night)).toBe(0);
    await harness.time.advance(10_000);
    expect(harness.availability(night)).toBe(1);
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBe(0);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('a closing that arrives while an opening is at its socket stops the opening', async () => {
    const harness = await start(modelConnector());
    const night = harness.night(10);
    harness.channel.beforeSocket = async () => {
      harness.channel.beforeSocket = null;
      await harness.want(night, { availability: 0 });
    };
    await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([0]);
  });

  it('a closing that arrives while an opening waits for its slot goes first, and the opening never leaves', async () => {
    const harness = await start(modelConnector({ perSecond: 1 }));
    const night = harness.night(10);
    await harness.want(night, OPEN);
    await harness.time.advance(500);
    expect(harness.channel.requests).toHaveLength(0);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(10_000);
    expect(harness.sent(night)).toEqual([0]);
  });

  it('a rejected price does not keep a closing of its night from going through', async () => {
    const { harness, night } = await opened();
    const change = { night, field: 'price', ratePlanId: 'standard', value: 1 } as const;
    harness.channel.next({
      kind: 'answer',
      outcome: {
        kind: 'refused',
        refused: [{ change, code: 'CHANNEL_VALUE_REFUSED', advice: 'too low' }],
        code: 'CHANNEL_VALUE_REFUSED',
        message: 'too low',
      },
    });
    await harness.want(night, { price: 1, availability: 1 });
    await harness.time.advance(1_000);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    expect(harness.availability(night)).toBe(0);
    expect(harness.written('channel.alerts').map(({ value }) => value?.code)).toContain(
      'CHANNEL_VALUE_REFUSED',
    );
  });

  it('a night whose price is refused stays closed', async () => {
    const harness = await start(modelConnector());
    const night = harness.night(10);
    const change = { night, field: 'price', ratePlanId: 'standard', value: 10_000 } as const;
    harness.channel.next({
      kind: 'answer',
      outcome: {
        kind: 'refused',
        refused: [{ change, code: 'CHANNEL_VALUE_REFUSED', advice: 'no' }],
        code: 'CHANNEL_VALUE_REFUSED',
        message: 'no',
      },
    });
    await harness.want(night, OPEN);
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBeUndefined();
    await harness.want(night, { price: 12_000 });
    await harness.time.advance(2_000);
    expect(harness.availability(night)).toBe(1);
  });

  it('an owner booking leaves: the night is sent again, although we thought it open', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { availability: 0 }, { impliedAt: harness.time.start + 3_600_000 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1]);
    await harness.want(night, { availability: 1 }, { impliedAt: null, released: 12 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 1]);
  });

  it('a guest cancels a night that is also blocked: the closing is sent again, the channel reopened by itself', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    await harness.want(night, { availability: 0 }, { released: 30 });
    await harness.time.advance(1_000);
    expect(harness.sent(night)).toEqual([1, 0, 0]);
  });

  it('a booking that a full sync overwrote before it was polled: its closing is sent once', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { availability: 0 }, { impliedAt: harness.time.start + 1_000 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 0]);
    await harness.time.advance(60_000);
    expect(harness.sent(night)).toEqual([1, 0]);
  });

  it('paused, activated, detached and attached again in quick succession', async () => {
    const { harness, night } = await opened();
    await harness.connect({ phase: 'paused' });
    await harness.want(night, { price: 15_000 });
    await harness.want(harness.night(11), { ...OPEN });
    await harness.time.advance(2_000);
    expect(harness.lowestUndone()).toBeUndefined();
    expect(harness.channel.requests).toHaveLength(1);
    await harness.connect({ phase: 'active' });
    await harness.connect({ phase: 'disconnected' });
    await harness.connect({ phase: 'active', incarnation: 2 });
    await harness.time.advance(2_000);
    expect(harness.sent(night).at(-1)).toBe(1);
    await harness.want(night, { availability: 0, price: 15_000 });
    await harness.time.advance(2_000);
    expect(harness.availability(night)).toBe(0);
  });

  it('a request that was out when the lease ended asks for a recheck of its fields', async () => {
    const { harness, night } = await opened();
    harness.channel.next({ kind: 'silence', lands: null });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    await harness.loseLease();
    await harness.time.advance(100);
    const commands = harness.written('channel.commands').map(({ value }) => value?.command);
    expect(commands).toEqual([
      {
        'parity.events.Recheck': {
          version: null,
          cells: [
            {
              field: 'availability',
              rate_plan_id: null,
              nights: { start: night, end: harness.night(11) },
            },
          ],
        },
      },
    ]);
  });
});

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

  it('held nights stay out of every opening until a person overrides', async () => {
    const { harness, night } = await opened();
    await harness.command({
      'parity.events.Hold': { nights: { start: night, end: harness.night(11) }, code: 'HELD' },
    });
    await harness.command({ 'parity.events.FullSync': {} });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1]);
    await harness.command({
      'parity.events.Override': { nights: { start: night, end: harness.night(11) } },
    });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 1]);
  });
});
