import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { descendants, parseXml, type XmlElement } from '../notation/xml.ts';
import { contextOf, fullSync } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { wireText } from '../testing/golden.ts';
import { bookingAuthenticator } from './auth.ts';
import { bookingConnector } from './index.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('booking_com', '500', '700101', ['9001', '9002']);
const change = (night: string, field: FieldName, value: number, ratePlanId = '9001'): Change => ({
  night: night as PlainDate,
  field,
  ratePlanId: field === 'availability' ? null : ratePlanId,
  value,
});
const plan = (changes: readonly Change[]) =>
  bookingConnector.plan(connection, changes, contextOf(today, 'EUR', changes)).requests;
const acknowledge = (messageKind: string, outcome: 'stored' | 'refused' = 'stored') =>
  bookingConnector.inbound.acknowledge({
    messageKind,
    reservationId: '4000000001',
    listing: '500',
    outcome,
    bookingReference: 'PMS-1',
    decidedAt: Date.parse('2026-11-01T09:31:00Z'),
  });
const documented = (name: string) =>
  parseXml(
    readFileSync(new URL(`./golden/${name}.xml`, import.meta.url), 'utf8'),
    'REQUEST_MALFORMED',
  );
/** Names of the elements, without their contents. */
const outline = (element: XmlElement): string =>
  `${element.name}(${element.children.map(outline).join()})`;

const FULL_NIGHT = [
  change('2026-12-24', 'availability', 2),
  change('2026-12-24', 'price', 14_000),
  change('2026-12-24', 'min_stay_through', 3),
  change('2026-12-24', 'min_stay_arrival', 2),
  change('2026-12-24', 'max_stay', 14),
  change('2026-12-24', 'closed_to_arrival', 1),
  change('2026-12-24', 'closed_to_departure', 0),
];

describe('messages to Booking.com', () => {
  it('uses the elements of the documented update, in its order, but never a range', () => {
    const order = (root: XmlElement) =>
      descendants(root, 'date').map((date) => date.children.map(({ name }) => name));
    const [whole] = order(documented('documented-update'));
    const root = parseXml(plan(FULL_NIGHT)[0]?.body ?? '', 'REQUEST_MALFORMED');
    const ours = order(root);
    for (const names of ours) {
      const common = names.filter((name) => whole?.includes(name));
      expect(common).toEqual(whole?.filter((name) => common.includes(name)));
    }
    expect(ours.flat()).toEqual(expect.arrayContaining(whole ?? []));
    expect(descendants(root, 'date').map(({ attributes }) => Object.keys(attributes))).toEqual([
      ['value'],
      ['value'],
    ]);
  });

  it('acknowledges in the documented shape', () => {
    const root = parseXml(acknowledge('ResNotif')?.body ?? '', 'REQUEST_MALFORMED');
    const shape = documented('documented-acknowledgement');
    expect(outline(root)).toBe(outline(shape));
    expect(descendants(root, 'HotelReservationID')[0]?.attributes.ResID_Value).toBe('4000000001');
  });

  it.each([
    ['one-night', () => plan(FULL_NIGHT)[0]],
    [
      'closings',
      () =>
        plan([change('2026-12-24', 'availability', 0), change('2026-12-25', 'availability', 0)])[0],
    ],
    [
      'prices-of-two-rate-plans',
      () =>
        plan([
          change('2026-12-24', 'price', 14_000),
          change('2026-12-24', 'price', 12_600, '9002'),
        ])[0],
    ],
    [
      'full-sync-of-a-month',
      () => plan(fullSync(bookingConnector.manifest, connection, today, 60))[0],
    ],
    [
      'read-back',
      () => bookingConnector.readBack(connection, { start: today, end: '2026-11-04' as PlainDate }),
    ],
    [
      'poll-new',
      () =>
        bookingConnector.inbound.poll(
          'ResNotif',
          { listings: ['500', '501'], channelAccountId: null },
          null,
        ),
    ],
    [
      'poll-changed',
      () =>
        bookingConnector.inbound.poll(
          'ResModifyNotif',
          { listings: ['500'], channelAccountId: null },
          null,
        ),
    ],
    ['acknowledge-new', () => acknowledge('ResNotif')],
    ['acknowledge-changed', () => acknowledge('ResModifyNotif')],
    ['refuse', () => acknowledge('ResNotif', 'refused')],
    [
      'token',
      () =>
        bookingAuthenticator.buildRefresh({
          clientId: 'id',
          clientSecret: 'secret',
          refreshToken: null,
        }),
    ],
  ])('%s', async (name, build) => {
    const request = build();
    if (!request) throw new Error('no request');
    await expect(wireText(request)).toMatchFileSnapshot(`golden/${name}.http`);
  });
});
