import { afterEach, expect, it } from 'vitest';
import { plusDays } from '../dates.ts';
import { type ServedPlatform, serveExpedia } from '../serve.ts';
import { EXPEDIA_DEFAULTS } from './settings.ts';

const closing: ServedPlatform[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((served) => served.close()));
});

it('serves its interfaces and its control API on a port', async () => {
  const served = await serveExpedia();
  closing.push(served);
  const control = async (method: string, path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const init = { method, headers, body: JSON.stringify(body) };
    return (await fetch(`${served.url}/_control${path}`, init)).json();
  };
  const rooms = [{ id: '5001', rates: [{ id: '50011' }] }];
  expect(await control('POST', '/hotels', { id: '500', rooms })).toEqual({
    id: '500',
    account: 'parity-expedia-user',
    currency: 'EUR',
  });
  const day = plusDays(new Date().toISOString().slice(0, 10), 10);
  const [[username, password] = []] = Object.entries(EXPEDIA_DEFAULTS.users);
  const close = async () => {
    const body = `<AvailRateUpdateRQ xmlns="http://www.expediaconnect.com/EQC/AR/2011/06"><Authentication username="${username}" password="${password}"/><Hotel id="500"/><AvailRateUpdate><DateRange from="${day}" to="${day}"/><RoomType id="5001" closed="true"/></AvailRateUpdate></AvailRateUpdateRQ>`;
    const headers = { 'content-type': 'text/xml' };
    const answer = await fetch(`${served.url}/eqc/ar`, { method: 'POST', headers, body });
    return [answer.status, await answer.text()];
  };
  expect(await close()).toEqual([200, expect.stringContaining('<Success/>')]);
  expect(served.platform.calendar('5001', day, plusDays(day, 1))[0]?.closed).toBe(true);
  const userLimit = { limit: 0, windowMs: 1_000 };
  expect(await control('PATCH', '/settings', { userLimit })).toMatchObject({ userLimit });
  expect(await close()).toEqual([429, '']);
  expect(await control('PATCH', '/settings', { userLimits: userLimit })).toHaveProperty('error');
  await control('PATCH', '/settings', { userLimit: EXPEDIA_DEFAULTS.userLimit });
  await control('PATCH', '/hotels/500', { connected: false });
  expect(await close()).toEqual([200, expect.stringContaining('<Error code="3202">')]);
  expect(served.platform.report()).toMatchObject({ channel: 'expedia', requests: 3 });
});
