import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { simRequest } from '../http.ts';
import { airbnbFixture, START } from './fixture.ts';

const blocked = { availability: 'unavailable', busy_subtype: 'BLOCKED_BY_HOST' };
const stay = { unit: '1001', checkIn: '2026-12-24', checkOut: '2026-12-27' };
const nightOf = (platform: ReturnType<typeof airbnbFixture>['platform'], night = '2026-12-25') =>
  platform.calendar('1001', night, '2027-01-01')[0]!;

describe('tokens', () => {
  const grant = (fixture: ReturnType<typeof airbnbFixture>, body: unknown) => {
    const { clientId, clientSecret } = fixture.platform.settings;
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    return fixture.platform.handle(
      simRequest(
        'POST',
        '/v2/oauth2/authorizations?_unwrapped=true',
        { authorization },
        JSON.stringify(body),
      ),
    );
  };

  it('gives an access token of 24 h for a refresh token, and no new refresh token', async () => {
    const fixture = airbnbFixture();
    const body = JSON.parse(
      (await grant(fixture, { refresh_token: fixture.host.refreshToken })).body,
    );
    expect(body).toEqual({
      access_token: body.access_token,
      expires_at: START / 1_000 + 86_400,
      user_id: 7001,
      user_id_str: '7001',
    });
    expect(
      (
        await fixture.call('GET', '/v2/listings', undefined, {
          'x-airbnb-oauth-token': body.access_token,
        })
      ).status,
    ).toBe(200);
  });

  it('gives tokens for a code once', async () => {
    const fixture = airbnbFixture();
    expect(JSON.parse((await grant(fixture, { code: fixture.host.code })).body).refresh_token).toBe(
      fixture.host.refreshToken,
    );
    expect((await grant(fixture, { code: fixture.host.code })).status).toBe(400);
  });

  it('tells whether a token is valid, and revokes', async () => {
    const { platform, token } = airbnbFixture();
    const check = async (method: string) =>
      JSON.parse(
        (await platform.handle(simRequest(method, `/v2/oauth2/authorizations/${token}`))).body,
      ).valid;
    expect(await check('GET')).toBe(true);
    await check('DELETE');
    expect(await check('GET')).toBe(false);
  });
});

describe('calendar', () => {
  it('stores what an operation names and shows it in the read-back', async () => {
    const { call, write } = airbnbFixture();
    await write([
      { dates: ['2026-12-24:2026-12-25'], ...blocked },
      {
        dates: ['2026-12-26'],
        daily_price: 140.5,
        min_nights: 3,
        max_nights: 14,
        closed_to_departure: true,
      },
    ]);
    const { calendar } = JSON.parse(
      (await call('GET', '/v2/calendars/1001/2026-12-25/2026-12-26')).body,
    );
    expect(calendar.days).toEqual([
      expect.objectContaining({
        date: '2026-12-25',
        available: false,
        busy_subtype: 'BLOCKED_BY_HOST',
        daily_price: 100,
      }),
      expect.objectContaining({
        date: '2026-12-26',
        available: true,
        availability: 'available',
        busy_subtype: null,
        daily_price: 140.5,
        min_nights: 3,
        max_nights: 14,
        closed_to_arrival: false,
        closed_to_departure: true,
        reservation: null,
      }),
    ]);
  });

  it('answers an asynchronous write before it shows', async () => {
    const { time, platform, call } = airbnbFixture();
    const body = { listing_id: '1001', operations: [{ dates: ['2026-12-25'], ...blocked }] };
    expect(
      JSON.parse((await call('POST', '/v2/calendar_operations_requests/', body)).body),
    ).toEqual({ success: true });
    expect(nightOf(platform).sellable).toBe(true);
    await time.advance(2_000);
    expect(nightOf(platform).sellable).toBe(false);
  });

  it('keeps a closed night closed to guests, and a booking alive when its nights are closed by API', async () => {
    const { platform, write } = airbnbFixture();
    await write([{ dates: ['2026-12-25'], ...blocked }]);
    expect(platform.book({ rooms: [stay] })).toEqual({
      ok: false,
      reason: 'not_for_sale',
      nights: ['2026-12-25'],
    });
    expect(platform.book({ rooms: [stay], force: true }).ok).toBe(true);
    await write([{ dates: ['2026-12-24:2026-12-26'], ...blocked }]);
    expect(platform.reservations()[0]).toMatchObject({ status: 'accepted', live: true });
  });

  it('holds guests to the stay rules', async () => {
    const { platform, write } = airbnbFixture();
    await write([
      { dates: ['2026-12-24'], min_nights: 4 },
      { dates: ['2026-12-27'], closed_to_departure: true, closed_to_arrival: true },
    ]);
    const reason = (checkIn: string, checkOut: string) => {
      const result = platform.book({ rooms: [{ unit: '1001', checkIn, checkOut }] });
      return result.ok ? 'booked' : result.reason;
    };
    expect(reason('2026-12-24', '2026-12-26')).toBe('min_stay');
    expect(reason('2026-12-25', '2026-12-27')).toBe('closed_to_departure');
    expect(reason('2026-12-27', '2026-12-29')).toBe('closed_to_arrival');
    expect(reason('2026-10-27', '2026-10-29')).toBe('past');
    expect(reason('2026-12-24', '2026-12-28')).toBe('booked');
  });
});

