import { describe, expect, it } from 'vitest';
import { inboundRequest } from '../testing/harness.ts';
import { bookingInbound } from './inbound.ts';

interface Parts {
  readonly attributes?: string;
  readonly stays?: string;
  readonly global?: string;
}

const STAY = `<RoomStay IndexNumber="101"><RoomTypes><RoomType RoomTypeCode="700101"/></RoomTypes>
  <RoomRates>
    <RoomRate EffectiveDate="2026-12-25" RatePlanCode="9001"><Rates><Rate><Total AmountAfterTax="14050" DecimalPlaces="2" CurrencyCode="EUR"/></Rate></Rates></RoomRate>
    <RoomRate EffectiveDate="2026-12-24" RatePlanCode="9001"><Rates><Rate><Total AmountAfterTax="185.00" DecimalPlaces="2" CurrencyCode="EUR"/></Rate></Rates></RoomRate>
  </RoomRates>
  <GuestCounts><GuestCount AgeQualifyingCode="10" Count="2"/><GuestCount AgeQualifyingCode="8" Count="1"/></GuestCounts>
  <Total AmountAfterTax="32550" DecimalPlaces="2" CurrencyCode="EUR"/><MealPlan>Breakfast</MealPlan></RoomStay>`;

const GLOBAL = `<Total AmountBeforeTax="300.00" AmountAfterTax="32550" DecimalPlaces="2" CurrencyCode="EUR"/>
  <TotalCommissions><CommissionPayableAmount Amount="4882" DecimalPlaces="2"/></TotalCommissions>
  <HotelReservationIDs><HotelReservationID ResID_Value="4000000001" ResID_Date="2026-11-01T09:30:00"/></HotelReservationIDs>
  <Profiles><ProfileInfo><Profile><Customer><PersonName><GivenName>Zoë</GivenName><Surname>Ólafsdóttir &amp; 王</Surname></PersonName>
    <Telephone PhoneNumber="+354 555 0000"/><Email>z@guest.example</Email><Address><CountryName Code="is"/></Address></Customer></Profile></ProfileInfo></Profiles>
  <BasicPropertyInfo HotelCode="500"/>`;

const TIMES = 'CreateDateTime="2026-11-01T09:30:00" LastModifyDateTime="2026-11-01T09:31:00"';

function reservation({
  attributes = `${TIMES} ResStatus="Commit"`,
  stays = STAY,
  global = GLOBAL,
}: Parts = {}): string {
  return `<HotelReservation ${attributes}><RoomStays>${stays}</RoomStays><ResGlobalInfo>${global}</ResGlobalInfo></HotelReservation>`;
}

function poll(...reservations: readonly string[]) {
  const body = `<?xml version="1.0"?><OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelReservations>${reservations.join('')}</HotelReservations></OTA_HotelResNotifRQ>`;
  return bookingInbound.parsePoll('ResNotif', { status: 200, headers: {}, body }) as ReturnType<
    typeof bookingInbound.parsePoll
  > & {
    readonly unreadable: readonly { reservationId: string | null; message: string }[];
  };
}

function only(parts: Parts = {}) {
  const { reservations, unreadable } = poll(reservation(parts));
  expect(unreadable).toEqual([]);
  const [first] = reservations;
  if (!first) throw new Error('no reservation');
  return first.reservation;
}

