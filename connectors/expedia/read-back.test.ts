import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { cellName } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { parseReadBackExpedia, readBackExpedia } from './read-back.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('expedia', '500', '5001', ['50011', '50012']);

function read(room: string, own = connection) {
  const body = `<ProductAvailRateRetrievalRS xmlns="http://www.expediaconnect.com/EQC/PAR/2013/07"><AvailRateList><Hotel id="500"/><AvailRate date="2026-12-24">${room}</AvailRate></AvailRateList></ProductAvailRateRetrievalRS>`;
  const observed = parseReadBackExpedia(own, { status: 200, headers: {}, body });
  return Object.fromEntries(
    observed.map((one) => [cellName(one).replace('2026-12-24 ', ''), one.value]),
  );
}
const INVENTORY =
  '<Inventory baseAllocation="1" flexibleAllocation="2" totalInventoryAvailable="3"/>';
const plan = (id: string, content = '', closed = 'false') =>
  `<RatePlan id="${id}" closed="${closed}">${content}</RatePlan>`;
const room = (content: string, closed = 'false', id = '5001') =>
  `<RoomType id="${id}" closed="${closed}">${INVENTORY}${content}</RoomType>`;
const rate = (content: string, attributes = 'currency="EUR"') =>
  plan('50011', `<Rate ${attributes}>${content}</Rate>`);

describe('a calendar read back from Expedia', () => {
  it('is all fields, with 0 for no rule', () => {
    const rules = (text: string) => `<Restrictions ${text}/>`;
    const content =
      plan(
        '50011',
        `<Rate currency="EUR"><PerDay rate="140.50"/></Rate>${rules('minLOS="3" maxLOS="14" closedToArrival="true" closedToDeparture="false"')}`,
      ) + plan('50012', rules('minLOS="1" maxLOS="28"'));
    expect(read(room(content))).toEqual({
      'availability -': 3,
      'price 50011': 14_050,
      'min_stay_arrival 50011': 3,
      'max_stay 50011': 14,
      'closed_to_arrival 50011': 1,
      'closed_to_departure 50011': 0,
      'price 50012': null,
      'min_stay_arrival 50012': 0,
      'max_stay 50012': 0,
      'closed_to_arrival 50012': null,
      'closed_to_departure 50012': null,
    });
  });

  it('has no rooms where the room type is closed, or all plans of the connection are', () => {
    const plans = (first: string, second: string) =>
      plan('50011', '', first) + plan('50012', '', second) + plan('60011');
    const rooms = (content: string, closed = 'false') =>
      read(room(content, closed))['availability -'];
    expect(rooms(plans('false', 'false'), 'true')).toBe(0);
    expect(rooms(plans('true', 'true'))).toBe(0);
    expect(rooms(plans('true', 'false'))).toBe(3);
  });

  it('leaves other room types and rate plans out', () => {
    expect(read(room(plan('60011'), 'true', '6001'))).toEqual({});
    expect(Object.keys(read(room(plan('60011'))))).toEqual(['availability -']);
  });

  it('does not know a price that is not per day, or in another currency', () => {
    const price = (content: string, own = connection) => read(room(content), own)['price 50011'];
    expect(price(rate('<PerDay rate="140"/>'))).toBe(14_000);
    expect(price(rate('<PerOccupancy rate="90.00" occupancy="2"/>'))).toBeNull();
    expect(price(rate('<PerDay rate="90.00"/>', 'currency="EUR" lengthOfStay="7"'))).toBeNull();
    expect(price(rate('<PerDay rate="90.00"/>', 'currency="USD"'))).toBeNull();
    expect(price(rate('<PerDay rate="90.00"/>', ''))).toBeNull();
    const yen = rate('<PerDay rate="14050"/>', 'currency="JPY"');
    expect(price(yen, { ...connection, currency: null })).toBe(14_050);
  });

  it('is asked for 31 nights at most', () => {
    const ask = (nights: number) =>
      readBackExpedia(connection, { start: today, end: addDays(today, nights) });
    expect(ask(31).body).toContain('from="2026-11-01" to="2026-12-01"');
    expect(() => ask(32)).toThrow(RangeError);
  });

  it.each([
    [
      '<ProductAvailRateRetrievalRS><Error code="3202">no</Error></ProductAvailRateRetrievalRS>',
      'CHANNEL_LISTING_UNKNOWN',
    ],
    ['<ProductAvailRateRetrievalRS/>', 'CHANNEL_RESPONSE_MALFORMED'],
    [
      '<ProductAvailRateRetrievalRS><AvailRateList><AvailRate/></AvailRateList></ProductAvailRateRetrievalRS>',
      'CHANNEL_RESPONSE_MALFORMED',
    ],
  ])('%s is %s', (body, code) => {
    expect(() => parseReadBackExpedia(connection, { status: 200, headers: {}, body })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
