import { describe, expect, it } from 'vitest';
import { type SimResponse, simRequest } from '../http.ts';
import {
  avail,
  control,
  DELTA,
  googleFixture,
  inventory,
  ofPackage,
  packageData,
  rate,
  roomData,
  status,
  stay,
} from './fixture.ts';
import { GOOGLE_RULES, type GoogleRule } from './settings.ts';

type Fixture = ReturnType<typeof googleFixture>;
interface Breach {
  /** Default 200: the body decides. */
  readonly status?: number;
  readonly says?: string;
  readonly by: (fixture: Fixture) => Promise<SimResponse>;
}

const onPackage = (id: string, start = '2026-12-24', end = start) =>
  control(start, end, 'h1', ofPackage(id));

/** For every rule the request that breaks it, and how the platform answers. */
const breaches: Record<GoogleRule, Breach> = {
  account_limit: {
    status: 429,
    by: async ({ platform, send }) => {
      platform.settings = { ...platform.settings, accountLimit: { limit: 1, windowMs: 1_000 } };
      await send('inventory', inventory('0'));
      return send('inventory', inventory('0', control('2026-12-24', undefined, 'r1')), {
        hotel: 'h4',
      });
    },
  },
  address_unlisted: {
    status: 403,
    by: ({ send }) => send('inventory', inventory('1'), {}, '203.0.113.9'),
  },
  content_type_invalid: {
    status: 400,
    by: ({ post }) => post('/ota/hotel_inv_count_notif', '<a/>', 'application/json'),
  },
  count_invalid: { says: "'-1'", by: ({ send }) => send('inventory', inventory('-1')) },
  currency_mismatch: {
    by: ({ send }) =>
      send('rate', rate('140.00', onPackage('p1'), 'CurrencyCode="USD" NumberOfGuests="2"')),
  },
  date_invalid: {
    by: ({ send }) => send('inventory', inventory('1', control('2026-02-30'))),
  },
  date_past: {
    by: ({ send }) => send('inventory', inventory('1', control('2026-10-30'))),
  },
  dates_overlap: {
    says: "'2026-12-24' is set twice",
    by: ({ send }) =>
      send('inventory', inventory('1') + inventory('0', control('2026-12-23', '2026-12-24'))),
  },
  dates_reversed: {
    by: ({ send }) => send('inventory', inventory('1', control('2026-12-25', '2026-12-24'))),
  },
  echo_token_invalid: { by: ({ send }) => send('inventory', inventory('1'), { echo: 'a b' }) },
  guests_invalid: {
    by: ({ send }) =>
      send('rate', rate('140.00', onPackage('p1'), 'CurrencyCode="EUR" NumberOfGuests="5"')),
  },
  horizon_exceeded: {
    by: ({ send }) => send('inventory', inventory('1', control('2027-09-28'))),
  },
  length_of_stay_invalid: {
    says: 'at least 1',
    by: ({ send }) => send('avail', avail(stay('SetMinLOS', '0'))),
  },
  malformed_xml: {
    by: ({ post }) => post('/ota/hotel_avail_notif', '<OTA_HotelAvailNotifRQ>'),
  },
  namespace_invalid: {
    by: ({ send }) => send('inventory', inventory('1'), { namespace: 'http://example.org' }),
  },
  notif_type_invalid: {
    by: ({ send }) => send('rate', rate('140.00'), { attributes: ' NotifType="Delta"' }),
  },
  package_unknown: {
    says: 'Code="249"',
    by: ({ send }) => send('rate', rate('140.00', onPackage('p9'))),
  },
  partner_unknown: {
    says: 'Type="4"',
    by: ({ send }) => send('inventory', inventory('1'), { partner: 'nobody' }),
  },
  price_invalid: {
    says: "Price '140.001' is not valid",
    by: ({ send }) => send('rate', rate('140.001')),
  },
  property_data_invalid: {
    says: 'status="error"',
    by: ({ describeProperty }) =>
      describeProperty('h1', '<RoomData><RoomID>h1</RoomID><Capacity>2</Capacity></RoomData>'),
  },
  property_foreign: {
    says: 'Type="6"',
    by: ({ send }) =>
      send('inventory', inventory('1', control('2026-12-24', undefined, 'h3')), { hotel: 'h3' }),
  },
  property_unknown: {
    says: 'Code="392"',
    by: ({ send }) => send('inventory', inventory('1'), { hotel: 'h9' }),
  },
  rate_limit: {
    status: 429,
    by: async ({ time, send }) => {
      await time.advance(1_000);
      for (let sent = 0; sent < 100; sent += 1) await send('inventory', inventory('0'));
      return send('inventory', inventory('0'));
    },
  },
  restriction_invalid: { by: ({ send }) => send('avail', avail(status('Through'))) },
  restrictions_mixed: {
    by: ({ send }) => send('avail', avail(status('Arrival') + stay('SetMinLOS', '2'))),
  },
  room_is_not_property: {
    by: ({ send }) => send('inventory', inventory('1', control('2026-12-24', undefined, 'r1'))),
  },
  room_unknown: {
    says: 'Code="402"',
    by: ({ send }) =>
      send('inventory', inventory('1', control('2026-12-24', undefined, 'h2')), { hotel: 'h2' }),
  },
  sets_nothing: { by: ({ send }) => send('avail', avail('')) },
  timestamp_invalid: {
    by: ({ send }) => send('inventory', inventory('1'), { timestamp: '2026-11-01 08:30:00' }),
  },
  timestamp_late: {
    says: '<Success/>',
    by: async ({ send }) => {
      await send('inventory', inventory('1'));
      return send('inventory', inventory('0'), { timestamp: '2026-11-01T08:29:59Z' });
    },
  },
  too_large: {
    status: 413,
    by: ({ send }) => send('inventory', `<!-- ${' '.repeat(5_000_000)} -->${inventory('1')}`),
  },
  too_many_entries: {
    by: ({ describeProperty }) =>
      describeProperty(
        'h1',
        roomData('h1') +
          Array.from({ length: 3_001 }, (_, index) => packageData(`p${index}`)).join(''),
      ),
  },
  unknown_path: { status: 404, by: ({ post }) => post('/ota/hotel_res_notif', '<a/>') },
  version_invalid: { by: ({ send }) => send('inventory', inventory('1'), { version: '1.0' }) },
  wrong_message: { by: ({ send }) => send('avail', '', { root: 'OTA_HotelInvCountNotifRQ' }) },
};

