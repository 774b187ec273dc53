import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { TableName, TopicName } from '../../topology/types.ts';
import type { GroupMember, LogBatch } from '../event-log.ts';
import { sleep } from '../ports.ts';
import { Condition } from './condition.ts';
import { Lease } from './lease.ts';
import { type InputLag, PartitionInputs } from './partition-inputs.ts';
import type { PartitionTables } from './partition-tables.ts';
import { catchUp, claimTables, type RestorePorts } from './restore.ts';
import { pauseMs, untilItWorks } from './retry.ts';
import type { RunnerScope } from './scope.ts';
import { Tenure } from './tenure.ts';
import { PartitionWriter } from './writer.ts';

/**
 * One partition number of a stage, from its assignment to its loss: its tables, its event queues and, one after the
 * other, the lives of its worker.
 * *waiting* (until the assignment and its lease hold) → *restoring* → *live* → (revoked, lease over, fenced, log or
 * database away) → *waiting* …; any → *closed* (assigned to another member, stop, failure of the stage).
 *
 * The tables outlive a worker, so that a rebalance costs no restore, for as long as they are sure to be what the log says:
 * not after a write of unknown fate, not after another owner's epoch, not over a generation that was missed.
 */
export class PartitionRun {
  readonly partition: number;
  readonly #scope: RunnerScope;
  readonly #inputs: PartitionInputs;
  readonly #progress = new Condition();
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #lease: Lease | null = null;
  #writer: PartitionWriter | null = null;
  #tenure: Tenure | null = null;
  /** Fenced, and the coordinator did not confirm us: nothing until it assigns the partition again. */
  #refused = false;
  #stopping = false;

