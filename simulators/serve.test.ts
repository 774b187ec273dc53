import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { plusDays } from './dates.ts';
import { type ServedPlatform, serveAirbnb, serveBookingCom, serveGoogle } from './serve.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const day = (ahead: number) => plusDays(new Date().toISOString().slice(0, 10), ahead);

async function control(
  served: ServedPlatform,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: never }> {
  const answer = await fetch(`${served.url}/_control${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.status, body: (await answer.json()) as never };
}

async function airbnb() {
  const served = await serveAirbnb();
  closing.push(() => served.close());
  const { body: host } = await control(served, 'POST', '/hosts', { id: '7001' });
  await control(served, 'POST', '/listings', { id: '1001', host: '7001' });
  const { clientId, clientSecret } = served.platform.settings;
  const exchange = await fetch(`${served.url}/v2/oauth2/authorizations?_unwrapped=true`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ refresh_token: (host as { refreshToken: string }).refreshToken }),
  });
  const { access_token } = (await exchange.json()) as { access_token: string };
  const headers = {
    'content-type': 'application/json',
    'x-airbnb-api-key': clientId,
    'x-airbnb-oauth-token': access_token,
    'x-airbnb-req-api-version': '2025.06.30',
  };
  const close = (night: string) =>
    fetch(`${served.url}/v2/calendar_operations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        listing_id: 1001,
        operations: [
          { dates: [night], availability: 'unavailable', busy_subtype: 'BLOCKED_BY_HOST' },
        ],
      }),
      signal: AbortSignal.timeout(500),
    });
  return { served, close };
}

describe('the command', () => {
  it('prints the addresses and ends with its parent', async () => {
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      'simulators/main.ts',
      '--exit-with-parent',
    ]);
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
    });
    closing.push(() => {
      child.kill();
      return ended;
    });
    const line = await new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    const addresses = JSON.parse(line) as Record<string, string>;
    const report = await fetch(`${addresses.booking_com}/_control/report`);
    expect(await report.json()).toMatchObject({ channel: 'booking_com', requests: 0 });
    child.stdin.end();
    expect(await ended).toBe(0);
  });
});

