import { describe, expect, it } from 'vitest';
import { type SimResponse, simRequest } from '../http.ts';
import { bookingFixture, CHANGED, NEW } from './fixture.ts';
import { BOOKING_COM_RULES, type BookingComRule } from './settings.ts';

type Fixture = ReturnType<typeof bookingFixture>;
type Breach = {
  readonly status: number;
  readonly says?: string;
  readonly by: (fixture: Fixture) => Promise<SimResponse>;
};

const date = (fields: string, attributes = 'value="2026-12-24"', room = 'id="700101"') =>
  `<room ${room}><date ${attributes}>${fields}</date></room>`;
const price = (text: string) => `<rate id="9001"/><price>${text}</price>`;
const token = ({ platform }: Fixture, secret = 'secret') =>
  platform.handle(
    simRequest(
      'POST',
      '/token-based-authentication/exchange',
      {},
      JSON.stringify({ client_id: 'ours', client_secret: secret }),
    ),
  );

async function booked(fixture: Fixture): Promise<string> {
  await fixture.sell('2026-12-24', '2026-12-27');
  const result = fixture.platform.book({
    rooms: [{ unit: '700101', checkIn: '2026-12-24', checkOut: '2026-12-26' }],
  });
  return result.ok ? result.reservation : '';
}

/** For every rule the request that breaks it, and how the platform answers. */
const breaches: Record<BookingComRule, Breach> = {
  accept_version_invalid: {
    status: 400,
    by: ({ call }) =>
      call('POST', '/hotels/xml/availability', '<request/>', { 'accept-version': '1.0' }),
  },
  ack_before_retrieval: {
    status: 400,
    says: 'wrong type',
    by: async (fixture) => fixture.acknowledge(NEW, [await booked(fixture)]),
  },
  ack_unknown_reservation: {
    status: 404,
    by: ({ acknowledge }) => acknowledge(NEW, ['4999999999']),
  },
  ack_wrong_path: {
    status: 400,
    says: 'wrong type',
    by: async (fixture) => {
      const id = await booked(fixture);
      await fixture.poll(NEW);
      return fixture.acknowledge(CHANGED, [id]);
    },
  },
  credentials_invalid: { status: 401, by: (fixture) => token(fixture, 'wrong') },
  duplicate_dates: {
    status: 200,
    says: 'WARN_DUPLICATE_DATES',
    by: ({ write }) => write(date(price('100.00')) + date(price('200.00'))),
  },
  endpoint_limit: {
    status: 429,
    by: async ({ platform, write }) => {
      platform.settings = { ...platform.settings, endpointLimit: { limit: 1, windowMs: 60_000 } };
      await write(date('<roomstosell>0</roomstosell>'));
      return write(date('<roomstosell>0</roomstosell>', undefined, 'id="700201"'));
    },
  },
  forbidden: {
    status: 403,
    by: ({ write }) => write(date('<roomstosell>1</roomstosell>', undefined, 'id="700301"')),
  },
  from_after_to: {
    status: 400,
    says: 'FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE',
    by: ({ write }) =>
      write(date('<roomstosell>1</roomstosell>', 'from="2026-12-25" to="2026-12-24"')),
  },
  last_change_with_recovery: {
    status: 400,
    by: ({ call }) => call('GET', `${NEW}?last_change=2026-11-01 00:00:00`),
  },
  machine_limit: {
    status: 429,
    by: async ({ platform, write, call }) => {
      platform.settings = { ...platform.settings, machineLimit: { limit: 1, windowMs: 60_000 } };
      await write(date('<roomstosell>0</roomstosell>'));
      return call('GET', '/hotels/ota/OTA_HotelResNotif');
    },
  },
  malformed_xml: {
    status: 400,
    says: 'XML_MALFORMED',
    by: ({ write }) => write('<room id="700101">'),
  },
  mixed_hotels: {
    status: 400,
    by: ({ write }) =>
      write(
        date('<roomstosell>1</roomstosell>') +
          date('<roomstosell>1</roomstosell>', undefined, 'id="700201"'),
      ),
  },
  not_a_valid_date: {
    status: 400,
    says: 'NOT_A_VALID_DATE',
    by: ({ write }) => write(date('<roomstosell>1</roomstosell>', 'value="2026-10-30"')),
  },
  price_invalid: {
    status: 400,
    says: 'PRICE_INVALID',
    by: ({ write }) => write(date(price('0.00'))),
  },
  rate_id_invalid: {
    status: 400,
    says: 'RATE_ID_INVALID',
    by: ({ write }) => write(date('<rate id="9101"/><price>100.00</price>')),
  },
  rate_id_missing: {
    status: 400,
    says: 'RATE_ID_MISSING',
    by: ({ write }) => write(date('<price>100.00</price>')),
  },
  rate_limit: {
    status: 429,
    by: async ({ write }) => {
      for (let sent = 0; sent < 10; sent += 1) await write(date('<roomstosell>0</roomstosell>'));
      return write(date('<roomstosell>0</roomstosell>'));
    },
  },
  room_element_required: {
    status: 400,
    says: 'ROOM_ELEMENT_REQUIRED',
    by: ({ write }) => write(''),
  },
  room_id_invalid: {
    status: 400,
    says: "Room ID '121212' is not valid",
    by: ({ write }) => write(date('<roomstosell>1</roomstosell>', undefined, 'id="121212"')),
  },
  room_id_missing: {
    status: 400,
    says: 'ROOM_ID_MISSING',
    by: ({ write }) => write(date('<roomstosell>1</roomstosell>', undefined, '')),
  },
  schema_invalid: {
    status: 400,
    says: 'SCHEMA_INVALID',
    by: ({ write }) => write(date('<roomstosell>two</roomstosell>')),
  },
  sets_nothing: {
    status: 400,
    says: 'NOTHING_TO_UPDATE',
    by: ({ write }) => write(date('<rate id="9001"/>')),
  },
  token_limit: {
    status: 429,
    by: async (fixture) => {
      for (let sent = 0; sent < 30; sent += 1) await token(fixture);
      return token(fixture);
    },
  },
  too_many_updates: {
    status: 400,
    says: 'TOO_MANY_UPDATES',
    by: ({ write }) =>
      write(
        `<room id="700101">${'<date value="2026-12-24"><roomstosell>1</roomstosell></date>'.repeat(1_001)}</room>`,
      ),
  },
  unauthorized: {
    status: 401,
    by: async ({ time, write }) => {
      await time.advance(3_600_000);
      return write(date('<roomstosell>1</roomstosell>'));
    },
  },
  unknown_path: { status: 404, by: ({ call }) => call('GET', '/hotels/xml/somewhere') },
};

