import { describe, expect, it } from 'vitest';
import { ParityError } from '../../schemas/errors.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import type { GroupMember, LogRecord, TopicPartition } from '../event-log.ts';
import { sleep } from '../ports.ts';
import type { Output, StageDefinition } from '../stage.ts';
import { LineLogger, TallyMetrics } from '../testing/observed.ts';
import { DOCUMENTS, FACTS, probeStage } from '../testing/toy-world.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { newTraceparent, traceIdOf, validTraceparent } from '../trace.ts';
import { BackPressure } from './back-pressure.ts';
import { ChangeSet } from './change-set.ts';
import { Committer } from './committer.ts';
import { EventQueue } from './event-queue.ts';
import { LeaseWatch } from './lease-watch.ts';
import { StagePlacement } from './placement.ts';
import { untilItWorks } from './retry.ts';
import { WakeTimer } from './wake-timer.ts';

function machine() {
  const time = new VirtualTime();
  const host = time.process('host');
  const logger = new LineLogger(host);
  const metrics = new TallyMetrics();
  return {
    time,
    host,
    environment: { clock: host, timers: host, random: time.random, logger, metrics },
  };
}

const record = (offset: number, key = 'k', bytes = 10): LogRecord => ({
  topic: FACTS,
  partition: 0,
  offset,
  timestamp: offset,
  key,
  value: new Uint8Array(bytes),
  headers: {},
});

const batch = (...records: LogRecord[]) => ({
  topic: FACTS,
  partition: 0,
  records,
  nextOffset: (records.at(-1)?.offset ?? -1) + 1,
  endOffset: 100,
});

describe('LeaseWatch', () => {
  it('says that the lease is over when it is, and that it is held again when the coordinator has come back', async () => {
    const { time, environment } = machine();
    let until = 1_000;
    const said: string[] = [];
    const watch = new LeaseWatch(environment, {
      over: () => said.push(`over at ${time.elapsed}`),
      held: () => said.push(`held at ${time.elapsed}`),
    });
    watch.start({ leaseUntil: () => until });
    await time.advance(900);
    until = 1_500;
    await time.advance(599);
    expect(said).toEqual([]);
    await time.advance(601);
    until = 5_000;
    await time.advance(500);
    expect(said).toEqual(['over at 1500', 'held at 2500']);
    watch.stop();
    await time.advance(10_000);
    expect(said).toHaveLength(2);
  });
});

describe('WakeTimer', () => {
  it('follows a wall clock that is set while it waits', async () => {
    const { time, host } = machine();
    let due = 0;
    const timer = new WakeTimer(host, host, () => {
      due += 1;
    });
    timer.wish(host.now() + 10 * 3_600_000);
    host.skew = 9 * 3_600_000;
    await time.advance(3_600_000);
    expect([due, timer.isDue]).toEqual([1, true]);
    timer.take();
    await time.advance(24 * 3_600_000);
    expect(due).toBe(1);
  });

  it('waits on when the clock was set back', async () => {
    const { time, host } = machine();
    let due = 0;
    const timer = new WakeTimer(host, host, () => {
      due += 1;
    });
    timer.wish(host.now() + 60_000);
    host.skew = -30_000;
    await time.advance(60_000);
    expect(due).toBe(0);
    await time.advance(30_000);
    expect(due).toBe(1);
  });

  it('never falls due within the call: a worker that always wishes for now leaves room for others', async () => {
    const { time, host } = machine();
    const timer = new WakeTimer(host, host, () => undefined);
    timer.wish(0);
    expect(timer.isDue).toBe(false);
    await time.advance(1);
    expect(timer.isDue).toBe(true);
  });
});

