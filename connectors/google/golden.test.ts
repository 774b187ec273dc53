import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { descendants, parseXml, type XmlElement } from '../notation/xml.ts';
import { channelEntry } from '../registry.ts';
import { contextOf, fullSync } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { testContent } from '../testing/content.ts';
import { wireText } from '../testing/golden.ts';
import { targetOf } from '../transport/hosts.ts';
import { googleAuthenticator } from './auth.ts';
import { googleContent } from './content.ts';
import { googleConnector } from './index.ts';
import { overlayGoogle } from './overlay.ts';
import { propertyData } from './property-data.ts';
import { testProperty } from './testing/property.ts';

const today = '2026-12-01' as PlainDate;
const NOW = Date.parse('2026-12-01T08:30:00Z');
const connection = testConnection('google', 'h1', null, ['flexible', 'saver']);
const change = (
  night: string,
  field: FieldName,
  value: number,
  ratePlanId = 'flexible',
): Change => ({
  night: night as PlainDate,
  field,
  ratePlanId: field === 'availability' ? null : ratePlanId,
  value,
});
const span = (field: FieldName, value: number, first: string, nights: number, plan?: string) =>
  Array.from({ length: nights }, (_, day) =>
    change(addDays(first as PlainDate, day), field, value, plan),
  );
const plan = (changes: readonly Change[], currency = 'EUR') =>
  googleConnector.plan(connection, changes, contextOf(today, currency, changes)).requests;
const bodies = (changes: readonly Change[]) => plan(changes).map(({ body }) => body ?? '');
const parsed = (text: string) => parseXml(text, 'REQUEST_MALFORMED');
/** Elements with the names of their attributes, and the values of those that are not ours to choose. */
const shape = (element: XmlElement): unknown => [
  element.name,
  Object.entries(element.attributes).map(([name, value]) =>
    /EchoToken|TimeStamp|^ID$/.test(name) ? name : `${name}=${value}`,
  ),
  element.children.map(shape),
];

const FULL_NIGHT = [
  change('2026-12-24', 'availability', 2),
  change('2026-12-24', 'price', 14_000),
  change('2026-12-24', 'min_stay_through', 3),
  change('2026-12-24', 'min_stay_arrival', 2),
  change('2026-12-24', 'max_stay', 14),
  change('2026-12-24', 'closed_to_arrival', 1),
  change('2026-12-24', 'closed_to_departure', 0),
];

