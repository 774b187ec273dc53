export interface MetricDeclaration {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly unit: string;
  /** Names of its labels: low-cardinality, never a connection id. */
  readonly labels: readonly string[];
  readonly help: string;
}

/**
 * Every metric of Parity. Names without the prefix `parity_` that begin with `channel_`, `circuit_`, `rate_limit_` or `webhook_` are those that
 * channel managers are asked for by their operators; all others are ours.
 */
export const METRICS = {
  channel_sync_total: {
    kind: 'counter',
    unit: 'syncs',
    labels: ['channel_type', 'status'],
    help: 'Exchanges with channels that ended, outbound requests and polls, by how they ended.',
  },
  channel_sync_duration_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['channel_type', 'sync_type'],
    help: 'How long an exchange with a channel took.',
  },
  channel_api_errors_total: {
    kind: 'counter',
    unit: 'errors',
    labels: ['channel_type', 'error_code'],
    help: 'Failed calls of channel APIs, by error code (docs/errors.md).',
  },
  circuit_breaker_state: {
    kind: 'gauge',
    unit: '0 closed, 1 open, 2 half-open',
    labels: ['channel_type'],
    help: 'State of most circuit breakers of a platform in this process.',
  },
  parity_shared_breaker_state: {
    kind: 'gauge',
    unit: '0 closed, 1 open, 2 half-open',
    labels: ['dependency'],
    help: 'State of the circuit breaker around what all connections share: the schema registry, the token endpoint of a platform.',
  },
  rate_limit_hits_total: {
    kind: 'counter',
    unit: 'hits',
    labels: ['channel_type'],
    help: 'Times that a call had to wait for a slot of the rate limit.',
  },
  parity_rate_limit_wait_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['channel_type', 'scope'],
    help: 'How long a call waited for a slot of a limit, by what the platform counts.',
  },
  parity_rate_limit_refusals_total: {
    kind: 'counter',
    unit: 'refusals',
    labels: ['channel_type', 'scope'],
    help: 'Answers of channels that say that calls come too fast, by what they pause.',
  },
  webhook_received_total: {
    kind: 'counter',
    unit: 'webhooks',
    labels: ['channel_type', 'event_type'],
    help: 'Webhooks with a valid signature, by the event type that the platform names.',
  },
  parity_access_token_expires_at: {
    kind: 'gauge',
    unit: 'seconds since the epoch',
    labels: ['channel_type'],
    help: 'When the access token that was read last expires.',
  },
  parity_outbound_latency_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['lane'],
    help: 'From the origin of the oldest change in a request to the start of the request.',
  },
  parity_open_connections: {
    kind: 'gauge',
    unit: 'connections',
    labels: ['channel_type'],
    help: 'Connections of this process whose circuit breaker is open.',
  },
  parity_breaker_opened_total: {
    kind: 'counter',
    unit: 'openings',
    labels: ['channel_type'],
    help: 'Circuit breakers that opened.',
  },
  parity_documents_served_total: {
    kind: 'counter',
    unit: 'documents',
    labels: ['channel_type', 'document'],
    help: 'Documents served to channels that fetch, by kind; indexes are not counted.',
  },
  parity_push_hints_total: {
    kind: 'counter',
    unit: 'hints',
    labels: ['channel_type', 'outcome'],
    help: 'Hints to channels that fetch that documents have changed: taken, refused, or failed on their way.',
  },
  parity_webhook_refused_total: {
    kind: 'counter',
    unit: 'webhooks',
    labels: ['channel_type', 'reason'],
    help: 'Webhooks of known connections that were refused: signature invalid, or too old.',
  },
  parity_token_refreshes_total: {
    kind: 'counter',
    unit: 'refreshes',
    labels: ['channel_type', 'outcome'],
    help: 'Access tokens that were renewed, or could not be.',
  },
  parity_intake_events_total: {
    kind: 'counter',
    unit: 'events',
    labels: [],
    help: 'PMS events folded into property.calendar.',
  },
  parity_foreign_partition_records_total: {
    kind: 'counter',
    unit: 'records',
    labels: [],
    help: 'PMS events found on a partition that is not that of their property, and moved there.',
  },
  parity_tenant_mismatch_events_total: {
    kind: 'counter',
    unit: 'events',
    labels: [],
    help: 'PMS events of a property that another tenant owns; they change nothing.',
  },
  parity_desired_pages_computed_total: {
    kind: 'counter',
    unit: 'pages',
    labels: [],
    help: 'Pages of channel.desired that were computed.',
  },
  parity_desired_pages_written_total: {
    kind: 'counter',
    unit: 'pages',
    labels: [],
    help: 'Pages of channel.desired that had changed and were written.',
  },
  parity_duplicate_revisions_total: {
    kind: 'counter',
    unit: 'revisions',
    labels: [],
    help: 'Booking revisions that were seen before and are dropped.',
  },
  parity_redelivered_revisions_total: {
    kind: 'counter',
    unit: 'revisions',
    labels: [],
    help: 'Booking revisions that were seen before and are passed on again.',
  },
  parity_booking_revisions_total: {
    kind: 'counter',
    unit: 'revisions',
    labels: ['channel_type', 'outcome'],
    help: 'Booking revisions decided on and committed, by the decision.',
  },
  parity_booking_conflicts_total: {
    kind: 'counter',
    unit: 'conflicts',
    labels: ['channel_type'],
    help: 'Double bookings found while revisions were stored.',
  },
  parity_bookings_retries_total: {
    kind: 'counter',
    unit: 'attempts',
    labels: [],
    help: 'Transactions of the bookings stage that wait for PostgreSQL and are tried again.',
  },
  parity_journal_retries_total: {
    kind: 'counter',
    unit: 'attempts',
    labels: [],
    help: 'Transactions of the journal stage that wait for PostgreSQL and are tried again.',
  },
  parity_database_transactions_repeated_total: {
    kind: 'counter',
    unit: 'attempts',
    labels: [],
    help: 'Transactions repeated because of a serialization failure or a deadlock.',
  },
  parity_outbox_oldest_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Age of the oldest outbox row that is not published.',
  },
  parity_outbox_published_total: {
    kind: 'counter',
    unit: 'rows',
    labels: [],
    help: 'Outbox rows published.',
  },
  parity_outbox_failed_total: {
    kind: 'counter',
    unit: 'rows',
    labels: [],
    help: 'Outbox rows that can never be published as they are.',
  },
  parity_stage_partitions: {
    kind: 'gauge',
    unit: 'partitions',
    labels: ['stage', 'state'],
    help: 'Partitions that are assigned to the stage in this process, and those of them that are live.',
  },
  parity_stage_restored_records: {
    kind: 'gauge',
    unit: 'records',
    labels: ['stage'],
    help: 'Table records read since the partitions were assigned.',
  },
  parity_stage_queued_records: {
    kind: 'gauge',
    unit: 'records',
    labels: ['stage'],
    help: 'Events that wait in memory.',
  },
  parity_stage_lag_records: {
    kind: 'gauge',
    unit: 'records',
    labels: ['stage', 'topic'],
    help: 'Records between what is done and the end of the log.',
  },
  parity_stage_lag_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    labels: ['stage', 'topic'],
    help: 'Age of the oldest event that waits; 0 where none does, and for tables.',
  },
  parity_stage_seconds_since_fetch: {
    kind: 'gauge',
    unit: 'seconds',
    labels: ['stage'],
    help: 'How long ago the stage fetched last.',
  },
  parity_stage_events_total: {
    kind: 'counter',
    unit: 'events',
    labels: ['stage', 'topic'],
    help: 'Events done.',
  },
  parity_stage_batch_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['stage', 'topic'],
    help: 'How long a batch of events took.',
  },
  parity_stage_failures_total: {
    kind: 'counter',
    unit: 'failures',
    labels: ['stage', 'code'],
    help: 'Stages that ended by an error, by its code.',
  },
  parity_events_out_of_range_total: {
    kind: 'counter',
    unit: 'occurrences',
    labels: ['stage', 'topic'],
    help: 'Times that the committed offset was no longer in the log: events may have been lost to retention.',
  },
  parity_dead_letters_total: {
    kind: 'counter',
    unit: 'records',
    labels: ['stage', 'topic', 'code'],
    help: 'Records dead-lettered, by error code.',
  },
  parity_zombie_records_total: {
    kind: 'counter',
    unit: 'records',
    labels: ['stage', 'topic'],
    help: 'Table records of a former owner that came after a newer epoch and were ignored.',
  },
  parity_zombie_repairs_total: {
    kind: 'counter',
    unit: 'records',
    labels: ['stage', 'topic'],
    help: 'Table records written again over those of a former owner.',
  },
  parity_metric_label_mismatches_total: {
    kind: 'counter',
    unit: 'uses',
    labels: ['metric'],
    help: 'Uses of a metric with other labels than it is declared with. A defect.',
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

type NameOf<Kind extends MetricDeclaration['kind']> = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof METRICS];

export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;
export type MetricName = keyof typeof METRICS;
