import { describe, expect, it } from 'vitest';
import { airbnbFixture } from './airbnb/fixture.ts';
import { ConnectionReset } from './http.ts';

const close = [
  { dates: ['2026-12-25'], availability: 'unavailable', busy_subtype: 'BLOCKED_BY_HOST' },
];

async function outcomeOf<T>(answer: Promise<T>): Promise<T | 'pending' | Error> {
  const pending = new Promise<'pending'>((resolve) => {
    setImmediate(() => resolve('pending'));
  });
  return Promise.race([answer.catch((error: Error) => error), pending]);
}

describe('faults on request', () => {
  const closed = ({ platform }: ReturnType<typeof airbnbFixture>) =>
    platform.calendar('1001', '2026-12-25', '2026-12-26')[0]!.closed;

  it('fail: answers the status, with Retry-After where wanted, as often as armed, and changes nothing', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({
      kind: 'fail',
      status: 503,
      retryAfter: 7,
      times: 2,
      target: '1001',
    });
    const first = await fixture.write(close);
    expect([first.status, first.headers['retry-after']]).toEqual([503, '7']);
    expect((await fixture.write(close, 1002)).status).toBe(200);
    expect((await fixture.write(close)).status).toBe(503);
    expect(closed(fixture)).toBe(false);
    expect((await fixture.write(close)).status).toBe(200);
    expect(fixture.platform.faults.counts()).toEqual({ fail: 2 });
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('hang and reset: no answer, nothing done', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'hang' });
    fixture.platform.faults.arm({ kind: 'reset' });
    expect(await outcomeOf(fixture.write(close))).toBe('pending');
    expect(await outcomeOf(fixture.write(close))).toBeInstanceOf(ConnectionReset);
    expect(closed(fixture)).toBe(false);
  });

  it.each([{ kind: 'apply_then_timeout' } as const, { kind: 'reset', applied: true } as const])(
    '%o: done without an answer',
    async (fault) => {
      const fixture = airbnbFixture();
      fixture.platform.faults.arm(fault);
      const outcome = await outcomeOf(fixture.write(close));
      expect(outcome === 'pending' || outcome instanceof ConnectionReset).toBe(true);
      expect(closed(fixture)).toBe(true);
    },
  );

  it('apply_late: an opening lands after a later closing', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'apply_late', delay: 5_000, answer: 'gateway_timeout' });
    expect(
      (await fixture.write([{ dates: ['2026-12-25'], availability: 'available' }])).status,
    ).toBe(504);
    await fixture.write(close);
    expect(closed(fixture)).toBe(true);
    await fixture.time.advance(5_000);
    expect(closed(fixture)).toBe(false);
    expect(
      fixture.platform.history
        .of('1001', '2026-12-25')
        .map(({ sellable, request }) => [sellable, request]),
    ).toEqual([
      [false, 2],
      [true, 1],
    ]);
  });

  it('apply_late: judges a late write as of its arrival', async () => {
    const fixture = airbnbFixture({ tokenLifeMs: 1_000 });
    fixture.platform.faults.arm({ kind: 'apply_late', delay: 5_000 });
    void fixture.write(close);
    await fixture.time.advance(5_000);
    expect(closed(fixture)).toBe(true);
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('lose_write: answers success, holds nothing', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'lose_write' });
    expect((await fixture.write(close)).status).toBe(200);
    expect(closed(fixture)).toBe(false);
  });

  it('huge_body: done, and more follows than anybody reads', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'huge_body', bytes: 1_000 });
    expect((await fixture.write(close)).body.length).toBeGreaterThan(1_000);
    expect(closed(fixture)).toBe(true);
  });

  it('malformed_body and wrong_content_type: done, answer unreadable', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'malformed_body' });
    fixture.platform.faults.arm({ kind: 'wrong_content_type' });
    const cut = await fixture.write(close);
    expect(() => JSON.parse(cut.body)).toThrow();
    expect((await fixture.write(close)).headers['content-type']).toBe('text/html');
    expect(closed(fixture)).toBe(true);
  });

  it('refuse: a value that the platform does not want, named or not', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({
      kind: 'refuse',
      nights: ['2026-12-25'],
      field: 'price',
      times: null,
    });
    expect((await fixture.write(close)).status).toBe(200);
    const refused = await fixture.write([{ dates: ['2026-12-24:2026-12-26'], daily_price: 99 }]);
    expect([refused.status, refused.body.includes('(2026-12-25)')]).toEqual([400, true]);
    fixture.platform.settings = { ...fixture.platform.settings, culprits: 'unnamed' };
    expect((await fixture.write([{ dates: ['2026-12-25'], daily_price: 99 }])).body).not.toContain(
      '2026-12-25',
    );
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('slow: holds the place of the listing, and does not blame who comes second', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'slow', delay: 30_000 });
    const slow = fixture.write(close);
    await fixture.time.advance(10_000);
    expect(closed(fixture)).toBe(true);
    expect(JSON.parse((await fixture.write(close)).body).error_class).toBe('ConcurrencyLimitError');
    await fixture.time.advance(20_000);
    expect((await slow).status).toBe(200);
    expect((await fixture.write(close)).status).toBe(200);
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('hits by chance where a probability is given', async () => {
    const fixture = airbnbFixture();
    fixture.platform.faults.arm({ kind: 'fail', status: 500, probability: 0.5, times: null });
    const statuses = new Set<number>();
    for (let sent = 0; sent < 40; sent += 1) {
      statuses.add((await fixture.write(close)).status);
      await fixture.time.advance(200);
    }
    expect(statuses).toEqual(new Set([200, 500]));
  });
});
