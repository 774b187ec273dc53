import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import type { ChannelCommand } from '../../../schemas/generated/types.ts';
import { deliveryStage } from '../stage.ts';
import { DeliveryHarness } from '../testing/harness.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, opened, start } from '../testing/story.ts';

const hold = (harness: DeliveryHarness) => ({
  'parity.events.Hold': {
    nights: { start: harness.night(10), end: harness.night(11) },
    code: 'HELD',
  },
});

describe('commands', () => {
  it('one that comes before the row of its connection waits for it, over a restart too', async () => {
    const harness = await start(modelConnector(), { unconnected: true });
    await harness.want(harness.night(10), OPEN);
    await harness.command(hold(harness));
    await harness.crash();
    await harness.connect({});
    await harness.time.advance(5_000);
    expect(harness.sent(harness.night(10))).toEqual([]);
    expect(harness.sent(harness.night(10), 'price')).toEqual([10_000]);
    expect(harness.log.letters).toEqual([]);
  });

  it('one that waits a week for its connection becomes a dead letter', async () => {
    const harness = await start(modelConnector(), { unconnected: true });
    await harness.command(hold(harness));
    await harness.time.advance(8 * 86_400_000);
    harness.replays = false;
    await harness.restart();
    await harness.time.advance(10);
    expect(harness.log.letters.map(({ error }) => codeOf(error))).toEqual(['COMMAND_INVALID']);
    expect(harness.log.keys('channel.health')).toEqual([]);
  });

  it('one of another tenant is refused', async () => {
    const { harness, night } = await opened();
    const tenant_id = '99999999-9999-4999-8999-999999999999' as ChannelCommand['tenant_id'];
    await harness.command(hold(harness), { tenant_id });
    await harness.want(night, { availability: 0 });
    await harness.want(night, { availability: 1 });
    await harness.time.advance(5_000);
    expect(harness.acknowledged({ night, field: 'availability', ratePlanId: null })?.state).toBe(
      'known',
    );
    expect(harness.log.letters.map(({ error }) => codeOf(error))).toEqual([
      'EVENT_TENANT_MISMATCH',
    ]);
  });

  it('one that comes twice is applied once', async () => {
    const { harness, night } = await opened();
    await harness.command({ 'parity.events.FullSync': {} });
    await harness.time.advance(5_000);
    expect(harness.sent(night)).toEqual([1, 1]);
    await harness.crash();
    await harness.time.advance(600_000);
    expect(harness.sent(night)).toEqual([1, 1]);
  });

  it('that are wrong by themselves never reach the worker', () => {
    const { validate } = deliveryStage({
      connectorOf: () => undefined,
      transport: { send: () => Promise.reject(new Error('unused')), close: async () => undefined },
      budgets: {} as never,
      environment: {} as never,
    });
    const base = {
      command_id: '44444444-4444-4444-8444-444444444444',
      connection_id: '11111111-1111-4111-8111-111111111111',
      tenant_id: '22222222-2222-4222-8222-222222222222',
      issued_at: 0,
      issued_by: 'test',
    } as unknown as ChannelCommand;
    const code = (key: string, command: ChannelCommand['command']) =>
      codeOf(
        validate?.({
          topic: 'channel.commands',
          offset: 0,
          key,
          value: { ...base, command },
          originTs: null,
          traceparent: null,
          timestamp: 0,
        }),
      );
    const nights = (start: string, end: string) => ({ start, end }) as never;
    const key = base.connection_id;
    const held = (start: string, end: string): ChannelCommand['command'] => ({
      'parity.events.Hold': { nights: nights(start, end), code: 'HELD' },
    });
    expect(code(key, held('2030-01-01', '2030-01-02'))).toBeUndefined();
    expect(code(key, held('2030-01-02', '2030-01-02'))).toBe('COMMAND_INVALID');
    expect(code(key, held('2030-01-01', '9030-01-02'))).toBe('COMMAND_INVALID');
    expect(code('other', held('2030-01-01', '2030-01-02'))).toBe('EVENT_KEY_MISMATCH');
  });
});

