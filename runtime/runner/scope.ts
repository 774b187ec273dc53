import type { TableName, TopicName } from '../../topology/types.ts';
import type { GroupMember } from '../event-log.ts';
import type { SchemaGate } from '../tables/schema-gate.ts';
import type { BackPressure, FetchControl } from './back-pressure.ts';
import type { Condition } from './condition.ts';
import type { RunnerLimits, StageRunnerOptions } from './options.ts';
import type { StagePlacement } from './placement.ts';

/** What a partition needs of its runner. */
export interface RunnerScope {
  readonly options: StageRunnerOptions;
  readonly limits: RunnerLimits;
  readonly placement: StagePlacement;
  readonly gate: SchemaGate;
  readonly pressure: BackPressure;
  readonly control: FetchControl;
  /** Notified whenever `owned` may have become true. */
  readonly ownership: Condition;
  /** The member, while the present assignment and its lease hold; else null. */
  owned(): GroupMember | null;
  /** End offsets of a table, not older than the call. @throws ParityError LOG_UNAVAILABLE. */
  endOffsets(topic: TableName): Promise<ReadonlyMap<number, number>>;
  /** The offset last committed for a topic and partition; null: none. */
  committed(topic: TopicName, partition: number): number | null;
  /** An offset may be committed that was not before. */
  progressed(): void;
  /** The stage cannot go on. */
  fail(error: unknown): void;
}
