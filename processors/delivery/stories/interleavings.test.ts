import { describe, expect, it } from 'vitest';
import type { RatePlanId } from '../../../schemas/domain/ids.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, opened, start } from '../testing/story.ts';

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

  it.each(Array.from({ length: 13 }, (_, written) => written))(
    'a crash after %i records, in the middle of a batch or of what a request writes: all arrives, nothing reopens',
    async (written) => {
      const { harness, night } = await opened();
      const [nextMonth, inTwo] = [harness.night(40), harness.night(75)];
      await harness.want(inTwo, OPEN);
      await harness.time.advance(2_000);
      const from = harness.channel.requests.length;
      harness.log.recordsLeft = written;
      // The owner may be lost in any of them.
      await Promise.allSettled([
        harness.want(night, { availability: 0 }),
        harness.want(nextMonth, OPEN),
        harness.want(inTwo, { availability: 0, price: 12_000 }),
      ]);
      await harness.time.advance(3_000);
      harness.log.recordsLeft = Number.POSITIVE_INFINITY;
      await harness.crash();
      await harness.time.advance(120_000);
      expect(harness.availability(night)).toBe(0);
      expect(harness.availability(nextMonth)).toBe(1);
      expect(harness.availability(inTwo)).toBe(0);
      expect(harness.shown({ night: inTwo, field: 'price', ratePlanId: 'standard' })).toBe(12_000);
      const opening = harness.channel.requests
        .slice(from)
        .flatMap(({ changes }) => changes)
        .filter(({ field, value }) => field === 'availability' && value > 0);
      expect(new Set(opening.map((change) => change.night))).toEqual(new Set([nextMonth]));
      expect(harness.lowestUndone()).toBeUndefined();
    },
  );

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
          content: false,
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

describe('implied nights', () => {
  it('a full sync echoes no booking to the channel that it came from (I7)', async () => {
    const { harness, night } = await opened();
    await harness.time.advance(600_000);
    await harness.want(night, { availability: 0 }, { impliedAt: harness.now });
    await harness.command({ 'parity.events.FullSync': {} });
    await harness.time.advance(60_000);
    await harness.crash();
    await harness.time.advance(600_000);
    expect(harness.sent(night)).toEqual([1]);
    expect(harness.sent(night, 'price')).toEqual([10_000, 10_000]);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('are closed by us as soon as something else covers them too, and not echoed when that ends', async () => {
    const { harness, night } = await opened();
    await harness.time.advance(600_000);
    const impliedAt = harness.now;
    await harness.want(night, { availability: 0 }, { impliedAt });
    await harness.want(night, { availability: 0 }, { impliedAt: null });
    await harness.time.advance(1_000);
    expect(harness.sent(night)).toEqual([1, 0]);
    await harness.want(night, { availability: 0 }, { impliedAt });
    await harness.time.advance(60_000);
    expect(harness.sent(night)).toEqual([1, 0]);
  });

  it('an opening that is out when the booking becomes known is followed by a closing', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    harness.channel.answerMs = 5_000;
    await harness.want(night, { availability: 1 });
    await harness.time.advance(1_000);
    await harness.want(night, { availability: 0 }, { impliedAt: harness.now - 600_000 });
    harness.channel.answerMs = 20;
    await harness.time.advance(10_000);
    expect(harness.sent(night)).toEqual([1, 0, 1, 0]);
  });
});

describe('rate plans', () => {
  const plan = (id: string) => ({ rate_plan_id: id as RatePlanId, adjustment: null });

  it('a night opens after the prices of all of them', async () => {
    const harness = await start(modelConnector({ atomic: false, most: 1 }), {
      connection: { rate_plans: [plan('flex'), plan('saver')] },
    });
    const night = harness.night(10);
    await harness.want(night, { availability: 1, price: 9_000 });
    await harness.time.advance(5_000);
    expect(harness.channel.requests.map(({ changes }) => changes[0]?.field)).toEqual([
      'price',
      'price',
      'availability',
    ]);
  });

  it('one that the row of the connection does not name yet waits for it, and is not given up', async () => {
    const harness = await start();
    const night = harness.night(10);
    const row = harness.connection;
    harness.connection = { ...row, rate_plans: [plan('standard'), plan('late')] };
    await harness.want(night, { price: 9_000 });
    harness.connection = row;
    await harness.time.advance(5_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'late' })).toBeUndefined();
    expect(harness.lowestUndone()).toBeUndefined();
    await harness.connect({ rate_plans: [plan('standard'), plan('late')] });
    await harness.time.advance(5_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'late' })).toBe(9_000);
    expect(harness.written('channel.alerts')).toEqual([]);
  });
});
