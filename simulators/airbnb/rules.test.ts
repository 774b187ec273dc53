import { describe, expect, it } from 'vitest';
import { type SimResponse, simRequest } from '../http.ts';
import { airbnbFixture } from './fixture.ts';
import { AIRBNB_RULES, type AirbnbRule } from './settings.ts';

type Fixture = ReturnType<typeof airbnbFixture>;
type Breach = { readonly status: number; readonly by: (fixture: Fixture) => Promise<SimResponse> };

const one = (operation: Record<string, unknown>) => [{ dates: ['2026-12-24'], ...operation }];

/** For every rule the request that breaks it, and how the platform answers. */
const breaches: Record<AirbnbRule, Breach> = {
  address_limit: {
    status: 429,
    by: async ({ platform, call }) => {
      platform.settings = { ...platform.settings, addressLimits: [{ limit: 1, windowMs: 10_000 }] };
      await call('GET', '/v2/listings');
      return call('GET', '/v2/listings');
    },
  },
  api_key_invalid: {
    status: 401,
    by: ({ call }) => call('GET', '/v2/listings', undefined, { 'x-airbnb-api-key': 'other' }),
  },
  api_version_invalid: {
    status: 400,
    by: ({ call }) =>
      call('GET', '/v2/listings', undefined, { 'x-airbnb-req-api-version': '2023.06.30' }),
  },
  availability_invalid: { status: 400, by: ({ write }) => write(one({ availability: 'closed' })) },
  available_count_invalid: { status: 400, by: ({ write }) => write(one({ available_count: 1 })) },
  busy_subtype_required: {
    status: 400,
    by: ({ write }) => write(one({ availability: 'unavailable' })),
  },
  busy_subtype_unexpected: {
    status: 400,
    by: ({ write }) => write(one({ availability: 'available', busy_subtype: 'BLOCKED_BY_HOST' })),
  },
  concurrent_write: {
    status: 429,
    by: ({ platform, write }) => {
      platform.setAnswerTime(50, 50);
      void write(one({ daily_price: 100 }));
      return write(one({ daily_price: 110 }));
    },
  },
  daily_price_invalid: { status: 400, by: ({ write }) => write(one({ daily_price: 100.001 })) },
  daily_price_out_of_bounds: { status: 400, by: ({ write }) => write(one({ daily_price: 20 })) },
  date_out_of_range: {
    status: 400,
    by: ({ write }) => write([{ dates: ['2026-10-30'], daily_price: 100 }]),
  },
  dates_invalid: {
    status: 400,
    by: ({ write }) => write([{ dates: ['2026-12-26:2026-12-24'], daily_price: 100 }]),
  },
  dates_overlap: {
    status: 400,
    by: ({ write }) => write([...one({ daily_price: 100 }), ...one({ min_nights: 2 })]),
  },
  flag_invalid: { status: 400, by: ({ write }) => write(one({ closed_to_arrival: 'yes' })) },
  grant_invalid: {
    status: 400,
    by: ({ platform }) => {
      const { clientId, clientSecret } = platform.settings;
      const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
      const body = JSON.stringify({ refresh_token: 'wrong' });
      return platform.handle(
        simRequest(
          'POST',
          '/v2/oauth2/authorizations?_unwrapped=true',
          { authorization: basic },
          body,
        ),
      );
    },
  },
  listing_id_missing: {
    status: 400,
    by: ({ call }) =>
      call('POST', '/v2/calendar_operations', { operations: one({ daily_price: 90 }) }),
  },
  malformed_json: {
    status: 400,
    by: ({ call }) => call('POST', '/v2/calendar_operations', '{"listing_id": 1001,'),
  },
  max_nights_invalid: { status: 400, by: ({ write }) => write(one({ max_nights: 1_126 })) },
  min_nights_invalid: { status: 400, by: ({ write }) => write(one({ min_nights: 0 })) },
  no_access: { status: 403, by: ({ write }) => write(one({ daily_price: 100 }), 2001) },
  nothing_set: { status: 400, by: ({ write }) => write(one({})) },
  operations_missing: { status: 400, by: ({ write }) => write([]) },
  rate_limit: {
    status: 429,
    by: async ({ write }) => {
      for (let sent = 0; sent < 10; sent += 1) await write(one({ daily_price: 100 + sent }));
      return write(one({ daily_price: 120 }));
    },
  },
  record_not_found: { status: 404, by: ({ write }) => write(one({ daily_price: 100 }), 9999) },
  token_limit: {
    status: 429,
    by: ({ platform }) => {
      platform.settings = { ...platform.settings, tokenLimit: { limit: 0, windowMs: 3_600_000 } };
      return platform.handle(simRequest('POST', '/v2/oauth2/authorizations'));
    },
  },
  too_many_dates: {
    status: 400,
    by: ({ write }) => write([{ dates: ['2026-11-01:2028-11-01'], daily_price: 100 }]),
  },
  unauthorized: {
    status: 401,
    by: async ({ time, call }) => {
      await time.advance(86_400_000);
      return call('GET', '/v2/listings');
    },
  },
  unknown_field: { status: 400, by: ({ write }) => write(one({ price: 100 })) },
  unknown_path: { status: 404, by: ({ call }) => call('GET', '/v2/somewhere') },
};

describe('every rule of the simulated Airbnb', () => {
  it.each(AIRBNB_RULES)('%s is refused and counted', async (rule) => {
    const fixture = airbnbFixture();
    const { platform } = fixture;
    const before = JSON.stringify(platform.calendar('1002', '2026-11-01', '2027-02-01'));
    const answer = await breaches[rule].by(fixture);
    expect(answer.status).toBe(breaches[rule].status);
    expect(platform.ledger.report().violations).toEqual({ [rule]: 1 });
    expect(JSON.stringify(platform.calendar('1002', '2026-11-01', '2027-02-01'))).toBe(before);
    platform.stop();
  });

  it('refuses the whole call for one bad operation and says why', async () => {
    const { platform, write } = airbnbFixture();
    const answer = await write([
      { dates: ['2026-12-24'], availability: 'unavailable', busy_subtype: 'BLOCKED_BY_HOST' },
      { dates: ['2026-12-25:2026-12-26'], daily_price: 30_000 },
    ]);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).error_details).toEqual([
      {
        error_message: 'daily_price must be worth 25 to 25000 USD (2026-12-25:2026-12-26)',
        error_reason: 'daily_price_out_of_bounds',
      },
    ]);
    expect(platform.calendar('1001', '2026-12-24', '2026-12-25')[0]?.closed).toBe(false);
  });

  it('takes the eleventh request one window after the first, not a millisecond earlier', async () => {
    const { time, platform, write } = airbnbFixture();
    for (let sent = 0; sent < 10; sent += 1) {
      await write(one({ daily_price: 100 + sent }));
      await time.advance(1);
    }
    await time.advance(989);
    expect((await write(one({ daily_price: 150 }))).status).toBe(429);
    await time.advance(1);
    expect((await write(one({ daily_price: 150 }))).status).toBe(200);
    expect(platform.ledger.fullest(1_000)).toBe(11);
  });

  it('does not blame the partner for tokens that the platform ended, nor for an unlinked listing', async () => {
    const { platform, call, write } = airbnbFixture();
    platform.unlink('1001');
    expect((await write(one({ daily_price: 100 }))).status).toBe(403);
    platform.expireTokens();
    expect((await call('GET', '/v2/listings')).status).toBe(401);
    expect(platform.ledger.violationCount()).toBe(0);
  });
});
