import { expect, it } from 'vitest';
import { booking, start } from './testing/story.ts';

const MINUTE = 60_000;

it('a later message is acknowledged in time although the clock of a former owner was an hour ahead', async () => {
  const harness = await start();
  harness.skew = 60 * MINUTE;
  harness.platform.book(booking('A'));
  await harness.time.until(() => harness.arrived().length > 0);
  await harness.acknowledge(harness.arrived()[0]!);
  await harness.time.until(() => harness.platform.acknowledged.length === 1);
  await harness.time.advance(MINUTE);
  await harness.crash();
  await harness.time.advance(MINUTE);
  harness.platform.book(booking('A'));
  let told = harness.arrived().length;
  // Each delivery is acknowledged once it is stored, for as long as the platform waits.
  for (let second = 0; second < 29 * 60; second += 10) {
    for (const message of harness.arrived().slice(told)) await harness.acknowledge(message);
    told = harness.arrived().length;
    await harness.time.advance(10_000);
  }
  expect(harness.platform.acknowledged).toEqual(['A:1', 'A:1']);
});
