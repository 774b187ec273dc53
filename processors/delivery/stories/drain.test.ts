import { expect, it } from 'vitest';
import { opened } from '../testing/story.ts';

it.each(Array.from({ length: 40 }, (_, turns) => turns))(
  'a drain that begins %i microtasks after a change ends when all that is out is recorded',
  async (turns) => {
    const { harness, night } = await opened();
    const wanted = harness.want(night, { availability: 0 });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    let drained = false;
    void harness.drain().then(() => {
      drained = true;
    });
    await wanted;
    if (!drained) await harness.time.until(() => drained);
    const { length } = harness.channel.requests;
    const answered = harness.written('channel.sync-log').length;
    await harness.time.advance(1_000);
    expect([harness.channel.requests.length, harness.written('channel.sync-log').length]).toEqual([
      length,
      answered,
    ]);
  },
);
