import { describe, expect, it } from 'vitest';
import { expediaFixture } from './fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const stay = { unit: '5001', checkIn: '2026-12-24', checkOut: '2026-12-26' };
type Fixture = ReturnType<typeof expediaFixture>;

async function selling(settings: Parameters<typeof expediaFixture>[0] = {}): Promise<Fixture> {
  const fixture = expediaFixture(settings);
  await fixture.sell('2026-12-24', '2026-12-31');
  return fixture;
}

function book({ platform }: Fixture, room: Record<string, unknown> = stay): string {
  const result = platform.book({ rooms: [room as never], force: room !== stay });
  if (!result.ok) throw new Error(`${result.reason}: ${result.nights.join()}`);
  return result.reservation;
}

const nights = ({ platform }: Fixture, value: 'sellable' | 'availability') =>
  platform.calendar('5001', '2026-12-24', '2026-12-28').map((view) => view[value]);

describe('availability and rates', () => {
  it('answers in another namespace than it is asked in', async () => {
    const { sell } = expediaFixture();
    expect((await sell('2026-12-24', '2026-12-25')).body).toContain(
      '<AvailRateUpdateRS xmlns="http://www.expediaconnect.com/EQC/AR/2007/02"><Success/></AvailRateUpdateRS>',
    );
  });

  it('stores nothing of a message with an error, and names all errors', async () => {
    const fixture = expediaFixture();
    const answer = await fixture.write(
      '<RoomType id="5001"><Inventory totalInventoryAvailable="1"/><RatePlan id="50011"><Rate currency="USD"><PerDay rate="1.00"/></Rate></RatePlan><RatePlan id="7"><Restrictions minLOS="2"/></RatePlan></RoomType>',
    );
    expect(answer.body.match(/code="\d+"/g)).toEqual(['code="3103"', 'code="3204"']);
    expect(nights(fixture, 'availability')).toEqual([0, 0, 0, 0]);
  });

  it('stores the valid parts and warns of the others, by room type, rate plan and date', async () => {
    const { platform, write } = expediaFixture();
    const answer = await write(
      '<RoomType id="5001" closed="false"><Inventory totalInventoryAvailable="1"/><RatePlan id="50011"><Rate currency="EUR"><PerDay rate="0.50"/></Rate><Restrictions minLOS="3"/></RatePlan><RatePlan id="50012"><Rate currency="EUR"><PerDay rate="150.00"/></Rate></RatePlan></RoomType>',
    );
    expect(answer.body).toContain(
      '<Success><Warning code="7013">[Room Type ID 5001; Rate Plan ID 50011; Stay Date 2026-12-24] One or more costs provided are out of threshold for an identified room type.</Warning></Success>',
    );
    const [view] = platform.calendar('5001', '2026-12-24', '2026-12-25');
    expect(view?.rates).toMatchObject({
      '50011': { price: null, minStayArrival: 3 },
      '50012': { price: 15_000 },
    });
    expect(view?.sellable).toBe(true);
  });

  it('gives at most 20 warnings of a code and tells how many are left', async () => {
    const { write } = expediaFixture();
    const { body } = await write(
      '<RoomType id="5001"><RatePlan id="50011"><Rate currency="EUR"><PerDay rate="0.50"/></Rate></RatePlan></RoomType>',
      'from="2026-12-01" to="2026-12-25"',
    );
    expect(body.match(/<Warning code="7013">/g)).toHaveLength(20);
    expect(body).toContain('Warning 20 out of 25 for this cause. Remaining 5 warnings');
  });

  it('names nobody when told not to', async () => {
    const { write } = expediaFixture({ culprits: 'unnamed' });
    const { body } = await write(
      '<RoomType id="5001"><RatePlan id="50011"><Rate currency="EUR"><PerDay rate="0.50"/></Rate></RatePlan></RoomType>',
    );
    expect(body).toContain('<Warning code="7013">An update was ignored.</Warning>');
  });

  it('takes several ranges and days of the week', async () => {
    const { platform, call } = expediaFixture();
    await call(
      'ar',
      '<Hotel id="500"/><AvailRateUpdate><DateRange from="2026-12-01" to="2026-12-01"/><DateRange from="2026-12-05" to="2026-12-07" sat="true" sun="false" mon="true"/><RoomType id="5002"><Inventory totalInventoryAvailable="2"/></RoomType></AvailRateUpdate>',
    );
    const open = platform
      .calendar('5002', '2026-11-30', '2026-12-10')
      .filter((one) => one.availability > 0);
    expect(open.map(({ night }) => night)).toEqual(['2026-12-01', '2026-12-05', '2026-12-07']);
  });

  it('does what an update says of room type and rate plan alone', async () => {
    const fixture = await selling();
    const sellable = () => nights(fixture, 'sellable')[0];
    await fixture.write('<RoomType id="5001" closed="true"/>');
    expect(sellable()).toBe(false);
    await fixture.write('<RoomType id="5001" closed="false"/>');
    expect(sellable()).toBe(true);
    await fixture.write('<RoomType id="5001"><RatePlan id="50011" closed="true"/></RoomType>');
    expect(sellable()).toBe(false);
  });

  it('counts calls of a user over all hotels, and says so by status or in the body', async () => {
    const { platform, call, time } = expediaFixture({ userLimit: { limit: 2, windowMs: 1_000 } });
    const poll = (hotel: string) => call('br', `<Hotel id="${hotel}"/>`);
    await poll('500');
    await poll('501');
    expect(await poll('501')).toMatchObject({ status: 429, body: '' });
    platform.settings = { ...platform.settings, limitAnswer: 'body' };
    expect(await poll('501')).toMatchObject({
      status: 200,
      body: '{"errors":[{"message":"Rate limit exceeded","extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}',
    });
    await time.advance(1_000);
    expect((await poll('501')).status).toBe(200);
    expect(platform.ledger.violationCount('rate_limit')).toBe(2);
    // On request too, and then nobody has broken the rule.
    platform.faults.arm({ kind: 'fail', status: 429 });
    await time.advance(1_000);
    expect((await poll('501')).body).toContain('RATE_LIMIT_EXCEEDED');
    expect(platform.ledger.violationCount('rate_limit')).toBe(2);
  });

  it('lets updates of two hotels, and one update after the other, pass', async () => {
    const { platform, time, write } = expediaFixture();
    platform.setAnswerTime(500, 500);
    const zero = (id: string) =>
      `<RoomType id="${id}"><Inventory totalInventoryAvailable="0"/></RoomType>`;
    const answers = [write(zero('5001')), write(zero('5101'), undefined, '501')];
    await time.advance(500);
    answers.push(write(zero('5002')));
    await time.advance(500);
    for (const answer of answers) expect((await answer).body).toContain('<Success/>');
    expect(platform.ledger.violationCount()).toBe(0);
  });

  it('reads back what it holds', async () => {
    const { platform, call, sell } = expediaFixture();
    await sell('2026-12-24', '2026-12-25');
    platform.book({ rooms: [{ ...stay, checkOut: '2026-12-25' }] });
    const { body } = await call(
      'parr',
      '<Hotel id="500"/><ParamSet><AvailRateRetrieval from="2026-12-24" to="2026-12-24"><RoomType id="5001"><RatePlan id="50011"/></RoomType></AvailRateRetrieval></ParamSet>',
    );
    expect(body).toContain(
      '<AvailRate date="2026-12-24"><RoomType id="5001" closed="false"><Inventory baseAllocation="0" flexibleAllocation="0" totalInventoryAvailable="0" totalInventorySold="1"/><RatePlan id="50011" closed="false"><Rate currency="EUR"><PerDay rate="140.00"/></Rate><Restrictions minLOS="1" maxLOS="28" closedToArrival="false" closedToDeparture="false"/></RatePlan></RoomType></AvailRate>',
    );
  });

  it('does not know the hotel after it left, without blaming the partner', async () => {
    const { platform, sell, retrieve } = await selling();
    platform.connect('500', false);
    expect((await sell('2026-12-24', '2026-12-24')).body).toContain('<Error code="3202">');
    expect(await retrieve()).toEqual([]);
    expect(platform.ledger.violationCount()).toBe(0);
  });
});

