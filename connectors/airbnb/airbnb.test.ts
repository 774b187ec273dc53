import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { cellName, contextOf, fullSync } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { inboundRequest } from '../testing/harness.ts';
import { airbnbAuthenticator } from './auth.ts';
import { airbnbConnector } from './index.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('airbnb', '1001', null, ['standard']);
const change = (day: string, field: FieldName, value: number): Change => ({
  night: `2026-12-${day}` as PlainDate,
  field,
  ratePlanId: field === 'availability' ? null : 'standard',
  value,
});
const { inbound } = airbnbConnector;

describe('plans for Airbnb', () => {
  it('cuts at 731 dates', () => {
    const { manifest } = airbnbConnector;
    const wide = { ...connection };
    const changes = fullSync(manifest, wide, today, 800);
    const plan = airbnbConnector.plan(wide, changes, contextOf(today, 'EUR', changes));
    const dates = plan.requests.map(
      ({ changes: own }) => new Set(own.map(({ night }) => night)).size,
    );
    expect(dates).toEqual([731, 69]);
  });

  it('puts closings first and openings last', () => {
    const changes = [
      change('01', 'availability', 1),
      change('02', 'price', 14_000),
      change('03', 'availability', 0),
    ];
    const [request] = airbnbConnector.plan(connection, changes, contextOf(today, 'EUR')).requests;
    expect(
      JSON.parse(request?.body ?? '').operations.map(({ dates }: { dates: string[] }) => dates[0]),
    ).toEqual(['2026-12-03', '2026-12-02', '2026-12-01']);
  });

  it('sends no price that is out of bounds, in the currency of the listing', () => {
    const plan = (value: number, currency: string) =>
      airbnbConnector.plan(connection, [change('24', 'price', value)], contextOf(today, currency));
    expect(plan(2_499, 'USD')).toMatchObject({
      requests: [],
      refused: [{ code: 'PRICE_OUT_OF_BOUNDS' }],
    });
    expect(plan(2_500, 'USD').requests).toHaveLength(1);
    expect(plan(2_500_001, 'USD').refused).toHaveLength(1);
    expect(plan(100, 'JPY').refused).toHaveLength(1);
    expect(plan(14_000, 'JPY').requests[0]?.body).toContain('"daily_price":14000');
    expect(plan(14_050, 'EUR').requests[0]?.body).toContain('"daily_price":140.5');
    expect(plan(50_000_125, 'KWD').refused).toHaveLength(1);
  });

  it('cannot say minimum stays through and second rate plans', () => {
    const two = testConnection('airbnb', '1001', null, ['standard', 'weekly']);
    const changes: Change[] = [
      { ...change('24', 'price', 14_000), ratePlanId: 'weekly' },
      change('24', 'min_stay_through', 3),
      change('24', 'max_stay', 2_000),
    ];
    const plan = airbnbConnector.plan(two, changes, contextOf(today, 'EUR'));
    expect(plan.requests).toEqual([]);
    expect(plan.refused.map(({ code }) => code)).toEqual([
      'MAPPING_UNSUPPORTED',
      'MAPPING_UNSUPPORTED',
      'CHANNEL_VALUE_REFUSED',
    ]);
  });
});

