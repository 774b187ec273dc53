import type { Serde } from '../../schemas/serde.ts';
import type { Topology } from '../../topology/types.ts';
import type { EventLog } from '../event-log.ts';
import type { Environment } from '../ports.ts';
import type { StageDefinition } from '../stage.ts';

/** What an operator may turn. Everything else is a named constant beside its use. */
export interface RunnerLimits {
  /** How long the coordinator waits for a heartbeat before it gives our partitions away, ms. Also the lease. */
  readonly sessionTimeoutMs: number;
  /** Longest wait of a fetch without records, ms. */
  readonly maxWaitMs: number;
  /** Events that wait in memory, over all partitions of the stage. Above it the fullest partitions are paused. */
  readonly queueBytes: number;
  readonly queueRecords: number;
  /** Events handed to a worker at once. */
  readonly batchBytes: number;
  readonly batchRecords: number;
  /** How often finished offsets are committed, ms. A crash repeats at most what was finished within it. */
  readonly commitIntervalMs: number;
  /** How long a graceful stop waits for what is under way, ms. */
  readonly stopTimeoutMs: number;
}

export const DEFAULT_LIMITS: RunnerLimits = {
  sessionTimeoutMs: 30_000,
  maxWaitMs: 200,
  queueBytes: 32_000_000,
  queueRecords: 20_000,
  batchBytes: 1_000_000,
  batchRecords: 1_000,
  commitIntervalMs: 500,
  stopTimeoutMs: 10_000,
};

export interface StageRunnerOptions {
  readonly stage: StageDefinition;
  readonly log: EventLog;
  readonly serde: Serde;
  readonly topology: Topology;
  readonly environment: Environment;
  readonly limits?: Partial<RunnerLimits>;
}