describe('EventQueue', () => {
  it('keeps records until they are done, and says the offset before which all is', () => {
    const queue = new EventQueue(FACTS, 0);
    queue.restart(3);
    queue.accept(batch(record(3), record(5), record(9)));
    expect([queue.done, queue.next]).toEqual([3, 10]);
    const taken = queue.peek({ batchRecords: 2, batchBytes: 1_000_000 });
    expect(taken.map(({ offset }) => offset)).toEqual([3, 5]);
    expect(queue.done).toBe(3);
    queue.finish(2);
    expect(queue.done).toBe(9);
    queue.finish(1);
    expect([queue.done, queue.bytes, queue.length]).toEqual([10, 0, 0]);
  });

  it('drops what a rewind brings again, and moves over gaps at the end', () => {
    const queue = new EventQueue(FACTS, 0);
    queue.restart(0);
    queue.accept(batch(record(0), record(1)));
    queue.accept(batch(record(0), record(1), record(2)));
    expect(queue.length).toBe(3);
    queue.finish(3);
    queue.accept({ ...batch(), nextOffset: 8 });
    expect([queue.done, queue.next]).toEqual([8, 8]);
  });

  it('hands over at least one record, however large, and no more bytes than asked for', () => {
    const queue = new EventQueue(FACTS, 0);
    queue.accept(batch(record(0, 'k', 5_000), record(1, 'k', 400), record(2, 'k', 400)));
    const limits = { batchRecords: 10, batchBytes: 1_300 };
    expect(queue.peek(limits)).toHaveLength(1);
    queue.finish(1);
    expect(queue.peek(limits)).toHaveLength(2);
  });
});

describe('BackPressure', () => {
  it('says pause and resume once per change, and again after a rejoin', () => {
    const said: string[] = [];
    const names = (at: readonly TopicPartition[]) => at.map(({ partition }) => partition).join();
    const pressure = new BackPressure(
      { queueBytes: 1_000_000, queueRecords: 4 },
      {
        pause: (at) => said.push(`pause ${names(at)}`),
        resume: (at) => said.push(`resume ${names(at)}`),
      },
    );
    const queue = new EventQueue(FACTS, 0);
    pressure.add(queue);
    pressure.release(queue);
    queue.accept(batch(record(0), record(1), record(2), record(3), record(4)));
    pressure.changed();
    pressure.changed();
    pressure.reapply();
    queue.finish(3);
    pressure.changed();
    expect(said).toEqual(['pause 0', 'resume 0', 'pause 0', 'pause 0', 'resume 0']);
  });
});

describe('ChangeSet', () => {
  it('folds changes per key, and counts them as undone from the first until they are dealt with', () => {
    const changes = new ChangeSet();
    const change = (offset: number, key: string, originTs: number) =>
      changes.add(DOCUMENTS, {
        ...record(offset, key),
        headers: { 'origin-ts': String(originTs) },
      });
    change(4, 'a', 100);
    change(5, 'b', 200);
    change(6, 'a', 300);
    expect(changes.undoneFrom(DOCUMENTS)).toBe(4);
    const taken = changes.take();
    expect(taken.map(({ key, offset, originTs }) => [key, offset, originTs])).toEqual([
      ['a', 6, 100],
      ['b', 5, 200],
    ]);
    change(7, 'a', 400);
    expect(changes.undoneFrom(DOCUMENTS)).toBe(4);
    changes.done();
    expect(changes.undoneFrom(DOCUMENTS)).toBe(7);
  });
});

describe('Committer', () => {
  it('commits together what moved within an interval, nothing twice, and repeats what failed', async () => {
    const { time, environment } = machine();
    const commits: string[] = [];
    let offset = 1;
    let failing = false;
    const member = {
      commit: async (offsets: readonly { offset: number }[]) => {
        if (failing) throw new ParityError('LOG_UNAVAILABLE', 'no answer');
        commits.push(offsets.map((one) => one.offset).join());
      },
    } as unknown as GroupMember;
    const committer = new Committer({
      environment,
      stage: 'toy',
      intervalMs: 100,
      member: () => member,
      offsets: () => [{ topic: FACTS, partition: 0, offset }],
      unsettled: () => false,
      fail: () => undefined,
    });
    for (const next of [2, 3, 4]) {
      offset = next;
      committer.touch();
      await time.advance(20);
    }
    await time.advance(1_000);
    committer.touch();
    await time.advance(1_000);
    expect(commits).toEqual(['4']);
    failing = true;
    offset = 5;
    committer.touch();
    await time.advance(250);
    failing = false;
    await time.advance(250);
    expect(commits).toEqual(['4', '5']);
  });

  it('commits again when what was undone at a commit is done by its end, and nobody says so (I9)', async () => {
    const { time, host, environment } = machine();
    const commits: number[] = [];
    let undone = true;
    const member = {
      commit: async (offsets: readonly { offset: number }[]) => {
        // The last of the work ends while the coordinator writes.
        await sleep(host, 50);
        undone = false;
        commits.push(...offsets.map(({ offset }) => offset));
      },
    } as unknown as GroupMember;
    const committer = new Committer({
      environment,
      stage: 'toy',
      intervalMs: 100,
      member: () => member,
      offsets: () => [{ topic: FACTS, partition: 0, offset: undone ? 1 : 2 }],
      unsettled: () => undone,
      fail: () => undefined,
    });
    committer.touch();
    await time.advance(1_000);
    expect(commits).toEqual([1, 2]);
  });
});

