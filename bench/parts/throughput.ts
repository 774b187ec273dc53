import { EPOCH_KEY } from '../../runtime/tables/epoch.ts';
import { addDays, fromEpochDay, monthOf } from '../../schemas/domain/plain-date.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import type { TopicName } from '../../topology/types.ts';
import { append, type PreparedRecord } from '../bulk.ts';
import { type Comparison, paceOf, takeTurns } from '../comparison.ts';
import { startCopyLoop } from '../floor/copy-loop.ts';
import { bookingRegisters, connections, monthsFrom, openCalendars } from '../records/calendar.ts';
import { bookingEvents } from '../records/pms-events.ts';
import { type PlacedProperty, placedProperties } from '../records/properties.ts';
import { reservationMessages } from '../records/webhooks.ts';
import {
  allLive,
  anyChannel,
  FOLD_STAGES,
  type FoldStageName,
  startStage,
  topicsOf,
} from '../stages.ts';
import { type Lap, Stopwatch } from '../stopwatch.ts';
import type { TopicSet, World } from '../world.ts';

/** Records per measurement: properties × bookings of each. */
const PROPERTIES_PER_PARTITION = 100;
const EACH = 20;
const DAY_MS = 86_400_000;
const { partitions } = TOPOLOGY;

/** What a stage is fed with. */
interface Workload {
  readonly input: TopicName;
  /** Written before the stage starts, by topic. */
  readonly before: readonly (readonly PreparedRecord[])[];
  /** The records that are measured; the floor copies the same. */
  readonly records: readonly PreparedRecord[];
  /** When as many records as there are in `records` are durable here, the stage is done. */
  readonly output: TopicName;
}

export interface StageThroughput extends Comparison {
  readonly stage: FoldStageName;
  readonly records: number;
}

/** Each stage against the bare copy loop over the same records, turn and turn about. */
export async function measureThroughput(
  world: World,
  onProgress: (line: string) => void,
): Promise<StageThroughput[]> {
  const results: StageThroughput[] = [];
  for (const stage of Object.keys(FOLD_STAGES) as FoldStageName[]) {
    results.push(await measureStage(world, stage, onProgress));
  }
  return results;
}

async function measureStage(
  world: World,
  stage: FoldStageName,
  onProgress: (line: string) => void,
): Promise<StageThroughput> {
  const workload = WORKLOADS[stage](world, placedProperties(PROPERTIES_PER_PARTITION, partitions));
  const count = workload.records.length;
  const comparison = await takeTurns(
    stage,
    {
      ours: async () => paceOf(count, await timeStage(world, stage, workload)),
      floor: async () => paceOf(count, await timeFloor(world, workload)),
    },
    onProgress,
  );
  return { stage, records: count, ...comparison };
}

/** From the first record that the stage gets until what follows from the last one is durable. */
async function timeStage(
  world: World,
  name: FoldStageName,
  { input, before, records, output }: Workload,
): Promise<Lap> {
  const topics = await world.topics(topicsOf(FOLD_STAGES[name]));
  const stopwatch = new Stopwatch(records.length);
  let measuring = false;
  try {
    for (const part of before) await appendTo(world, topics, part);
    const stage = await startStage(world, topics, FOLD_STAGES[name], {
      fetched: (batch) => {
        if (measuring && batch.topic === input) stopwatch.begin();
      },
      produced: (written) => {
        if (!measuring) return;
        stopwatch.add(
          written.filter(({ topic, key }) => topic === output && key !== EPOCH_KEY).length,
        );
      },
    });
    stage.runner.ended.catch((error: unknown) => stopwatch.fail(error));
    try {
      await allLive(stage);
      measuring = true;
      await appendTo(world, topics, records);
      return await stopwatch.done;
    } finally {
      await stage.stop();
    }
  } finally {
    await topics.drop();
  }
}

async function timeFloor(world: World, { input, output, records }: Workload): Promise<Lap> {
  const topics = await world.topics([input, output]);
  try {
    const loop = await startCopyLoop(world.kafka, {
      from: topics.full(input),
      to: topics.full(output),
      groupId: `${topics.prefix}copy`,
      records: records.length,
      partitions,
    });
    try {
      await appendTo(world, topics, records);
      return await loop.done;
    } finally {
      await loop.stop();
    }
  } finally {
    await topics.drop();
  }
}

async function appendTo(
  { kafka }: World,
  topics: TopicSet,
  records: readonly PreparedRecord[],
): Promise<void> {
  const [first] = records;
  if (first !== undefined) await append(kafka, topics.full(first.topic), records);
}

type MakeWorkload = (world: World, properties: readonly PlacedProperty[]) => Workload;

const WORKLOADS: Readonly<Record<FoldStageName, MakeWorkload>> = {
  intake: ({ serde }, properties) => ({
    input: 'pms.events',
    // The properties are known, as in any pipeline that has imported them.
    before: [openCalendars(serde, properties, monthsFrom(monthOf(tomorrow()), 1))],
    records: bookingEvents(serde, properties, EACH, tomorrow()),
    output: 'property.calendar',
  }),
  mapping: ({ serde }, properties) => {
    const months = monthsFrom(monthOf(tomorrow()), EACH + 1);
    return {
      input: 'property.calendar',
      before: [
        connections(serde, properties, anyChannel()),
        openCalendars(serde, properties, months),
      ],
      // From the next month on: nights of the present one may have passed.
      records: bookingRegisters(serde, properties, months.slice(1)),
      output: 'channel.desired',
    };
  },
  dedup: ({ serde }, properties) => ({
    input: 'channel.webhooks',
    before: [],
    records: reservationMessages(serde, properties, EACH, anyChannel(), tomorrow()),
    output: 'channel.revisions',
  }),
};

function tomorrow() {
  return addDays(fromEpochDay(Math.floor(Date.now() / DAY_MS)), 1);
}
