import { describe, expect, it } from 'vitest';
import { interpretBooking } from '../../../connectors/booking_com/interpret.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { opened, tooMany, UNAUTHORIZED, UNAVAILABLE } from '../testing/story.ts';

describe('credentials', () => {
  it('after a new authorisation the first refusal asks for a fresh token before the connection expires again', async () => {
    const { harness, night } = await opened();
    harness.channel.next(UNAUTHORIZED, UNAUTHORIZED);
    await harness.want(night, { price: 9_000 });
    await harness.time.advance(10_000);
    await harness.connect({ phase: 'expired' });
    await harness.time.advance(3_600_000);
    harness.channel.next(UNAUTHORIZED);
    await harness.connect({ phase: 'active', incarnation: 2 });
    await harness.time.advance(10_000);
    const expired = harness
      .written('channel.sync-log')
      .filter(({ value }) => value?.connection_status?.status === 'expired');
    expect(expired).toHaveLength(1);
  });
});

describe('asked to slow down', () => {
  it('a 429 with Retry-After: 0 again and again does not become a flood', async () => {
    const { harness, night } = await opened();
    const before = harness.channel.requests.length;
    harness.channel.always = tooMany(0);
    await harness.want(night, { price: 9_000 });
    await harness.time.advance(60_000);
    // Without the header it would be about seven.
    expect(harness.channel.requests.length - before).toBeLessThan(30);
  });

  it('a 503 that says Retry-After: 300 is not asked again within that time', async () => {
    const model = modelConnector();
    const { harness, night } = await opened({
      ...model,
      // What an answer of the platform means to a real codec.
      interpret: (request, response) => {
        const outcome = model.interpret(request, response);
        return outcome.kind === 'unknown'
          ? interpretBooking(request, {
              status: 503,
              headers: { 'retry-after': '300' },
              body: '<html>maintenance</html>',
            })
          : outcome;
      },
    });
    const before = harness.channel.sentAt.length;
    harness.channel.next(UNAVAILABLE);
    await harness.want(night, { price: 9_000 });
    await harness.time.advance(600_000);
    const [first = 0, second = 0] = harness.channel.sentAt.slice(before);
    expect(second - first).toBeGreaterThanOrEqual(300_000);
  });
});

describe('tokens', () => {
  it('waiting for a token that the platform does not give yet is no failure of the channel', async () => {
    const { harness, night } = await opened();
    const limited = { kind: 'notSent', code: 'CHANNEL_RATE_LIMITED' } as const;
    harness.channel.next(...Array.from({ length: 8 }, () => limited));
    await harness.want(night, { availability: 0 });
    await harness.time.advance(400_000);
    expect(harness.written('channel.alerts').map(({ value }) => value?.code)).toEqual([]);
    const health = harness.written('channel.health').map(({ value }) => value?.breaker);
    expect(health).not.toContain('open');
  });
});

describe('sync log', () => {
  it('a request of restrictions alone is no price export', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { min_stay_arrival: 5 });
    await harness.time.advance(5_000);
    expect(harness.written('channel.sync-log').at(-1)?.value?.sync_type).toBe(
      'availability_export',
    );
  });
});

describe('rows of the sync log', () => {
  it('a request that met a limit or a refused token says so in its row', async () => {
    const { harness, night } = await opened();
    harness.channel.next(tooMany(1_000), UNAUTHORIZED);
    await harness.want(night, { price: 9_000 });
    await harness.time.advance(10_000);
    const failed = harness
      .written('channel.sync-log')
      .filter(({ value }) => value?.status === 'failure')
      .map(({ value }) => value?.error_message ?? null);
    expect(failed).toHaveLength(2);
    expect(failed).not.toContain(null);
  });
});
