import type { LogAdmin, TopicSpec } from '../runtime/event-log.ts';
import { ParityError } from '../schemas/errors.ts';
import type { Topic, Topology } from './types.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The evidence of a zombie's write stays at least this long next to the right one. */
const MIN_COMPACTION_LAG_MS = HOUR_MS;
/** A reader that takes longer than this over a table may miss a tombstone. */
const DELETE_RETENTION_MS = 7 * DAY_MS;
/** What is larger than a topic's maximum is still taken up to this many times, so that it can be dead-lettered with a code. */
const OVERSIZE_FACTOR = 4;
/** A dead letter carries a few headers more than its source. */
const HEADER_BYTES = 65_536;

/** What one topic on the cluster has otherwise than declared. */
export interface Drift {
  readonly topic: string;
  readonly kind: 'missing' | 'partitions' | 'replication' | 'config';
  /** For people, one sentence. */
  readonly message: string;
}

/** What the topics should be on a cluster: one broker (replication 1) or three (replication 3, of which two must have a record). */
export function topicSpecs(
  { topics, partitions }: Topology,
  replicationFactor: 1 | 3,
): TopicSpec[] {
  const largest = Math.max(0, ...topics.map(({ maxBytes }) => maxBytes ?? 0));
  return topics.map((topic) => ({
    name: topic.name,
    partitions,
    replicationFactor,
    config: {
      ...cleanup(topic),
      ...sizeLimit(topic, largest),
      'min.insync.replicas': replicationFactor === 3 ? '2' : '1',
      // Retention and compaction go by time: a producer's wrong clock must not delete records early.
      'message.timestamp.type': 'LogAppendTime',
    },
  }));
}

function cleanup({ kind, retentionDays }: Topic): Record<string, string> {
  const retention =
    retentionDays === undefined ? {} : { 'retention.ms': String(retentionDays * DAY_MS) };
  if (kind === 'events') return { 'cleanup.policy': 'delete', ...retention };
  return {
    'cleanup.policy': retentionDays === undefined ? 'compact' : 'compact,delete',
    'min.compaction.lag.ms': String(MIN_COMPACTION_LAG_MS),
    'delete.retention.ms': String(DELETE_RETENTION_MS),
    ...retention,
  };
}

function sizeLimit({ maxBytes, placedBy }: Topic, largest: number): Record<string, string> {
  if (placedBy === 'source')
    return { 'max.message.bytes': String(OVERSIZE_FACTOR * largest + HEADER_BYTES) };
  return maxBytes === undefined ? {} : { 'max.message.bytes': String(OVERSIZE_FACTOR * maxBytes) };
}

/** Compares the cluster with the declaration. Overrides that are not declared are the operator's and no drift. */
export async function inspect(admin: LogAdmin, specs: readonly TopicSpec[]): Promise<Drift[]> {
  const present = await admin.describeTopics(specs.map(({ name }) => name));
  return specs.flatMap((spec) => driftOf(spec, present.get(spec.name)));
}

/**
 * Makes a cluster ready for a start: creates what is missing and says what differs.
 * @returns Drift that a start may live with, to be reported.
 * @throws ParityError TOPOLOGY_INVALID when a partition count differs: keys would lie in other partitions.
 */
export async function prepareCluster(
  admin: LogAdmin,
  specs: readonly TopicSpec[],
): Promise<Drift[]> {
  const drift = await inspect(admin, specs);
  const counts = drift.filter(({ kind }) => kind === 'partitions');
  if (counts.length > 0)
    throw new ParityError('TOPOLOGY_INVALID', counts.map(({ message }) => message).join('\n'));
  const missing = new Set(drift.filter(({ kind }) => kind === 'missing').map(({ topic }) => topic));
  if (missing.size > 0) await admin.createTopics(specs.filter(({ name }) => missing.has(name)));
  return drift.filter(({ kind }) => kind !== 'missing');
}

/**
 * Creates what is missing and sets the configuration of topics that differ. Kafka resets every override that an alteration does not
 * name, so all are sent: those declared, and those that an operator set besides.
 * @returns Names of the topics that were set right.
 * @throws ParityError TOPOLOGY_INVALID when a partition count differs; TOPIC_DRIFT when something is left, e.g. replication.
 */
export async function repairCluster(
  admin: LogAdmin,
  specs: readonly TopicSpec[],
): Promise<string[]> {
  const before = await inspect(admin, specs);
  await prepareCluster(admin, specs);
  const present = await admin.describeTopics(specs.map(({ name }) => name));
  const wrong = new Set(before.filter(({ kind }) => kind === 'config').map(({ topic }) => topic));
  for (const { name, config } of specs)
    if (wrong.has(name))
      await admin.setTopicConfig(name, { ...present.get(name)?.config, ...config });
  const left = await inspect(admin, specs);
  if (left.length > 0)
    throw new ParityError('TOPIC_DRIFT', left.map(({ message }) => message).join('\n'));
  return [...new Set(before.map(({ topic }) => topic))];
}

function driftOf(expected: TopicSpec, actual: TopicSpec | undefined): Drift[] {
  const topic = expected.name;
  if (actual === undefined)
    return [{ topic, kind: 'missing', message: `The topic ${topic} does not exist.` }];
  const drift: Drift[] = [];
  if (actual.partitions !== expected.partitions)
    drift.push({
      topic,
      kind: 'partitions',
      message: `The topic ${topic} has ${actual.partitions} partitions, but ${expected.partitions} are declared: another count needs a new prefix and fresh snapshots.`,
    });
  if (actual.replicationFactor !== expected.replicationFactor)
    drift.push({
      topic,
      kind: 'replication',
      message: `The topic ${topic} has ${actual.replicationFactor} replicas, but ${expected.replicationFactor} are declared: reassign its partitions.`,
    });
  for (const [name, value] of Object.entries(expected.config)) {
    const found = actual.config[name];
    if (found === undefined || normal(found) !== normal(value))
      drift.push({
        topic,
        kind: 'config',
        message: `The topic ${topic} has ${name} ${found === undefined ? 'not set' : found}, but ${value} is declared.`,
      });
  }
  return drift;
}

/** Kafka gives lists back in an order of its own. */
function normal(value: string): string {
  return value
    .split(',')
    .map((part) => part.trim())
    .sort()
    .join(',');
}
