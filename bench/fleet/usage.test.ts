import { expect, it } from 'vitest';
import type { Exchange } from '../../simulators/index.ts';
import { type FleetSale, fleet } from './homes.ts';
import { fullestOf, isOver, usageOf } from './usage.ts';

let id = 0;
function exchange(at: number, target: string, kind: Exchange['kind'] = 'write'): Exchange {
  id += 1;
  const answer = { answeredAt: at + 20, status: 200, fault: null };
  return { id, at, method: 'POST', path: '/', kind, target, body: '', ...answer };
}

/** The listings of the fleet at a platform, by number of the credential. */
function salesWith(limit: { readonly requests: number; readonly windowMs: number }) {
  const found = new Map<string, FleetSale>();
  for (const { sales } of fleet) for (const sale of sales) found.set(sale.channel, sale);
  for (const sale of found.values()) {
    const sales = fleet.flatMap(({ propertyId, sales: all }) =>
      all.filter(({ channel }) => channel === sale.channel).map((one) => ({ ...one, propertyId })),
    );
    const traffic = { channel: sale.channel, sales, exchanges: [exchange(0, sale.listing)] };
    const shared = fullestOf(traffic).some(
      (window) => window.limit === limit.requests && window.windowMs === limit.windowMs,
    );
    if (shared) return { channel: sale.channel, sales };
  }
  throw new Error(`nobody has ${limit.requests} in ${limit.windowMs} ms`);
}

it('is used by what arrived in time, of what all may send together', () => {
  // One user of all hotels, 50 calls a second.
  const { channel, sales } = salesWith({ requests: 50, windowMs: 1_000 });
  const exchanges = Array.from({ length: 90 }, (_, at) =>
    exchange(at * 100, sales[at % sales.length]?.listing ?? ''),
  );
  // One of them a second is a poll.
  const polls = Array.from({ length: 8 }, (_, at) =>
    exchange(1_000 + at * 1_000, sales[0]?.listing ?? '', 'poll'),
  );
  const usage = usageOf({ channel, sales, exchanges: [...exchanges, ...polls] }, 1_000, 9_000);
  expect(usage).toMatchObject({
    connections: 14,
    possible: 49,
    used: 10,
    share: 10 / 49,
    answerMs: 20,
  });
  expect(usage.perConnection.most).toBeLessThanOrEqual(usage.perConnection.least + 1);
});

it("a single connection is held by one request at a time, or by delivery's part of its window", () => {
  const { channel, sales } = salesWith({ requests: 2_000, windowMs: 10_000 });
  const [sale] = sales;
  const exchanges = Array.from({ length: 64 }, (_, at) => exchange(at * 125, sale?.listing ?? ''));
  const usage = usageOf({ channel, sales: sales.slice(0, 1), exchanges }, 0, 8_000);
  expect(usage).toMatchObject({ possible: 8, used: 8, share: 1 });
  const slow = exchanges.map((one) => ({ ...one, answeredAt: one.at + 500 }));
  expect(usageOf({ channel, sales: sales.slice(0, 1), exchanges: slow }, 0, 8_000).possible).toBe(
    2,
  );
});

it('finds the window that is over its limit, whoever shares it', () => {
  const { channel, sales } = salesWith({ requests: 50, windowMs: 1_000 });
  const calls = (count: number) =>
    Array.from({ length: count }, (_, at) => exchange(5_000 + at, sales[at % 7]?.listing ?? ''));
  expect(fullestOf({ channel, sales, exchanges: calls(50) }).filter(isOver)).toEqual([]);
  expect(fullestOf({ channel, sales, exchanges: calls(51) }).filter(isOver)).toMatchObject([
    { requests: 51, limit: 50, windowMs: 1_000 },
  ]);
});
