import { describe, expect, it } from 'vitest';
import type { Connector, LimitDeclaration } from '../../../connectors/contract.ts';
import type { RequestSlot } from '../../limits/request-budgets.ts';
import { DeliveryHarness } from '../testing/harness.ts';
import { modelConnector } from '../testing/model-connector.ts';

const PERIOD_MS = 5_000;
const SCARCE: LimitDeclaration = { scope: 'account', requests: 1, windowMs: PERIOD_MS };

/** The model channel with a limit that it shares with others; counts how often requests are planned. */
function scarce(...limits: LimitDeclaration[]) {
  const connector = modelConnector({ most: 1 });
  const plans = { made: 0 };
  const counted: Connector = {
    ...connector,
    manifest: { ...connector.manifest, limits: [...connector.manifest.limits, ...limits] },
    plan: (...given) => {
      plans.made++;
      return connector.plan(...given);
    },
  };
  return { connector: counted, plans };
}

async function closedOne(connector: Connector, nights: number): Promise<DeliveryHarness> {
  const harness = await DeliveryHarness.start(connector);
  for (let day = 10; day < 10 + nights; day++)
    await harness.want(harness.night(day), { availability: 0 });
  return harness;
}

describe('a limit that the platform counts for several connections', () => {
  it('is waited for before anything is planned, and what waits is neither failed nor forgotten', async () => {
    const { connector, plans } = scarce(SCARCE);
    const harness = await closedOne(connector, 6);
    await harness.time.advance(60_000);
    const { sentAt } = harness.channel;
    expect(sentAt).toHaveLength(6);
    for (const [index, at] of sentAt.entries())
      if (index > 0) expect(at - (sentAt[index - 1] ?? 0)).toBeGreaterThanOrEqual(PERIOD_MS);
    // Once more for the endpoint, which the first plan shows, and once at the end of each to see that nothing is left.
    expect(plans.made).toBeLessThanOrEqual(8);
    expect(harness.lowestUndone()).toBeUndefined();
    expect(harness.written('channel.alerts')).toEqual([]);
    expect(
      harness.measures.counts.get('rate_limit_hits_total{channel_type=model}'),
    ).toBeGreaterThan(4);
    const waits = 'parity_rate_limit_wait_seconds{channel_type=model,scope=account}';
    expect(harness.measures.counts.get(waits)).toBe(6);
  });

  it('of an endpoint is asked for once the endpoint is known', async () => {
    const { connector } = scarce({ ...SCARCE, endpoint: 'calendar' });
    const harness = await closedOne(connector, 3);
    await harness.time.advance(30_000);
    const [first = 0, second = 0, third = 0] = harness.channel.sentAt;
    expect(second - first).toBeGreaterThanOrEqual(PERIOD_MS);
    expect(third - second).toBeGreaterThanOrEqual(PERIOD_MS);
    const other = await closedOne(scarce({ ...SCARCE, endpoint: 'elsewhere' }).connector, 3);
    await other.time.advance(4_000);
    expect(other.channel.sentAt).toHaveLength(3);
  });

  it('pauses when the platform refuses by it, also inside an answer 200', async () => {
    const wide: LimitDeclaration = { scope: 'account', requests: 20, windowMs: 1_000 };
    const { connector } = scarce(wide);
    const harness = await DeliveryHarness.start(connector);
    harness.channel.next({
      kind: 'answer',
      outcome: { kind: 'rate_limited', retryAfterMs: 20_000, scope: 'account' },
    });
    await harness.want(harness.night(10), { availability: 0 });
    await harness.time.advance(60_000);
    const [first = 0, second = 0] = harness.channel.sentAt;
    expect(second - first).toBeGreaterThanOrEqual(20_000);
    expect(harness.availability(harness.night(10))).toBe(0);
  });

  it('has its turn for a request whose values change all the time, however many are in line', async () => {
    const second: LimitDeclaration = { scope: 'account', requests: 1, windowMs: 1_000 };
    const harness = await DeliveryHarness.start(scarce(second).connector);
    const night = harness.night(10);
    await harness.want(night, { availability: 0, price: 10_000 });
    await harness.time.advance(5_000);
    const { connection, environment } = harness;
    const caller = {
      channel: connection.channel,
      endpoint: null,
      accountId: connection.account_id,
    };
    const others = { served: 0 };
    const standInLine = () => {
      const use = (slot: RequestSlot) => {
        others.served++;
        environment.timers.after(0, () => slot.answered(environment.clock.monotonic()));
        environment.timers.after(1, standInLine);
      };
      const taken = harness.budgets.take(caller, 'other', use);
      if (taken.kind === 'slot') use(taken.slot);
    };
    standInLine();
    const before = harness.channel.requests.length;
    for (let edit = 1; edit <= 6_000; edit++) {
      await harness.want(night, { price: 10_000 + edit });
      await harness.time.advance(10);
    }
    const sent = harness.channel.requests.length - before;
    // They take turns.
    expect(sent).toBeGreaterThanOrEqual(25);
    expect(others.served).toBeGreaterThanOrEqual(25);
  });

  it('gives its slots back when the partition is lost, and the next owner sends on', async () => {
    const { connector } = scarce(SCARCE);
    const harness = await closedOne(connector, 4);
    await harness.time.advance(7_000);
    await harness.stop();
    await harness.time.advance(120_000);
    for (let day = 10; day < 14; day++) expect(harness.availability(harness.night(day))).toBe(0);
    expect(harness.lowestUndone()).toBeUndefined();
  });
});
