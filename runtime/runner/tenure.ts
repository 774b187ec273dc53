import { ParityError } from '../../schemas/errors.ts';
import type { EventTopicName, TableName } from '../../topology/types.ts';
import type { LogRecord } from '../event-log.ts';
import type { Environment } from '../ports.ts';
import type {
  DeadLetter,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableKey,
} from '../stage.ts';
import type { TableSet } from '../tables/table-set.ts';
import type { BackPressure } from './back-pressure.ts';
import { ChangeSet } from './change-set.ts';
import { Condition } from './condition.ts';
import { type DeadRecord, deadLetterRecord } from './dead-letter.ts';
import { type IntakePorts, sortEvents } from './event-intake.ts';
import type { EventQueue } from './event-queue.ts';
import { type Lease, unlessAborted } from './lease.ts';
import type { RunnerLimits } from './options.ts';
import type { StagePlacement } from './placement.ts';
import { WakeTimer } from './wake-timer.ts';
import { settlesWithin } from './within.ts';
import type { PartitionWriter } from './writer.ts';

/** How long a worker whose lease has ended may take to come back from a call, ms. Then it is left alone, and that is logged. */
const LAST_CALL_MS = 10_000;

export interface TenurePorts {
  readonly stage: StageDefinition;
  readonly partition: number;
  readonly environment: Environment;
  readonly limits: RunnerLimits;
  readonly placement: StagePlacement;
  readonly intake: IntakePorts;
  readonly tables: TableSet;
  readonly queues: readonly EventQueue[];
  readonly pressure: BackPressure;
  readonly lease: Lease;
  readonly writer: PartitionWriter;
  /** Something was done that may be committed. */
  progressed(): void;
  live(): void;
}

/**
 * One life of a worker, from complete tables to the end of the lease:
 * *restoring* → `restored` came back → *live* → (lease ended, a call failed, or `stop`) → *closed*.
 * It is the one caller of the worker; what happens in between waits in the change set, the queues and the timer.
 */
export class Tenure {
  readonly #ports: TenurePorts;
  readonly #worker: PartitionWorker;
  readonly #changes = new ChangeSet();
  readonly #news = new Condition();
  readonly #wake: WakeTimer;
  #state: 'restoring' | 'live' | 'closed' = 'restoring';
  #wasLive = false;
  #recording = false;
  #stopping = false;
  /** The events that the worker has before it, for dead letters. */
  #chunk: { readonly topic: EventTopicName; readonly records: readonly LogRecord[] } | null = null;
  #call: Promise<void> = Promise.resolve();
  #finalOffsets: ReadonlyMap<TableName, number> = new Map();

  constructor(ports: TenurePorts) {
    this.#ports = ports;
    const { clock, timers } = ports.environment;
    this.#wake = new WakeTimer(clock, timers, () => this.#news.notify());
    this.#worker = ports.stage.open(this.#context());
  }

  /**
   * Works until it is stopped (then it resolves) or cannot go on.
   * @throws the reason for which the lease ended, or what the worker threw.
   */
  async run(): Promise<void> {
    const { lease } = this.#ports;
    await this.#rewriteStale('known');
    const doubtful = this.#doubtful();
    this.#recording = true;
    await this.#ask(() => this.#worker.restored(doubtful));
    this.#state = 'live';
    this.#wasLive = true;
    this.#ports.live();
    this.#ports.progressed();
    while (!this.#stopping) {
      const worked = await this.#round();
      if (!worked) await this.#news.until(() => this.#stopping || this.#hasWork(), lease.lost);
    }
    await this.#drain();
  }

  /** Ends the lease of this life, if nobody did, and the worker's work. Resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    const { lease, environment, stage, partition } = this.#ports;
    this.#finalOffsets = this.tableOffsets();
    lease.end(new ParityError('LEASE_LOST', `the work on partition ${partition} has ended`));
    this.#state = 'closed';
    this.#wake.close();
    const closed = this.#worker.close().catch((error: unknown) => {
      environment.logger.error({ error, stage: stage.name, partition }, 'closing a worker failed');
    });
    const quiet = Promise.allSettled([closed, this.#call]);
    if (!(await settlesWithin(quiet, LAST_CALL_MS, environment.timers))) {
      environment.logger.error(
        { stage: stage.name, partition },
        'a worker does not come to an end',
      );
    }
  }

  /** Finish what is under way and come back. */
  stop(): void {
    this.#stopping = true;
    this.#news.notify();
  }

  /** New events, stale records or the like: look again. */
  poke(): void {
    this.#news.notify();
  }

