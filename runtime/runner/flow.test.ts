import { describe, expect, it, vi } from 'vitest';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { EventRecord, PartitionContext, TableChange } from '../stage.ts';
import { EPOCH_KEY, HEADERS } from '../tables/epoch.ts';
import {
  COPIES,
  copyValue,
  DOCUMENTS,
  documentValue,
  endOf,
  FACTS,
  factValue,
  intakeStage,
  probeStage,
  TENANT,
  textOf,
  World,
} from '../testing/toy-world.ts';

// Virtual hours and thousands of records: slow on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const P = { partition: 0 };
const DEAD = 'channel.dead-letters';

/** A promise to be resolved by the test. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const copy = (key: string, text = 'x') =>
  ({ topic: COPIES, key, value: copyValue(key, 1, text), tenantId: TENANT }) as const;

describe('tables at a start', () => {
  it('show of an old and a new page the new one alone, also while the pages are read again after a rebalance', async () => {
    const world = await World.open();
    const seen: string[] = [];
    const stage = probeStage({ tableInputs: [DOCUMENTS] }, ({ tables, partition }) => {
      const look = async () => {
        if (partition === 0) seen.push(textOf(tables.get(DOCUMENTS, 'k')) ?? 'none');
      };
      return { restored: look, changed: look };
    });
    await world.append(DOCUMENTS, 'k', documentValue('k', 1, 'old'), P);
    await world.append(DOCUMENTS, 'k', documentValue('k', 2, 'new'), P);
    const runner = await world.start(world.process(), stage);
    await world.time.until(() => runner.status.live === 3);
    world.broker.forceRebalance('delivery');
    await world.time.until(() => seen.length === 2);
    await world.append(DOCUMENTS, 'k', documentValue('k', 3, 'newest'), P);
    await world.time.until(() => seen.length === 3);
    expect(seen).toEqual(['2:new', '2:new', '3:newest']);
  });

  it('are complete before any event is handed over', async () => {
    const world = await World.open();
    const steps: string[] = [];
    for (let key = 0; key < 2_000; key += 1) {
      world.broker.topics.append(
        {
          topic: DOCUMENTS,
          ...P,
          key: `k${key}`,
          value: world.serde.encode(DOCUMENTS, documentValue(`k${key}`, 1, 'x')),
        },
        0,
      );
    }
    await world.fact('first', 1, 'x', 0);
    const stage = probeStage(
      { tableInputs: [DOCUMENTS], eventInputs: [FACTS] },
      ({ tables, partition }) => ({
        restored: async () => {
          if (partition === 0) steps.push(`restored ${[...tables.keys(DOCUMENTS)].length}`);
        },
        events: async (_topic, records) => {
          steps.push(...records.map(({ key }) => key));
        },
      }),
    );
    await world.start(world.process(), stage);
    await world.time.until(() => steps.length === 2);
    expect(steps).toEqual(['restored 2000', 'first']);
  });

  it('are complete even where retention has left nothing of a log but its end', async () => {
    const world = await World.open();
    await world.append(DOCUMENTS, 'k', documentValue('k', 1, 'x'), P);
    world.broker.topics.log({ topic: DOCUMENTS, partition: 0 }).truncateBefore(1);
    const runner = await world.start(
      world.process(),
      probeStage({ tableInputs: [DOCUMENTS] }, () => ({})),
    );
    await world.time.until(() => runner.status.live === 3);
    await world.time.advance(1_000);
    expect(world.committed('delivery', DOCUMENTS, 0)).toBe(1);
  });

  it('that lost records while they were read are read again from what is left', async () => {
    const world = await World.open();
    const process = world.process();
    const restored: string[][] = [];
    const stage = probeStage({ tableInputs: [DOCUMENTS] }, ({ tables, partition }) => ({
      restored: async () => {
        if (partition === 0) restored.push([...tables.keys(DOCUMENTS)]);
      },
    }));
    await world.append(DOCUMENTS, 'a', documentValue('a', 1, 'x'), P);
    const runner = await world.start(process, stage);
    await world.time.until(() => runner.status.live === 3);
    process.freeze();
    await world.append(DOCUMENTS, 'b', documentValue('b', 1, 'x'), P);
    await world.append(DOCUMENTS, 'c', documentValue('c', 1, 'x'), P);
    world.broker.topics.log({ topic: DOCUMENTS, partition: 0 }).truncateBefore(2);
    process.thaw();
    await world.time.until(() => restored.length === 2);
    expect(restored).toEqual([['a'], ['c']]);
  });
});

describe('what is written', () => {
  it('carries epoch, writer, origin, tenant and trace, and is visible at once', async () => {
    const world = await World.open();
    const originTs = world.time.start - 500;
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    let offsets: (number | undefined)[] = [];
    const stage = probeStage({ eventInputs: [FACTS], ownTables: [COPIES] }, (context) => ({
      events: async (_topic, records) => {
        const written = context.write(
          records.map(({ key, ...event }) => ({
            ...copy(key),
            originTs: event.originTs,
            traceparent: event.traceparent,
          })),
        );
        expect(textOf(context.tables.get(COPIES, 'k'))).toBe('1:x');
        offsets = [context.tables.offsetOf(COPIES, 'k')];
        await written;
        offsets.push(context.tables.offsetOf(COPIES, 'k'));
      },
    }));
    const headers = { [HEADERS.originTs]: String(originTs), [HEADERS.traceparent]: traceparent };
    await world.append(FACTS, 'k', factValue('k', 1, 'x'), { ...P, headers });
    const runner = await world.start(world.process(), stage);
    await world.time.until(() => world.table(COPIES).size === 1);
    await world.time.advance(100);
    const written = world.dump(COPIES, 0).at(-1);
    expect(written?.headers).toMatchObject({
      epoch: '1',
      'origin-ts': String(originTs),
      'tenant-id': TENANT,
      traceparent,
    });
    expect(written?.headers.writer).toBe(world.dump(COPIES, 0)[0]?.headers.writer);
    expect(offsets).toEqual([undefined, written?.offset]);
    expect(runner.status.live).toBe(3);
  });

  it('of unknown fate makes the partition restore: what is in the log counts, not what was hoped', async () => {
    const world = await World.open();
    const views: (string | undefined)[] = [];
    const stage = probeStage({ ownTables: [COPIES] }, ({ tables, write, partition }) => ({
      restored: async () => {
        if (partition !== 0) return;
        views.push(textOf(tables.get(COPIES, 'k')));
        if (views.length > 1) return;
        world.broker.faults.loseRequest = 1;
        await write([copy('k')]);
      },
    }));
    const process = world.process();
    const runner = await world.start(process, stage);
    await world.time.until(() => world.broker.counts.lostRequests > 0);
    world.broker.faults.loseRequest = 0;
    await world.time.until(() => runner.status.live === 3);
    expect(views).toEqual([undefined, undefined]);
    expect(world.dump(COPIES, 0).at(-1)?.headers.epoch).toBe('2');
    expect(runner.status.state).toBe('running');
  });

  it.each<[string, (context: PartitionContext) => Promise<void>]>([
    [
      'an output that the stage does not declare',
      ({ write }) => write([{ topic: DOCUMENTS, key: 'k', value: documentValue('k', 1, 'x') }]),
    ],
    [
      'a record of its table for another partition',
      ({ write, partition, partitionOf }) => {
        const placement = ['a', 'b', 'c', 'd', 'e', 'f'].find(
          (id) => partitionOf(id) !== partition,
        );
        return write([{ ...copy('k'), placement: placement ?? '' }]);
      },
    ],
  ])('refuses %s: the stage stops', async (_what, act) => {
    const world = await World.open();
    const stage = probeStage({ ownTables: [COPIES] }, (context) => ({
      restored: () => act(context),
    }));
    const end = endOf(await world.start(world.process(), stage));
    await world.time.until(() => end.over);
    expect(codeOf(end.error)).toBe('TOPOLOGY_INVALID');
    expect(world.table(COPIES).size + world.table(DOCUMENTS).size).toBe(0);
  });
});

describe('committed offsets', () => {
  it('of an event topic move only when the batch is done', async () => {
    const world = await World.open();
    const done = gate();
    const stage = probeStage({ eventInputs: [FACTS] }, () => ({ events: () => done.opened }));
    const runner = await world.start(world.process(), stage);
    await world.fact('k', 1, 'x', 0);
    await world.time.advance(5_000);
    expect(world.committed('delivery', FACTS, 0)).toBe(0);
    expect(runner.status.lag).toMatchObject([{ topic: FACTS, records: 1 }]);
    expect(runner.status.lag[0]?.oldestMs).toBeGreaterThanOrEqual(5_000);
    done.open();
    await world.time.advance(1_000);
    expect(world.committed('delivery', FACTS, 0)).toBe(1);
    expect(runner.status.lag).toEqual([{ topic: FACTS, records: 0, oldestMs: null }]);
  });

  it('of a table tell the lowest undone offset, also when something becomes undone again (I9)', async () => {
    const world = await World.open();
    let undone: number | undefined;
    const stage = probeStage({ tableInputs: [DOCUMENTS] }, ({ partition }) => ({
      lowestUndone: () => (partition === 0 ? undone : undefined),
    }));
    const runner = await world.start(world.process(), stage);
    await world.time.until(() => runner.status.live === 3);
    undone = 1;
    for (let key = 0; key < 4; key += 1) {
      await world.append(DOCUMENTS, `k${key}`, documentValue(`k${key}`, 1, 'x'), P);
    }
    const committed = () => world.committed('delivery', DOCUMENTS, 0);
    await world.time.advance(2_000);
    expect(committed()).toBe(1);
    undone = 3;
    await world.time.advance(2_000);
    expect(committed()).toBe(3);
    undone = undefined;
    await world.time.advance(2_000);
    expect(committed()).toBe(4);
    undone = 2;
    await world.append(DOCUMENTS, 'k9', documentValue('k9', 1, 'x'), P);
    await world.time.advance(2_000);
    expect(committed()).toBe(2);
  });

  it('of a table do not pass a change that the worker has not dealt with', async () => {
    const world = await World.open();
    const done = gate();
    const told: TableChange[] = [];
    const stage = probeStage({ tableInputs: [DOCUMENTS] }, () => ({
      changed: async (keys) => {
        told.push(...keys);
        if (told.length === 1) await done.opened;
      },
    }));
    const runner = await world.start(world.process(), stage);
    await world.time.until(() => runner.status.live === 3);
    for (const text of ['a', 'b', 'c']) {
      await world.append(DOCUMENTS, 'k', documentValue('k', 1, text), P);
      await world.time.advance(100);
    }
    await world.time.advance(2_000);
    expect(world.committed('delivery', DOCUMENTS, 0)).toBe(0);
    done.open();
    await world.time.advance(2_000);
    expect(world.committed('delivery', DOCUMENTS, 0)).toBe(3);
    // Two changes of the key while the worker was busy came to it as one.
    expect(told.map(({ offset }) => offset)).toEqual([0, 2]);
  });

  it('of a table stay where they were until it has been recomputed', async () => {
    const world = await World.open();
    await world.append(DOCUMENTS, 'k', documentValue('k', 1, 'x'), P);
    const done = gate();
    const stage = probeStage({ tableInputs: [DOCUMENTS] }, () => ({ restored: () => done.opened }));
    await world.start(world.process(), stage);
    await world.time.advance(5_000);
    expect(world.committed('delivery', DOCUMENTS, 0)).toBeNull();
    done.open();
    await world.time.advance(1_000);
    expect(world.committed('delivery', DOCUMENTS, 0)).toBe(1);
  });
});

describe('replaying all events', () => {
  it('ends in the same table and writes nothing (I6)', async () => {
    const world = await World.open();
    const first = await world.start(world.process(), intakeStage());
    for (const [index, text] of ['a', 'b', 'c', 'd'].entries()) {
      await world.fact('k', index, text, 0);
    }
    await world.time.until(() => world.table(DOCUMENTS).get('k') === '3:d');
    void first.stop();
    await world.time.until(() => first.status.state === 'ended');
    const before = world.dump(DOCUMENTS, 0).length;
    await world.start(world.process(), { ...intakeStage(), groupId: 'replay' });
    await world.time.until(() => world.committed('replay', FACTS, 0) === 4);
    const written = world.dump(DOCUMENTS, 0).slice(before);
    expect(written.map(({ key }) => key)).toEqual([EPOCH_KEY]);
    expect(world.table(DOCUMENTS).get('k')).toBe('3:d');
  });
});

describe('events that were deleted unread', () => {
  it('are reported, and the reading goes on behind them', async () => {
    const world = await World.open();
    const seen: EventRecord[] = [];
    const process = world.process();
    const stage = probeStage({ eventInputs: [FACTS] }, () => ({
      events: async (_topic, records) => {
        seen.push(...records);
      },
    }));
    const first = await world.start(process, stage);
    await world.fact('a', 1, 'x', 0);
    await world.time.until(() => seen.length === 1);
    void first.stop();
    await world.time.until(() => first.status.state === 'ended');
    await world.fact('b', 1, 'x', 0);
    await world.fact('c', 1, 'x', 0);
    world.broker.topics.log({ topic: FACTS, partition: 0 }).truncateBefore(2);
    await world.start(process, stage);
    await world.time.until(() => seen.length === 2);
    expect(seen.map(({ key }) => key)).toEqual(['a', 'c']);
    expect(process.metrics.countOf('parity_events_out_of_range_total')).toBe(1);
    expect(process.logger.lines.some(({ fields }) => fields.code === 'OFFSET_OUT_OF_RANGE')).toBe(
      true,
    );
  });
});

describe('back-pressure', () => {
  it('bounds what waits in memory, does not stop the other partitions, and lets go when there is room', async () => {
    const world = await World.open();
    const stuck = gate();
    const done: string[] = [];
    let most = 0;
    const stage = probeStage({ eventInputs: [FACTS] }, ({ partition }) => ({
      events: async (_topic, records) => {
        if (partition === 0) await stuck.opened;
        done.push(...records.map(({ key }) => key));
      },
    }));
    const process = world.process();
    const limits = { queueRecords: 600, batchRecords: 50 };
    const runner = await world.start(process, stage, limits);
    await world.time.until(() => runner.status.live === 3);
    const value = world.serde.encode(FACTS, factValue('k', 1, 'x'));
    const fill = (partition: number, count: number) => {
      for (let index = 0; index < count; index += 1) {
        world.broker.topics.append({ topic: FACTS, partition, key: `${partition}`, value }, 0);
      }
    };
    fill(0, 20_000);
    fill(1, 5_000);
    for (let round = 0; round < 100; round += 1) {
      await world.time.advance(50);
      most = Math.max(most, runner.status.queuedRecords);
    }
    expect(done.filter((key) => key === '1')).toHaveLength(5_000);
    expect(done.filter((key) => key === '0')).toHaveLength(0);
    // The budget, what its even share allows the others, and one fetch of each partition.
    expect(most).toBeLessThanOrEqual(2 * 600 + 3 * 500);
    stuck.open();
    await world.time.until(() => done.filter((key) => key === '0').length === 20_000);
  });
});

describe('wakeAt', () => {
  it('wakes once at the earliest wish, by the wall clock', async () => {
    const world = await World.open();
    const woken: number[] = [];
    const process = world.process(7_000);
    const start = process.environment.clock.now();
    const stage = probeStage({ ownTables: [COPIES] }, ({ wakeAt, partition }) => ({
      restored: async () => {
        if (partition !== 0) return;
        wakeAt(start + 60_000);
        wakeAt(start + 30_000);
        wakeAt(start + 90_000);
      },
      wake: async (now) => {
        woken.push(now - start);
        if (woken.length === 1) wakeAt(start + 40 * 3_600_000);
      },
    }));
    await world.start(process, stage);
    await world.time.advance(120_000);
    expect(woken).toEqual([30_000]);
    await world.time.advance(40 * 3_600_000);
    expect(woken).toEqual([30_000, 40 * 3_600_000]);
  });
});

describe('the end of a stage', () => {
  it('by stop finishes the batch, waits for what the worker has out, commits and leaves', async () => {
    const world = await World.open();
    const steps: string[] = [];
    const batch = gate();
    const answer = gate();
    const stage = probeStage({ eventInputs: [FACTS] }, ({ partition, leaseHeld }) => ({
      events: async () => {
        await batch.opened;
        steps.push('batch');
      },
      drain: async () => {
        if (partition !== 0) return;
        await answer.opened;
        steps.push(`drained, lease ${leaseHeld()}`);
      },
      close: async () => {
        if (partition === 0) steps.push(`closed, lease ${leaseHeld()}`);
      },
    }));
    const runner = await world.start(world.process(), stage, { batchRecords: 1 });
    await world.fact('a', 1, 'x', 0);
    await world.fact('b', 1, 'x', 0);
    await world.time.advance(1_000);
    let stopped = false;
    void runner.stop().then(() => {
      stopped = true;
    });
    await world.time.advance(1_000);
    expect(steps).toEqual([]);
    batch.open();
    await world.time.advance(1_000);
    expect(steps).toEqual(['batch']);
    answer.open();
    await world.time.until(() => stopped);
    expect(steps).toEqual(['batch', 'drained, lease true', 'closed, lease false']);
    expect(world.committed('delivery', FACTS, 0)).toBe(1);
    expect(world.broker.group('delivery').memberCount).toBe(0);
    await expect(runner.ended).resolves.toBeUndefined();
  });

  it('by stop does not wait for ever', async () => {
    const world = await World.open();
    const never = new Promise<void>(() => undefined);
    const runner = await world.start(
      world.process(),
      probeStage({ eventInputs: [FACTS] }, () => ({ drain: () => never })),
    );
    await world.time.until(() => runner.status.live === 3);
    void runner.stop();
    await world.time.until(() => runner.status.state === 'ended', 60_000);
  });

  it.each<[string, (context: PartitionContext) => Promise<void>]>([
    [
      'a call throws',
      async () => {
        throw new TypeError('a defect');
      },
    ],
    ['a background task fails', async ({ fail }) => fail(new TypeError('a defect'))],
  ])(
    'by a defect (%s) lets go of everything, commits nothing of it, and rejects',
    async (_how, act) => {
      const world = await World.open();
      const closed: number[] = [];
      const stage = probeStage({ eventInputs: [FACTS] }, (context) => ({
        events: async () => {
          await act(context);
          await new Promise<void>(() => undefined);
        },
        close: async () => {
          closed.push(context.partition);
        },
      }));
      const runner = await world.start(world.process(), stage);
      const end = endOf(runner);
      await world.fact('k', 1, 'x', 0);
      await world.time.until(() => end.over);
      expect(end.error).toBeInstanceOf(TypeError);
      expect(closed.sort()).toEqual([0, 1, 2]);
      expect(runner.status.state).toBe('failed');
      expect(world.committed('delivery', FACTS, 0) ?? 0).toBe(0);
      expect(world.broker.group('delivery').memberCount).toBe(0);
    },
  );

  it('does not come of a database that is away: the partition is taken up again', async () => {
    const world = await World.open();
    let tries = 0;
    const stage = probeStage({ eventInputs: [FACTS] }, () => ({
      events: async () => {
        tries += 1;
        if (tries < 4) throw new ParityError('DATABASE_UNAVAILABLE', 'no answer');
      },
    }));
    const runner = await world.start(world.process(), stage);
    await world.fact('k', 1, 'x', 0);
    await world.time.until(() => world.committed('delivery', FACTS, 0) === 1);
    expect(tries).toBe(4);
    expect(runner.status.state).toBe('running');
    expect(world.dump(DEAD)).toEqual([]);
  });

  it('of one stage leaves another stage of the process alone', async () => {
    const world = await World.open();
    const process = world.process();
    const broken = probeStage({ eventInputs: [FACTS] }, () => ({
      events: async () => {
        throw new Error('a defect');
      },
    }));
    const end = endOf(await world.start(process, broken));
    const runner = await world.start(process, intakeStage());
    await world.fact('k', 1, 'x', 0);
    await world.time.until(() => end.over && world.table(DOCUMENTS).size === 1);
    expect(runner.status.state).toBe('running');
  });
});
