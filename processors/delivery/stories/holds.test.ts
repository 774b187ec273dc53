import { describe, expect, it } from 'vitest';
import type { DeliveryHarness } from '../testing/harness.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, opened, start, tooMany } from '../testing/story.ts';

function hold(harness: DeliveryHarness, days = 10) {
  return {
    'parity.events.Hold': {
      nights: { start: harness.night(days), end: harness.night(days + 1) },
      code: 'HELD',
    },
  };
}

function override(harness: DeliveryHarness, days = 10, once_closed = false) {
  return {
    'parity.events.Override': {
      nights: { start: harness.night(days), end: harness.night(days + 1) },
      once_closed,
    },
  };
}

describe('held nights', () => {
  it('that are closed by us are closed again when a booking has left them: the channel may reopen by itself', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(2_000);
    await harness.want(night, { availability: 0 }, { released: 46 });
    await harness.time.advance(2_000);
    expect(harness.sent(night)).toEqual([1, 0, 0]);
    await harness.time.advance(60_000);
    expect(harness.sent(night)).toEqual([1, 0, 0]);
  });

  it('that a person accepts stay held until the block has come, and are ours from then on', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.command(override(harness, 10, true));
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1]);
    await harness.crash();
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1]);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 0]);
    // The owner ends the block.
    await harness.want(night, { availability: 1 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 0, 1]);
  });

  it('that were closed by us already are accepted too', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(2_000);
    await harness.command(override(harness, 10, true));
    await harness.time.advance(2_000);
    await harness.want(night, { availability: 1 });
    await harness.time.advance(2_000);
    expect(harness.sent(night)).toEqual([1, 0, 0, 1]);
  });

  it.each([true, false])(
    'that a person takes back (once closed: %s) while their closing is under way are so although it never leaves',
    async (onceClosed) => {
      const { harness, night } = await opened();
      await harness.command(hold(harness));
      let released: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => {
        released = resolve;
      });
      harness.channel.beforeSocket = () => waiting;
      harness.channel.next({ kind: 'unreachable' });
      await harness.want(night, { availability: 0 });
      await harness.time.advance(500);
      await harness.command(override(harness, 10, onceClosed));
      harness.channel.beforeSocket = null;
      released();
      await harness.time.advance(30_000);
      expect(harness.sent(night)).toEqual([1, 0]);
      await harness.want(night, { availability: 1 });
      await harness.time.advance(5_000);
      expect(harness.sent(night)).toEqual([1, 0, 1]);
    },
  );

  it('whose accepted hold meets a refused connection keep it until a closing leaves', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.command(override(harness, 10, true));
    harness.channel.next({ kind: 'unreachable' });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(500);
    await harness.want(night, { availability: 1 });
    await harness.time.advance(60_000);
    expect(harness.sent(night)).toEqual([1]);
  });

  it('stay out of every opening, full sync included, until a person overrides', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.command({ 'parity.events.FullSync': {} });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1]);
    await harness.command(override(harness));
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 1]);
  });

  it('stop an opening that waits at its socket', async () => {
    const harness = await start();
    const night = harness.night(10);
    let released: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      released = resolve;
    });
    harness.channel.beforeSocket = () => waiting;
    await harness.want(night, OPEN);
    await harness.time.advance(1_500);
    await harness.command(hold(harness));
    harness.channel.beforeSocket = null;
    released();
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([]);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(10_000);
  });

  it('that are taken back while their opening is out are not opened by a second request beside it', async () => {
    const { harness, night } = await opened(modelConnector({ concurrency: 4 }));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    harness.channel.answerMs = 5_000;
    await harness.want(night, { availability: 1 });
    await harness.time.advance(1_000);
    await harness.command(hold(harness));
    await harness.command(override(harness));
    await harness.time.advance(2_000);
    expect(harness.sent(night)).toEqual([1, 0, 1]);
    await harness.time.advance(20_000);
    expect(harness.sent(night)).toEqual([1, 0, 1, 1]);
  });

  it('survive a restart and a new incarnation', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.crash();
    await harness.connect({ incarnation: 2 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1]);
  });

  it('are closed by us too when the PMS closes them, and stay held', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(1_000);
    expect(harness.sent(night)).toEqual([1, 0]);
    await harness.time.advance(60_000);
    await harness.crash();
    await harness.want(night, { availability: 1 });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 0]);
    await harness.command(override(harness));
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 0, 1]);
  });

  it('stay held when the closing of a held night is not taken at once', async () => {
    const { harness, night } = await opened();
    await harness.command(hold(harness));
    harness.channel.next(tooMany(1_000), { kind: 'silence', lands: null });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(25_000);
    await harness.want(night, { availability: 1 });
    await harness.time.advance(200_000);
    expect(harness.sent(night)).not.toContain(2);
    expect(
      harness
        .sent(night)
        .slice(1)
        .every((value) => value === 0),
    ).toBe(true);
    expect(harness.acknowledged({ night, field: 'availability', ratePlanId: null })?.state).toBe(
      'held',
    );
  });

  it('hold no offset', async () => {
    const harness = await start(modelConnector());
    await harness.command(hold(harness));
    await harness.want(harness.night(10), OPEN);
    await harness.time.advance(5_000);
    expect(harness.lowestUndone()).toBeUndefined();
  });
});