  changed(topic: TableName, record: LogRecord): void {
    if (!this.#recording || this.#state === 'closed') return;
    this.#changes.add(topic, record);
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  /** It has been live; perhaps it still is. */
  get wasLive(): boolean {
    return this.#wasLive;
  }

  /** True while consequences of table records are not done. */
  get hasUndone(): boolean {
    const { tableInputs } = this.#ports.stage;
    return this.isLive && tableInputs.some((topic) => this.#undoneFrom(topic) !== undefined);
  }

  /** Per table the offset before which all is done (I9); after the end, as it was then. None before the first recomputation is done. */
  tableOffsets(): ReadonlyMap<TableName, number> {
    if (!this.isLive) return this.#finalOffsets;
    const { stage, tables } = this.#ports;
    const own = stage.ownTables.map((topic) => [topic, tables.store(topic).position] as const);
    const inputs = stage.tableInputs.map(
      (topic) => [topic, this.#undoneFrom(topic) ?? tables.store(topic).position] as const,
    );
    return new Map([...own, ...inputs]);
  }

  #undoneFrom(topic: TableName): number | undefined {
    const known = [this.#changes.undoneFrom(topic), this.#worker.lowestUndone(topic)];
    const offsets = known.filter((offset) => offset !== undefined);
    return offsets.length === 0 ? undefined : Math.min(...offsets);
  }

  #hasWork(): boolean {
    const { queues, tables, stage } = this.#ports;
    return (
      !this.#changes.isEmpty ||
      this.#wake.isDue ||
      queues.some((queue) => queue.length > 0) ||
      stage.ownTables.some((topic) => tables.store(topic).hasStale)
    );
  }

  /** One turn of everything that waits, so that nothing starves. @returns whether there was anything. */
  async #round(): Promise<boolean> {
    let worked = await this.#rewriteStale('all');
    if (!this.#changes.isEmpty) {
      const changes = this.#changes.take();
      await this.#ask(() => this.#worker.changed(changes));
      this.#changes.done();
      worked = true;
    }
    if (this.#wake.isDue) {
      this.#wake.take();
      await this.#ask(() => this.#worker.wake(this.#ports.environment.clock.now()));
      worked = true;
    }
    for (const queue of this.#ports.queues) {
      if (queue.length === 0 || this.#stopping) continue;
      await this.#events(queue);
      worked = true;
    }
    if (worked) this.#ports.progressed();
    return worked;
  }

  async #events(queue: EventQueue): Promise<void> {
    const { intake, lease, limits, pressure, environment, stage } = this.#ports;
    const { topic } = queue;
    const records = queue.peek(limits);
    const begin = environment.clock.monotonic();
    const { events, letters, count } = await sortEvents(topic, records, intake, lease.lost);
    this.#chunk = { topic, records };
    await this.#deadLetter(letters);
    if (events.length > 0) await this.#ask(() => this.#worker.events(topic, events));
    this.#chunk = null;
    // What came back after the lease had ended is not done: another owner may have begun it anew.
    lease.assert();
    queue.finish(count);
    pressure.changed();
    const labels = { stage: stage.name, topic };
    environment.metrics.count('parity_stage_events_total', labels, count);
    const seconds = (environment.clock.monotonic() - begin) / 1_000;
    environment.metrics.observe('parity_stage_batch_seconds', seconds, labels);
  }

  /** Calls the worker; when the lease ends first, the call is left to itself (`close` waits for it). */
  async #ask(call: () => Promise<void>): Promise<void> {
    const { lost } = this.#ports.lease;
    lost.throwIfAborted();
    this.#call = call();
    await unlessAborted(this.#call, lost);
  }

  /** Writes own values over zombies' records. `known` leaves keys out whose right value may be gone. */
  async #rewriteStale(which: 'all' | 'known'): Promise<boolean> {
    const { tables, stage, writer, environment, partition } = this.#ports;
    let worked = false;
    for (const topic of stage.ownTables) {
      const keys = tables.store(topic).takeStale(which);
      if (keys.length === 0) continue;
      const fields = { stage: stage.name, topic, partition, keys: keys.length };
      environment.logger.warn(fields, 'writing values again over those of a former owner');
      environment.metrics.count(
        'parity_zombie_repairs_total',
        { stage: stage.name, topic },
        keys.length,
      );
      await writer.rewrite(topic, keys);
      worked = true;
    }
    return worked;
  }

  #doubtful(): TableKey[] {
    const { tables, stage } = this.#ports;
    return stage.ownTables.flatMap((topic) =>
      tables
        .store(topic)
        .doubtful()
        .map((key) => ({ topic, key })),
    );
  }

  async #drain(): Promise<void> {
    const { lease, environment, limits, stage, partition } = this.#ports;
    const { drain } = this.#worker;
    if (drain === undefined) return;
    this.#call = drain.call(this.#worker);
    const ended = unlessAborted(this.#call, lease.lost);
    if (!(await settlesWithin(ended, limits.stopTimeoutMs, environment.timers))) {
      const fields = { stage: stage.name, partition };
      environment.logger.warn(fields, 'work under way did not end within the stop timeout');
    }
  }

  async #deadLetter(letters: readonly DeadLetter[]): Promise<void> {
    const { environment, stage, partition, writer } = this.#ports;
    const at = { stage: stage.name, partition, now: environment.clock.now() };
    await writer.writeRaw(
      letters.map((letter) => deadLetterRecord(letter, this.#recordOf(letter), at)),
    );
    for (const { error, topic, offset } of letters) {
      const labels = { stage: stage.name, topic, code: error.code };
      environment.metrics.count('parity_dead_letters_total', labels);
      environment.logger.warn({ ...labels, partition, offset }, 'a record was dead-lettered');
    }
  }

  /** The bytes of a dead letter: of the events in hand, of a table, or none any more. */
  #recordOf({ topic, key, offset }: DeadLetter): DeadRecord {
    const event =
      this.#chunk?.topic === topic
        ? this.#chunk.records.find((record) => record.offset === offset)
        : undefined;
    if (event !== undefined) return event;
    const store = [...this.#ports.tables.stores].find(([name]) => name === topic)?.[1];
    return { key, value: store?.entry(key)?.value ?? null, headers: {} };
  }

  #context(): PartitionContext {
    const { environment, partition, placement, tables, lease, writer, stage } = this.#ports;
    const logger = environment.logger.child({ stage: stage.name, partition });
    return {
      ...environment,
      logger,
      partition,
      tables,
      lost: lease.lost,
      write: (outputs) => writer.write(outputs),
      writeAfterLease: (outputs) => writer.writeAfterLease(outputs),
      deadLetter: (letters) => this.#deadLetter(letters),
      fail: (error) => lease.end(error),
      leaseHeld: () => lease.held(),
      wakeAt: (at) => {
        this.#wake.wish(at);
      },
      partitionOf: (id) => placement.partitionOf(id),
    };
  }
}