describe('every rule of the simulated Booking.com', () => {
  it.each(BOOKING_COM_RULES)('%s is refused or warned of, and counted', async (rule) => {
    const fixture = bookingFixture();
    const { platform } = fixture;
    const { status, says, by } = breaches[rule];
    const answer = await by(fixture);
    expect(answer.status).toBe(status);
    if (says !== undefined) expect(answer.body).toContain(says);
    expect(platform.ledger.report().violations).toEqual({ [rule]: 1 });
    platform.stop();
  });

  it.each([
    ['an entity', '<!DOCTYPE request [<!ENTITY n "1">]><request><room id="700101"/></request>'],
    ['another root', '<order><room id="700101"/></order>'],
  ])('refuses %s', async (_, body) => {
    const { call } = bookingFixture();
    expect((await call('POST', '/hotels/xml/availability', body)).status).toBe(400);
  });
});

describe('B.XML availability', () => {
  it('answers <ok/> with a RUID', async () => {
    const { sell } = bookingFixture();
    expect((await sell('2026-12-24', '2026-12-25')).body).toMatch(
      /<ok\/>\n<!-- RUID: \[[0-9a-z]{32}\] -->$/,
    );
  });

  it('stores the good part, answers 200 and names the bad part', async () => {
    const { platform, write } = bookingFixture();
    const answer = await write(
      date(`${price('140.00')}<roomstosell>1</roomstosell>`) +
        date(price('0.00'), 'value="2026-12-25"'),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(
      "<errors><error><code>PRICE_INVALID</code><message>Price '0.00' is not valid (room '700101', rate '9001', date '2026-12-25')</message></error></errors>",
    );
    const [first, second] = platform.calendar('700101', '2026-12-24', '2026-12-26');
    expect([first?.sellable, first?.rates['9001']?.price, second?.rates['9001']?.price]).toEqual([
      true,
      14_000,
      null,
    ]);
  });

  it('does not say which update it means when told not to', async () => {
    const { write } = bookingFixture({ culprits: 'unnamed' });
    expect((await write(date(price('0.00')))).body).not.toContain('2026-12-24');
  });

  it('lets the first of two values for a date count', async () => {
    const { platform, write } = bookingFixture();
    await write(date(price('100.00')) + date(price('200.00')));
    expect(platform.calendar('700101', '2026-12-24', '2026-12-25')[0]?.rates['9001']?.price).toBe(
      10_000,
    );
  });

  it.each([
    ['inclusive', ['2026-12-24', '2026-12-25', '2026-12-26']],
    ['exclusive', ['2026-12-24', '2026-12-25']],
  ] as const)('reads `to` as %s when told so', async (rangeEnd, sold) => {
    const { platform, sell } = bookingFixture({ rangeEnd });
    await sell('2026-12-24', '2026-12-26');
    expect(
      platform
        .calendar('700101', '2026-12-20', '2026-12-30')
        .filter(({ sellable }) => sellable)
        .map(({ night }) => night),
    ).toEqual(sold);
  });

  it('takes yesterday by its own day and refuses the day before', async () => {
    const { write } = bookingFixture();
    expect((await write(date('<roomstosell>0</roomstosell>', 'value="2026-10-31"'))).status).toBe(
      200,
    );
    expect((await write(date('<roomstosell>0</roomstosell>', 'value="2026-10-30"'))).status).toBe(
      400,
    );
  });

  it('closes the room for all plans without a rate, one plan with a rate', async () => {
    const { platform, sell, write } = bookingFixture();
    await sell('2026-12-24', '2026-12-24');
    await write(date('<rate id="9002"/><price>150.00</price><closed>0</closed>'));
    const sellable = () => platform.calendar('700101', '2026-12-24', '2026-12-25')[0]!.sellable;
    await write(date('<rate id="9001"/><closed>1</closed>'));
    expect(sellable()).toBe(true);
    await write(date('<closed>1</closed>'));
    expect(sellable()).toBe(false);
  });

  it('reads back what is left, closed and booked', async () => {
    const { platform, call, sell } = bookingFixture();
    await sell('2026-12-24', '2026-12-26');
    platform.book({ rooms: [{ unit: '700101', checkIn: '2026-12-24', checkOut: '2026-12-25' }] });
    platform.ownerBlock('700101', '2026-12-26', '2026-12-27', true);
    const answer = await call(
      'POST',
      '/hotels/xml/roomrateavailability',
      '<request><hotel_id>500</hotel_id><start_date>2026-12-24</start_date><number_of_days>3</number_of_days></request>',
    );
    expect(answer.body).toContain(
      '<room room_id="700101" room_name="Room 700101"><date value="2026-12-24" rooms_to_sell="0" closed="0"><rate id="9001" booked="1" cancelled="0" closed="0"/>',
    );
    expect(answer.body).toContain('<date value="2026-12-26" rooms_to_sell="1" closed="1">');
    const foreign = await call(
      'POST',
      '/hotels/xml/roomrateavailability',
      '<request><hotel_id>600</hotel_id><number_of_days>3</number_of_days></request>',
    );
    expect(foreign.status).toBe(403);
  });

  it('refuses a share of the updates on request, never all of them', async () => {
    const { platform, write } = bookingFixture();
    platform.faults.arm({ kind: 'partial', share: 1 });
    const answer = await write(date(price('100.00')) + date(price('100.00'), 'value="2026-12-25"'));
    expect([answer.status, answer.body.match(/INTERNAL_SERVER_ERROR/g)?.length]).toEqual([200, 1]);
    platform.faults.arm({ kind: 'refuse', field: 'price', nights: ['2026-12-25'], times: null });
    expect(
      (await write(date(`${price('100.00')}<roomstosell>0</roomstosell>`, 'value="2026-12-25"')))
        .status,
    ).toBe(400);
    expect(platform.ledger.violationCount()).toBe(0);
  });
});
