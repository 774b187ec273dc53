import { describe, expect, it } from 'vitest';
import type { SimResponse } from '../http.ts';
import { expediaFixture, numbers } from './fixture.ts';
import { EXPEDIA_RULES, type ExpediaRule } from './settings.ts';

type Fixture = ReturnType<typeof expediaFixture>;
type Breach = {
  readonly status?: number;
  readonly says?: string;
  readonly by: (fixture: Fixture) => Promise<SimResponse>;
};

const room = (content: string, id = '5001') => `<RoomType id="${id}">${content}</RoomType>`;
const inventory = (rooms: string) => `<Inventory totalInventoryAvailable="${rooms}"/>`;
const plan = (content: string, id = '50011') => room(`<RatePlan id="${id}">${content}</RatePlan>`);
const price = (rate: string, attributes = 'currency="EUR"') =>
  `<Rate ${attributes}><PerDay rate="${rate}"/></Rate>`;
const limit = (attributes: string) => `<Restrictions ${attributes}/>`;
const error = (code: number) => `<Error code="${code}">`;
const warning = (code: number) => `<Warning code="${code}">`;

async function booked(fixture: Fixture, checkOut = '2026-12-26'): Promise<string> {
  const result = fixture.platform.book({
    rooms: [{ unit: '5001', checkIn: '2026-12-24', checkOut }],
    force: true,
  });
  return result.ok ? result.reservation : '';
}

/** For every rule the request that breaks it, and how the platform answers. */
const breaches: Record<ExpediaRule, Breach> = {
  booking_of_other_hotel: {
    says: warning(10_081),
    by: async (fixture) => {
      const id = await booked(fixture);
      await fixture.retrieve();
      return fixture.confirm(id, 'Book', '501');
    },
  },
  booking_unknown: { says: warning(10_080), by: ({ confirm }) => confirm('123', 'Book') },
  cell_twice: {
    says: warning(7014),
    by: ({ write }) => write(room(inventory('1')) + room(inventory('2'))),
  },
  concurrent_update: {
    says: error(3210),
    by: async ({ time, platform, write }) => {
      platform.setAnswerTime(1_000, 1_000);
      void write(room(inventory('1')));
      await time.advance(10);
      return write(room(inventory('0')));
    },
  },
  confirmed_before_retrieval: {
    says: warning(10_080),
    by: async (fixture) => fixture.confirm(await booked(fixture), 'Book'),
  },
  confirmed_too_late: {
    says: warning(10_101),
    by: async (fixture) => {
      const id = await booked(fixture);
      await fixture.retrieve();
      await fixture.time.advance(66 * 86_400_000);
      return fixture.confirm(id, 'Book');
    },
  },
  confirmed_wrong_type: {
    says: warning(10_100),
    by: async (fixture) => {
      const id = await booked(fixture);
      await fixture.retrieve();
      return fixture.confirm(id, 'Cancel');
    },
  },
  content_type_invalid: {
    says: error(2002),
    by: ({ post, message }) =>
      post('/eqc/ar', message('ar', '<Hotel id="500"/>'), { 'content-type': 'application/json' }),
  },
  credentials_invalid: {
    says: error(1001),
    by: ({ post, message }) =>
      post('/eqc/br', message('br', '').replace('password="secret"', 'password="wrong"')),
  },
  currency_missing: { says: error(3102), by: ({ write }) => write(plan(price('140.00', ''))) },
  currency_wrong: {
    says: error(3103),
    by: ({ write }) => write(plan(price('140.00', 'currency="USD"'))),
  },
  hotel_unknown: {
    says: error(3202),
    by: ({ write }) => write(room(inventory('1'), '6001'), undefined, '600'),
  },
  length_of_stay_misused: {
    says: error(3124),
    by: ({ write }) => write(plan(price('140.00', 'currency="EUR" lengthOfStay="7"'))),
  },
  malformed_xml: { says: error(2002), by: ({ post }) => post('/eqc/ar', '<AvailRateUpdateRQ>') },
  max_below_min: {
    says: error(3015),
    by: ({ write }) => write(plan(limit('minLOS="5" maxLOS="4"'))),
  },
  message_too_large: {
    says: error(3405),
    by: ({ platform, write }) => {
      platform.settings = { ...platform.settings, maxBytes: 100 };
      return write(room(inventory('1')));
    },
  },
  min_los_too_high: {
    says: 'MinLOS value (15) exceeds Extranet auto-approval threshold (14)',
    by: ({ platform, write }) => {
      platform.settings = { ...platform.settings, longestMinLos: 14 };
      return write(plan(limit('minLOS="15"')));
    },
  },
  namespace_outdated: {
    says: error(2010),
    by: ({ post, message }) => post('/eqc/ar', message('ar', '').replace('2011/06', '2007/02')),
  },
  pricing_model: {
    says: error(3090),
    by: ({ write }) =>
      write(plan('<Rate currency="EUR"><PerOccupancy rate="90.00" occupancy="2"/></Rate>')),
  },
  rate_limit: {
    status: 429,
    by: async ({ retrieve, call }) => {
      for (let sent = 0; sent < 50; sent += 1) await retrieve();
      return call('parr', '');
    },
  },
  rate_plan_of_other_room: {
    says: error(3205),
    by: ({ write }) => write(plan(price('140.00'), '50021A')),
  },
  rate_plan_unknown: { says: error(3204), by: ({ write }) => write(plan(price('140.00'), '1')) },
  read_back_too_long: {
    says: '<AvailRate date="2026-12-01">',
    by: ({ call }) =>
      call(
        'parr',
        '<Hotel id="500"/><ParamSet><AvailRateRetrieval from="2026-12-01" to="2027-01-01"/></ParamSet>',
      ),
  },
  room_type_unknown: { says: error(3203), by: ({ write }) => write(room(inventory('1'), '1')) },
  schema_invalid: { says: error(3010), by: ({ write }) => write(room(inventory('two'))) },
  sets_nothing: { says: error(3015), by: ({ write }) => write(room('')) },
  start_after_end: {
    says: error(3021),
    by: ({ write }) => write(room(inventory('1')), 'from="2026-12-25" to="2026-12-24"'),
  },
  start_before_yesterday: {
    says: error(3020),
    by: ({ write }) => write(room(inventory('1')), 'from="2026-10-30" to="2026-11-02"'),
  },
  threshold: {
    says: warning(7013),
    by: ({ write }) => write(plan(price('0.50'))),
  },
  too_far_ahead: {
    says: error(3022),
    by: ({ write }) => write(room(inventory('1')), 'from="2028-11-05" to="2028-11-05"'),
  },
  too_many_confirmations: {
    says: error(3301),
    by: ({ call }) => {
      const list = Array.from({ length: 11 }, (_, at) => ({ id: String(at), type: 'Book' }));
      return call('bc', `<Hotel id="500"/>${numbers(list)}`);
    },
  },
  too_many_updates: {
    says: error(3107),
    by: ({ platform, write }) => {
      platform.settings = { ...platform.settings, maxUpdates: 30 };
      return write(room(inventory('1')), 'from="2026-12-01" to="2026-12-31"');
    },
  },
  unknown_path: { status: 404, by: ({ post }) => post('/eqc/somewhere', '') },
};

