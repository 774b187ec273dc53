import { describe, expect, it } from 'vitest';
import { simRequest } from '../http.ts';
import { bookingFixture, CHANGED, NEW, START } from './fixture.ts';

const stay = { unit: '700101', checkIn: '2026-12-24', checkOut: '2026-12-26' };
type Fixture = ReturnType<typeof bookingFixture>;

async function selling(settings: Parameters<typeof bookingFixture>[0] = {}): Promise<Fixture> {
  const fixture = bookingFixture(settings);
  await fixture.sell('2026-12-24', '2026-12-31');
  return fixture;
}

function book({ platform }: Fixture, rooms: readonly Record<string, unknown>[] = [stay]): string {
  const result = platform.book({ rooms: rooms as never });
  if (!result.ok) throw new Error(`${result.reason}: ${result.nights.join()}`);
  return result.reservation;
}

const nights = ({ platform }: Fixture, values: 'sellable' | 'availability') =>
  platform.calendar('700101', '2026-12-24', '2026-12-28').map((view) => view[values]);

describe('tokens', () => {
  it('gives 30 in any hour, each valid for one', async () => {
    const { time, platform } = bookingFixture();
    const exchange = () =>
      platform.handle(
        simRequest(
          'POST',
          '/token-based-authentication/exchange',
          {},
          JSON.stringify({ client_id: 'ours', client_secret: 'secret' }),
        ),
      );
    const { jwt, ruid } = JSON.parse((await exchange()).body);
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
    expect([claims.exp - claims.iat, ruid.length]).toEqual([3_600, 32]);
    const polled = () =>
      platform.handle(simRequest('GET', NEW, { authorization: `Bearer ${jwt}` }));
    await time.advance(3_599_999);
    expect((await polled()).status).toBe(200);
    await time.advance(1);
    expect((await polled()).status).toBe(401);
  });
});

describe('what a booking does to the calendar', () => {
  it('takes one room off by itself, gives it back by itself', async () => {
    const fixture = await selling();
    const id = book(fixture);
    expect(nights(fixture, 'availability')).toEqual([0, 0, 1, 1]);
    expect(fixture.platform.book({ rooms: [stay] })).toMatchObject({
      ok: false,
      reason: 'not_for_sale',
    });
    fixture.platform.cancel(id);
    expect(nights(fixture, 'availability')).toEqual([1, 1, 1, 1]);
    expect(fixture.platform.history.of('700101', '2026-12-24').map(({ cause }) => cause)).toEqual([
      'api',
      'api',
      'booking',
      'own_reopening',
    ]);
  });

  it.each([
    ['own', [0, 1]],
    ['always', [1, 1]],
    ['never', [0, 0]],
  ] as const)(
    'reopening %s after the partner closed the first of two nights',
    async (reopening, left) => {
      const fixture = await selling({ reopening });
      const id = book(fixture);
      await fixture.write(
        '<room id="700101"><date value="2026-12-24"><roomstosell>0</roomstosell></date></room>',
      );
      fixture.platform.cancel(id);
      expect(nights(fixture, 'availability').slice(0, 2)).toEqual(left);
    },
  );

  it('counts nights that more guests hold than there are rooms', async () => {
    const fixture = await selling();
    book(fixture);
    expect(fixture.platform.report().overbookedNights).toBe(0);
    fixture.platform.book({ rooms: [{ ...stay, checkIn: '2026-12-25' }], force: true });
    expect(fixture.platform.report().overbookedNights).toBe(1);
  });

  it('goes back on sale when a full sync overwrites a booking, and is counted', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.sell('2026-12-24', '2026-12-24');
    expect(nights(fixture, 'sellable')).toEqual([true, false, true, true]);
    expect(fixture.platform.report()).toMatchObject({
      reopenedBookedNights: 1,
      reopenedToldNights: 0,
    });
    await fixture.poll(NEW);
    await fixture.acknowledge(NEW, [id]);
    await fixture.time.advance(1);
    await fixture.sell('2026-12-25', '2026-12-25');
    expect(fixture.platform.report()).toMatchObject({
      reopenedBookedNights: 2,
      reopenedToldNights: 1,
    });
  });

  it('keeps an owner block against a new number of rooms, and is opened by an explicit one', async () => {
    const fixture = await selling();
    fixture.platform.ownerBlock('700101', '2026-12-24', '2026-12-25', true);
    await fixture.write(
      '<room id="700101"><date value="2026-12-24"><roomstosell>1</roomstosell></date></room>',
    );
    expect(nights(fixture, 'sellable')[0]).toBe(false);
    await fixture.write(
      '<room id="700101"><date value="2026-12-24"><closed>0</closed></date></room>',
    );
    expect(nights(fixture, 'sellable')[0]).toBe(true);
  });

  it('holds guests to stay rules of every night and of the arrival', async () => {
    const { platform, write } = await selling();
    await write(
      '<room id="700101"><date value="2026-12-25"><rate id="9001"/><minimumstay>3</minimumstay></date><date value="2026-12-28"><rate id="9001"/><closedonarrival>1</closedonarrival><maximumstay>2</maximumstay></date></room>',
    );
    const reason = (checkIn: string, checkOut: string) => {
      const result = platform.book({ rooms: [{ unit: '700101', checkIn, checkOut }] });
      return result.ok ? 'booked' : result.reason;
    };
    expect(reason('2026-12-24', '2026-12-26')).toBe('min_stay');
    expect(reason('2026-12-28', '2026-12-29')).toBe('closed_to_arrival');
    expect(reason('2026-12-26', '2026-12-30')).toBe('max_stay');
    expect(reason('2026-12-24', '2026-12-27')).toBe('booked');
  });
});

