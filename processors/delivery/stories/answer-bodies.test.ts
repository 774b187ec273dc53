import { describe, expect, it } from 'vitest';
import { bookingConnector } from '../../../connectors/booking_com/index.ts';
import { DeliveryHarness } from '../testing/harness.ts';

describe('bodies of answers', () => {
  it('of nothing but digits end no stage, nor do they hold it up', async () => {
    const harness = await DeliveryHarness.start(bookingConnector, {
      connection: { room_id: '50001' },
    });
    const body = '4'.repeat(9_000_000);
    const asked: (number | undefined)[] = [];
    harness.channel.send = async (_channel, _request, options) => {
      if (options.atSocket?.() === false)
        return {
          kind: 'notSent',
          reason: 'withheld',
          code: 'LEASE_LOST',
          message: '',
          durationMs: 0,
        };
      asked.push(options.maxAnswerBytes);
      const response =
        asked.length === 1
          ? { status: 503, headers: {}, body }
          : { status: 200, headers: {}, body: '<ok/>' };
      return { kind: 'response', response, durationMs: 1 };
    };
    await harness.want(harness.night(10), { availability: 0 });
    await harness.time.advance(120_000);
    expect(harness.log.failures).toEqual([]);
    expect(harness.lowestUndone()).toBeUndefined();
    // The transport reads no such answer to a write in the first place.
    expect(Math.max(...asked.map((bytes) => bytes ?? Number.POSITIVE_INFINITY))).toBeLessThan(
      body.length,
    );
  });
});
