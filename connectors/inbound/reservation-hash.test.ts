import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { RoomStay } from '../../schemas/generated/types.ts';
import { contentHash, type ReservationContent } from './reservation-hash.ts';

const stay = (room: string): RoomStay => ({
  room_stay: room,
  listing: '500',
  room_id: '700101',
  rate_plan_id: null,
  connection_id: null,
  property_id: null,
  check_in: '2026-12-24' as PlainDate,
  check_out: '2026-12-26' as PlainDate,
  adults: 2,
  children: 0,
  status: 'new',
  nightly_prices: [
    { night: '2026-12-24' as PlainDate, amount: 1 },
    { night: '2026-12-25' as PlainDate, amount: 2 },
  ],
  total: null,
});
const content: ReservationContent = {
  reservation_id: '1',
  status: 'new',
  revised_at: 1,
  guest: {
    channel_guest_id: null,
    first_name: 'A',
    last_name: 'B',
    email: null,
    phone: null,
    country: null,
  },
  room_stays: [stay('1'), stay('2')],
  currency: 'EUR',
  total: 3,
  taxes: null,
  commission: null,
  payment_kind: 'unknown',
  special_requests: null,
};
const hash = contentHash(content);

describe('contentHash', () => {
  it('does not depend on order, time or routing', () => {
    const [first, second] = content.room_stays;
    if (!first || !second) throw new Error('two stays');
    const { total, guest, ...rest } = content;
    const same: ReservationContent = {
      guest,
      total,
      ...rest,
      revised_at: 2,
      room_stays: [
        second,
        {
          ...first,
          connection_id: 'x' as never,
          nightly_prices: [...first.nightly_prices].reverse(),
        },
      ],
    };
    expect(contentHash(same)).toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    { status: 'cancelled' },
    { total: 4 },
    { currency: 'USD' },
    { special_requests: '' },
    { guest: { ...content.guest, first_name: 'C' } },
    { room_stays: [stay('1')] },
    { room_stays: [stay('1'), { ...stay('2'), check_out: '2026-12-27' }] },
    { room_stays: [stay('1'), { ...stay('2'), status: 'cancelled' }] },
  ])('changes with the meaning: %j', (change) => {
    expect(contentHash({ ...content, ...change } as ReservationContent)).not.toBe(hash);
  });
});
