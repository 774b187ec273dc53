import { describe, expect, it } from 'vitest';
import { isLuhnValid } from '../redaction.ts';
import { inboundRequest } from '../testing/harness.ts';
import { expediaAuthenticator } from './auth.ts';
import { expediaInbound } from './inbound.ts';

interface Parts {
  readonly attributes?: string;
  readonly stay?: string;
  readonly rest?: string;
}

const STAY = `<RoomStay roomTypeID="5001" ratePlanID="50011"><StayDate arrival="2026-12-24" departure="2026-12-26"/>
  <GuestCount adult="2" child="1"><Child age="6"/></GuestCount>
  <PerDayRates currency="EUR"><PerDayRate stayDate="2026-12-24" baseRate="140.00" extraPersonFees="10.50" hotelServiceFees="2.00"/><PerDayRate stayDate="2026-12-25" baseRate="150.00" promoName="EFR*"/></PerDayRates>
  <Total amountAfterTaxes="332.75" amountOfTaxes="30.25" currency="EUR"/></RoomStay>`;
const GUEST = `<PrimaryGuest><Name givenName="Zoë" middleName="B." surname="Ólafsdóttir &amp; 王"/><Phone countryCode="354" cityAreaCode="55" number="50000"/><Email>z@guest.example</Email></PrimaryGuest>
  <SpecialRequest code="2.1">Non-smoking</SpecialRequest><SpecialRequest code="4">late arrival</SpecialRequest>`;
const BOOK =
  'id="700000001" type="Book" createDateTime="2026-11-01T09:30:00Z" source="Expedia" status="pending"';
const CANCELLED = `<RoomStay roomTypeID="0" ratePlanID="0"><StayDate arrival="2026-12-24" departure="2026-12-26"/><GuestCount adult="2"/><PerDayRates currency="EUR"><PerDayRate stayDate="2026-12-24" baseRate="0.00"/></PerDayRates><Total amountAfterTaxes="0.00" amountOfTaxes="0.00" currency="EUR"/></RoomStay>`;

function booking({ attributes = BOOK, stay = STAY, rest = GUEST }: Parts = {}): string {
  return `<Booking ${attributes}><Hotel id="500"/>${stay}${rest}</Booking>`;
}

const answer = (body: string, status = 200) => ({ status, headers: {}, body });
const rs = (content: string) =>
  answer(
    `<BookingRetrievalRS xmlns="http://www.expediaconnect.com/EQC/BR/2014/01">${content}</BookingRetrievalRS>`,
  );
const poll = (...bookings: readonly string[]) =>
  expediaInbound.parsePoll('pending', rs(`<Bookings>${bookings.join('')}</Bookings>`), {
    listings: ['500'],
    cursor: null,
  });

function only(parts: Parts = {}) {
  const { reservations, unreadable } = poll(booking(parts));
  expect(unreadable).toEqual([]);
  const [first] = reservations;
  if (!first) throw new Error('no booking');
  return first.reservation;
}

/** A number that passes the check digit; it belongs to nobody. */
const CARD = [...'0123456789'].map((digit) => `55${'0'.repeat(13)}${digit}`).find(isLuhnValid)!;