describe('bookings and their nights', () => {
  it('blocks the nights of a booking and frees them by itself when it is cancelled', () => {
    const { platform } = airbnbFixture();
    const booked = platform.book({ rooms: [stay] });
    expect(nightOf(platform)).toMatchObject({ sellable: false, closed: false, availability: 0 });
    expect(nightOf(platform, '2026-12-27').sellable).toBe(true);
    platform.cancel(booked.ok ? booked.reservation : '');
    expect(nightOf(platform).sellable).toBe(true);
    expect(
      platform.history.of('1001', '2026-12-25').map(({ cause, sellable }) => [cause, sellable]),
    ).toEqual([
      ['booking', false],
      ['cancellation', true],
    ]);
  });

  it.each([
    ['own', false],
    ['always', true],
    ['never', false],
  ] as const)(
    'a cancelled night that the partner blocked meanwhile, reopening %s: sellable %s',
    async (reopening, sellable) => {
      const { platform, write } = airbnbFixture({ reopening });
      const booked = platform.book({ rooms: [stay] });
      await write([{ dates: ['2026-12-25'], ...blocked }]);
      platform.cancel(booked.ok ? booked.reservation : '');
      expect(nightOf(platform).sellable).toBe(sellable);
      expect(nightOf(platform, '2026-12-24').sellable).toBe(reopening !== 'never');
    },
  );

  it('moves a booking: new nights are blocked, left nights are free', () => {
    const { platform } = airbnbFixture();
    const booked = platform.book({ rooms: [stay] });
    const code = booked.ok ? booked.reservation : '';
    expect(
      platform.modify(code, {
        rooms: [{ unit: '1001', checkIn: '2026-12-26', checkOut: '2026-12-29' }],
      }).ok,
    ).toBe(true);
    const open = platform
      .calendar('1001', '2026-12-24', '2026-12-30')
      .map(({ sellable }) => sellable);
    expect(open).toEqual([true, true, false, false, false, true]);
  });

  it('counts a request that opens a booked night, and whether the partner knew', async () => {
    const { time, platform, call, write } = airbnbFixture();
    const booked = platform.book({ rooms: [stay] });
    const open = () => write([{ dates: ['2026-12-25'], availability: 'available' }]);
    await open();
    await call('GET', `/v2/reservations/${booked.ok ? booked.reservation : ''}`);
    await time.advance(1);
    await open();
    expect(platform.report()).toMatchObject({ reopenedBookedNights: 2, reopenedToldNights: 1 });
    expect(platform.ledger.reopened[0]).toMatchObject({
      night: '2026-12-25',
      sellable: false,
      toldAt: null,
    });
  });

  it('lets a request wait for the host, and ends it after a day', async () => {
    const { time, platform, call, received } = airbnbFixture();
    platform.webhooks.subscribe({ scope: null, url: 'http://partner/hooks', secret: 's' });
    const first = platform.book({ rooms: [stay], request: true });
    const second = platform.book({ rooms: [{ ...stay, unit: '1002' }], request: true });
    const code = first.ok ? first.reservation : '';
    expect(
      JSON.parse((await call('PUT', `/v2/reservations/${code}`, { attempt_action: 'accept' })).body)
        .reservation.status,
    ).toBe('accepted');
    await time.advance(86_400_000);
    expect(platform.reservations().map(({ status }) => status)).toEqual(['accepted', 'expired']);
    expect(second.ok && received.map(({ body }) => JSON.parse(body).action)).toEqual([
      'reservation_requested',
      'reservation_requested',
      'reservation_acceptance_confirmation',
      'reservation_request_voided',
    ]);
  });

  it('pages through the reservations of a host and shows all states on request', async () => {
    const { time, platform, call } = airbnbFixture();
    for (let month = 1; month <= 3; month += 1) {
      platform.book({
        rooms: [{ unit: '1001', checkIn: `2027-0${month}-10`, checkOut: `2027-0${month}-12` }],
      });
    }
    platform.cancel(platform.reservations()[0]!.id);
    await time.advance(2_000);
    const first = JSON.parse(
      (await call('GET', '/v2/reservations?host_id=7001&all_status=true&_limit=2')).body,
    );
    expect(first.reservations.map(({ status }: { status: string }) => status)).toEqual([
      'cancelled_by_guest',
      'accepted',
    ]);
    expect(first.reservations[0].updated_at > first.reservations[0].created_at).toBe(true);
    const rest = JSON.parse(
      (
        await call(
          'GET',
          `/v2/reservations?host_id=7001&all_status=true&_limit=2&_cursor=${first.paging.next_cursor}`,
        )
      ).body,
    );
    expect([rest.reservations.length, rest.paging.next_cursor]).toEqual([1, null]);
    const accepted = JSON.parse(
      (
        await call(
          'GET',
          '/v2/reservations?listing_id=1001&start_date=2027-02-01&end_date=2027-02-28',
        )
      ).body,
    );
    expect(accepted.reservations).toHaveLength(1);
    expect((await call('GET', '/v2/reservations?host_id=7002')).status).toBe(403);
  });

  it('names amounts by version', async () => {
    const { platform, call } = airbnbFixture();
    const booked = platform.book({ rooms: [stay] });
    const path = `/v2/reservations/${booked.ok ? booked.reservation : ''}`;
    expect(JSON.parse((await call('GET', path)).body).reservation.listing_base_price).toBe(
      '300.00',
    );
    const old = JSON.parse(
      (await call('GET', path, undefined, { 'x-airbnb-req-api-version': '2024.06.30' })).body,
    ).reservation;
    expect(old.listing_base_price_accurate).toBe('300.00');
  });
});

