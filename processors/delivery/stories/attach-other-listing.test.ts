import { expect, it } from 'vitest';
import { opened } from '../testing/story.ts';

it('a night that a booking of the former listing closes is closed at the new listing too', async () => {
  const { harness, night } = await opened();
  await harness.time.advance(600_000);
  const impliedAt = harness.now;
  await harness.want(night, { availability: 0 }, { impliedAt });
  await harness.time.advance(600_000);
  // Attached again, to another listing, which has never heard of that booking and is on sale.
  await harness.connect({ incarnation: 2, listing: '2' });
  harness.channel.calendar.clear();
  await harness.want(night, { availability: 0 }, { impliedAt });
  await harness.time.advance(60_000);
  expect(harness.availability(night)).toBe(0);
});

it('a listing that changes after its incarnation is as unknown as one that changes with it', async () => {
  const { harness, night } = await opened();
  await harness.want(night, { availability: 0 });
  await harness.time.advance(60_000);
  await harness.connect({ incarnation: 2 });
  await harness.time.advance(60_000);
  await harness.connect({ listing: '2' });
  harness.channel.calendar.clear();
  await harness.time.advance(60_000);
  expect(harness.availability(night)).toBe(0);
});
