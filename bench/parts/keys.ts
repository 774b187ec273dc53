import { randomUUID } from 'node:crypto';
import { until } from '../../local/until.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { append } from '../bulk.ts';
import { FineSleeper } from '../keys/fine-sleeper.ts';
import { ParallelConsumer, THEIR_VERSION, whyNotTheirs } from '../keys/their-side.ts';
import { type Faults, WorkWatch, works } from '../keys/work.ts';
import { workStage } from '../keys/work-stage.ts';
import { allLive, startStage, topicsOf } from '../stages.ts';
import { median, medianRatio } from '../statistics.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { TopicSet, World } from '../world.ts';

const RECORDS = 10_000;
/** Rows of their published table, and how often each is measured: what takes long varies little. */
const ROWS: readonly { readonly keys: number; readonly rounds: number }[] = [
  { keys: 1, rounds: 1 },
  { keys: 2, rounds: 1 },
  { keys: 5, rounds: 1 },
  { keys: 10, rounds: 3 },
  { keys: 20, rounds: 3 },
  { keys: 100, rounds: 5 },
  { keys: 1_000, rounds: 5 },
  { keys: 10_000, rounds: 5 },
];
/** Warms both sides up before anything counts. */
const WARM_UP: readonly number[] = [100, 10_000, 10_000];
/** Threads of theirs at most: on two cores the fastest of 16, 100, 200 and 1,000 for the rows of 1,000 and 10,000 keys. */
const MAX_CONCURRENCY = 200;
const { partitions } = TOPOLOGY;
const COMMITTED_WITHIN_MS = 30_000;

export interface KeysResult {
  readonly records: number;
  /** Why theirs was not measured; null: it was. */
  readonly skipped: string | null;
  readonly theirVersion: string;
  readonly rows: readonly KeyRow[];
}

export interface KeyRow {
  readonly keys: number;
  /** Medians of the rounds, ms from the first work's beginning to the last one's end. */
  readonly ours: number;
  readonly theirs: number | null;
  /** Median of the rounds' ratios of their time to ours. Over 1: we are faster. */
  readonly ratio: number | null;
  readonly rounds: { readonly ours: readonly number[]; readonly theirs: readonly number[] };
}

type Side = (keys: number) => Promise<number>;

/** Key-concurrent work beside Confluent's Parallel Consumer: the same records, each side over topics of its own, turn and turn about. */
export async function measureKeys(
  world: World,
  onProgress: (line: string) => void,
): Promise<KeysResult> {
  const skipped = await whyNotTheirs(process.env);
  if (skipped !== null)
    onProgress(`Confluent's Parallel Consumer is SKIPPED, ours stands alone: ${skipped}`);
  const consumer =
    skipped === null ? await ParallelConsumer.start(world.stack.brokers, onProgress) : null;
  const sleeper = new FineSleeper();
  const ours: Side = (keys) => timeOurs(world, sleeper, keys);
  const theirs: Side | null =
    consumer === null ? null : (keys) => timeTheirs(world, consumer, keys);
  try {
    for (const keys of WARM_UP) {
      await ours(keys);
      await theirs?.(keys);
    }
    const rows: KeyRow[] = [];
    for (const { keys, rounds } of ROWS) {
      const row = await measureRow(keys, rounds, ours, theirs);
      rows.push(row);
      const beside = row.theirs === null ? '' : `, theirs ${seconds(row.theirs)}`;
      onProgress(`${keys} keys: ours ${seconds(row.ours)}${beside}`);
    }
    return { records: RECORDS, skipped, theirVersion: THEIR_VERSION, rows };
  } finally {
    await consumer?.close();
    await sleeper.close();
  }
}

async function measureRow(
  keys: number,
  rounds: number,
  ours: Side,
  theirs: Side | null,
): Promise<KeyRow> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    if (theirs !== null && round % 2 === 1) times.theirs.push(await theirs(keys));
    times.ours.push(await ours(keys));
    if (theirs !== null && round % 2 === 0) times.theirs.push(await theirs(keys));
  }
  return {
    keys,
    ours: median(times.ours),
    theirs: theirs === null ? null : median(times.theirs),
    ratio: theirs === null ? null : medianRatio(times.theirs, times.ours),
    rounds: times,
  };
}

/** The product's runner with a stage of delivery's shape, over the product's log. */
async function timeOurs(world: World, sleeper: FineSleeper, keys: number): Promise<number> {
  const watch = new WorkWatch();
  const stopwatch = new Stopwatch(RECORDS);
  const stage = workStage(async (work) => {
    stopwatch.begin();
    watch.begin(work);
    await sleeper.sleep(work.micros / 1_000);
    watch.end(work);
    stopwatch.add(1);
  });
  const topics = await world.topics(topicsOf(stage));
  try {
    const running = await startStage(world, topics, stage, {});
    running.runner.ended.catch((error: unknown) => stopwatch.fail(error));
    try {
      await allLive(running);
      await fill(world, topics, keys);
      const { ms } = await stopwatch.done;
      await allCommitted(topics, stage.groupId);
      assertOrderly('ours', watch.faults);
      return ms;
    } finally {
      await running.stop();
    }
  } finally {
    await topics.drop();
  }
}

async function timeTheirs(world: World, consumer: ParallelConsumer, keys: number): Promise<number> {
  const topics = await world.topics(['channel.desired']);
  const group = `theirs-${randomUUID()}`;
  try {
    const { done } = await consumer.begin({
      topic: topics.full('channel.desired'),
      group: topics.prefix + group,
      records: RECORDS,
      partitions,
      maxConcurrency: Math.min(keys, MAX_CONCURRENCY),
    });
    await fill(world, topics, keys);
    const { ms, processed, faults } = await done;
    await allCommitted(topics, group);
    assertOrderly('theirs', faults);
    if (processed !== RECORDS) throw new Error(`theirs did ${processed} works`);
    return ms;
  } finally {
    await topics.drop();
  }
}

async function fill({ kafka, serde }: World, topics: TopicSet, keys: number): Promise<void> {
  await append(kafka, topics.full('channel.desired'), works(serde, RECORDS, keys, partitions));
}

/** All that was done is known to be done: the committed offsets are the ends. */
async function allCommitted(topics: TopicSet, group: string): Promise<void> {
  const log = topics.log();
  try {
    await until(
      'committed offsets at the end',
      async () => {
        const committed = await log.admin.committed(group, ['channel.desired']);
        const sum = [...committed.values()].reduce<number>(
          (total, offset) => total + (offset ?? 0),
          0,
        );
        return sum === RECORDS;
      },
      COMMITTED_WITHIN_MS,
    );
  } finally {
    await log.close();
  }
}

function assertOrderly(whose: string, faults: Faults): void {
  const { repeated, outOfOrder, atOnce } = faults;
  if (repeated + outOfOrder + atOnce > 0)
    throw new Error(`${whose} broke the order of keys: ${JSON.stringify(faults)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
