import { describe, expect, it } from 'vitest';
import type { ConnectionId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Origin, PmsEvent } from '../../schemas/generated/types.ts';
import { airbnbFixture } from '../airbnb/fixture.ts';
import { VirtualTime } from '../virtual-time.ts';
import { COMPARED_FIELDS, differences } from './comparison.ts';
import { PmsSimulator } from './pms.ts';
import { stateOf, truthOf } from './truth.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const PROPERTY = '0b7c2a7e-3f0e-4a3f-9a52-6f5f5f5f0001';

async function opened(seed = 1) {
  const time = new VirtualTime(START, seed);
  const published: PmsEvent[] = [];
  const pms = new PmsSimulator({
    clock: time.clock,
    random: time.random,
    publish: (event) => {
      published.push(event);
    },
  });
  const property = pms.addProperty({
    id: PROPERTY,
    tenantId: '0b7c2a7e-3f0e-4a3f-9a52-6f5f5f5f0002',
  });
  await property.describe();
  await property.price('2026-12-01', '2027-01-01', 12_000);
  await property.snapshot('2026-11-01');
  const open = (night: string) => property.truth(night, '2027-01-02')[0]!.open;
  return { time, pms, property, published, open };
}

const origin: Origin = {
  connection_id: '0b7c2a7e-3f0e-4a3f-9a52-6f5f5f5f0003' as ConnectionId,
  reservation_id: 'HM1',
  room_stay: '1',
  revised_at: START,
  channel_nights: null,
};

