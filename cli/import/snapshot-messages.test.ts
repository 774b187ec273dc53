import { expect, it } from 'vitest';
import { SeededRandom } from '../../runtime/testing/seeded-random.ts';
import type { BookingId, ConnectionId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { plainDate } from '../../schemas/domain/plain-date.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { factOf } from '../../schemas/pms-event.ts';
import type { PropertySnapshot } from '../../storage/ports/snapshots.ts';
import { snapshotMessages } from './snapshot-messages.ts';

const PROPERTY = 'a1d5a9c4-0000-4000-8000-00000000000a' as PropertyId;
const SOURCE = {
  tenantId: 'a1d5a9c4-0000-4000-8000-000000000001' as TenantId,
  propertyId: PROPERTY,
  firstDate: plainDate('2027-01-01'),
  now: 1_700_000_000_000,
  random: new SeededRandom(1),
};
const ORIGIN = {
  connection_id: 'a1d5a9c4-0000-4000-8000-000000000101' as ConnectionId,
  reservation_id: 'R1',
  room_stay: '1',
  revised_at: 1,
  channel_nights: null,
};
const SNAPSHOT: PropertySnapshot = {
  property: {
    property_id: PROPERTY,
    name: 'Home',
    time_zone: 'Europe/Berlin',
    currency: 'EUR',
    max_guests: 2,
    address: null,
    fees: [],
    taxes: [],
    landing_url: null,
    content: null,
  },
  bookings: [],
  awaiting: [
    {
      bookingId: 'b1' as BookingId,
      origin: ORIGIN,
      checkIn: plainDate('2027-02-01'),
      checkOut: plainDate('2027-02-03'),
    },
  ],
  blocks: [],
  prices: [
    night('2027-01-02', '2027-01-03', 100, 'EUR'),
    night('2027-01-01', '2027-01-02', 100, 'EUR'),
    night('2027-01-03', '2027-01-04', 120, 'EUR'),
    night('2027-01-05', '2027-01-06', 120, 'EUR'),
    night('2027-01-08', '2027-01-09', 90, 'USD'),
  ],
  restrictions: [],
};

function night(start: string, end: string, amount: number, currency: string) {
  return { start: plainDate(start), end: plainDate(end), amount, currency };
}

async function events(): Promise<PmsEvent[]> {
  let sequence = 10;
  const messages = await snapshotMessages(SOURCE, SNAPSHOT, {
    first: 10,
    next: async () => ++sequence,
  });
  return messages.map(({ value }) => value as PmsEvent);
}

it('publishes valid events, each with its own sequence, in the order in which they must be known', async () => {
  const facts = (await events()).map((event) => factOf(event, PROPERTY));
  expect(facts.map(({ type, sequence }) => [sequence, type])).toEqual([
    [10, 'property.updated'],
    [11, 'booking.confirmed'],
    [12, 'booking.cancelled'],
    [13, 'calendar.snapshot'],
    [14, 'pricing.updated'],
  ]);
  expect(facts.map(({ origin }) => origin !== null)).toEqual([false, true, false, false, false]);
});

it('joins equal prices of consecutive nights and tells foreign ones apart', async () => {
  const [, , , snapshot, foreign] = await events();
  const prices = [
    { start: '2027-01-01', end: '2027-01-03', amount: 100 },
    { start: '2027-01-03', end: '2027-01-04', amount: 120 },
    { start: '2027-01-05', end: '2027-01-06', amount: 120 },
  ];
  expect(snapshot!.payload).toMatchObject({ 'parity.pms.CalendarSnapshot': { prices } });
  expect(foreign!.payload).toMatchObject({ 'parity.pms.PricingUpdated': { currency: 'USD' } });
});