describe('bookings of Expedia', () => {
  it('read nights, prices that add up, guests and money', () => {
    const reservation = only();
    expect(reservation).toMatchObject({
      reservation_id: '700000001',
      status: 'new',
      revised_at: Date.parse('2026-11-01T09:30:00Z'),
      guest: {
        first_name: 'Zoë B.',
        last_name: 'Ólafsdóttir & 王',
        email: 'z@guest.example',
        phone: '+354 55 50000',
      },
      currency: 'EUR',
      total: 33_275,
      taxes: 3_025,
      payment_kind: 'channel_collect',
      special_requests: 'Non-smoking\nlate arrival',
      room_stays: [
        {
          room_stay: '1',
          listing: '500',
          room_id: '5001',
          rate_plan_id: '50011',
          check_in: '2026-12-24',
          check_out: '2026-12-26',
          adults: 2,
          children: 1,
          total: 33_275,
          nightly_prices: [
            { night: '2026-12-24', amount: 15_250 },
            { night: '2026-12-25', amount: 15_000 },
          ],
        },
      ],
    });
    const [stay] = reservation.room_stays;
    const nights = stay?.nightly_prices.reduce((sum, { amount }) => sum + amount, 0) ?? 0;
    expect(nights + (reservation.taxes ?? 0)).toBe(reservation.total);
  });

  it('come as new, modified and cancelled, with their type and hotel', () => {
    const of = (type: string, stay = STAY) =>
      poll(booking({ attributes: BOOK.replace('Book', type), stay })).reservations[0];
    expect(of('Book')).toMatchObject({ messageKind: 'Book 500', reservation: { status: 'new' } });
    expect(of('Modify')).toMatchObject({
      messageKind: 'Modify 500',
      reservation: { status: 'modified', room_stays: [{ status: 'modified' }] },
    });
    expect(of('Cancel', CANCELLED)).toMatchObject({
      messageKind: 'Cancel 500',
      reservation: { status: 'cancelled', room_stays: [], total: null, taxes: null },
    });
    // Where a cancellation does name its room, it is kept.
    expect(of('Cancel')).toMatchObject({
      reservation: { room_stays: [{ status: 'cancelled', room_id: '5001' }] },
    });
  });

  it('are the same whether they are pending or retrieved', () => {
    const again = only({ attributes: BOOK.replace('pending', 'retrieved') });
    expect(again).toEqual(only());
  });

  it('have the decimals of the currency', () => {
    const yen = STAY.replaceAll('EUR', 'JPY').replaceAll(/"(\d+)\.\d\d"/g, '"$1"');
    expect(only({ stay: yen })).toMatchObject({ currency: 'JPY', total: 332, taxes: 30 });
  });

  it.each([
    ['hotel_collect', BOOK.replace('"Expedia"', '"A-Expedia"'), STAY, GUEST],
    ['hotel_collect', BOOK, STAY.replace('"50011"', '"50011A"'), GUEST],
    [
      'virtual_card',
      BOOK,
      STAY.replace('</RoomStay>', '<PaymentCard cardCode="MC"/></RoomStay>'),
      GUEST,
    ],
    ['virtual_card', BOOK, STAY, '<SpecialRequest code="5">Hotel Collect</SpecialRequest>'],
    ['channel_collect', BOOK, STAY, GUEST],
  ])('are paid as %s', (kind, attributes, stay, rest) => {
    expect(only({ attributes, stay, rest }).payment_kind).toBe(kind);
  });

  it('never keep card data, wherever it stands', () => {
    const card = `<PaymentCard cardCode="MC" cardNumber="${CARD}" seriesCode="987" expireDate="1229"><CardHolder name="A HOLDER" address="Any street" city="Any city"/></PaymentCard>`;
    const rest = `${GUEST}<SpecialRequest code="5">Card ${CARD.replace(/(.{4})/g, '$1 ')}, valid 12/29, code 987</SpecialRequest><SpecialRequest code="4">my card is ${CARD}</SpecialRequest>`;
    const kept = only({ stay: STAY.replace('</RoomStay>', `${card}</RoomStay>`), rest });
    const text = JSON.stringify(kept).replace(/ /g, '');
    for (const secret of [CARD, '987', 'AHOLDER', 'Anystreet', '12/29', '1229'])
      expect(text).not.toContain(secret);
    expect(kept.special_requests).toBe('Non-smoking\nlate arrival\nmy card is [redacted]');
    expect(kept.redacted_payload).toContain('roomTypeID="5001"');
  });

  it('come oldest first', () => {
    const older = booking({ attributes: BOOK.replace('700000001', '700000000') });
    const ids = poll(booking(), older).reservations.map((one) => one.reservation.reservation_id);
    expect(ids).toEqual(['700000000', '700000001']);
  });

  it.each([
    ['no id', BOOK.replace('id="700000001"', ''), STAY],
    ['no type', BOOK.replace('Book', 'Other'), STAY],
    ['no time', BOOK.replace(/createDateTime="[^"]*"/, ''), STAY],
    ['no room', BOOK, ''],
    ['no nights', BOOK, STAY.replace(/<StayDate[^>]*>/, '')],
    ['an impossible date', BOOK, STAY.replace('2026-12-26', '2026-02-30')],
    ['a stay that ends before it begins', BOOK, STAY.replace('2026-12-26', '2026-12-20')],
    ['no currency', BOOK, STAY.replaceAll(' currency="EUR"', '')],
  ])('are not held up by one with %s', (_what, attributes, stay) => {
    const { reservations, unreadable } = poll(booking({ attributes, stay }), booking());
    expect(reservations).toHaveLength(1);
    expect(unreadable).toHaveLength(1);
  });
});

describe('polls of Expedia', () => {
  const listings = ['500', '501', '502'];
  const walk = (feed: string, cursor: string | null, content: string) => {
    const request = expediaInbound.poll(feed, { listings, channelAccountId: null }, cursor);
    const { next } = expediaInbound.parsePoll(feed, rs(content), { listings, cursor });
    return { hotel: /<Hotel id="(\d+)"/.exec(request.body ?? '')?.[1], next };
  };

  it('ask for each hotel by name, one after the other', () => {
    const asked: (string | undefined)[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 10; page += 1) {
      const { hotel, next } = walk('pending', cursor, '<Bookings/>');
      asked.push(hotel);
      if (next === null) break;
      cursor = next;
    }
    expect(asked).toEqual(listings);
  });

  it('go on with a hotel whose pending bookings fill a page, and not with retrieved ones', () => {
    const page = Array.from({ length: 125 }, (_, at) =>
      booking({ attributes: BOOK.replace('700000001', String(800_000_000 - at)) }),
    ).join('');
    const full = `<Bookings>${page}</Bookings>`;
    const { next } = walk('pending', '501 ', full);
    expect(walk('pending', next, '<Bookings/>')).toEqual({ hotel: '501', next: '502 ' });
    expect(walk('retrieved', '501 ', full)).toEqual({ hotel: '501', next: '502 ' });
  });

  it('begin anew when the hotel of the cursor is gone', () => {
    expect(walk('pending', '999 ', '<Bookings/>')).toEqual({ hotel: '500', next: '501 ' });
  });

  it('are not held up by a hotel that is not ours any more, if there are others', () => {
    const fault = rs('<Error code="3202">Hotel ID 500 is not valid</Error>');
    expect(expediaInbound.parsePoll('pending', fault, { listings, cursor: null })).toMatchObject({
      reservations: [],
      next: '501 ',
      unreadable: [{ reservationId: null, message: expect.stringContaining('hotel 500') }],
    });
    const alone = { listings: ['500'], cursor: null };
    expect(() => expediaInbound.parsePoll('pending', fault, alone)).toThrow(
      expect.objectContaining({ code: 'CHANNEL_LISTING_UNKNOWN' }),
    );
  });

  it.each([
    ['', 'CHANNEL_RESPONSE_MALFORMED'],
    ['<html/>', 'CHANNEL_RESPONSE_MALFORMED'],
    ['<BookingRetrievalRS><Bookings>', 'CHANNEL_RESPONSE_MALFORMED'],
    ['{"errors":[{"extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}', 'CHANNEL_RATE_LIMITED'],
    [
      '<BookingRetrievalRS><Error code="1001">no</Error></BookingRetrievalRS>',
      'CHANNEL_UNAUTHORIZED',
    ],
    [
      '<BookingRetrievalRS><Error code="4100">no</Error></BookingRetrievalRS>',
      'CHANNEL_UNAVAILABLE',
    ],
  ])('%s is %s', (body, code) => {
    expect(() => expediaInbound.parsePoll('pending', answer(body))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('ask first for what was handed out and not confirmed', () => {
    expect(expediaInbound.feeds).toEqual(['retrieved', 'pending']);
  });
});

describe('confirmations', () => {
  const message = {
    messageKind: 'Modify 501',
    reservationId: '700000001',
    listing: '500',
    bookingReference: 'PMS-1',
    decidedAt: 0,
  };

  it('go to the hotel of the booking, whoever carried it', () => {
    const body = expediaInbound.acknowledge({ ...message, outcome: 'stored' })?.body;
    expect(body).toContain('<Hotel id="501"/>');
    expect(body).toContain('bookingType="Modify"');
  });

  it('hold our reference as far as 35 characters go: of a UUID all but its hyphens', () => {
    const numberOf = (bookingReference: string) =>
      /confirmNumber="([^"]*)"/.exec(
        expediaInbound.acknowledge({ ...message, bookingReference, outcome: 'stored' })?.body ?? '',
      )?.[1];
    expect(numberOf('87564c19-e652-87f2-b555-18e5faf93167')).toBe(
      '87564c19e65287f2b55518e5faf93167',
    );
    expect(numberOf('PMS-1')).toBe('PMS-1');
    expect(numberOf('x'.repeat(40))).toHaveLength(35);
  });

  it('are none for what cannot be stored: Expedia then writes to the hotel', () => {
    expect(expediaInbound.acknowledge({ ...message, outcome: 'refused' })).toBeNull();
  });

  it.each([
    [
      200,
      '<BookingConfirmRS xmlns="http://www.expediaconnect.com/EQC/BC/2007/08"><Success/></BookingConfirmRS>',
      'done',
    ],
    [
      200,
      '<BookingConfirmRS><Success><Warning code="10080">unknown</Warning></Success></BookingConfirmRS>',
      'gone',
    ],
    [
      200,
      '<BookingConfirmRS><Success><Warning code="10081">hotel</Warning></Success></BookingConfirmRS>',
      'gone',
    ],
    [
      200,
      '<BookingConfirmRS><Success><Warning code="10100">type</Warning></Success></BookingConfirmRS>',
      'outdated',
    ],
    [
      200,
      '<BookingConfirmRS><Success><Warning code="10101">late</Warning></Success></BookingConfirmRS>',
      'gone',
    ],
    [200, '<BookingConfirmRS><Error code="1001">user</Error></BookingConfirmRS>', 'retry'],
    [200, '<BookingConfirmRS><Error code="3202">hotel</Error></BookingConfirmRS>', 'gone'],
    [200, '<BookingConfirmRS><Error code="3301">many</Error></BookingConfirmRS>', 'gone'],
    [200, '<BookingConfirmRS><Error code="4000">down</Error></BookingConfirmRS>', 'retry'],
    [200, '{"errors":[{"extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}', 'retry'],
    [200, '<html/>', 'retry'],
    [200, '', 'retry'],
    [401, '', 'retry'],
    [403, '', 'gone'],
    [404, '', 'gone'],
    [429, '', 'retry'],
    [503, '', 'retry'],
  ])('answered %i %s are %s', (status, body, verdict) => {
    expect(expediaInbound.interpretAcknowledgement(answer(body, status))).toBe(verdict);
  });
});

it.each([
  [429, '', true],
  [200, '<x>RATE_LIMIT_EXCEEDED</x>', true],
  [200, '<BookingRetrievalRS/>', false],
  [503, '', false],
])('an answer %i %s says that calls come too fast: %s', (status, body, isLimited) => {
  expect(expediaInbound.isRateLimited(answer(body, status))).toBe(isLimited);
});

describe('identity', () => {
  const credential = { clientId: 'ours', clientSecret: `$&"<'é`, refreshToken: null };

  it('comes first in the message, and in a Basic header', () => {
    const { headers, sign } = expediaAuthenticator.authorise(credential);
    const [, basic = ''] = (headers.authorization ?? '').split(' ');
    expect(Buffer.from(basic, 'base64').toString('utf8')).toBe(`ours:$&"<'é`);
    const identity = '<Authentication username="ours" password="$&amp;&quot;&lt;&apos;é"/>';
    expect(sign?.('<?xml version="1.0"?>\n<A xmlns="b"><C/></A>')).toBe(
      `<?xml version="1.0"?>\n<A xmlns="b">${identity}<C/></A>`,
    );
    expect(sign?.('<A><C/></A>')).toBe(`<A>${identity}<C/></A>`);
  });

  it('goes into nothing that is no message', () => {
    const { sign } = expediaAuthenticator.authorise(credential);
    for (const body of ['', '{}', '<A/>']) expect(() => sign?.(body)).toThrow(RangeError);
  });

  it.each([{ clientId: null }, { clientSecret: null }, { clientSecret: '' }])(
    'needs %j',
    (part) => {
      expect(() => expediaAuthenticator.authorise({ ...credential, ...part })).toThrow(
        expect.objectContaining({ code: 'CREDENTIAL_MISSING' }),
      );
    },
  );
});

it('takes no webhook', () => {
  const message = inboundRequest('/webhooks/expedia', { 'x-expedia-signature': '00' }, '<a/>');
  expect(expediaInbound.verify(message, ['secret'], 0)).toBe('invalid');
  expect(() => expediaInbound.parseWebhook(message)).toThrow(
    expect.objectContaining({ code: 'REQUEST_MALFORMED' }),
  );
});