describe('the truth of the PMS', () => {
  it('opens nights that a snapshot covers, nothing closes, and have a price', async () => {
    const { property, open } = await opened();
    expect(
      property.truth('2026-11-30', '2026-12-02').map(({ open: sold, covered }) => [sold, covered]),
    ).toEqual([
      [false, true],
      [true, true],
    ]);
    await property.price('2026-12-05', '2026-12-06', null);
    await property.price('2026-12-06', '2026-12-07', 9_900, 'USD');
    expect([open('2026-12-04'), open('2026-12-05'), open('2026-12-06')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('keeps a night closed until its last cause ends, in whichever order', async () => {
    const { property, open } = await opened();
    const first = await property.book('2026-12-10', '2026-12-12');
    await property.block('2026-12-11', '2026-12-13');
    await property.block('2026-12-11', '2026-12-12', { id: 'hold-1', expiresAt: START + 60_000 });
    await property.cancel(first.ok ? first.bookingId : '');
    expect([open('2026-12-10'), open('2026-12-11')]).toEqual([true, false]);
    await property.unblock('2026-12-11', '2026-12-13');
    expect(open('2026-12-11')).toBe(false);
    await property.unblock('2026-12-11', '2026-12-12', { id: 'hold-1' });
    expect(open('2026-12-11')).toBe(true);
  });

  it('ends a hold by the clock', async () => {
    const { time, property, open } = await opened();
    await property.block('2026-12-11', '2026-12-12', { id: 'hold-1', expiresAt: START + 60_000 });
    await time.advance(59_999);
    expect(open('2026-12-11')).toBe(false);
    await time.advance(1);
    expect(open('2026-12-11')).toBe(true);
  });

  it('refuses to book taken nights', async () => {
    const { property } = await opened();
    await property.book('2026-12-10', '2026-12-12');
    expect(await property.book('2026-12-11', '2026-12-14')).toEqual({
      ok: false,
      nights: ['2026-12-11'],
    });
    expect((await property.book('2026-12-12', '2026-12-14')).ok).toBe(true);
  });

  it('keeps the nights of a channel booking that the PMS cancels closed until the channel has', async () => {
    const { pms, property, published, open } = await opened();
    const stay = {
      booking_id: 'b-1',
      property_id: property.id,
      check_in: '2026-12-10',
      check_out: '2026-12-12',
    };
    const told = (sequence: number, event_type: string, payload: unknown): PmsEvent => ({
      ...published[0]!,
      event_id: `told-${sequence}`,
      event_type,
      sequence,
      origin,
      payload: payload as PmsEvent['payload'],
    });
    pms.learn(told(4, 'booking.confirmed', { 'parity.pms.BookingConfirmed': stay }));
    pms.learn(told(4, 'booking.confirmed', { 'parity.pms.BookingConfirmed': stay }));
    expect(property.facts()).toHaveLength(4);
    expect(open('2026-12-10')).toBe(false);
    const cancelled = await property.cancel('b-1');
    expect([cancelled.origin, open('2026-12-10')]).toEqual([null, false]);
    pms.learn(told(9, 'booking.cancelled', { 'parity.pms.BookingCancelled': stay }));
    expect(open('2026-12-10')).toBe(true);
  });

  it('says in a snapshot what the channel still holds of a booking that the PMS moved', async () => {
    const { pms, property, published, open } = await opened();
    const stay = {
      booking_id: 'b-1',
      property_id: property.id,
      check_in: '2026-12-10',
      check_out: '2026-12-12',
    };
    pms.learn({
      ...published[0]!,
      event_id: 'told',
      event_type: 'booking.confirmed',
      sequence: 4,
      origin,
      payload: { 'parity.pms.BookingConfirmed': stay } as unknown as PmsEvent['payload'],
    });
    for (let taken = 0; taken < 4; taken += 1) await property.describe();
    await property.move('b-1', '2026-12-20', '2026-12-21');
    const { payload } = await property.snapshot('2026-11-01');
    expect(payload).toMatchObject({
      'parity.pms.CalendarSnapshot': {
        bookings: [
          {
            check_in: '2026-12-20',
            origin: { channel_nights: { start: '2026-12-10', end: '2026-12-12' } },
          },
        ],
      },
    });
    expect([open('2026-12-11'), open('2026-12-20')]).toEqual([false, false]);
  });

  it('does not depend on the order in which facts arrive', async () => {
    const { property } = await opened();
    const booked = await property.book('2026-12-10', '2026-12-12');
    await property.move(booked.ok ? booked.bookingId : '', '2026-12-11', '2026-12-14');
    await property.restrict('2026-12-10', '2026-12-20', { min_stay_arrival: 3 });
    await property.restrict('2026-12-15', '2026-12-16', { closed_to_arrival: true });
    const straight = property.truth('2026-12-01', '2026-12-31');
    const reversed = truthOf(
      stateOf([...property.facts()].reverse()),
      '2026-12-01',
      '2026-12-31',
      START,
    );
    expect(reversed).toEqual(straight);
    expect(straight.find(({ night }) => night === '2026-12-15')?.restrictions).toMatchObject({
      min_stay_arrival: null,
      closed_to_arrival: true,
    });
  });
});

describe('its events', () => {
  it('count up per property, carry the shape of pms.events, and repeat with the seed', async () => {
    const { published } = await opened(7);
    expect(
      published.map(({ event_type, sequence, origin: from }) => [event_type, sequence, from]),
    ).toEqual([
      ['property.updated', 1, null],
      ['pricing.updated', 2, null],
      ['calendar.snapshot', 3, null],
    ]);
    expect(published[0]?.event_id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect((await opened(7)).published).toEqual(published);
  });

  it('take the sequence of a counter that others use too', async () => {
    const time = new VirtualTime(START);
    const sequences: (number | null)[] = [];
    const pms = new PmsSimulator({
      clock: time.clock,
      random: time.random,
      publish: ({ sequence }) => {
        sequences.push(sequence);
      },
      nextSequence: () => Promise.resolve(41 + sequences.length),
    });
    const property = pms.addProperty({ id: PROPERTY, tenantId: 't' });
    await property.describe();
    await property.describe({ name: 'Seaside' });
    expect(sequences).toEqual([41, 42]);
  });

  it('tell the whole calendar in a snapshot, in runs', async () => {
    const { time, property } = await opened();
    await property.price('2026-12-10', '2026-12-12', 15_000);
    await property.block('2026-12-20', '2026-12-23');
    await property.block('2026-12-28', '2026-12-29', { id: 'owner-1' });
    await property.block('2026-12-28', '2026-12-29', { id: 'hold-1', expiresAt: START + 1 });
    const booked = await property.book('2026-12-14', '2026-12-16');
    await property.restrict('2026-12-14', '2026-12-17', { min_stay_through: 2 });
    await time.advance(1);
    const before = property.truth('2026-12-01', '2026-12-31');
    const { payload } = await property.snapshot('2026-12-11');
    const snapshot = (
      payload as unknown as { 'parity.pms.CalendarSnapshot': Record<string, unknown> }
    )['parity.pms.CalendarSnapshot'];
    expect(snapshot).toMatchObject({
      first_date: '2026-12-11' as PlainDate,
      bookings: [
        {
          booking_id: booked.ok ? booked.bookingId : '',
          check_in: '2026-12-14',
          check_out: '2026-12-16',
          origin: null,
        },
      ],
      blocks: [
        { start: '2026-12-20', end: '2026-12-23', block_id: null },
        { start: '2026-12-28', end: '2026-12-29', block_id: 'owner-1' },
      ],
      prices: [
        { start: '2026-12-11', end: '2026-12-12', amount: 15_000 },
        { start: '2026-12-12', end: '2027-01-01', amount: 12_000 },
      ],
    });
    expect(property.truth('2026-12-01', '2026-12-31')).toEqual(before);
  });
});

describe('the comparison with a platform', () => {
  it('finds exactly the nights that differ, and counts an own booking as closed', async () => {
    const { property } = await opened();
    const { platform, write } = airbnbFixture();
    await write([
      {
        dates: ['2026-11-01:2026-11-30', '2027-01-01:2027-01-02'],
        availability: 'unavailable',
        busy_subtype: 'BLOCKED_BY_HOST',
      },
      { dates: ['2026-12-01:2026-12-31'], daily_price: 120 },
    ]);
    const compare = () =>
      differences(
        property,
        platform,
        { unit: '1001', fields: COMPARED_FIELDS.airbnb },
        '2026-11-01',
        '2027-01-02',
      ).map(({ night, field, pms, platform: shown }) => [night, field, pms, shown]);
    expect(compare()).toEqual([]);
    await property.book('2026-12-10', '2026-12-12');
    platform.book({ rooms: [{ unit: '1001', checkIn: '2026-12-11', checkOut: '2026-12-12' }] });
    platform.drift('1001', '2026-12-20', { price: 9_900 });
    platform.drift('1001', '2026-12-21', { minStay: 4 });
    expect(compare()).toEqual([
      ['2026-12-10', 'availability', false, true],
      ['2026-12-20', 'price', 12_000, 9_900],
      ['2026-12-21', 'min_stay_arrival', null, 4],
    ]);
  });

  it('asks a platform with one kind of minimum for the longer of both', async () => {
    const { property } = await opened();
    await property.restrict('2026-12-10', '2026-12-11', {
      min_stay_arrival: 2,
      min_stay_through: 4,
    });
    const { platform, write } = airbnbFixture();
    await write([{ dates: ['2026-12-10'], daily_price: 120, min_nights: 4 }]);
    const compare = (unit: string) =>
      differences(
        property,
        platform,
        { unit, fields: COMPARED_FIELDS.airbnb },
        '2026-12-10',
        '2026-12-11',
      ).map(({ field }) => field);
    expect([compare('1001'), compare('1002')]).toEqual([[], ['price', 'min_stay_arrival']]);
  });
});
