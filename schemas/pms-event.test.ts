import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, fromEpochDay, type PlainDate, plainDate } from './domain/plain-date.ts';
import { codeOf } from './errors.ts';
import type { PmsEvent } from './generated/types.ts';
import { eventOf, factOf, PMS_BRANCHES, type PmsEventType } from './pms-event.ts';
import { anyValueOf } from './testing/arbitrary.ts';

const PROPERTY = '5f1c1b5e-0000-4000-8000-000000000001';
const CONNECTION = '5f1c1b5e-0000-4000-8000-0000000000c1';
const day = (text: string): PlainDate => plainDate(text);
const week = { start: day('2026-03-01'), end: day('2026-03-08') };
const none = {
  min_stay_arrival: null,
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
};

const PAYLOADS: Record<PmsEventType, Record<string, unknown>> = {
  'booking.confirmed': { booking_id: 'b1', check_in: week.start, check_out: week.end },
  'booking.cancelled': { booking_id: 'b1', check_in: week.start, check_out: week.end },
  'booking.updated': { booking_id: 'b1', old_dates: week, new_dates: week },
  'availability.updated': {
    date_range: week,
    available: false,
    block_id: null,
    expires_at: null,
    reason: null,
  },
  'pricing.updated': {
    date_range: week,
    currency: 'EUR',
    new_prices: [{ ...week, amount: 14_000 }],
  },
  'restrictions.updated': { date_range: week, restrictions: none },
  'property.updated': {
    name: 'Loft',
    time_zone: 'Europe/Berlin',
    currency: 'EUR',
    max_guests: 4,
    address: null,
    fees: [],
    taxes: [],
    landing_url: null,
    content: null,
  },
  'calendar.snapshot': {
    first_date: week.start,
    currency: 'EUR',
    bookings: [],
    blocks: [],
    prices: [],
    restrictions: [],
  },
};
const TYPES = Object.keys(PAYLOADS) as PmsEventType[];

function event(type: PmsEventType, payload: object = {}, changes: object = {}): PmsEvent {
  const whole = { property_id: PROPERTY, ...PAYLOADS[type], ...payload };
  return {
    event_id: '5f1c1b5e-0000-4000-8000-0000000000e1',
    event_type: type,
    tenant_id: '5f1c1b5e-0000-4000-8000-0000000000a1',
    property_id: PROPERTY,
    sequence: 7,
    occurred_at: 1_770_000_000_000,
    origin: null,
    payload: { [PMS_BRANCHES[type]]: whole },
    ...changes,
  } as unknown as PmsEvent;
}

