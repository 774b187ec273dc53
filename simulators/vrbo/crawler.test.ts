import { describe, expect, it } from 'vitest';
import { availabilityIndex, CALENDAR, vrboFixture } from './fixture.ts';

const MINUTE = 60_000;

describe('a unit', () => {
  it('is sold as its documents say', async () => {
    const { platform, pass } = vrboFixture();
    expect(platform.calendar('501a', '2026-11-02', '2026-11-03')[0]?.sellable).toBe(false);
    await pass(30 * MINUTE);
    const nights = platform.calendar('501a', '2026-11-01', '2026-11-06');
    expect(nights.map(({ sellable }) => sellable)).toEqual([false, true, true, true, false]);
    expect(nights.map(({ availability }) => availability)).toEqual([0, 1, 1, 2, 0]);
    const rates = nights.map((one) => one.rates.standard);
    expect(rates.map((one) => one?.price)).toEqual([15_000, 14_050, 14_050, 15_000, 15_000]);
    expect(rates.map((one) => one?.closedToArrival)).toEqual([false, false, true, true, true]);
    expect(rates.map((one) => one?.closedToDeparture)).toEqual([false, true, false, true, true]);
    expect(rates.map((one) => one?.minStayArrival)).toEqual([null, 3, 2, null, null]);
    expect(rates.map((one) => one?.maxStay)).toEqual([null, 28, null, null, null]);
  });

  it('is open beyond its calendar unless the document says otherwise', async () => {
    const { platform, serve, pass } = vrboFixture();
    serve('/501a', CALENDAR.replace('<availabilityDefault>N</availabilityDefault>', ''));
    await pass(30 * MINUTE);
    expect(platform.calendar('501a', '2027-05-01', '2027-05-02')[0]?.sellable).toBe(true);
  });

  it('can be changed behind the back of the partner, and cannot be booked yet', async () => {
    const { platform, pass } = vrboFixture();
    await pass(30 * MINUTE);
    const night = () => platform.calendar('501a', '2026-11-02', '2026-11-03')[0];
    platform.ownerBlock('501a', '2026-11-02', '2026-11-03', true);
    expect(night()?.sellable).toBe(false);
    platform.reopen('501a', '2026-11-02', '2026-11-03');
    expect(night()?.sellable).toBe(true);
    platform.drift('501a', '2026-11-02', { closed: true, price: 9_900 });
    expect(night()).toMatchObject({ closed: true, rates: { standard: { price: 9_900 } } });
    expect(platform.history.of('501a', '2026-11-02').map(({ cause }) => cause)).toEqual([
      'api',
      'owner',
      'owner',
      'drift',
      'drift',
    ]);
    expect(platform.book()).toMatchObject({ ok: false, reason: 'not_supported' });
  });
});

describe('the crawler', () => {
  it('comes on its own clock and follows only what is newer', async () => {
    const { platform, seen, serve, pass } = vrboFixture({ crawlIntervalMs: 5 * MINUTE });
    await pass(5 * MINUTE - 1);
    expect(seen).toEqual([]);
    await pass(1);
    expect(seen.map(({ path }) => path)).toEqual([
      '/rates',
      '/501a/rates',
      '/availability',
      '/501a',
    ]);
    await pass(5 * MINUTE);
    expect(seen.slice(4).map(({ path }) => path)).toEqual(['/rates', '/availability']);
    serve('/availability', availabilityIndex('2026-11-01T09:40:00Z'));
    await pass(5 * MINUTE);
    expect(seen.slice(6).map(({ path }) => path)).toEqual(['/rates', '/availability', '/501a']);
    expect(platform.ledger.report().byKind).toEqual({ poll: 6, fetch: 3 });
  });

  it('asks for a content only if it has changed', async () => {
    const { platform, serve, pass } = vrboFixture({ crawlIntervalMs: MINUTE });
    serve('/501a', CALENDAR, { etag: '"one"' });
    await pass(MINUTE);
    serve('/availability', availabilityIndex('2026-11-01T09:31:00Z'));
    await pass(MINUTE);
    expect(platform.crawler.counts).toMatchObject({ taken: 2, unchanged: 1 });
    await pass(MINUTE);
    expect(platform.crawler.counts).toMatchObject({ taken: 2, unchanged: 1 });
  });

  it('may stay away, come late, lose a document or come with a wrong password', async () => {
    const { platform, seen, pass, violations } = vrboFixture({ crawlIntervalMs: MINUTE });
    platform.setMood({ away: true });
    await pass(3 * MINUTE);
    expect(seen).toEqual([]);
    platform.setMood({ password: 'wrong' });
    await pass(MINUTE);
    expect(platform.ledger.report().byStatus).toEqual({ 401: 2 });
    platform.setMood({ loseNext: 1 });
    await pass(MINUTE);
    expect(platform.crawler.counts).toMatchObject({ lost: 1, taken: 1 });
    platform.setMood({ slowMs: 40_000 });
    await pass(MINUTE + 39_000);
    expect(platform.crawler.counts.taken).toBe(1);
    await pass(3 * MINUTE);
    expect(platform.crawler.counts.taken).toBe(2);
    expect(violations()).toEqual({});
  });

  it('blames nobody for the login of a call that was under way when its password was set right', async () => {
    const { platform, pass, violations } = vrboFixture({ crawlIntervalMs: MINUTE });
    platform.setMood({ password: 'wrong', slowMs: 10_000 });
    await pass(MINUTE + 5_000);
    platform.setMood({});
    await pass(20_000);
    expect(violations()).toEqual({});
  });

  it('takes everything anew once it has forgotten what it had', async () => {
    const { platform, pass } = vrboFixture({ crawlIntervalMs: MINUTE });
    await pass(2 * MINUTE);
    expect(platform.crawler.counts.taken).toBe(2);
    platform.crawler.forget();
    await pass(MINUTE);
    expect(platform.crawler.counts.taken).toBe(4);
  });

  it('gives up on a partner that does not answer, and comes again', async () => {
    const { platform, answers, serve, pass, violations } = vrboFixture({ crawlIntervalMs: MINUTE });
    answers.set('/rates', 'silence');
    answers.set('/availability', 'refused');
    await pass(2 * MINUTE + 15_000);
    expect(platform.crawler.counts).toMatchObject({ taken: 0 });
    serve('/availability', availabilityIndex());
    await pass(2 * MINUTE);
    expect(platform.crawler.counts).toMatchObject({ taken: 1 });
    expect(violations()).toEqual({});
  });
});
