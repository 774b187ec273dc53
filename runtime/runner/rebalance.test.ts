import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  ANNOUNCED,
  announcingStage,
  COPIES,
  DOCUMENTS,
  FACTS,
  intakeStage,
  mappingStage,
  World,
} from '../testing/toy-world.ts';

// Properties over whole runs: seconds each, more on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('a rebalance', () => {
  it('moves partitions and loses nothing, while the tables of kept ones are not read again', async () => {
    const world = await World.open();
    const first = world.process();
    await world.start(first, intakeStage());
    const one = await world.start(first, mappingStage());
    for (let key = 0; key < 30; key += 1) await world.fact(`k${key}`, 1, 'x', key % 3);
    await world.time.until(() => world.table(COPIES).size === 30);
    const folded = one.status.restoredRecords;
    const two = await world.start(world.process(), mappingStage());
    await world.time.until(() => two.status.live >= 1 && one.status.live + two.status.live === 3);
    for (let key = 0; key < 30; key += 1) await world.fact(`k${key}`, 2, 'y', key % 3);
    await world.time.until(() => [...world.table(COPIES).values()].every((text) => text === '2:y'));
    // What the first kept was followed on, not restored: two partitions of ten keys, each changed once and copied once.
    const keptNow = one.status.restoredRecords;
    expect(keptNow).toBeLessThanOrEqual(folded + 2 * (10 + 10));
    expect(two.status.restoredRecords).toBeGreaterThanOrEqual(10 + 10 + 1);
  });
});

describe('crashes', () => {
  it('between any two steps lose no fact, and announce none without remembering it in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000),
        fc.array(
          fc.record({ after: fc.nat(60), inFlight: fc.constantFrom('lands', 'lost', 'held') }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        async (seed, crashes) => {
          const world = await World.open({ seed });
          const facts = 24;
          for (let key = 0; key < facts; key += 1) await world.fact(`k${key}`, 1, 'x', key % 3);
          for (const { after, inFlight } of crashes) {
            const process = world.process();
            const limits = { batchRecords: 3, commitIntervalMs: 10 };
            const runner = await world.start(process, announcingStage(), limits);
            await world.time.until(() => runner.status.assigned === 3);
            await world.time.advance(after);
            process.kill(inFlight as 'lands' | 'lost' | 'held');
          }
          await world.start(world.process(), announcingStage(), { batchRecords: 3 });
          await world.time.until(() => world.table(COPIES).size === facts);
          const committed = () =>
            [0, 1, 2].map((partition) => world.committed('dedup', FACTS, partition));
          await world.time.until(() => committed().every((offset) => offset === facts / 3));
          const announced = new Set(world.dump(ANNOUNCED).map(({ key }) => key));
          expect(announced.size).toBe(facts);
          for (let partition = 0; partition < 3; partition += 1) {
            // The event is durable before the table says that it is.
            const events = world.dump(ANNOUNCED, partition);
            for (const { key, timestamp } of world.dump(COPIES, partition)) {
              if (key === null || key.startsWith('\u0000')) continue;
              const first = events.find((event) => event.key === key);
              expect(first).toBeDefined();
              expect(first!.timestamp).toBeLessThanOrEqual(timestamp);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a frozen owner', () => {
  it('that resumes writes nothing that counts, and the new owner puts right what landed late', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000), fc.nat(40), async (seed, after) => {
        const world = await World.open({ seed });
        const old = world.process();
        await world.start(old, intakeStage(), { batchRecords: 2 });
        await world.time.until(() => world.dump(DOCUMENTS).length === 3);
        const facts = 12;
        for (let key = 0; key < facts; key += 1) await world.fact(`k${key}`, 1, 'old', key % 3);
        await world.time.advance(after);
        old.freeze('held');
        const other = world.process();
        await world.start(other, intakeStage());
        const reader = world.process();
        await world.start(reader, mappingStage());
        await world.time.until(() => world.table(DOCUMENTS).size === facts);
        for (let key = 0; key < facts; key += 1) await world.fact(`k${key}`, 2, 'new', key % 3);
        await world.time.until(() =>
          [...world.table(DOCUMENTS).values()].every((text) => text === '2:new'),
        );
        old.thaw();
        await world.time.advance(30_000);
        expect([...world.table(DOCUMENTS).values()]).toEqual(Array(facts).fill('2:new'));
        expect([...world.table(COPIES).values()]).toEqual(Array(facts).fill('2:new'));
        // The newest record of every key is the right one: compaction may keep it alone.
        world.broker.compact(DOCUMENTS);
        expect([...world.table(DOCUMENTS).values()]).toEqual(Array(facts).fill('2:new'));
      }),
      { numRuns: 25 },
    );
  });
});