describe('what a booking does to the calendar', () => {
  it.each([
    ['own', [1, 1, 1, 1], [true, true, true, true]],
    ['always', [1, 1, 1, 1], [true, true, true, true]],
    ['never', [0, 0, 1, 1], [false, false, true, true]],
  ] as const)(
    'takes a room off, and reopens after a cancellation (%s)',
    async (reopening, left, sold) => {
      const fixture = await selling({ reopening });
      const id = book(fixture);
      expect(nights(fixture, 'availability')).toEqual([0, 0, 1, 1]);
      expect(fixture.platform.book({ rooms: [stay] })).toMatchObject({ reason: 'not_for_sale' });
      fixture.platform.cancel(id);
      expect(nights(fixture, 'availability')).toEqual(left);
      expect(nights(fixture, 'sellable')).toEqual(sold);
    },
  );

  it('reopens even what the partner closed meanwhile when it always reopens', async () => {
    const fixture = await selling({ reopening: 'always' });
    const id = book(fixture);
    await fixture.write(
      '<RoomType id="5001" closed="true"><Inventory totalInventoryAvailable="0"/></RoomType>',
    );
    fixture.platform.cancel(id);
    expect(nights(fixture, 'sellable')[0]).toBe(true);
  });

  it('notes a write that puts a booked night on sale, and whether the partner knew', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.sell('2026-12-24', '2026-12-24');
    await fixture.retrieve();
    await fixture.confirm(id, 'Book');
    await fixture.time.advance(1_000);
    await fixture.sell('2026-12-25', '2026-12-25');
    expect(fixture.platform.report()).toMatchObject({
      reopenedBookedNights: 2,
      reopenedToldNights: 1,
      overbookedNights: 0,
    });
  });

  it('is one room', () => {
    const { platform } = expediaFixture();
    expect(platform.book({ rooms: [stay, stay], force: true })).toMatchObject({
      reason: 'one_room_per_booking',
    });
  });
});

