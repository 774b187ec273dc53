import { ParityError } from '../schemas/errors.ts';
import {
  isTableName,
  type Placement,
  type Stage,
  type Topic,
  type TopicName,
  type Topology,
} from './types.ts';

/** Topics that every stage may write, so no stage lists them. */
export const IMPLIED_OUTPUTS = [
  'channel.alerts',
  'channel.dead-letters',
] as const satisfies readonly TopicName[];

/** What one declared topology breaks, a sentence each; empty: nothing. */
export function mistakesOf(topology: Topology): string[] {
  const topics = new Map(topology.topics.map((topic) => [topic.name, topic]));
  return [
    ...partitionMistakes(topology),
    ...topology.topics.flatMap(topicMistakes),
    ...repeated(topology.topics).map((name) => `The topic ${name} is declared twice.`),
    ...repeated(topology.stages).map((name) => `The stage ${name} is declared twice.`),
    ...IMPLIED_OUTPUTS.filter((name) => !topics.has(name)).map(
      (name) => `Every stage may write ${name}, which is not declared.`,
    ),
    ...topology.stages.flatMap((stage) => stageMistakes(stage, topics)),
    ...topology.topics.flatMap((topic) => writerMistakes(topic, topology.stages)),
  ];
}

/** @throws ParityError TOPOLOGY_INVALID with every mistake. */
export function assertValid(topology: Topology): void {
  const mistakes = mistakesOf(topology);
  if (mistakes.length > 0) throw new ParityError('TOPOLOGY_INVALID', mistakes.join('\n'));
}

function partitionMistakes({ partitions }: Topology): string[] {
  return Number.isInteger(partitions) && partitions >= 1
    ? []
    : [`The topology declares ${partitions} partitions; it needs a whole number of at least 1.`];
}

function topicMistakes({ name, kind, retentionDays, maxBytes }: Topic): string[] {
  const mistakes: string[] = [];
  if (isTableName(name) !== (kind === 'table'))
    mistakes.push(
      `The topic ${name} is declared as ${kind}, but typed as ${isTableName(name) ? 'table' : 'events'}.`,
    );
  if (kind === 'events' && retentionDays === undefined)
    mistakes.push(`The event topic ${name} has no retention.`);
  if (retentionDays !== undefined && !(retentionDays > 0))
    mistakes.push(`The retention of ${name} is ${retentionDays} days; it must be more than 0.`);
  if (maxBytes !== undefined && !(maxBytes > 0))
    mistakes.push(`The largest value of ${name} is ${maxBytes} bytes; it must be more than 0.`);
  return mistakes;
}

function stageMistakes(stage: Stage, topics: ReadonlyMap<string, Topic>): string[] {
  const mistakes: string[] = [];
  for (const name of stage.inputs) {
    const topic = topics.get(name);
    if (topic === undefined)
      mistakes.push(`The stage ${stage.name} reads ${name}, which is not declared.`);
    else if (!together(stage, topic.placedBy))
      mistakes.push(
        `The stage ${stage.name} is partitioned by ${stage.partitionedBy}, but its input ${name} is placed by ${topic.placedBy}.`,
      );
  }
  for (const name of stage.outputs) {
    const topic = topics.get(name);
    if (topic === undefined)
      mistakes.push(`The stage ${stage.name} writes ${name}, which is not declared.`);
    else if (topic.kind === 'table' && !together(stage, topic.placedBy))
      mistakes.push(
        `The stage ${stage.name} is partitioned by ${stage.partitionedBy}, but its table ${name} is placed by ${topic.placedBy}.`,
      );
    if (topic?.kind === 'table' && stage.inputs.includes(name))
      mistakes.push(
        `The stage ${stage.name} lists its own table ${name} as an input; own tables are restored anyway.`,
      );
  }
  return mistakes;
}

/** Do records placed so lie in the partition that the stage works on? Property and connection records share partitions. */
function together({ partitionedBy }: Stage, placedBy: Placement): boolean {
  if (partitionedBy === 'none') return true;
  return partitionedBy === 'account'
    ? placedBy === 'account'
    : placedBy === 'property' || placedBy === 'connection';
}

function writerMistakes({ name, kind }: Topic, stages: readonly Stage[]): string[] {
  if ((IMPLIED_OUTPUTS as readonly string[]).includes(name)) return [];
  const writers = stages.filter(({ outputs }) => outputs.includes(name)).map((stage) => stage.name);
  if (writers.length === 0) return [`No stage writes ${name}.`];
  if (kind === 'table' && writers.length > 1)
    return [
      `The table ${name} has ${writers.length} writing stages (${writers.join(', ')}); it may have one.`,
    ];
  return [];
}

function repeated(declared: readonly { readonly name: string }[]): string[] {
  const names = declared.map(({ name }) => name);
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}
