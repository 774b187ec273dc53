import { EPOCH_KEY } from '../../runtime/tables/epoch.ts';
import { addDays, fromEpochDay, monthOf } from '../../schemas/domain/plain-date.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { append } from '../bulk.ts';
import { bareRead } from '../floor/bare-read.ts';
import { connections, monthsFrom, openCalendars } from '../records/calendar.ts';
import { placedProperties } from '../records/properties.ts';
import { allLive, anyChannel, FOLD_STAGES, isTableOf, startStage, topicsOf } from '../stages.ts';
import { median, medianRatio } from '../statistics.ts';
import { Stopwatch } from '../watched-log.ts';
import type { TopicSet, World } from '../world.ts';

const PROPERTIES_PER_PARTITION = 80;
const MONTHS = 24;
/** The first round warms up both sides and is not counted. */
const ROUNDS = 6;
const DAY_MS = 86_400_000;
const { partitions } = TOPOLOGY;
const STAGE = FOLD_STAGES.mapping;
const TABLES = [...STAGE.tableInputs, ...STAGE.ownTables];

export interface RestoreResult {
  readonly stage: string;
  /** Pages and registers in the tables. */
  readonly records: number;
  /** Records per second, medians of the rounds. */
  readonly perSecond: number;
  readonly floorPerSecond: number;
  /** Median of the rounds' ratios. */
  readonly ratio: number;
  /** From complete tables until all partitions are live: every page computed anew and compared. Pages per second. */
  readonly recomputedPages: number;
  readonly recomputedPerSecond: number;
}

interface Round {
  readonly floorMs: number;
  readonly restoreMs: number;
  readonly recomputeMs: number;
}

/** Restores mapping, the stage with the most tables, against a bare read of the same topics, turn and turn about. */
export async function measureRestore(
  world: World,
  onProgress: (line: string) => void,
): Promise<RestoreResult> {
  const topics = await world.topics(topicsOf(STAGE));
  try {
    await fill(world, topics);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const records = await countRecords(topics);
      const floor = () =>
        bareRead(world.kafka, TABLES.map(topics.full), `${topics.prefix}read-${round}`, records);
      const before = round % 2 === 0 ? await floor() : null;
      const ours = await timeRestore(world, topics);
      const floorMs = before ?? (await floor());
      onProgress(
        `restore: ${rate(records, ours.restoreMs)}/s, bare read ${rate(records, floorMs)}/s`,
      );
      if (round > 0) rounds.push({ floorMs, ...ours });
    }
    return summary(rounds, await countRecords(topics));
  } finally {
    await topics.drop();
  }
}

/** Calendars and connections as they are in production, and the pages that mapping computes from them. */
async function fill(world: World, topics: TopicSet): Promise<void> {
  const { kafka, serde } = world;
  const properties = placedProperties(PROPERTIES_PER_PARTITION, partitions);
  const tomorrow = addDays(fromEpochDay(Math.floor(Date.now() / DAY_MS)), 1);
  const months = monthsFrom(monthOf(tomorrow), MONTHS);
  await append(
    kafka,
    topics.full('channel.connections'),
    connections(serde, properties, anyChannel()),
  );
  await append(kafka, topics.full('property.calendar'), openCalendars(serde, properties, months));
  const first = await startStage(world, topics, STAGE, {});
  await allLive(first);
  await first.stop();
}

async function countRecords(topics: TopicSet): Promise<number> {
  const log = topics.log();
  try {
    const ends = await Promise.all(TABLES.map((topic) => log.admin.endOffsets(topic)));
    return ends.flatMap((offsets) => [...offsets.values()]).reduce((sum, end) => sum + end, 0);
  } finally {
    await log.close();
  }
}

/**
 * *restore* is from the first batch until the last partition writes its epoch, which it does once all its tables are complete; *recompute* is from
 * there until all are live.
 */
async function timeRestore(
  world: World,
  topics: TopicSet,
): Promise<{ readonly restoreMs: number; readonly recomputeMs: number }> {
  const stopwatch = new Stopwatch(partitions);
  const stage = await startStage(world, topics, STAGE, {
    fetched: ({ topic }) => {
      if (isTableOf(STAGE, topic)) stopwatch.begin();
    },
    producing: (records) => stopwatch.add(records.filter(({ key }) => key === EPOCH_KEY).length),
  });
  try {
    const restoreMs = await Promise.race([stopwatch.done, failure(stage.runner.ended)]);
    const complete = performance.now();
    await allLive(stage);
    return { restoreMs, recomputeMs: performance.now() - complete };
  } finally {
    await stage.stop();
  }
}

/** Settles only when the stage fails. */
async function failure(ended: Promise<void>): Promise<never> {
  await ended;
  return new Promise(() => undefined);
}

function summary(rounds: readonly Round[], records: number): RestoreResult {
  const pages = PROPERTIES_PER_PARTITION * partitions * MONTHS;
  const perSecond = (ms: number) => (records / ms) * 1_000;
  return {
    stage: STAGE.name,
    records,
    perSecond: median(rounds.map(({ restoreMs }) => perSecond(restoreMs))),
    floorPerSecond: median(rounds.map(({ floorMs }) => perSecond(floorMs))),
    ratio: medianRatio(
      rounds.map(({ restoreMs }) => 1 / restoreMs),
      rounds.map(({ floorMs }) => 1 / floorMs),
    ),
    recomputedPages: pages,
    recomputedPerSecond: median(rounds.map(({ recomputeMs }) => (pages / recomputeMs) * 1_000)),
  };
}

function rate(records: number, ms: number): string {
  return ((records / ms) * 1_000).toFixed(0);
}