describe('retrieval and confirmation', () => {
  it('hands out a transaction once as pending, then as retrieved until it is confirmed', async () => {
    const fixture = await selling();
    const id = book(fixture);
    expect(await fixture.retrieve('retrieved')).toEqual([]);
    expect(await fixture.retrieve()).toEqual([`${id} Book pending`]);
    expect(await fixture.retrieve('pending')).toEqual([]);
    expect(await fixture.retrieve('retrieved')).toEqual([`${id} Book retrieved`]);
    expect((await fixture.confirm(id, 'Book')).body).toContain('<Success/>');
    expect(await fixture.retrieve('pending', 'retrieved')).toEqual([]);
    expect(await fixture.retrieve('confirmed')).toEqual([`${id} Book confirmed`]);
    expect(fixture.platform.reservations()[0]?.toldAt).toBe(fixture.time.clock.now());
  });

  it('holds a change back until the booking was confirmed, and a second change until the first was', async () => {
    const fixture = await selling();
    const id = book(fixture);
    fixture.platform.modify(id, { rooms: [{ ...stay, checkOut: '2026-12-27' }] });
    fixture.platform.cancel(id);
    for (const type of ['Book', 'Modify', 'Cancel']) {
      expect(await fixture.retrieve()).toEqual([`${id} ${type} pending`]);
      expect(await fixture.retrieve()).toEqual([]);
      expect((await fixture.confirm(id, type)).body).toContain('<Success/>');
    }
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('hands out what a lost answer held as retrieved only', async () => {
    const fixture = await selling();
    const id = book(fixture);
    fixture.platform.faults.arm({ kind: 'reset', applied: true, on: 'poll' });
    await expect(fixture.retrieve()).rejects.toThrow();
    expect(await fixture.retrieve()).toEqual([]);
    expect(await fixture.retrieve('retrieved')).toEqual([`${id} Book retrieved`]);
  });

  it('shows a cancellation with nothing but zeros', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.retrieve();
    await fixture.confirm(id, 'Book');
    fixture.platform.cancel(id);
    const { body } = await fixture.call('br', '<Hotel id="500"/>');
    expect(body).toContain('<RoomStay roomTypeID="0" ratePlanID="0">');
    expect(body).toContain('<Total amountAfterTaxes="0.00" amountOfTaxes="0.00" currency="EUR"/>');
    expect(body).toContain('confirmNumber="PMS-1"');
  });

  it('gives 125 bookings at most, the newest first, the rest the next time', async () => {
    const fixture = await selling();
    const ids: string[] = [];
    for (let at = 0; at < 130; at += 1) {
      ids.push(book(fixture, { ...stay }));
      await fixture.time.advance(1_000);
    }
    const first = await fixture.retrieve();
    expect(first).toHaveLength(125);
    expect(first[0]).toBe(`${ids[129]} Book pending`);
    expect(await fixture.retrieve()).toHaveLength(5);
  });

  it.each([
    ['today', '2026-11-01', 30 * MINUTE],
    ['tomorrow', '2026-11-02', HOUR],
    ['later', '2026-11-03', 24 * HOUR],
  ])('falls back when an arrival of %s was not confirmed in time', async (_, checkIn, limit) => {
    const fixture = expediaFixture();
    const id = book(fixture, { unit: '5001', checkIn, checkOut: '2026-11-05' });
    await fixture.retrieve();
    await fixture.time.advance(limit - 1);
    expect(fixture.platform.report().extra).toMatchObject({
      fallbackMails: 0,
      waitingTransactions: 1,
    });
    await fixture.time.advance(1);
    expect(fixture.platform.report().extra).toMatchObject({
      fallbackMails: 1,
      waitingTransactions: 0,
    });
    expect(await fixture.retrieve('pending', 'retrieved')).toEqual([]);
    // The number is taken all the same, and what happens next to the booking is handed out.
    expect((await fixture.confirm(id, 'Book')).body).toContain('<Success/>');
    expect(fixture.platform.report().extra).toMatchObject({ fallbackMails: 1, confirmedLate: 1 });
    fixture.platform.cancel(id);
    expect(await fixture.retrieve()).toEqual([`${id} Cancel pending`]);
  });

  it('takes a number again, and each confirmation of a message for itself', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.retrieve();
    await fixture.confirm(id, 'Book');
    expect((await fixture.confirm(id, 'Book')).body).toContain('<Success/>');
    expect(fixture.platform.report().extra.confirmedAgain).toBe(1);
    fixture.platform.cancel(id);
    expect((await fixture.confirm(id, 'Book')).body).toContain('<Success/>');
    expect(await fixture.retrieve()).toEqual([`${id} Cancel pending`]);
  });

  it('filters by booking and by days, and asks for one hotel at a time', async () => {
    const fixture = await selling();
    const id = book(fixture);
    const ask = async (content: string) =>
      (await fixture.call('br', content)).body.match(/<Booking id="(\d+)"/g)?.length ?? 0;
    expect(await ask(`<ParamSet><Booking id="${id}"/></ParamSet>`)).toBe(1);
    expect(await ask('<Hotel id="501"/>')).toBe(0);
    expect(await ask('<Hotel id="500"/><ParamSet><NbDaysInPast>1</NbDaysInPast></ParamSet>')).toBe(
      1,
    );
    await fixture.time.advance(3 * 24 * HOUR);
    expect(await ask('<Hotel id="500"/><ParamSet><NbDaysInPast>1</NbDaysInPast></ParamSet>')).toBe(
      0,
    );
    expect(fixture.platform.ledger.report().advice).toEqual({ all_hotels_at_once: 1 });
    for (const wrong of ['<Status value="new"/>', '<NbDaysInPast>31</NbDaysInPast>'])
      expect((await fixture.call('br', `<ParamSet>${wrong}</ParamSet>`)).body).toContain('3010');
  });
});