  /** `after`: when the previous run of the same partition has ended. */
  constructor(scope: RunnerScope, partition: number, after: Promise<void>) {
    this.#scope = scope;
    this.partition = partition;
    this.#inputs = new PartitionInputs(scope, partition, this.#progress, {
      changed: (topic, record) => this.#tenure?.changed(topic, record),
      spoilt: (reason) => this.#lease?.end(reason),
      news: () => {
        scope.progressed();
        this.#tenure?.poke();
      },
    });
    this.#ended = after.then(() => this.#supervise());
  }

  get isLive(): boolean {
    return this.#tenure?.isLive ?? false;
  }

  /** Table records folded so far. */
  get recordsFolded(): number {
    return this.#inputs.tables.recordsFolded;
  }

  /**
   * The partition is ours under a new generation. `kept`: nobody else can have owned it in between.
   * @returns where to read each of its topics.
   */
  assigned(
    committed: ReadonlyMap<TopicName, number | null>,
    kept: boolean,
  ): ReadonlyMap<TopicName, number | 'earliest'> {
    this.#refused = false;
    // A write under way may fail yet: what the tables show would then be more than the log holds.
    const sure = this.#inputs.tables.trusted && (this.#writer?.isClean ?? true);
    return this.#inputs.assigned(committed, { kept, sure });
  }

  /** Resolves when nothing that was written is under way. */
  async writesSettled(): Promise<void> {
    await this.#writer?.settled();
  }

  /** What was ours may be somebody else's from now on. */
  suspend(reason: ParityError): void {
    this.#lease?.end(reason);
  }

  records(batch: LogBatch): void {
    this.#inputs.records(batch);
  }

  outOfRange(topic: TopicName, wanted: number, resumedAt: number): void {
    this.#inputs.outOfRange(topic, wanted, resumedAt);
  }

  /** What may be committed now: next offset to do, per topic. */
  offsets(): ReadonlyMap<TopicName, number> {
    return new Map([...this.#inputs.eventOffsets(), ...(this.#tenure?.tableOffsets() ?? [])]);
  }

  /** What is not done, per input. */
  lag(): ReadonlyMap<TopicName, InputLag> {
    return this.#inputs.lag(this.offsets());
  }

  /** True while consequences of table records are not done: the offsets may move without a further record. */
  get hasUndone(): boolean {
    return this.#tenure?.hasUndone ?? false;
  }

  /** Finishes what is under way. Resolves when the worker has ended; its offsets can still be asked for. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.isLive) this.#tenure?.stop();
    else this.#end();
    await this.#ended;
  }

  /** Ends the work at once. */
  async close(): Promise<void> {
    this.#end();
    this.#inputs.close();
    await this.#ended;
  }

  #end(): void {
    this.#closing.abort(ended());
    this.#lease?.end(ended());
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted && !this.#stopping; failures += 1) {
      const before = this.#tenure;
      try {
        await this.#scope.ownership.until(() => this.#owned() !== null, signal);
        await this.#live();
      } catch (error) {
        if (signal.aborted) return;
        if (this.#tenure !== before && this.#tenure?.wasLive) failures = 0;
        try {
          await this.#recover(error, failures);
        } catch (fatal) {
          if (!signal.aborted) this.#scope.fail(fatal);
          return;
        }
      }
    }
  }

  #owned(): GroupMember | null {
    return this.#refused ? null : this.#scope.owned();
  }

  /** One life of a worker. Resolves when it ended by `stop`. @throws what ended it otherwise. */
  async #live(): Promise<void> {
    const member = this.#owned();
    if (member === null) return;
    if (!this.#inputs.tables.trusted) this.#inputs.readTablesAgain(member);
    const { tables } = this.#inputs;
    const { options, placement } = this.#scope;
    const { log, serde, environment } = options;
    const lease = new Lease(member, environment.clock);
    const ports = { log, serde, placement, random: environment.random };
    const writer = new PartitionWriter(ports, this.partition, tables.set, lease);
    this.#lease = lease;
    this.#writer = writer;
    try {
      const restore = this.#restorePorts(member, lease, writer);
      if (!tables.caughtUp) await catchUp(restore);
      tables.caughtUp = true;
      await claimTables(restore);
      await this.#work(tables, lease, writer);
    } finally {
      lease.end(ended());
      // Until nothing of this life is under way, another one must not begin: their writes would mix.
      if (!(await writer.settled())) tables.distrust();
    }
  }

  async #work(tables: PartitionTables, lease: Lease, writer: PartitionWriter): Promise<void> {
    const { options, limits, placement, pressure } = this.#scope;
    const { stage, environment, serde } = options;
    const inputs = this.#inputs;
    const tenure = new Tenure({
      stage,
      partition: this.partition,
      environment,
      limits,
      placement,
      intake: { serde, environment, stage, maxBytes: (topic) => placement.maxBytes(topic) },
      tables: tables.set,
      queues: inputs.queues,
      pressure,
      lease,
      writer,
      progressed: () => this.#scope.progressed(),
      live: () => {
        inputs.hold(false);
        if (this.#stopping) this.#tenure?.stop();
      },
    });
    this.#tenure = tenure;
    try {
      await tenure.run();
    } finally {
      if (!this.#closing.signal.aborted) inputs.hold(true);
      await tenure.close();
    }
  }

  /** Decides after a life whether and when the next one may begin. @throws the error when it does not pass by itself. */
  async #recover(error: unknown, failures: number): Promise<void> {
    const { environment, stage } = this.#scope.options;
    const { signal } = this.#closing;
    const code = codeOf(error);
    if (!passes(code)) throw error;
    const fields = { error, code, stage: stage.name, partition: this.partition };
    environment.logger.info(fields, 'the work on a partition is interrupted');
    if (code === 'FENCED') {
      try {
        await this.#confirm(signal);
      } catch (refusal) {
        if (codeOf(refusal) !== 'LEASE_LOST') throw refusal;
        this.#refused = true;
      }
    }
    if (this.#owned() !== null) {
      await sleep(environment.timers, pauseMs(failures, environment), signal);
    }
  }

  /** Asks the coordinator by a commit that changes nothing. @throws ParityError LEASE_LOST when it refuses. */
  async #confirm(signal: AbortSignal): Promise<void> {
    const { environment, stage } = this.#scope.options;
    const { partition } = this;
    const topic = stage.ownTables[0];
    if (topic === undefined) return;
    const commit = async () => {
      const member = this.#owned();
      if (member === null) throw new ParityError('LEASE_LOST', 'the assignment is over');
      const offset = this.#scope.committed(topic, partition) ?? 0;
      await member.commit([{ topic, partition, offset }]);
    };
    const passing = (error: unknown) => codeOf(error) === 'LOG_UNAVAILABLE';
    await untilItWorks(commit, passing, environment, signal, 'confirming an assignment');
  }

  #restorePorts(member: GroupMember, lease: Lease, writer: PartitionWriter): RestorePorts {
    const { options, placement } = this.#scope;
    const { environment, log } = options;
    const endOf = (topic: TableName) =>
      untilItWorks(
        async () => (await this.#scope.endOffsets(topic)).get(this.partition) ?? 0,
        (error) => codeOf(error) === 'LOG_UNAVAILABLE',
        environment,
        lease.lost,
        `asking for the end of ${topic}`,
      );
    return {
      partition: this.partition,
      stores: this.#inputs.tables.set.stores,
      log,
      environment,
      writer,
      lease,
      progress: this.#progress,
      isOwn: (topic) => placement.isOwn(topic),
      endOf,
      confirm: () => this.#confirm(lease.lost),
      writerId: member.memberId,
    };
  }
}

function ended(): ParityError {
  return new ParityError('LEASE_LOST', 'the work on the partition has ended');
}

/** Errors that end a life but not the stage: they pass, and the partition is taken up again. */
function passes(code: string | undefined): boolean {
  return (
    code === 'LEASE_LOST' ||
    code === 'FENCED' ||
    code === 'LOG_UNAVAILABLE' ||
    code === 'DATABASE_UNAVAILABLE'
  );
}
