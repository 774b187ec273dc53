import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { TableName, TopicName } from '../../topology/types.ts';
import {
  type GroupHandler,
  type GroupMember,
  type LogBatch,
  partitionKey,
  type TopicPartition,
} from '../event-log.ts';
import { deferred } from '../log/deferred.ts';
import { SchemaGate } from '../tables/schema-gate.ts';
import { BackPressure } from './back-pressure.ts';
import { Committer } from './committer.ts';
import { Condition } from './condition.ts';
import { LeaseWatch } from './lease-watch.ts';
import { DEFAULT_LIMITS, type RunnerLimits, type StageRunnerOptions } from './options.ts';
import { PartitionRun } from './partition-run.ts';
import { StagePlacement } from './placement.ts';
import type { RunnerScope } from './scope.ts';
import { type StageStatus, statusOf } from './status.ts';
import { settlesWithin } from './within.ts';

/** How long an assignment waits for writes that the last one left under way, ms. */
const SETTLE_MS = 2_000;

export type { StageStatus } from './status.ts';

type Assignment = Parameters<GroupHandler['assigned']>[0];
type Positions = ReadonlyMap<string, number | 'earliest'>;

/**
 * Runs one member of a stage's group: a `PartitionRun` per assigned partition number, one commit loop, one lease.
 * *starting* → (member of the group) → *running* → stop → *stopping* → *ended*; any → (an error that does not pass) → *failed*.
 */
export class StageRunner implements GroupHandler {
  /** Resolves after `stop`; rejects when the stage cannot go on. The process then exits, so that its supervisor starts a new one. */
  readonly ended: Promise<void>;
  readonly #options: StageRunnerOptions;
  readonly #limits: RunnerLimits;
  readonly #scope: RunnerScope;
  readonly #runs = new Map<number, PartitionRun>();
  /** Runs that were lost and have not come to an end yet. */
  readonly #leaving = new Map<number, Promise<void>>();
  readonly #ends = new Map<TableName, Promise<ReadonlyMap<number, number>>>();
  readonly #committer: Committer;
  readonly #watch: LeaseWatch;
  readonly #pressure: BackPressure;
  readonly #ownership = new Condition();
  readonly #settle: { resolve(): void; reject(error: unknown): void };
  #member: GroupMember | null = null;
  #state: StageStatus['state'] = 'starting';
  #generation = Number.NEGATIVE_INFINITY;
  #assigned = false;

  /** Joins the group. @throws ParityError TOPOLOGY_INVALID, and what `EventLog.join` throws. */
  static async start(options: StageRunnerOptions): Promise<StageRunner> {
    const runner = new StageRunner(options);
    await runner.#join();
    return runner;
  }