describe('webhooks', () => {
  it('sends a minimal body, signed over its bytes, with the date of sending', async () => {
    const { time, platform, received } = airbnbFixture();
    platform.webhooks.subscribe({
      scope: '1001',
      url: 'http://partner/hooks/1',
      secret: 'listing-secret',
    });
    const booked = platform.book({ rooms: [stay] });
    await time.advance(0);
    expect(received).toHaveLength(1);
    const { url, headers, body } = received[0]!;
    expect(url).toBe('http://partner/hooks/1');
    expect(JSON.parse(body)).toEqual({
      action: 'reservation_acceptance_confirmation',
      confirmation_code: booked.ok ? booked.reservation : '',
    });
    expect(headers['x-airbnb-signature']).toBe(
      createHmac('sha256', 'listing-secret').update(body).digest('hex'),
    );
    expect(Date.parse(headers.date!)).toBe(START);
  });

  it('sends again with back-off until it is answered 2xx', async () => {
    const { time, platform, received, statuses } = airbnbFixture();
    platform.webhooks.subscribe({ scope: null, url: 'http://partner/hooks', secret: 's' });
    statuses.push(503, 500);
    platform.book({ rooms: [stay] });
    await time.advance(60_000);
    expect(received.map(({ at }) => at - START)).toEqual([0, 1_000, 6_000]);
    expect(platform.webhooks.deliveries[0]).toMatchObject({
      state: 'delivered',
      body: received[0]!.body,
    });
  });

  it('duplicates, drops and reorders on request', async () => {
    const { time, platform, received } = airbnbFixture();
    platform.webhooks.subscribe({ scope: null, url: 'http://partner/hooks', secret: 's' });
    platform.webhooks.duplicateNext = 1;
    const first = platform.book({ rooms: [stay] });
    await time.advance(0);
    expect(received).toHaveLength(2);
    platform.webhooks.dropNext = 1;
    platform.cancel(first.ok ? first.reservation : '');
    await time.advance(0);
    expect(received).toHaveLength(2);
    platform.webhooks.policy = { ...platform.webhooks.policy, delay: [0, 60_000] };
    for (let day = 10; day < 20; day += 2)
      platform.book({
        rooms: [{ unit: '1001', checkIn: `2027-01-${day}`, checkOut: `2027-01-${day + 1}` }],
      });
    await time.advance(60_000);
    const order = received.slice(2).map(({ body }) => JSON.parse(body).confirmation_code as string);
    expect(order).toHaveLength(5);
    expect(order).not.toEqual([...order].sort());
  });
});
