import { CHANNEL_TYPES, connectorOf } from '../connectors/registry.ts';
import { createDedup } from '../processors/dedup/dedup.ts';
import { createIntake } from '../processors/intake/intake.ts';
import { validateEvent } from '../processors/intake/validate.ts';
import { createMapping } from '../processors/mapping/mapping.ts';
import type { EventLog } from '../runtime/event-log.ts';
import { foldStage } from '../runtime/runner/fold.ts';
import { StageRunner } from '../runtime/runner/stage-runner.ts';
import type { StageDefinition } from '../runtime/stage.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import { TOPOLOGY } from '../topology/stages.ts';
import type { TableName, TopicName } from '../topology/types.ts';
import { type LogWatch, watchedLog } from './watched-log.ts';
import type { TopicSet, World } from './world.ts';

/** Stages that compute and call nobody: what is measured is the runtime and their fold. */
export const FOLD_STAGES = {
  intake: foldStage({
    name: 'intake',
    groupId: 'intake',
    eventInputs: ['pms.events'],
    tableInputs: [],
    ownTables: ['property.calendar'],
    validate: validateEvent,
    processor: () => createIntake(),
  }),
  mapping: foldStage({
    name: 'mapping',
    groupId: 'mapping',
    eventInputs: [],
    tableInputs: ['property.calendar', 'channel.connections'],
    ownTables: ['channel.desired'],
    processor: () => createMapping({ manifestOf: (channel) => connectorOf(channel)?.manifest }),
  }),
  dedup: foldStage({
    name: 'dedup',
    groupId: 'dedup',
    eventInputs: ['channel.webhooks'],
    tableInputs: [],
    ownTables: ['channel.revisions'],
    processor: () => createDedup(),
  }),
} as const satisfies Record<string, StageDefinition>;

export type FoldStageName = keyof typeof FOLD_STAGES;

/** Everything that a stage reads or may write. */
export function topicsOf(stage: StageDefinition): TopicName[] {
  const declared = TOPOLOGY.stages.find(({ name }) => name === stage.name);
  return [
    ...new Set<TopicName>([
      ...stage.eventInputs,
      ...stage.tableInputs,
      ...stage.ownTables,
      ...(declared?.outputs ?? []),
      'channel.alerts',
      'channel.dead-letters',
    ]),
  ];
}

export interface RunningStage {
  readonly runner: StageRunner;
  /** Leaves the group and closes the log. */
  stop(): Promise<void>;
}

/** Starts a stage over the given topics as a process of the product would. */
export async function startStage(
  { environment, serde }: World,
  topics: TopicSet,
  stage: StageDefinition,
  watch: LogWatch,
): Promise<RunningStage> {
  const kafka = topics.log();
  const log: EventLog = watchedLog(kafka, watch);
  const runner = await StageRunner.start({ stage, log, serde, topology: TOPOLOGY, environment });
  return {
    runner,
    stop: async () => {
      await runner.stop();
      await kafka.close();
    },
  };
}

const LOOK_EVERY_MS = 2;
const PATIENCE_MS = 120_000;

/** Resolves when all partitions have a live worker. @throws Error after two minutes, or what ended the stage. */
export async function allLive({ runner }: RunningStage): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  while (runner.status.live < TOPOLOGY.partitions) {
    if (runner.status.state === 'failed') await runner.ended;
    if (performance.now() > giveUp) throw new Error(`not live: ${JSON.stringify(runner.status)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

export function isTableOf(stage: StageDefinition, topic: string): topic is TableName {
  return ([...stage.ownTables, ...stage.tableInputs] as readonly string[]).includes(topic);
}

/** Folds treat all channels alike; the manifest of the first one decides fields and horizon. */
export function anyChannel(): ChannelType {
  const [first] = CHANNEL_TYPES;
  if (first === undefined) throw new Error('there is no connector');
  return first;
}