describe('every rule of the simulated Expedia', () => {
  it.each(EXPEDIA_RULES)('%s is refused or warned of, and counted', async (rule) => {
    const fixture = expediaFixture();
    const { platform } = fixture;
    const { status = 200, says, by } = breaches[rule];
    const answer = await by(fixture);
    expect(answer.status).toBe(status);
    if (says !== undefined) expect(answer.body).toContain(says);
    expect(platform.ledger.report().violations).toEqual({ [rule]: 1 });
    platform.stop();
  });

  it.each([
    ['an entity', '<!DOCTYPE a [<!ENTITY n "1">]><AvailRateUpdateRQ/>', 2002],
    ['another root', '<Order xmlns="http://www.expediaconnect.com/EQC/AR/2011/06"/>', 3010],
    ['no namespace', '<AvailRateUpdateRQ/>', 2010],
  ])('refuses %s', async (_, body, code) => {
    const { post } = expediaFixture();
    expect((await post('/eqc/ar', body)).body).toContain(error(code));
  });

  it('wants the identity in the message, first, and a header that says the same', async () => {
    const { post, message, call } = expediaFixture();
    const content = '<Hotel id="500"/>';
    const without = message('br', content).replace(/<Authentication[^>]*>/, '');
    const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });
    expect((await post('/eqc/br', without, basic('ours:secret'))).body).toContain(error(3010));
    const last = without.replace(
      content,
      `${content}<Authentication username="ours" password="secret"/>`,
    );
    expect((await post('/eqc/br', last)).body).toContain(error(3010));
    expect((await post('/eqc/br', message('br', content), basic('ours:other'))).body).toContain(
      error(1001),
    );
    expect((await post('/eqc/br', message('br', content), basic('ours:secret'))).body).toContain(
      '<Bookings/>',
    );
    expect((await call('br', content)).body).toContain('<Bookings/>');
  });

  it.each([
    ['an unknown attribute', '<RoomType id="5001" open="true"/>'],
    [
      'rate plans before inventory',
      `<RoomType id="5001"><RatePlan id="50011" closed="true"/>${inventory('1')}</RoomType>`,
    ],
    ['restrictions before rates', plan(limit('minLOS="2"') + price('140.00'))],
    ['a flag that is none', plan(limit('closedToArrival="yes"'))],
    ['a longest stay of 29 nights', plan(limit('maxLOS="29"'))],
    ['a shortest stay of none', plan(limit('minLOS="0"'))],
    ['a price that is none', plan(price('free'))],
  ])('refuses %s', async (_, content) => {
    const { write, platform } = expediaFixture();
    expect((await write(content)).body).toContain(error(3010));
    expect(platform.calendar('5001', '2026-12-24', '2026-12-25')[0]?.availability).toBe(0);
  });
});
