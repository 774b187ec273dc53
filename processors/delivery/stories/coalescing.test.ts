import { describe, expect, it } from 'vitest';
import { refusesSilently, start } from '../testing/story.ts';

describe('company', () => {
  it('changes wait for company also while something else of the connection is undone', async () => {
    const harness = await start();
    const stuck = harness.night(20);
    harness.channel.always = refusesSilently(({ night }) => night === stuck);
    await harness.want(stuck, { availability: 0 });
    await harness.time.advance(10_000);
    const before = harness.channel.requests.length;
    for (let day = 10; day < 16; day++) {
      await harness.want(harness.night(day), { price: 9_000 });
      await harness.time.advance(25);
    }
    await harness.time.advance(2_000);
    expect(harness.channel.requests.length - before).toBe(1);
  });
});
