import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { contextOf, fullSync } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { wireText } from '../testing/golden.ts';
import { airbnbAuthenticator } from './auth.ts';
import { airbnbConnector } from './index.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('airbnb', '1001', null, ['standard']);
const change = (night: string, field: FieldName, value: number): Change => ({
  night: night as PlainDate,
  field,
  ratePlanId: field === 'availability' ? null : 'standard',
  value,
});
const plan = (changes: readonly Change[], of = connection) =>
  airbnbConnector.plan(of, changes, contextOf(today, 'EUR', changes)).requests;

/** The smallest batch: three nights closed, one priced. */
const SMALLEST = [
  change('2026-12-24', 'availability', 0),
  change('2026-12-25', 'availability', 0),
  change('2026-12-26', 'availability', 0),
  change('2026-12-27', 'price', 14_000),
  change('2026-12-27', 'min_stay_arrival', 3),
  change('2026-12-27', 'closed_to_arrival', 0),
];

describe('messages to Airbnb', () => {
  it('has the smallest shape of a batch that clients send', () => {
    const documented = JSON.parse(
      readFileSync(new URL('./golden/documented-batch.json', import.meta.url), 'utf8'),
    );
    const [request] = plan(SMALLEST);
    expect(JSON.parse(request?.body ?? '')).toEqual(documented);
  });

  it.each([
    ['calendar-operations', () => plan(SMALLEST)[0]],
    [
      'restrictions-taken-back',
      () =>
        plan([change('2026-12-27', 'min_stay_arrival', 0), change('2026-12-27', 'max_stay', 0)])[0],
    ],
    [
      'full-sync-of-60-nights',
      () => plan(fullSync(airbnbConnector.manifest, connection, today, 60))[0],
    ],
    [
      'long-listing-id',
      () =>
        plan([change('2026-12-24', 'availability', 1)], {
          ...connection,
          listing: '1234567890123456789',
        })[0],
    ],
    [
      'read-back',
      () => airbnbConnector.readBack(connection, { start: today, end: '2026-11-04' as PlainDate }),
    ],
    [
      'reservations',
      () =>
        airbnbConnector.inbound.poll(
          'reservations',
          { listings: ['1001'], channelAccountId: '7001' },
          '2026-08-03/50',
        ),
    ],
    ['reservation', () => airbnbConnector.inbound.fetchReservation('HMABC12345')],
    ['import', () => airbnbConnector.inbound.listReservations('1001', today, null)],
    [
      'refresh',
      () =>
        airbnbAuthenticator.buildRefresh({
          clientId: 'id',
          clientSecret: 'secret',
          refreshToken: 'refresh',
        }),
    ],
  ])('%s', async (name, build) => {
    const request = build();
    if (!request) throw new Error('no request');
    await expect(wireText(request)).toMatchFileSnapshot(`golden/${name}.http`);
  });
});
