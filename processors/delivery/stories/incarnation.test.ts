import { describe, expect, it } from 'vitest';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, opened, start, tooMany } from '../testing/story.ts';

const FULL_SYNC = { 'parity.events.FullSync': {} } as const;
const price = (night: string) => ({ night, field: 'price', ratePlanId: 'standard' }) as never;

describe('what is out while everything known becomes uncertain', () => {
  it('a request without effect: what it falls back to is uncertain too, after an attachment', async () => {
    const { harness, night } = await opened();
    harness.channel.answerMs = 1_000;
    harness.channel.next(tooMany(100));
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(500);
    await harness.connect({ incarnation: 2 });
    await harness.want(night, { price: 10_000 });
    harness.channel.answerMs = 20;
    await harness.time.advance(10_000);
    expect(harness.sent(night, 'price')).toEqual([10_000, 20_000, 10_000]);
  });

  it('and after a full sync', async () => {
    const { harness, night } = await opened();
    harness.channel.answerMs = 1_000;
    harness.channel.next(tooMany(100));
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(500);
    await harness.command(FULL_SYNC);
    await harness.want(night, { price: 10_000 });
    harness.channel.answerMs = 20;
    await harness.time.advance(10_000);
    expect(harness.sent(night, 'price')).toEqual([10_000, 20_000, 10_000]);
  });

  it('a request that was sent under the former incarnation proves nothing for the new one', async () => {
    const { harness, night } = await opened();
    harness.channel.answerMs = 1_000;
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(500);
    expect(harness.shown(price(night))).toBe(20_000);
    await harness.connect({ incarnation: 2 });
    // Being attached again, the channel begins with a calendar of its own.
    harness.channel.calendar.clear();
    harness.channel.answerMs = 20;
    await harness.time.advance(10_000);
    expect(harness.shown(price(night))).toBe(20_000);
    expect(harness.availability(night)).toBe(1);
  });

  it('a refusal from before the attachment counts no more', async () => {
    const { harness, night } = await opened();
    harness.channel.answerMs = 1_000;
    const change = { night, field: 'price', ratePlanId: 'standard', value: 20_000 } as const;
    harness.channel.next({
      kind: 'answer',
      outcome: {
        kind: 'partial',
        refused: [{ change, code: 'CHANNEL_VALUE_REFUSED', advice: 'no' }],
      },
    });
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(500);
    await harness.connect({ incarnation: 2 });
    harness.channel.answerMs = 20;
    await harness.time.advance(10_000);
    expect(harness.shown(price(night))).toBe(20_000);
  });
});

describe('incarnations', () => {
  it('pages of another incarnation are kept but not used', async () => {
    const harness = await start(modelConnector(), { connection: { incarnation: 2 } });
    const night = harness.night(10);
    harness.connection = { ...harness.connection, incarnation: 1 };
    await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    expect(harness.channel.requests).toHaveLength(0);
    harness.connection = { ...harness.connection, incarnation: 2 };
    await harness.want(night, {});
    await harness.time.advance(5_000);
    expect(harness.availability(night)).toBe(1);
  });

  it('another listing knows nothing of what was held or out', async () => {
    const { harness, night } = await opened();
    await harness.command({
      'parity.events.Hold': { nights: { start: night, end: harness.night(11) }, code: 'HELD' },
    });
    await harness.connect({ incarnation: 2, listing: '2' });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 1]);
  });

  it('pages that the log may have lost under an owner before become uncertain, held nights stay', async () => {
    const { harness, night } = await opened();
    await harness.restart([`${harness.connection.connection_id}/${night.slice(0, 7)}`]);
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 1]);
    await harness.time.advance(120_000);
    const settled = harness.channel.requests.length;
    await harness.crash();
    await harness.time.advance(600_000);
    expect(harness.channel.requests).toHaveLength(settled);
  });
});