  private constructor(options: StageRunnerOptions) {
    const { stage, environment, serde, topology } = options;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const control = {
      pause: (at: readonly TopicPartition[]) => this.#member?.pause(at),
      resume: (at: readonly TopicPartition[]) => this.#member?.resume(at),
    };
    this.#pressure = new BackPressure(this.#limits, control);
    this.#committer = new Committer({
      environment,
      stage: stage.name,
      intervalMs: this.#limits.commitIntervalMs,
      member: () => (this.#assigned ? this.#member : null),
      offsets: () => this.#offsets(),
      unsettled: () => [...this.#runs.values()].some((run) => run.hasUndone),
      fail: (error) => this.#fail(error),
    });
    this.#watch = new LeaseWatch(environment, {
      over: () => this.#suspend('the last heartbeat is older than the session timeout'),
      held: () => this.#ownership.notify(),
    });
    this.#scope = {
      options,
      limits: this.#limits,
      placement: new StagePlacement(topology, stage),
      gate: new SchemaGate(serde),
      pressure: this.#pressure,
      control,
      ownership: this.#ownership,
      owned: () => this.#owned(),
      endOffsets: (topic) => this.#endOffsets(topic),
      committed: (topic, partition) => this.#committer.committed(topic, partition),
      progressed: () => this.#committer.touch(),
      fail: (error) => this.#fail(error),
    };
    const ended = deferred<void>();
    this.ended = ended.promise;
    this.#settle = ended;
    // Whoever starts a stage decides what its end means; not watching it must not kill the process.
    this.ended.catch(() => undefined);
  }

  get status(): StageStatus {
    const runs = [...this.#runs.values()];
    return statusOf(this.#options, this.#state, runs, {
      queuedRecords: this.#pressure.queuedRecords,
      lastFetchAt: this.#member?.lastFetchAt() ?? null,
    });
  }

  /** Finishes what is under way, commits it and leaves the group. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'running' || this.#state === 'starting') {
      this.#state = 'stopping';
      await Promise.all([...this.#runs.values()].map((run) => run.stop()));
      await this.#committer.flush();
      await this.#leave();
      this.#state = 'ended';
      this.#settle.resolve();
    }
    await this.ended.catch(() => undefined);
  }

  async assigned({ partitions, committed, generation }: Assignment): Promise<Positions> {
    // On the way out, nothing new is begun; what is under way ends with its lease.
    if (this.#state !== 'starting' && this.#state !== 'running') return new Map();
    const kept = generation - this.#generation <= 1;
    if (kept) await this.#writesSettled();
    this.#generation = generation;
    this.#committer.reset(committed);
    const numbers = this.#complete(partitions);
    this.#dropLost(numbers);
    const positions = new Map<string, number | 'earliest'>();
    for (const partition of numbers) {
      for (const [topic, position] of this.#assign(partition, committed, kept)) {
        positions.set(partitionKey({ topic, partition }), position);
      }
    }
    this.#log('partitions assigned', { generation, partitions: [...numbers] });
    this.#pressure.reapply();
    this.#open();
    return positions;
  }

  revoked(): void {
    this.#assigned = false;
    this.#watch.stop();
    this.#suspend('the group is rebalancing, or the coordinator has given us up');
  }

  records(batch: LogBatch): void {
    this.#runs.get(batch.partition)?.records(batch);
  }

  outOfRange({ topic, partition }: TopicPartition, wanted: number, resumedAt: number): void {
    this.#runs.get(partition)?.outOfRange(topic as TopicName, wanted, resumedAt);
  }

  async #join(): Promise<void> {
    const { stage, log } = this.#options;
    const { sessionTimeoutMs, maxWaitMs } = this.#limits;
    const topics = [...stage.eventInputs, ...stage.tableInputs, ...stage.ownTables];
    const options = {
      groupId: stage.groupId,
      topics,
      sessionTimeoutMs,
      maxWaitMs,
      // Read back only to learn of zombies, and of other owners.
      unhurried: stage.ownTables,
    };
    const member = await log.join(options, this);
    this.#member = member;
    if (this.#state !== 'starting') {
      await member.stop();
      return;
    }
    this.#state = 'running';
    member.ended.then(
      () => this.#memberEnded(null),
      (error: unknown) => this.#memberEnded(error),
    );
    this.#pressure.reapply();
    if (this.#assigned) this.#open();
  }

  /** What was under way when the group began to rebalance mostly ends at once; the tables of the partition can then be kept. */
  async #writesSettled(): Promise<void> {
    const settled = Promise.all([...this.#runs.values()].map((run) => run.writesSettled()));
    await settlesWithin(settled, SETTLE_MS, this.#options.environment.timers);
  }

  /** The partition numbers of which every topic is assigned: with one missing there is no work to be done. */
  #complete(partitions: readonly TopicPartition[]): ReadonlySet<number> {
    const { stage } = this.#options;
    const wanted = stage.eventInputs.length + stage.tableInputs.length + stage.ownTables.length;
    const counts = new Map<number, number>();
    for (const { partition } of partitions) {
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    const torn = [...counts].find(([, count]) => count !== wanted);
    if (torn !== undefined) {
      this.#log('a partition is left alone: not all of its topics are assigned', {
        partition: torn[0],
      });
    }
    const complete = [...counts].filter(([, count]) => count === wanted);
    return new Set(complete.map(([partition]) => partition).sort((a, b) => a - b));
  }

  #dropLost(numbers: ReadonlySet<number>): void {
    for (const [partition, run] of [...this.#runs]) {
      if (numbers.has(partition)) continue;
      this.#runs.delete(partition);
      const leaving = run.close().finally(() => {
        if (this.#leaving.get(partition) === leaving) this.#leaving.delete(partition);
      });
      this.#leaving.set(partition, leaving);
    }
  }

  #assign(
    partition: number,
    committed: ReadonlyMap<string, number | null>,
    kept: boolean,
  ): ReadonlyMap<TopicName, number | 'earliest'> {
    const { stage } = this.#options;
    const present = this.#runs.get(partition);
    const before = this.#leaving.get(partition) ?? Promise.resolve();
    const run = present ?? new PartitionRun(this.#scope, partition, before);
    this.#runs.set(partition, run);
    const topics: TopicName[] = [...stage.eventInputs, ...stage.tableInputs, ...stage.ownTables];
    const offsets = topics.map(
      (topic) => [topic, committed.get(partitionKey({ topic, partition })) ?? null] as const,
    );
    return run.assigned(new Map(offsets), kept && present !== undefined);
  }

  /** The assignment is in force: workers may begin. */
  #open(): void {
    if (this.#state !== 'starting' && this.#state !== 'running') return;
    this.#assigned = true;
    if (this.#member === null) return;
    this.#watch.start(this.#member);
    this.#ownership.notify();
  }

  #owned(): GroupMember | null {
    const member = this.#assigned && this.#state !== 'failed' ? this.#member : null;
    const now = this.#options.environment.clock.monotonic();
    return member !== null && now < member.leaseUntil() ? member : null;
  }

  #suspend(why: string): void {
    const reason = new ParityError('LEASE_LOST', why);
    for (const run of this.#runs.values()) run.suspend(reason);
  }

  #offsets(): (TopicPartition & { readonly offset: number })[] {
    return [...this.#runs.values()].flatMap((run) =>
      [...run.offsets()].map(([topic, offset]) => ({ topic, partition: run.partition, offset })),
    );
  }

  /** Partitions begin together: one request per table serves all that ask at the same time. */
  #endOffsets(topic: TableName): Promise<ReadonlyMap<number, number>> {
    const { log, environment } = this.#options;
    const asked = this.#ends.get(topic);
    if (asked !== undefined) return asked;
    const ends = log.admin.endOffsets(topic);
    this.#ends.set(topic, ends);
    environment.timers.after(0, () => this.#ends.delete(topic));
    return ends;
  }

  #memberEnded(error: unknown): void {
    if (this.#state === 'stopping' || this.#state === 'ended' || this.#state === 'failed') return;
    const cause = error ?? new Error('the member ended by itself');
    this.#fail(
      codeOf(cause) === undefined
        ? new ParityError('CONSUMER_CRASHED', 'the Kafka consumer died', { cause })
        : cause,
    );
  }

  /** Lets go of everything: a defect or a table that cannot be read does not get better by going on. */
  #fail(error: unknown): void {
    if (this.#state === 'failed' || this.#state === 'ended') return;
    this.#state = 'failed';
    const { logger, metrics } = this.#options.environment;
    const stage = this.#options.stage.name;
    logger.error({ error, code: codeOf(error), stage }, 'the stage stops');
    metrics.count('parity_stage_failures_total', { stage, code: codeOf(error) ?? 'defect' });
    void this.#leave()
      .catch((reason: unknown) =>
        logger.error({ error: reason, stage }, 'leaving the group failed'),
      )
      .then(() => this.#settle.reject(error));
  }

  async #leave(): Promise<void> {
    this.#assigned = false;
    this.#watch.stop();
    this.#committer.close();
    await Promise.allSettled([...this.#runs.values()].map((run) => run.close()));
    this.#runs.clear();
    await this.#member?.stop();
  }

  #log(message: string, fields: Record<string, unknown>): void {
    const stage = this.#options.stage.name;
    this.#options.environment.logger.info({ stage, ...fields }, message);
  }
}
