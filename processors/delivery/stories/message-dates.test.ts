import { expect, it } from 'vitest';
import type { PlanContext } from '../../../connectors/contract.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { opened } from '../testing/story.ts';

/** Some platforms may drop a message that is dated before one that they have, and say nothing. */
it('a message is never dated before an earlier one, although the next owner has a slower clock', async () => {
  const dates: number[] = [];
  const inner = modelConnector();
  const plan = (...[connection, changes, context]: Parameters<typeof inner.plan>) => {
    dates.push((context satisfies PlanContext).now);
    return inner.plan(connection, changes, context);
  };
  const { harness, night } = await opened({ ...inner, plan });
  harness.skew = 3_000;
  await harness.want(night, { availability: 0 });
  await harness.time.advance(100);
  const ahead = Math.max(...dates);
  expect(ahead).toBeGreaterThan(harness.time.process('judge').now() + 2_000);
  await harness.crash();
  harness.skew = -3_000;
  dates.length = 0;
  await harness.want(night, { availability: 1 });
  await harness.time.advance(3_000);
  expect(dates.length).toBeGreaterThan(0);
  for (const date of dates) expect(date).toBeGreaterThanOrEqual(ahead);
});