describe('every rule of the simulated Google', () => {
  it.each(GOOGLE_RULES)('%s is refused, and counted', async (rule) => {
    const fixture = googleFixture();
    const { platform } = fixture;
    const { status: expected = 200, says, by } = breaches[rule];
    const answer = await by(fixture);
    expect(answer.status).toBe(expected);
    if (expected === 200 && says !== '<Success/>') expect(answer.body).not.toContain('<Success/>');
    if (says !== undefined) expect(answer.body).toContain(says);
    expect(platform.ledger.report().violations).toEqual({ [rule]: 1 });
    platform.stop();
  });

  it.each([
    ['an entity', '<!DOCTYPE a [<!ENTITY n "1">]><OTA_HotelAvailNotifRQ/>'],
    ['a call by GET', undefined],
  ])('refuses %s', async (_, body) => {
    const { platform, post } = googleFixture();
    const answer = await (body === undefined
      ? platform.handle(simRequest('GET', '/ota/hotel_avail_notif'))
      : post('/ota/hotel_avail_notif', body));
    expect(answer.body).not.toContain('<Success/>');
    expect(platform.ledger.violationCount()).toBe(1);
  });

  it.each([
    ['from tomorrow', '2026-11-01T08:36:00Z'],
    ['from a forgotten queue', '2026-10-31T08:00:00Z'],
    ['without a zone', '2026-11-01T08:30:00'],
  ])('refuses a message %s', async (_, timestamp) => {
    const { send } = googleFixture();
    expect((await send('inventory', inventory('1'), { timestamp })).body).toContain('NotProcessed');
  });

  it('keeps 5,000,000 bytes for an OTA message alone', async () => {
    const { describeProperty } = googleFixture();
    const answer = await describeProperty('h1', `${roomData('h1')}<!--${' '.repeat(5_000_000)}-->`);
    expect(answer.body).toContain('<Success/>');
  });

  it('wants the scope of a rate message and takes its three types', async () => {
    const { send } = googleFixture();
    for (const type of ['Delta', 'Overlay', 'Remove']) {
      const attributes = DELTA.replace('Delta', type);
      expect((await send('rate', rate('140.00'), { attributes })).body).toContain('<Success/>');
    }
  });
});