function refusal(of: PmsEvent, key = PROPERTY): string | undefined {
  try {
    factOf(of, key);
    return undefined;
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

const origin = (changes: object = {}) => ({
  connection_id: CONNECTION,
  reservation_id: 'HM1',
  room_stay: '1',
  revised_at: 1,
  channel_nights: null,
  ...changes,
});

describe('factOf', () => {
  it.each(TYPES)('turns %s into a fact of that type and back', (type) => {
    const fact = factOf(event(type), PROPERTY);
    expect(fact.type).toBe(type);
    expect(fact.sequence).toBe(7);
    expect(eventOf(fact)).toEqual(event(type));
  });

  it('never throws anything but a code of bad input, whatever an event holds', () => {
    const codes = [
      'EVENT_WITHOUT_SEQUENCE',
      'EVENT_TYPE_MISMATCH',
      'EVENT_DATES_INVALID',
      'EVENT_VALUE_INVALID',
      'EVENT_KEY_MISMATCH',
    ];
    fc.assert(
      fc.property(
        anyValueOf('pms.events'),
        fc.constantFrom(...TYPES),
        fc.boolean(),
        (any, type, matching) => {
          const branch = Object.keys(any.payload)[0];
          const right = TYPES.find((name) => PMS_BRANCHES[name] === branch);
          const code = refusal({ ...any, event_type: matching ? right! : type }, any.property_id);
          expect([undefined, ...codes]).toContain(code);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('needs a sequence of at least 1', () => {
    expect(refusal(event('booking.confirmed', {}, { sequence: null }))).toBe(
      'EVENT_WITHOUT_SEQUENCE',
    );
    expect(refusal(event('booking.confirmed', {}, { sequence: 0 }))).toBe('EVENT_VALUE_INVALID');
  });

  it('compares event_type with the branch for every pair', () => {
    for (const named of TYPES)
      for (const held of TYPES)
        expect(refusal({ ...event(held), event_type: named })).toBe(
          named === held ? undefined : 'EVENT_TYPE_MISMATCH',
        );
    expect(refusal({ ...event('booking.confirmed'), event_type: 'toString' })).toBe(
      'EVENT_TYPE_MISMATCH',
    );
  });

  it('compares key, event and payload', () => {
    expect(refusal(event('booking.confirmed'), PROPERTY.toUpperCase())).toBe('EVENT_KEY_MISMATCH');
    expect(refusal(event('booking.confirmed', { property_id: CONNECTION }))).toBe(
      'EVENT_KEY_MISMATCH',
    );
  });
});

describe('dates', () => {
  it('a stay has 1 to 1,500 nights', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_000, max: 3_000 }),
        fc.integer({ min: 0, max: 40_000 }),
        (nights, start) => {
          const check_in = fromEpochDay(start);
          const code = refusal(
            event('booking.confirmed', { check_in, check_out: addDays(check_in, nights) }),
          );
          expect(code).toBe(nights >= 1 && nights <= 1_500 ? undefined : 'EVENT_DATES_INVALID');
        },
      ),
    );
  });

  const empty = { start: week.end, end: week.start };
  it.each<[PmsEventType, object]>([
    ['booking.cancelled', { check_in: week.end, check_out: week.start }],
    ['booking.updated', { old_dates: empty }],
    ['booking.updated', { new_dates: empty }],
    ['availability.updated', { date_range: empty }],
    ['pricing.updated', { date_range: empty }],
    ['pricing.updated', { new_prices: [{ ...empty, amount: 1 }] }],
    [
      'pricing.updated',
      { new_prices: [{ start: week.start, end: addDays(week.end, 1), amount: 1 }] },
    ],
    [
      'pricing.updated',
      {
        new_prices: [
          { ...week, amount: 1 },
          { ...week, amount: 2 },
        ],
      },
    ],
    ['restrictions.updated', { date_range: empty }],
    [
      'calendar.snapshot',
      { bookings: [{ booking_id: 'b', check_in: week.end, check_out: week.end, origin: null }] },
    ],
    ['calendar.snapshot', { blocks: [{ ...empty, block_id: null, expires_at: null }] }],
    [
      'calendar.snapshot',
      {
        prices: [
          { ...week, amount: 1 },
          { ...week, amount: 1 },
        ],
      },
    ],
    [
      'calendar.snapshot',
      {
        restrictions: [
          { ...week, restrictions: none },
          { ...week, restrictions: none },
        ],
      },
    ],
  ])('%s with %j is refused', (type, payload) => {
    expect(refusal(event(type, payload))).toBe('EVENT_DATES_INVALID');
  });

  it('blocks may overlap, and price spans may touch', () => {
    const block = { ...week, block_id: null, expires_at: null };
    expect(refusal(event('calendar.snapshot', { blocks: [block, block] }))).toBeUndefined();
    const middle = day('2026-03-04');
    const prices = [
      { start: middle, end: week.end, amount: 2 },
      { start: week.start, end: middle, amount: 1 },
    ];
    expect(refusal(event('pricing.updated', { new_prices: prices }))).toBeUndefined();
  });
});

describe('values', () => {
  const long = 'x'.repeat(2_001);
  it.each<[PmsEventType, object]>([
    ['booking.confirmed', { booking_id: '' }],
    ['booking.confirmed', { booking_id: long }],
    ['booking.confirmed', { booking_id: 'a\0b' }],
    ['availability.updated', { block_id: '' }],
    ['availability.updated', { reason: long }],
    ['availability.updated', { expires_at: -1 }],
    ['availability.updated', { block_id: null, expires_at: 1 }],
    ['pricing.updated', { new_prices: [{ ...week, amount: -1 }] }],
    ['pricing.updated', { new_prices: [{ ...week, amount: 2 ** 50 }] }],
    ['pricing.updated', { currency: 'EURO' }],
    ['pricing.updated', { currency: 'QQQ' }],
    ['restrictions.updated', { restrictions: { ...none, min_stay_arrival: -1 } }],
    ['restrictions.updated', { restrictions: { ...none, min_stay_through: -1 } }],
    ['restrictions.updated', { restrictions: { ...none, max_stay: 100_000 } }],
    ['property.updated', { time_zone: 'Mars/Olympus' }],
    ['property.updated', { time_zone: '+01:00' }],
    ['property.updated', { currency: '' }],
    ['property.updated', { max_guests: 0 }],
    ['property.updated', { max_guests: 2 ** 40 }],
    ['property.updated', { fees: [{ name: 'f', basis: 'per_stay', amount: -1 }] }],
    ['property.updated', { taxes: [{ name: 't', percent_hundredths: -1 }] }],
    ['property.updated', { landing_url: 'javascript:alert(1)' }],
    ['property.updated', { content: { texts: [], photos: ['ftp://photos.example/1.jpg'] } }],
    ['property.updated', { address: { latitude: 91, longitude: 0 } }],
    ['property.updated', { address: { latitude: 0, longitude: Number.NaN } }],
    ['calendar.snapshot', { currency: 'eur' }],
    ['calendar.snapshot', { prices: [{ ...week, amount: -1 }] }],
    ['calendar.snapshot', { restrictions: [{ ...week, restrictions: { ...none, max_stay: -1 } }] }],
    [
      'calendar.snapshot',
      {
        bookings: [1, 2].map(() => ({
          booking_id: 'b',
          check_in: week.start,
          check_out: week.end,
          origin: null,
        })),
      },
    ],
    [
      'calendar.snapshot',
      { blocks: [1, 2].map(() => ({ ...week, block_id: 'h', expires_at: null })) },
    ],
  ])('%s with %j is refused', (type, payload) => {
    expect(refusal(event(type, payload))).toBe('EVENT_VALUE_INVALID');
  });

  it('of the origin are checked, too', () => {
    const wrong = { start: week.end, end: week.start };
    expect(refusal(event('booking.confirmed', {}, { origin: origin() }))).toBeUndefined();
    expect(
      refusal(event('booking.confirmed', {}, { origin: origin({ reservation_id: '' }) })),
    ).toBe('EVENT_VALUE_INVALID');
    expect(refusal(event('booking.confirmed', {}, { origin: origin({ revised_at: 1e16 }) }))).toBe(
      'EVENT_VALUE_INVALID',
    );
    expect(
      refusal(event('booking.confirmed', {}, { origin: origin({ channel_nights: wrong }) })),
    ).toBe('EVENT_DATES_INVALID');
    expect(refusal(event('booking.confirmed', {}, { occurred_at: -1 }))).toBe(
      'EVENT_VALUE_INVALID',
    );
  });

  it('at their limits pass', () => {
    expect(refusal(event('booking.confirmed', { booking_id: 'x'.repeat(2_000) }))).toBeUndefined();
    expect(
      refusal(event('pricing.updated', { new_prices: [{ ...week, amount: 0 }] })),
    ).toBeUndefined();
    expect(
      refusal(event('restrictions.updated', { restrictions: { ...none, min_stay_arrival: 0 } })),
    ).toBeUndefined();
  });
});
