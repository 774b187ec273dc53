/** The pipeline as data. `topics.ts` and `stages.ts` hold the one value; everything else is derived from it. */
export type Placement = 'property' | 'connection' | 'account' | 'source';

export type TopicKind = 'table' | 'events';

export interface Topic {
  readonly name: TopicName;
  readonly kind: TopicKind;
  /**
   * What decides the partition. `property` and `connection` records both lie in the partition of their property, so
   * they are co-partitioned; `account` records lie by account_id; `source` follows the record they copy.
   */
  readonly placedBy: Placement;
  /** Shape of the key, for people and AsyncAPI. */
  readonly key: string;
  /** Retention of events in days; for tables only where tombstones or old keys end by age. */
  readonly retentionDays?: number;
  /** Largest value in bytes that intake of this topic takes. */
  readonly maxBytes?: number;
  /** Declared, but no stage of this build writes it yet. */
  readonly planned?: true;
  readonly description: string;
}

export const TOPIC_NAMES = [
  'pms.events',
  'property.calendar',
  'channel.connections',
  'channel.desired',
  'channel.acknowledged',
  'channel.observed',
  'channel.documents',
  'channel.health',
  'channel.commands',
  'channel.webhooks',
  'channel.revisions',
  'channel.bookings',
  'channel.accounts',
  'channel.inbox',
  'channel.cursors',
  'channel.sync-log',
  'channel.alerts',
  'channel.dead-letters',
] as const;
export type TopicName = (typeof TOPIC_NAMES)[number];

/** Topics of which the newest record of each key counts. `topics.ts` declares the same, and validation compares. */
export const TABLE_NAMES = [
  'property.calendar',
  'channel.connections',
  'channel.desired',
  'channel.acknowledged',
  'channel.observed',
  'channel.documents',
  'channel.health',
  'channel.revisions',
  'channel.accounts',
  'channel.cursors',
] as const satisfies readonly TopicName[];
export type TableName = (typeof TABLE_NAMES)[number];
/** Topics of which every record counts. */
export type EventTopicName = Exclude<TopicName, TableName>;

export function isTableName(topic: string): topic is TableName {
  return (TABLE_NAMES as readonly string[]).includes(topic);
}

export const STAGE_NAMES = [
  'intake',
  'mapping',
  'delivery',
  'polling',
  'dedup',
  'bookings',
  'reconciliation',
  'journal',
  'ingress',
  'relay',
] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface Stage {
  readonly name: StageName;
  /** What partitions its work; `none` for stages that are no consumer group of their own partitions. */
  readonly partitionedBy: 'property' | 'account' | 'none';
  readonly inputs: readonly TopicName[];
  /** Tables and events that it writes; `channel.alerts` and `channel.dead-letters` are implied for every stage. */
  readonly outputs: readonly TopicName[];
  readonly callsChannels: boolean;
  /** Declared, but this build does not run it yet. */
  readonly planned?: true;
  readonly description: string;
}

export interface Topology {
  readonly partitions: number;
  readonly topics: readonly Topic[];
  readonly stages: readonly Stage[];
}