describe('the reservation queues', () => {
  it('hands a message out until it is acknowledged, and a little longer', async () => {
    const fixture = await selling();
    expect(await fixture.poll(NEW)).toEqual([]);
    const id = book(fixture);
    expect([await fixture.poll(NEW), await fixture.poll(NEW), await fixture.poll(CHANGED)]).toEqual(
      [[id], [id], []],
    );
    expect((await fixture.acknowledge(NEW, [id])).body).toContain('<Success/>');
    expect(await fixture.poll(NEW)).toEqual([id]);
    await fixture.time.advance(2_000);
    expect(await fixture.poll(NEW)).toEqual([]);
    expect((await fixture.acknowledge(NEW, [id])).status).toBe(400);
    expect(fixture.platform.report()).toMatchObject({
      violations: {},
      extra: { acknowledgedAgain: 1, waitingMessages: 0 },
    });
  });

  it('keeps a message new when it changes before the first acknowledgement, and refuses the acknowledgement of the old content', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.poll(NEW);
    fixture.platform.modify(id, { rooms: [{ ...stay, index: '301', checkOut: '2026-12-27' }] });
    const stale = await fixture.acknowledge(NEW, [id]);
    expect([stale.status, stale.body.includes('wrong type')]).toEqual([400, true]);
    const { body } = await fixture.call('GET', NEW);
    expect(body.match(/EffectiveDate="[^"]+"/g)).toEqual([
      'EffectiveDate="2026-12-24"',
      'EffectiveDate="2026-12-25"',
      'EffectiveDate="2026-12-26"',
    ]);
    expect((await fixture.acknowledge(NEW, [id])).status).toBe(200);
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('sends changes and cancellations after the first acknowledgement through the other queue', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.poll(NEW);
    await fixture.acknowledge(NEW, [id]);
    fixture.platform.modify(id, { rooms: [{ ...stay, index: '301', checkOut: '2026-12-27' }] });
    expect((await fixture.call('GET', CHANGED)).body).toContain('ResStatus="Modify"');
    fixture.platform.cancel(id);
    expect((await fixture.acknowledge(CHANGED, [id])).status).toBe(400);
    expect((await fixture.call('GET', CHANGED)).body).toContain('ResStatus="Cancel"');
    expect((await fixture.acknowledge(CHANGED, [id])).status).toBe(200);
    expect(nights(fixture, 'availability')).toEqual([1, 1, 1, 1]);
  });

  it('does not blame a repeated acknowledgement that a change overtook', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.poll(NEW);
    fixture.platform.faults.arm({ kind: 'apply_then_timeout', on: 'acknowledge' });
    void fixture.acknowledge(NEW, [id]);
    fixture.platform.cancel(id);
    expect((await fixture.acknowledge(NEW, [id])).status).toBe(400);
    expect(fixture.platform.ledger.violationCount()).toBe(0);
  });

  it('keeps a message that is answered with Errors, but not among the missed', async () => {
    const fixture = await selling();
    const [first, second] = [
      book(fixture),
      book(fixture, [{ ...stay, checkIn: '2026-12-27', checkOut: '2026-12-28' }]),
    ];
    await fixture.poll(NEW);
    await fixture.acknowledge(
      NEW,
      [first],
      '<Errors><Error Type="3" Code="450" ShortText="no"/></Errors>',
    );
    await fixture.time.advance(30 * 60_000 + 1);
    expect(await fixture.poll(NEW)).toEqual([first, second]);
    const missed = JSON.parse(
      (await fixture.call('GET', '/reservations-flow-control/missed-reservations')).body,
    );
    expect(missed.data).toEqual([
      { hotel_id: '500', reservation_id: second, type: 'new', created_at: '2026-11-01T08:30:00' },
    ]);
  });

  it.each([
    [false, 1],
    [true, 0],
  ])('mails the hotel after 30 minutes, with recovery (%s) after 24 h', async (recovery, mails) => {
    const fixture = await selling({ recovery });
    book(fixture);
    await fixture.time.advance(30 * 60_000);
    expect(fixture.platform.report().extra.fallbackMails).toBe(0);
    await fixture.time.advance(1);
    expect(fixture.platform.report().extra.fallbackMails).toBe(mails);
    await fixture.time.advance(24 * 3_600_000);
    expect(fixture.platform.report().extra.fallbackMails).toBe(1);
  });

  it('answers by hotel, id, limit and last change', async () => {
    const fixture = await selling({ recovery: false });
    const [first, second] = [
      book(fixture),
      book(fixture, [{ ...stay, checkIn: '2026-12-27', checkOut: '2026-12-28' }]),
    ];
    await fixture.poll(NEW);
    await fixture.acknowledge(NEW, [first]);
    await fixture.time.advance(5_000);
    expect(await fixture.poll(`${NEW}?hotel_ids=501`)).toEqual([]);
    expect(await fixture.poll(`${NEW}?hotel_ids=500,501&limit=1`)).toEqual([second]);
    expect(await fixture.poll(`${NEW}?id=${first}`)).toEqual([first]);
    expect(await fixture.poll(`${NEW}?last_change=2026-11-01 08:30:00`)).toEqual([first, second]);
    expect((await fixture.call('GET', `${NEW}?hotel_ids=600`)).status).toBe(403);
    fixture.platform.connect('500', false);
    expect((await fixture.acknowledge(NEW, [second])).status).toBe(403);
  });

  it('notes polls right after an acknowledgement', async () => {
    const fixture = await selling();
    const id = book(fixture);
    await fixture.poll(NEW);
    await fixture.acknowledge(NEW, [id]);
    await fixture.time.advance(4_999);
    await fixture.poll(NEW);
    await fixture.time.advance(1);
    await fixture.poll(NEW);
    expect(fixture.platform.report().advice).toEqual({ poll_soon_after_acknowledgement: 1 });
  });
});