describe('messages to Google', () => {
  it('sends units in the documented shape, element by element', () => {
    const documented = readFileSync(
      new URL('./golden/documented-inventory.xml', import.meta.url),
      'utf8',
    );
    const [body] = bodies(span('availability', 1, '2026-12-24', 3));
    const { sign } = googleAuthenticator.authorise({
      clientId: 'partner_key',
      clientSecret: null,
      refreshToken: null,
    });
    const ours = parsed(sign?.(body ?? '') ?? '');
    expect(shape(ours)).toEqual(shape(parsed(documented)));
    expect(descendants(ours, 'RequestorID')[0]?.attributes).toEqual({ ID: 'partner_key' });
    expect(body).toContain('xmlns="http://www.opentravel.org/OTA/2003/05"');
  });

  it('goes to the documented address', () => {
    const [request] = plan(FULL_NIGHT);
    const { host = '', path = '' } = request ?? {};
    expect(targetOf({ google: channelEntry('google').hosts }, 'google', host, path)).toEqual({
      origin: 'https://www.google.com',
      path: '/travel/hotels/uploads/ota/hotel_avail_notif',
    });
  });

  it('dates a message by its creation and names it with the letters that Google takes', () => {
    const root = parsed(bodies(FULL_NIGHT)[0] ?? '');
    expect(root.attributes.TimeStamp).toBe('2026-12-01T08:30:00Z');
    expect(root.attributes.EchoToken).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const tokens = bodies(FULL_NIGHT).map((body) => parsed(body).attributes.EchoToken);
    expect(new Set(tokens).size).toBe(3);
    expect(bodies(FULL_NIGHT)).toEqual(bodies(FULL_NIGHT));
  });

  it('writes an amount with the decimals of its currency', () => {
    const amount = (minor: number, currency: string) =>
      /AmountAfterTax="([^"]*)"/.exec(
        plan([change('2026-12-24', 'price', minor)], currency)[0]?.body ?? '',
      )?.[1];
    expect([amount(14_050, 'EUR'), amount(14_050, 'JPY'), amount(14_050, 'KWD')]).toEqual([
      '140.50',
      '14050',
      '14.050',
    ]);
  });

  it('says for how many guests a price is, as many as Google has a number for', () => {
    const nights = span('price', 14_000, '2026-12-24', 4);
    const guestsOf = (guests: (night: string) => number) => {
      const context = { ...contextOf(today, 'EUR', nights), guests };
      const [request] = googleConnector.plan(connection, nights, context).requests;
      return descendants(parsed(request?.body ?? ''), 'RateAmountMessage').map((message) => [
        descendants(message, 'StatusApplicationControl')[0]?.attributes.Start,
        descendants(message, 'BaseByGuestAmt')[0]?.attributes.NumberOfGuests,
      ]);
    };
    expect(guestsOf(() => 6)).toEqual([['2026-12-24', '6']]);
    expect(guestsOf(() => 25)).toEqual([['2026-12-24', '20']]);
    expect(guestsOf(() => 0)).toEqual([['2026-12-24', '2']]);
    expect(guestsOf((night) => (night < '2026-12-26' ? 4 : 6))).toEqual([
      ['2026-12-24', '4'],
      ['2026-12-26', '6'],
    ]);
  });

  it('sends one kind of restriction per message, and nothing that did not change', () => {
    const [body = '', ...more] = bodies(span('min_stay_arrival', 3, '2026-12-24', 5));
    expect(more).toEqual([]);
    const messages = descendants(parsed(body), 'AvailStatusMessage');
    expect(messages).toHaveLength(1);
    for (const message of descendants(parsed(bodies(FULL_NIGHT)[0] ?? ''), 'AvailStatusMessage'))
      expect(message.children.map(({ name }) => name)).toEqual([
        'StatusApplicationControl',
        expect.stringMatching(/^(?:RestrictionStatus|LengthsOfStay)$/),
      ]);
  });

  it('never names a longer stay than Google shows, nor none', () => {
    const times = (field: FieldName, value: number) =>
      /Time="(\d+)"/.exec(bodies([change('2026-12-24', field, value)])[0] ?? '')?.[1];
    expect([times('max_stay', 0), times('max_stay', 45), times('max_stay', 14)]).toEqual([
      '30',
      '30',
      '14',
    ]);
    expect([times('min_stay_arrival', 0), times('min_stay_through', 7)]).toEqual(['1', '7']);
  });

  it.each([
    ['one date, one rate', span('price', 33_300, '2026-12-22', 1), 1],
    [
      'one date each on several rates',
      [
        ...span('price', 33_300, '2026-12-21', 1),
        ...span('price', 44_400, '2026-12-25', 1, 'saver'),
      ],
      1,
    ],
    [
      'ranges of dates on several rates',
      [
        ...span('price', 24_150, '2026-12-01', 10),
        ...span('price', 31_202, '2026-12-10', 7, 'saver'),
      ],
      1,
    ],
    [
      'minimum stay on several rates',
      [
        ...span('min_stay_arrival', 3, '2026-12-23', 1),
        ...span('min_stay_arrival', 5, '2026-12-15', 1, 'saver'),
      ],
      1,
    ],
    ['stop sell', span('availability', 0, '2026-12-14', 3), 1],
    [
      'several restrictions at once',
      [
        ...span('closed_to_arrival', 1, '2026-12-01', 10),
        ...span('closed_to_departure', 0, '2026-12-01', 10),
        ...span('min_stay_arrival', 4, '2026-12-01', 10),
        ...span('max_stay', 10, '2026-12-01', 10, 'saver'),
      ],
      1,
    ],
    [
      'half a year of prices and restrictions',
      [
        ...span('price', 43_200, '2026-12-01', 182),
        ...span('min_stay_arrival', 2, '2026-12-01', 182),
      ],
      2,
    ],
    ['availability of one date', span('availability', 0, '2026-12-14', 1), 1],
    [
      'availability over ranges',
      [...span('availability', 3, '2026-12-10', 7), ...span('availability', 0, '2026-12-20', 4)],
      1,
    ],
    ['330 days of everything', fullSync(googleConnector.manifest, connection, today, 330), 3],
  ])('%s', (_, changes, calls) => {
    expect(plan(changes)).toHaveLength(calls);
  });

  it('writes consecutive dates of one value as one range', () => {
    const [body = ''] = bodies(span('price', 43_200, '2026-12-01', 182));
    expect(
      descendants(parsed(body), 'StatusApplicationControl').map((one) => one.attributes),
    ).toEqual([
      { Start: '2026-12-01', End: '2027-05-31', InvTypeCode: 'h1', RatePlanCode: 'flexible' },
    ]);
  });

  it('closes before anything else and opens after all else', () => {
    const order = (units: number) =>
      plan([...FULL_NIGHT.slice(1), change('2026-12-24', 'availability', units)]).map(
        ({ endpoint }) => endpoint,
      );
    expect(order(0)[0]).toBe('hotel_inv_count_notif');
    expect(order(1)).toEqual([
      'hotel_avail_notif',
      'hotel_rate_amount_notif',
      'hotel_inv_count_notif',
    ]);
  });

  it('cuts a message before it is larger than Google takes', () => {
    const plans = Array.from({ length: 4 }, (_, index) => `${'plan-'.repeat(800)}${index}`);
    const wide = testConnection('google', 'h1', null, plans);
    const changes = fullSync(googleConnector.manifest, wide, today, 330);
    const { requests } = googleConnector.plan(wide, changes, contextOf(today, 'EUR', changes));
    const sizes = requests.map(({ body }) => Buffer.byteLength(body ?? ''));
    expect(requests.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000_000);
    expect(requests.flatMap((request) => request.changes)).toHaveLength(changes.length);
    const overlay = overlayGoogle(wide, changes, contextOf(today, 'EUR', changes)).requests;
    const rates = overlay.filter(({ endpoint }) => endpoint === 'hotel_rate_amount_notif');
    expect(rates.length).toBeGreaterThan(1);
    for (const { body } of rates) expect(body).toContain('NotifType="Delta"');
  });

  it('overlays all prices in one message', () => {
    const changes = fullSync(googleConnector.manifest, connection, today, 330);
    const { requests, refused } = overlayGoogle(
      connection,
      changes,
      contextOf(today, 'EUR', changes),
    );
    expect(refused).toEqual([]);
    expect(requests.map(({ endpoint }) => endpoint)).toEqual(
      plan(changes).map(({ endpoint }) => endpoint),
    );
    const [, rates] = requests;
    expect(rates?.body).toContain('NotifType="Overlay" NotifScopeType="ProductRate"');
    expect(rates?.changes).toEqual(plan(changes)[1]?.changes);
  });

  it.each([
    ['restrictions-of-a-night', () => plan(FULL_NIGHT)[0]],
    ['price-of-a-night', () => plan(FULL_NIGHT)[1]],
    ['units-of-a-night', () => plan(FULL_NIGHT)[2]],
    ['closings', () => plan(span('availability', 0, '2026-12-24', 3))[0]],
    [
      'prices-of-two-rate-plans',
      () =>
        plan([
          ...span('price', 14_000, '2026-12-24', 3),
          ...span('price', 12_600, '2026-12-24', 7, 'saver'),
        ])[0],
    ],
    [
      'full-sync-of-20-nights',
      () => plan(fullSync(googleConnector.manifest, connection, today, 20))[0],
    ],
    [
      'overlay-of-prices',
      () => {
        const changes = span('price', 14_000, '2026-12-01', 3);
        return overlayGoogle(connection, changes, contextOf(today, 'EUR', changes)).requests[0];
      },
    ],
    [
      'property-data',
      () => propertyData([testProperty('h1', ['flexible', 'saver'])], 'overlay', NOW),
    ],
    [
      'content',
      () =>
        googleContent.messages?.plan(
          connection,
          testContent({}, ['flexible', 'saver']),
          'content/property_data',
          NOW,
        ),
    ],
    [
      'content-with-a-name-alone',
      () =>
        googleContent.messages?.plan(
          connection,
          testContent({ content: null, max_guests: 25 }, ['flexible']),
          'content/property_data',
          NOW,
        ),
    ],
  ])('%s', async (name, build) => {
    const request = build();
    if (!request) throw new Error('no request');
    await expect(wireText(request)).toMatchFileSnapshot(`golden/${name}.http`);
  });
});
