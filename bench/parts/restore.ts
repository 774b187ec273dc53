import { randomUUID } from 'node:crypto';
import { EPOCH_KEY } from '../../runtime/tables/epoch.ts';
import { addDays, fromEpochDay, monthOf } from '../../schemas/domain/plain-date.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { append } from '../bulk.ts';
import { type Comparison, paceOf, takeTurns } from '../comparison.ts';
import { bareRead } from '../floor/bare-read.ts';
import { connections, monthsFrom, openCalendars } from '../records/calendar.ts';
import { placedProperties } from '../records/properties.ts';
import { allLive, anyChannel, FOLD_STAGES, isTableOf, startStage, topicsOf } from '../stages.ts';
import { median } from '../statistics.ts';
import { type Lap, Stopwatch } from '../stopwatch.ts';
import type { TopicSet, World } from '../world.ts';

const PROPERTIES_PER_PARTITION = 80;
const MONTHS = 24;
const DAY_MS = 86_400_000;
const { partitions } = TOPOLOGY;
const STAGE = FOLD_STAGES.mapping;
const PAGES = PROPERTIES_PER_PARTITION * partitions * MONTHS;
const TABLES = [...STAGE.tableInputs, ...STAGE.ownTables];

export interface RestoreResult extends Comparison {
  readonly stage: string;
  /** Pages and registers in the tables. */
  readonly records: number;
  /** From complete tables until all partitions are live: every page computed anew and compared. Pages per second. */
  readonly recomputedPages: number;
  readonly recomputedPerSecond: number;
}

/** Restores mapping, the stage with the most tables, against a bare read of the same topics, turn and turn about. */
export async function measureRestore(
  world: World,
  onProgress: (line: string) => void,
): Promise<RestoreResult> {
  const topics = await world.topics(topicsOf(STAGE));
  try {
    await fill(world, topics);
    const recomputed: number[] = [];
    const comparison = await takeTurns(
      'restore',
      {
        floor: async () => {
          const records = await countRecords(topics);
          const groupId = `${topics.prefix}read-${randomUUID()}`;
          return paceOf(
            records,
            await bareRead(world.kafka, TABLES.map(topics.full), groupId, records),
          );
        },
        ours: async () => {
          const records = await countRecords(topics);
          const { restored, recomputeMs } = await timeRestore(world, topics);
          recomputed.push((PAGES / recomputeMs) * 1_000);
          return paceOf(records, restored);
        },
      },
      onProgress,
    );
    return {
      stage: STAGE.name,
      records: await countRecords(topics),
      ...comparison,
      recomputedPages: PAGES,
      recomputedPerSecond: median(recomputed),
    };
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
): Promise<{ readonly restored: Lap; readonly recomputeMs: number }> {
  const stopwatch = new Stopwatch(partitions);
  const stage = await startStage(world, topics, STAGE, {
    fetched: ({ topic }) => {
      if (isTableOf(STAGE, topic)) stopwatch.begin();
    },
    producing: (records) => stopwatch.add(records.filter(({ key }) => key === EPOCH_KEY).length),
  });
  try {
    const restored = await Promise.race([stopwatch.done, failure(stage.runner.ended)]);
    const complete = performance.now();
    await allLive(stage);
    return { restored, recomputeMs: performance.now() - complete };
  } finally {
    await stage.stop();
  }
}

/** Settles only when the stage fails. */
async function failure(ended: Promise<void>): Promise<never> {
  await ended;
  return new Promise(() => undefined);
}