describe('answers of Airbnb', () => {
  const changes = [
    change('24', 'availability', 1),
    change('24', 'price', 14_000),
    change('25', 'price', 15_000),
  ];
  const [request] = airbnbConnector.plan(connection, changes, contextOf(today, 'EUR')).requests;
  const interpret = (status: number, body: unknown) => {
    if (!request) throw new Error('no request');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const result = airbnbConnector.interpret(request, { status, headers: {}, body: text });
    return {
      ...result,
      refused: 'refused' in result ? result.refused.map((one) => cellName(one.change)) : [],
    };
  };
  const details = (...list: readonly (readonly [string, string])[]) => ({
    error_code: 400,
    error_message: 'not valid',
    error_details: list.map(([error_reason, error_message]) => ({ error_reason, error_message })),
  });

  it('blames field and night where both are named', () => {
    expect(
      interpret(400, details(['daily_price_out_of_bounds', 'too low (2026-12-25)'])),
    ).toMatchObject({ kind: 'refused', refused: ['2026-12-25 price standard'] });
  });

  it('blames all of a night that cannot be written, and the only field of a night', () => {
    expect(
      interpret(400, details(['date_out_of_range', 'Date out of range (2026-12-24)'])).refused,
    ).toEqual(['2026-12-24 availability -', '2026-12-24 price standard']);
    expect(interpret(400, details(['refused', 'no (2026-12-25)'])).refused).toEqual([
      '2026-12-25 price standard',
    ]);
  });

  it('takes a range that it named itself for all of its nights', () => {
    expect(
      interpret(
        400,
        details(['daily_price_out_of_bounds', 'too low (2026-12-01:2026-12-24,2026-12-25)']),
      ).refused,
    ).toEqual(['2026-12-25 price standard', '2026-12-24 price standard']);
  });

  it('blames nobody where it is not certain', () => {
    expect(interpret(400, details(['refused', 'no (2026-12-24)']))).toMatchObject({
      kind: 'refused',
      refused: [],
    });
    expect(interpret(400, details(['daily_price_invalid', 'no amount']))).toMatchObject({
      kind: 'refused',
      refused: [],
    });
    expect(interpret(400, { status: 400, error: 'Bad request' })).toMatchObject({
      kind: 'refused',
      refused: [],
      message: 'Bad request',
    });
    expect(interpret(400, '<html>')).toMatchObject({ kind: 'refused', refused: [] });
  });

  it.each([
    [200, '{"calendar_operation":{}}', 'applied'],
    [200, '{"success":true}', 'applied'],
    [200, '{"error_code":400,"error_message":"x"}', 'unknown'],
    [200, '[]', 'unknown'],
    [204, '', 'unknown'],
    [301, '', 'unknown'],
    [403, '{"error_type":"no_access"}', 'connection_fault'],
    [404, '{}', 'connection_fault'],
    [408, '', 'unknown'],
    [502, '<html>', 'unknown'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(interpret(status, body).kind).toBe(kind);
  });
});

describe('what comes in from Airbnb', () => {
  const raw = {
    confirmation_code: 'HMABC12345',
    status: 'accepted',
    listing_id: 1001,
    start_date: '2026-12-24',
    nights: 3,
    guest_details: { number_of_adults: 2, number_of_children: 1, number_of_infants: 1 },
    guest_id: 77,
    guest_first_name: '莎拉',
    host_currency: 'EUR',
    listing_base_price: '450.00',
    listing_cleaning_fee: '50.00',
    expected_payout_amount: '485.00',
    booked_at: '2026-11-01T09:30:00Z',
    updated_at: '2026-11-01T09:30:00Z',
  };
  const parse = (change: object) =>
    inbound.parseReservation({
      status: 200,
      headers: {},
      body: JSON.stringify({ reservation: { ...raw, ...change } }),
    })?.reservation;

  it('reads a reservation', () => {
    expect(parse({})).toMatchObject({
      reservation_id: 'HMABC12345',
      status: 'new',
      revised_at: Date.parse('2026-11-01T09:30:00Z'),
      guest: { channel_guest_id: '77', first_name: '莎拉', last_name: null },
      currency: 'EUR',
      total: 50_000,
      commission: 1_500,
      payment_kind: 'channel_collect',
      room_stays: [
        {
          room_stay: '1',
          listing: '1001',
          check_in: '2026-12-24',
          check_out: '2026-12-27',
          adults: 2,
          children: 2,
          nightly_prices: [],
        },
      ],
    });
  });

  it.each([
    ['accepted', '2026-11-01T09:40:00Z', 'modified'],
    ['pending', '2026-11-01T09:30:00Z', 'request'],
    ['denied', '2026-11-01T09:40:00Z', 'declined'],
    ['expired', '2026-11-01T09:40:00Z', 'expired'],
    ['cancelled_by_guest', '2026-11-01T09:40:00Z', 'cancelled'],
    ['cancelled_by_host', '2026-11-01T09:40:00Z', 'cancelled'],
  ])('%s updated at %s is %s', (status, updated_at, expected) => {
    expect(parse({ status, updated_at })?.status).toBe(expected);
  });

  it('takes older amounts, zoned times, long listing ids and end dates', () => {
    const body = JSON.stringify({
      reservation: {
        ...raw,
        listing_id: 'ID',
        nights: undefined,
        end_date: '2026-12-27',
        updated_at: '2026-11-01T10:40+01:00[Europe/Berlin]',
        listing_base_price: undefined,
        listing_base_price_accurate: '450.00',
      },
    }).replace('"ID"', '1234567890123456789');
    expect(inbound.parseReservation({ status: 200, headers: {}, body })?.reservation).toMatchObject(
      {
        revised_at: Date.parse('2026-11-01T09:40:00Z'),
        total: 50_000,
        room_stays: [{ listing: '1234567890123456789', check_out: '2026-12-27' }],
      },
    );
  });

  it('does not invent what it cannot read', () => {
    expect(inbound.parseReservation({ status: 404, headers: {}, body: '{}' })).toBeNull();
    for (const broken of [
      { status: 'levitating' },
      { nights: 0 },
      { start_date: '2026-02-30' },
      { host_currency: null },
      { listing_id: null },
      { updated_at: null, booked_at: null },
    ]) {
      expect(() => parse(broken)).toThrow(
        expect.objectContaining({ code: 'CHANNEL_RESPONSE_MALFORMED' }),
      );
    }
  });

  it('passes a page on although one reservation of it is broken, and goes on where it ended', () => {
    const body = JSON.stringify({
      reservations: [raw, { ...raw, confirmation_code: 'HMBROKEN', status: '?' }, 7],
      paging: { next_cursor: 'c/2' },
    });
    const page = inbound.parsePoll('reservations', {
      status: 200,
      headers: { date: 'Sun, 01 Nov 2026 08:30:00 GMT' },
      body,
    });
    expect(page).toMatchObject({
      next: '2026-08-03/c/2',
      cursor: '2026-08-03/',
      unreadable: [{ reservationId: 'HMBROKEN' }, { reservationId: null }],
    });
    expect(page.reservations).toHaveLength(1);
    const path = (cursor: string | null) =>
      inbound.poll('reservations', { listings: ['1001'], channelAccountId: '7001' }, cursor).path;
    expect(path(null)).toBe('/v2/reservations?host_id=7001&all_status=true&_limit=50');
    expect(path(page.cursor)).toBe(
      '/v2/reservations?host_id=7001&start_date=2026-08-03&all_status=true&_limit=50',
    );
    expect(path(page.next)).toBe(
      '/v2/reservations?host_id=7001&start_date=2026-08-03&all_status=true&_limit=50&_cursor=c%2F2',
    );
  });

  it('will not poll half of an account', () => {
    expect(() =>
      inbound.poll('reservations', { listings: ['1001', '1002'], channelAccountId: null }, null),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('fetches for notifications of reservations and ignores the others', () => {
    const read = (body: object) =>
      inbound.parseWebhook(inboundRequest('/', {}, JSON.stringify(body)));
    expect(
      read({ action: 'reservation_acceptance_confirmation', confirmation_code: 'HM1' }),
    ).toEqual({
      kind: 'fetch',
      eventType: 'reservation_acceptance_confirmation',
      reservationId: 'HM1',
      listing: null,
    });
    expect(
      read({ action: 'reservation_of_tomorrow', confirmation_code: 'HM1', listing_id: 1001 }),
    ).toMatchObject({ kind: 'fetch', listing: '1001' });
    for (const action of ['test_notification', 'payout_notification', 'message_added'])
      expect(read({ action })).toEqual({ kind: 'ignored', eventType: action });
  });
});

describe('tokens of Airbnb', () => {
  const read = (status: number, body: unknown) =>
    airbnbAuthenticator.parseRefresh(
      { status, headers: { 'retry-after': '3' }, body: JSON.stringify(body) },
      1_000,
    );
  it('keeps the refresh token and dates the access token', () => {
    expect(read(200, { access_token: 'a', expires_at: 2_000_000_000 })).toEqual({
      kind: 'tokens',
      accessToken: 'a',
      refreshToken: null,
      expiresAt: 2_000_000_000_000,
    });
    expect(read(200, { access_token: 'a', refresh_token: 'r' })).toEqual({
      kind: 'tokens',
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: 86_401_000,
    });
  });
  it('tells a refused grant from a platform that is away', () => {
    expect(read(400, { error: 'invalid_grant' })).toEqual({
      kind: 'refused',
      message: 'HTTP 400: invalid_grant',
    });
    expect(read(503, {})).toMatchObject({ kind: 'unavailable', retryAfterMs: 3_000 });
    expect(read(200, 'x')).toMatchObject({ kind: 'unavailable' });
  });
  it('says which part of a credential is missing', () => {
    expect(() =>
      airbnbAuthenticator.buildRefresh({ clientId: 'i', clientSecret: 's', refreshToken: null }),
    ).toThrow(expect.objectContaining({ code: 'CREDENTIAL_MISSING' }));
  });
});
