import type { TopicName } from '../../topology/types.ts';
import type { StageRunnerOptions } from './options.ts';
import type { PartitionRun } from './partition-run.ts';

export interface TopicLag {
  readonly topic: TopicName;
  /** Over the partitions of this process, as far as their ends are known from fetches. */
  readonly records: number;
  /** Age of the oldest event that waits, ms; null: none, or a table. */
  readonly oldestMs: number | null;
}

/** What health checks and metrics say about a stage. */
export interface StageStatus {
  readonly stage: string;
  readonly state: 'starting' | 'running' | 'stopping' | 'ended' | 'failed';
  /** Partitions assigned, and how many of them have complete tables and a worker. */
  readonly assigned: number;
  readonly live: number;
  /** Table records read since the assignment. */
  readonly restoredRecords: number;
  /** Events that wait in memory. */
  readonly queuedRecords: number;
  /** What is not done, per input. */
  readonly lag: readonly TopicLag[];
  /** Monotonic ms of the last fetch that came back; null: not in the group yet. */
  readonly lastFetchAt: number | null;
}

export function statusOf(
  { stage, environment }: StageRunnerOptions,
  state: StageStatus['state'],
  runs: readonly PartitionRun[],
  facts: Pick<StageStatus, 'queuedRecords' | 'lastFetchAt'>,
): StageStatus {
  const lags = runs.map((run) => run.lag());
  const now = environment.clock.now();
  const lag = [...stage.eventInputs, ...stage.tableInputs].map((topic): TopicLag => {
    const ofTopic = lags.flatMap((perTopic) => perTopic.get(topic) ?? []);
    const since = ofTopic.flatMap((one) => one.since ?? []);
    return {
      topic,
      records: ofTopic.reduce((sum, one) => sum + one.records, 0),
      oldestMs: since.length === 0 ? null : Math.max(0, now - Math.min(...since)),
    };
  });
  return {
    stage: stage.name,
    state,
    assigned: runs.length,
    live: runs.filter((run) => run.isLive).length,
    restoredRecords: runs.reduce((sum, run) => sum + run.recordsFolded, 0),
    lag,
    ...facts,
  };
}
