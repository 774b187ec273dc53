import { expect, it } from 'vitest';
import { simRequest } from '../http.ts';
import { availabilityIndex, CALENDAR, hintFor, vrboFixture } from './fixture.ts';

it('a hint brings the crawler to that advertiser soon, and only what changed is fetched', async () => {
  const { platform, serve, pass, seen, violations } = vrboFixture();
  await pass(30 * 60_000);
  serve('/availability', availabilityIndex('2026-11-01T10:00:05Z'));
  serve('/501a', CALENDAR.replace('NYYY', 'NNNN').replace('0,1,1,2', '0,0,0,0'));
  const before = seen.length;
  expect(await platform.handle(hintFor('adv'))).toMatchObject({ status: 202 });
  await pass(platform.settings.hintDelayMs);
  expect(seen.slice(before).map(({ path }) => path)).toEqual(['/rates', '/availability', '/501a']);
  expect(platform.calendar('501a', '2026-11-02', '2026-11-03')[0]?.sellable).toBe(false);
  expect(platform.crawler.counts).toMatchObject({ rounds: 1, hinted: 1 });
  expect(violations()).toEqual({});
});

it('a hint that breaks a rule brings nobody', async () => {
  const { platform, pass, seen } = vrboFixture();
  const wrong = simRequest('POST', '/contentChanged', {}, hintFor('adv').body);
  expect(await platform.handle(wrong)).toMatchObject({ status: 400 });
  await pass(60_000);
  expect(seen).toEqual([]);
});