describe('a platform on a port', () => {
  it('takes the calls of the partner and shows what they did', async () => {
    const { served, close } = await airbnb();
    expect((await close(day(10))).status).toBe(200);
    const { body: calendar } = await control(
      served,
      'GET',
      `/calendar?unit=1001&from=${day(10)}&to=${day(12)}`,
    );
    expect((calendar as { sellable: boolean }[]).map(({ sellable }) => sellable)).toEqual([
      false,
      true,
    ]);
    const { body: history } = await control(served, 'GET', `/history?unit=1001&night=${day(10)}`);
    expect((history as { changes: { cause: string }[] }).changes[0]?.cause).toBe('api');
    const { body: report } = await control(served, 'GET', '/report');
    expect(report).toMatchObject({
      channel: 'airbnb',
      requests: 2,
      rateLimited: 0,
      violations: {},
    });
    const { body: requests } = await control(served, 'GET', '/requests?target=1001');
    expect(requests).toEqual([expect.objectContaining({ kind: 'write', status: 200 })]);
  });

  it('drops the connection, hangs, and answers by HTTP as told', async () => {
    const { served, close } = await airbnb();
    await control(served, 'POST', '/faults', { kind: 'reset' });
    await expect(close(day(10))).rejects.toThrow('fetch failed');
    await control(served, 'POST', '/faults', { kind: 'apply_then_timeout', target: '1001' });
    await expect(close(day(10))).rejects.toThrow(/aborted/);
    expect(served.platform.calendar('1001', day(10), day(11))[0]?.closed).toBe(true);
    await control(served, 'POST', '/faults', { kind: 'fail', status: 503, retryAfter: 3 });
    const failed = await close(day(11));
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '3']);
    expect((await control(served, 'GET', '/faults')).body).toMatchObject({
      armed: [],
      hits: { reset: 1, fail: 1 },
    });
  });

  it('lets guests book through the control API, refuses what is not for sale, and posts the webhook', async () => {
    const { served, close } = await airbnb();
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    const partner = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.end('{"succeed":true}');
      });
    });
    await new Promise<void>((resolve) => {
      partner.listen(0, '127.0.0.1', () => resolve());
    });
    closing.push(() => new Promise((resolve) => partner.close(resolve)));
    const url = `http://127.0.0.1:${(partner.address() as AddressInfo).port}/webhooks`;
    await control(served, 'POST', '/webhooks', { scope: '1001', url, secret: 's3' });
    await close(day(10));
    const order = { rooms: [{ unit: '1001', checkIn: day(9), checkOut: day(11) }] };
    expect(await control(served, 'POST', '/bookings', order)).toEqual({
      status: 409,
      body: { ok: false, reason: 'not_for_sale', nights: [day(10)] },
    });
    const { status, body } = await control(served, 'POST', '/bookings', { ...order, force: true });
    expect(status).toBe(200);
    await expect.poll(() => received.length).toBe(1);
    expect(received[0]?.headers['x-airbnb-signature']).toBe(
      createHmac('sha256', 's3')
        .update(received[0]?.body ?? '')
        .digest('hex'),
    );
    await control(served, 'DELETE', `/bookings/${(body as { reservation: string }).reservation}`);
    await expect.poll(() => received.length).toBe(2);
  });

  it('serves Booking.com with everything it needs to be set up', async () => {
    const served = await serveBookingCom();
    closing.push(() => served.close());
    await control(served, 'POST', '/hotels', {
      id: '500',
      rooms: [{ id: '700101', rates: [{ id: '9001' }] }],
    });
    const [client] = Object.entries(served.platform.settings.accounts);
    const exchange = await fetch(`${served.url}/token-based-authentication/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: client?.[0], client_secret: client?.[1] }),
    });
    const { jwt } = (await exchange.json()) as { jwt: string };
    const answer = await fetch(`${served.url}/hotels/xml/availability`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${jwt}`,
        'content-type': 'application/xml',
        'accept-version': '1.1',
      },
      body: `<request><room id="700101"><date value="${day(5)}"><rate id="9001"/><roomstosell>1</roomstosell><price>80.00</price></date></room></request>`,
    });
    expect(await answer.text()).toContain('<ok/>');
    expect(served.platform.calendar('700101', day(5), day(6))[0]?.sellable).toBe(true);
    expect(
      (await control(served, 'PATCH', '/settings', { rangeEnd: 'exclusive' })).body,
    ).toMatchObject({ rangeEnd: 'exclusive' });
  });

  it('serves Google with everything it needs to be set up', async () => {
    const served = await serveGoogle();
    closing.push(() => served.close());
    await control(served, 'POST', '/properties', { id: 'h1' });
    const [partner] = served.platform.settings.partners;
    const post = async (path: string, body: string) => {
      const headers = { 'content-type': 'application/xml' };
      const answer = await fetch(`${served.url}${path}`, { method: 'POST', headers, body });
      return { status: answer.status, body: await answer.text() };
    };
    const now = new Date().toISOString();
    const described = await post(
      '/property_data',
      `<Transaction timestamp="${now}" id="t1" partner="${partner}"><PropertyDataSet action="overlay"><Property>h1</Property><RoomData><RoomID>h1</RoomID><Name><Text text="House" language="en"/></Name><Capacity>4</Capacity></RoomData><PackageData><PackageID>p1</PackageID><Name><Text text="Rate" language="en"/></Name></PackageData></PropertyDataSet></Transaction>`,
    );
    expect(described.body).toContain('<Success/>');
    const count = `<OTA_HotelInvCountNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05" EchoToken="e1" TimeStamp="${now}" Version="3.0"><POS><Source><RequestorID ID="${partner}"/></Source></POS><Inventories HotelCode="h1"><Inventory><StatusApplicationControl Start="${day(5)}" End="${day(5)}" InvTypeCode="h1"/><InvCounts><InvCount Count="1" CountType="2"/></InvCounts></Inventory></Inventories></OTA_HotelInvCountNotifRQ>`;
    expect((await post('/ota/hotel_inv_count_notif', count)).body).toContain('<Success/>');
    const { body: calendar } = await control(
      served,
      'GET',
      `/calendar?unit=h1&from=${day(5)}&to=${day(6)}`,
    );
    expect(calendar).toMatchObject([{ availability: 1, sellable: false }]);
    const room = { rooms: [{ unit: 'h1', checkIn: day(5), checkOut: day(6) }] };
    expect((await control(served, 'POST', '/bookings', room)).status).toBe(409);
    await control(served, 'PATCH', '/settings', { addresses: ['203.0.113.9'] });
    expect((await post('/ota/hotel_inv_count_notif', count)).status).toBe(403);
  });

  it('says what is wrong with a control call', async () => {
    const { served } = await airbnb();
    expect((await control(served, 'POST', '/faults', { kind: 'fail' })).status).toBe(400);
    expect(
      (await control(served, 'POST', '/drift', { unit: '1001', nights: ['2026-13-01'] })).status,
    ).toBe(400);
    expect(
      (await control(served, 'GET', `/calendar?unit=77&from=${day(1)}&to=${day(2)}`)).status,
    ).toBe(404);
  });
});