describe('pages', () => {
  it('of months long past are given up, and a late desired page of such a month does nothing', async () => {
    const { harness, night } = await opened();
    const key = `${harness.connection.connection_id}/${night.slice(0, 7)}`;
    expect(harness.log.keys('channel.acknowledged')).toContain(key);
    await harness.time.advance(90 * 86_400_000);
    expect(harness.log.keys('channel.acknowledged')).toEqual([]);
    const before = harness.channel.requests.length;
    await harness.want(night, { availability: 1, price: 1 }, { released: 99 });
    await harness.time.advance(60_000);
    expect(harness.channel.requests).toHaveLength(before);
    expect(harness.lowestUndone()).toBeUndefined();
    expect(harness.log.keys('channel.acknowledged')).toEqual([]);
  });

  it('of a connection that was deleted go with it, also when that happened while nobody owned them', async () => {
    const { harness } = await opened();
    await harness.disconnect();
    expect(harness.log.keys('channel.acknowledged')).toEqual([]);
    expect(harness.log.keys('channel.health')).toEqual([]);

    const other = (await opened()).harness;
    other.log.put('channel.connections', other.connection.connection_id, null);
    await other.crash();
    await other.time.advance(10);
    expect(other.log.keys('channel.acknowledged')).toEqual([]);
  });
});

describe('time', () => {
  it('a night enters at the midnight of its property, on the first day too', async () => {
    const timeZone = 'Asia/Tokyo';
    const harness = await start(modelConnector({ horizon: 30 }), { timeZone });
    // Virtual time begins at 09:00 in Tokyo; its day ends 15 hours later, at 15:00 UTC.
    const night = harness.night(30);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(14 * 3_600_000);
    expect(harness.availability(night)).toBeUndefined();
    await harness.time.advance(1.1 * 3_600_000);
    expect(harness.availability(night)).toBe(0);
  });

  it('a wall clock that is set back does not prolong a pause', async () => {
    const { harness, night } = await opened();
    const reached: number[] = [];
    harness.channel.onRequest = () => reached.push(harness.time.elapsed);
    harness.channel.next({
      kind: 'answer',
      outcome: { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE', message: '503' },
    });
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(500);
    harness.skew = -3_600_000;
    await harness.time.advance(5_000);
    expect(reached).toHaveLength(2);
    harness.skew = 0;
  });
});

describe('the lease', () => {
  it('a write that is refused for a late heartbeat ends this life of the worker', async () => {
    const harness = await DeliveryHarness.start(modelConnector());
    await harness.want(harness.night(10), OPEN);
    await harness.time.advance(500);
    harness.late = true;
    await harness.time.advance(5_000);
    harness.late = false;
    expect(harness.log.failures.map((error) => codeOf(error))).toEqual(['LEASE_LOST']);
  });
});

describe('limits', () => {
  it('follow the tier of the connection while it runs', async () => {
    const harness = await start(modelConnector({ perSecond: 10, byTier: true, most: 1 }), {
      connection: { requests_per_second: 2 },
    });
    for (let days = 0; days < 40; days++) await harness.want(harness.night(days), { price: 5_000 });
    await harness.time.advance(3_000);
    expect(harness.channel.requests).toHaveLength(4);
    await harness.connect({ requests_per_second: 20 });
    const before = harness.channel.requests.length;
    await harness.time.advance(1_000);
    expect(harness.channel.requests.length - before).toBeGreaterThan(15);
    await harness.connect({ requests_per_second: 1 });
    for (let days = 0; days < 40; days++) await harness.want(harness.night(days), { price: 6_000 });
    await harness.time.advance(5_000);
    const sentAt = harness.channel.sentAt.filter((at) => at > harness.now - 4_000);
    expect(sentAt).toHaveLength(4);
  });
});

describe('measures', () => {
  it('show the breaker of a platform and count open connections', async () => {
    const { harness, night } = await opened();
    const gauges = () => [
      harness.measures.gauges.get('circuit_breaker_state{channel_type=model}'),
      harness.measures.gauges.get('parity_open_connections{channel_type=model}'),
    ];
    expect(gauges()).toEqual([0, 0]);
    harness.channel.always = { kind: 'unreachable' };
    await harness.want(night, { price: 20_000 });
    await harness.time.advance(50_000);
    expect(gauges()).toEqual([1, 1]);
    harness.channel.behave();
    await harness.time.advance(60_000);
    expect(gauges()).toEqual([2, 0]);
    await harness.want(night, { price: 21_000 });
    await harness.time.advance(1_000);
    expect(gauges()).toEqual([0, 0]);
  });
});