describe('reservations of Booking.com', () => {
  it('reads nights, prices in both notations, guests and money', () => {
    expect(only()).toMatchObject({
      reservation_id: '4000000001',
      status: 'new',
      revised_at: Date.parse('2026-11-01T09:31:00Z'),
      guest: {
        first_name: 'Zoë',
        last_name: 'Ólafsdóttir & 王',
        email: 'z@guest.example',
        phone: '+354 555 0000',
        country: 'IS',
      },
      currency: 'EUR',
      total: 32_550,
      taxes: 2_550,
      commission: 4_882,
      payment_kind: 'unknown',
      room_stays: [
        {
          room_stay: '101',
          listing: '500',
          room_id: '700101',
          rate_plan_id: '9001',
          check_in: '2026-12-24',
          check_out: '2026-12-26',
          adults: 2,
          children: 1,
          total: 32_550,
          status: 'new',
          nightly_prices: [
            { night: '2026-12-25', amount: 14_050 },
            { night: '2026-12-24', amount: 18_500 },
          ],
        },
      ],
    });
  });

  it('believes a TimeSpan over room rates, also with times and durations', () => {
    const spanned = (span: string) =>
      only({ stays: STAY.replace('<RoomRates>', `${span}<RoomRates>`) }).room_stays[0];
    expect(spanned('<TimeSpan Start="2026-12-24" End="2026-12-27"/>')).toMatchObject({
      check_in: '2026-12-24',
      check_out: '2026-12-27',
    });
    expect(spanned('<TimeSpan Start="2026-12-24T15:00:00" Duration="P4N"/>')).toMatchObject({
      check_out: '2026-12-28',
    });
  });

  it('keeps rooms apart by IndexNumber, whatever their order', () => {
    const second = STAY.replace('"101"', '"102"').replace('"700101"', '"700102"');
    const ab = only({ stays: STAY + second });
    const ba = only({ stays: second + STAY });
    expect(ab.room_stays.map(({ room_stay, room_id }) => [room_stay, room_id])).toEqual([
      ['101', '700101'],
      ['102', '700102'],
    ]);
    expect(ba.content_hash).toBe(ab.content_hash);
    expect(only().content_hash).not.toBe(ab.content_hash);
  });

  it('cancels a whole reservation, one of its rooms, and by id alone', () => {
    const attributes = `${TIMES} ResStatus="Cancel"`;
    expect(only({ attributes })).toMatchObject({
      status: 'cancelled',
      room_stays: [{ status: 'cancelled' }],
    });
    const second = STAY.replace(
      'IndexNumber="101"',
      'IndexNumber="102" RoomStayStatus="Cancelled"',
    );
    expect(only({ stays: STAY + second }).room_stays.map(({ status }) => status)).toEqual([
      'new',
      'cancelled',
    ]);
    const bare =
      '<HotelReservationIDs><HotelReservationID ResID_Value="4000000001"/></HotelReservationIDs><BasicPropertyInfo HotelCode="500"/>';
    expect(only({ attributes, stays: '', global: bare })).toMatchObject({
      status: 'cancelled',
      room_stays: [],
      currency: 'XXX',
      total: null,
    });
    expect(
      poll(reservation({ attributes, stays: '', global: bare })).reservations[0],
    ).toMatchObject({ listing: '500', messageKind: 'ResNotif' });
  });

  it('never keeps card data, wherever it stands, but knows who pays', () => {
    // A number that passes the check digit; it belongs to nobody.
    const number = ['4', '0'.repeat(14), '2'].join('');
    const card = `<Guarantee><PaymentCard CardNumber="${number}" ExpireDate="0129" SeriesCode="987"><CardHolderName>A GUEST</CardHolderName></PaymentCard></Guarantee>`;
    const requests = `<SpecialRequests><SpecialRequest><Text>late, card ${number.replace(/(.{4})/g, '$1 ')}please</Text></SpecialRequest></SpecialRequests>`;
    const kept = only({ global: GLOBAL + card + requests });
    const text = JSON.stringify(kept).replace(/ /g, '');
    expect(text).not.toContain(number);
    expect(text).not.toContain('987');
    expect(text).not.toContain('AGUEST');
    expect(kept.special_requests).toMatch(/^late, card \[redacted\] ?please$/);
    expect(kept.payment_kind).toBe('hotel_collect');
    expect(
      only({ global: GLOBAL + card.replace('A GUEST', 'Booking.com Agent') }).payment_kind,
    ).toBe('virtual_card');
  });

  it.each([
    [
      'no id',
      reservation({
        global: GLOBAL.replace(/<HotelReservationIDs>.*?<\/HotelReservationIDs>/s, ''),
      }),
    ],
    ['no time', reservation({ attributes: 'ResStatus="Commit"' })],
    ['no rooms', reservation({ stays: '' })],
    ['no nights', reservation({ stays: STAY.replace(/<RoomRates>.*<\/RoomRates>/s, '') })],
    ['an impossible date', reservation({ stays: STAY.replace('2026-12-25', '2026-02-30') })],
    [
      'a stay that ends before it begins',
      reservation({
        stays: STAY.replace(
          '<RoomRates>',
          '<TimeSpan Start="2026-12-24" End="2026-12-20"/><RoomRates>',
        ),
      }),
    ],
    [
      'no currency',
      reservation({
        stays: STAY.replaceAll('CurrencyCode="EUR"', ''),
        global: GLOBAL.replaceAll('CurrencyCode="EUR"', ''),
      }),
    ],
    [
      'no hotel',
      reservation({ global: GLOBAL.replace('<BasicPropertyInfo HotelCode="500"/>', '') }),
    ],
    ['a room twice', reservation({ stays: STAY + STAY })],
  ])('is not held up by a message with %s', (_what, broken) => {
    const { reservations, unreadable } = poll(broken, reservation());
    expect(reservations).toHaveLength(1);
    expect(unreadable).toHaveLength(1);
  });

  it('takes an empty queue as none and anything else as malformed', () => {
    expect(poll()).toMatchObject({ reservations: [], next: null, cursor: null });
    for (const body of ['', '<html/>', '<OTA_HotelResModifyNotifRQ/>', '<OTA_HotelResNotifRQ>']) {
      expect(() =>
        bookingInbound.parsePoll('ResNotif', { status: 200, headers: {}, body }),
      ).toThrow(expect.objectContaining({ code: 'CHANNEL_RESPONSE_MALFORMED' }));
    }
  });

  it.each([
    [429, '', true],
    [200, '<fault code="429" string="Too Many Requests"/>', true],
    [200, '<fault code="503" string="x"/>', false],
    [200, '<OTA_HotelResNotifRQ/>', false],
  ])('an answer %i %s says that calls come too fast: %s', (status, body, isLimited) => {
    expect(bookingInbound.isRateLimited({ status, headers: {}, body })).toBe(isLimited);
  });

  it('reads the answer to an acknowledgement', () => {
    const read = (status: number, body: string) =>
      bookingInbound.interpretAcknowledgement({ status, headers: {}, body });
    const rs = (content: string) =>
      `<OTA_HotelResNotifRS xmlns="http://www.opentravel.org/OTA/2003/05">${content}</OTA_HotelResNotifRS>`;
    const error = (text: string) =>
      rs(`<Errors><Error Type="3" Code="450" ShortText="${text}"/></Errors>`);
    expect(read(200, rs('<Success/>'))).toBe('done');
    expect(read(200, '<html/>')).toBe('retry');
    expect(read(200, '')).toBe('retry');
    expect(read(400, error('Hotel reservation has transaction message of the wrong type'))).toBe(
      'outdated',
    );
    expect(read(400, error('Something else'))).toBe('gone');
    expect(read(403, error('Access denied for hotel'))).toBe('gone');
    expect(read(404, error('Reservation not found'))).toBe('gone');
    for (const status of [401, 408, 429, 500, 503]) expect(read(status, '')).toBe('retry');
  });

  it('polls for any verified notification', () => {
    expect(bookingInbound.parseWebhook(inboundRequest('/', {}, '{"event":"reservation"}'))).toEqual(
      { kind: 'poll', eventType: 'reservation' },
    );
    expect(bookingInbound.parseWebhook(inboundRequest('/', {}, 'anything'))).toEqual({
      kind: 'poll',
      eventType: 'notification',
    });
  });
});