describe('StagePlacement', () => {
  const of = (name: StageDefinition['name'], ownTables: StageDefinition['ownTables'] = []) =>
    new StagePlacement(
      TOPOLOGY,
      probeStage({ name, ownTables }, () => ({})),
    );
  const output = (topic: Output['topic'], more: Partial<Output> = {}) =>
    ({ topic, key: 'id', value: null, ...more }) as Output;

  it('keeps what is placed like the stage in the partition of the worker', () => {
    expect(of('delivery').partitionFor(output('channel.acknowledged'), 5)).toBe(5);
    expect(of('delivery').partitionFor(output('channel.dead-letters'), 5)).toBe(5);
    expect(of('polling').partitionFor(output('channel.cursors'), 5)).toBe(5);
  });

  it('places by the id that the output names, or by the account that is its key', () => {
    const placement = of('polling');
    const moved = output('channel.webhooks', { placement: 'property' });
    expect(placement.partitionFor(moved, 5)).toBe(placement.partitionOf('property'));
    const account = of('reconciliation').partitionFor(output('channel.inbox'), 5);
    expect(account).toBe(placement.partitionOf('id'));
  });

  it.each([
    ['polling', 'channel.webhooks', /without the id that places/],
    ['mapping', 'channel.health', /does not declare the output/],
  ] as const)(
    'refuses of %s to %s what it cannot place or did not declare',
    (stage, topic, why) => {
      expect(() => of(stage).partitionFor(output(topic), 5)).toThrow(why);
    },
  );

  it('knows no stage that the topology does not declare', () => {
    expect(() => of('nobody')).toThrow('no stage nobody');
  });
});

describe('untilItWorks', () => {
  it('repeats what passes, with growing pauses, throws what does not, and ends with the signal', async () => {
    const { time, environment } = machine();
    const tries: number[] = [];
    const end = new AbortController();
    const task = async () => {
      tries.push(time.elapsed);
      if (tries.length < 4) throw new Error('passing');
      return 'done';
    };
    let result: string | undefined;
    void untilItWorks(task, () => true, environment, end.signal, 'a task').then((value) => {
      result = value;
    });
    await time.advance(10_000);
    expect(result).toBe('done');
    const pauses = tries.slice(1).map((at, index) => at - tries[index]!);
    pauses.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(200 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(300 * 2 ** index);
    });
    const hopeless = async () => {
      throw new Error('for good');
    };
    await expect(
      untilItWorks(hopeless, () => false, environment, end.signal, 'a task'),
    ).rejects.toThrow('for good');
    let ended: unknown;
    untilItWorks(hopeless, () => true, environment, end.signal, 'a task').catch(
      (error: unknown) => {
        ended = error;
      },
    );
    await time.advance(1_000);
    end.abort(new Error('over'));
    await time.advance(0);
    expect(String(ended)).toContain('over');
  });
});

describe('trace contexts', () => {
  it('are made by the rules of W3C, and only such are passed on', () => {
    const { time } = machine();
    const made = newTraceparent(time.random);
    expect(validTraceparent(made)).toBe(made);
    expect(traceIdOf(made)).toMatch(/^[0-9a-f]{32}$/);
    for (const broken of [
      undefined,
      '',
      'x',
      made.toUpperCase().replace('00-', '01-'),
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    ]) {
      expect(validTraceparent(broken)).toBeNull();
    }
  });
});
