import { expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { contextOf } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { planBooking } from './plan.ts';

it('a night for 45,000 forint is not offered for four and a half million', () => {
  const connection = testConnection('booking_com', '500', '50001', ['500011']);
  const today = '2026-11-01' as PlainDate;
  const price = { night: today, field: 'price', ratePlanId: '500011', value: 4_500_000 } as const;
  const [request] = planBooking(connection, [price], contextOf(today, 'HUF')).requests;
  expect(request?.body).toContain('<price>45000.00</price>');
});