describe('the message', () => {
  const two = [
    stay,
    {
      unit: '700102',
      rate: '9101',
      checkIn: '2026-12-24',
      checkOut: '2026-12-25',
      adults: 1,
      children: 1,
    },
  ];
  const openSecondRoom =
    '<room id="700102"><date value="2026-12-24"><rate id="9101"/><roomstosell>2</roomstosell><price>99.90</price></date></room>';

  it('holds several rooms, prices with DecimalPlaces, and nights as EffectiveDate', async () => {
    const fixture = await selling();
    await fixture.write(openSecondRoom);
    const id = book(fixture, two);
    const { body } = await fixture.call('GET', NEW);
    expect(body).toContain(
      `<HotelReservation CreateDateTime="2026-11-01T08:30:00" LastModifyDateTime="2026-11-01T08:30:00" ResStatus="Commit">`,
    );
    expect(body.match(/<RoomStay IndexNumber="\d+">/g)).toHaveLength(2);
    expect(body).toContain(
      '<RoomRate EffectiveDate="2026-12-24" RatePlanCode="9101"><Rates><Rate><Total AmountAfterTax="9990" DecimalPlaces="2" CurrencyCode="EUR"/>',
    );
    expect(body).toContain(
      `<ResGlobalInfo><Comments/><Total AmountAfterTax="37990" DecimalPlaces="2" CurrencyCode="EUR"/><HotelReservationIDs><HotelReservationID ResID_Value="${id}" ResID_Date="2026-11-01T08:30:00"/>`,
    );
    expect(body).not.toContain('TimeSpan');
  });

  it('writes decimal amounts and bare cancellations when told so', async () => {
    const fixture = await selling({ amounts: 'decimal', bareCancellations: true });
    const id = book(fixture);
    expect((await fixture.call('GET', NEW)).body).toContain('AmountAfterTax="280.00"');
    fixture.platform.cancel(id);
    const { body } = await fixture.call('GET', NEW);
    expect([body.includes('<RoomStays/>'), body.includes('ResStatus="Cancel"')]).toEqual([
      true,
      true,
    ]);
  });

  it('drops a room that the guest gave up and frees its nights', async () => {
    const fixture = await selling();
    await fixture.write(openSecondRoom);
    const id = book(fixture, two);
    await fixture.time.advance(500);
    fixture.platform.modify(id, { rooms: [{ ...two[1], index: '302' } as never] });
    const { body } = await fixture.call('GET', NEW);
    expect(body.match(/IndexNumber="\d+"/g)).toEqual(['IndexNumber="302"']);
    expect(body).toContain('LastModifyDateTime="2026-11-01T08:30:01"');
    expect(nights(fixture, 'availability')).toEqual([1, 1, 1, 1]);
    expect(fixture.platform.calendar('700102', '2026-12-24', '2026-12-25')[0]?.availability).toBe(
      1,
    );
  });

  it('escapes what guests write', async () => {
    const fixture = await selling();
    fixture.platform.book({ rooms: [stay], guest: { first: 'A & "B"', last: '<script>' } });
    const { body } = await fixture.call('GET', NEW);
    expect(body).toContain(
      '<GivenName>A &amp; &quot;B&quot;</GivenName><Surname>&lt;script&gt;</Surname>',
    );
    expect(fixture.time.clock.now()).toBe(START);
  });
});
