import kafkajs, { type Cluster, type Consumer } from 'kafkajs';
import { ParityError } from '../../../../schemas/errors.ts';
import {
  type GroupHandler,
  type GroupMember,
  type GroupOptions,
  partitionKey,
  type TopicPartition,
} from '../../../event-log.ts';
import { sleep } from '../../../ports.ts';
import { AssignmentCalls } from '../../assignment-calls.ts';
import { type Deferred, deferred } from '../../deferred.ts';
import { type KafkaContext, RETRY, unavailable } from '../connection.ts';
import type { Coordinator, Membership } from '../internals.ts';
import { byNumberAssigner, fixedAssigner } from './assigner.ts';
import {
  type ClusterObserver,
  isMembershipError,
  useCoordinator,
  watchCluster,
} from './cluster-watch.ts';
import { Consumption } from './consumption.ts';
import { GroupOffsets } from './group-offsets.ts';
import { HEARTBEAT_CHECK_MS, Heartbeats } from './heartbeats.ts';
import { localCoordinator } from './local-coordinator.ts';
import { UnhurriedTopics } from './unhurried.ts';

const HEARTBEATS_PER_SESSION = 10;
const MAX_HEARTBEAT_MS = 3_000;

/** `fixed`: no group in Kafka; the member gets exactly these partitions. */
export interface MemberOptions extends GroupOptions {
  readonly fixed?: readonly TopicPartition[];
}

type Assignment = Parameters<GroupHandler['assigned']>[0];

/**
 * A member of a consumer group on one kafkajs consumer.
 * *joining* → kafkajs has joined and everything is paused → *assigning* (the handler is asked for positions) → *reading*. A join that is about to be
 * sent, a heartbeat that is refused and a crash that kafkajs restarts from lead from any of them back to *joining* (`revoked`); stop() and a
 * crash that it does not restart from lead to *ended*.
 */
export class KafkaMember implements GroupMember {
  readonly memberId: string;
  readonly ended: Promise<void>;
  readonly #context: KafkaContext;
  readonly #options: MemberOptions;
  readonly #groupId: string;
  readonly #calls: AssignmentCalls;
  readonly #consumer: Consumer;
  readonly #consumption: Consumption;
  readonly #offsets: GroupOffsets;
  readonly #settle: Deferred<void> = deferred();
  #mode: 'joining' | 'assigning' | 'reading' | 'ended' = 'joining';
  #membership: Membership = { generationId: -1, memberId: '' };
  #partitions: readonly TopicPartition[] = [];
  #pausedWhileAssigning = new Set<string>();
  #joinStartedAt = 0;
  #joinsUnderWay = 0;
  #lease = Number.NEGATIVE_INFINITY;
  #lastFetch: number;
  #stopped: Promise<void> | null = null;

  /** Connects, subscribes and lets the join begin. @throws LOG_UNAVAILABLE */
  static async start(
    context: KafkaContext,
    options: MemberOptions,
    handler: GroupHandler,
  ): Promise<KafkaMember> {
    const member = new KafkaMember(context, options, handler);
    await member.#start();
    return member;
  }

  private constructor(context: KafkaContext, options: MemberOptions, handler: GroupHandler) {
    const { environment, naming } = context;
    this.#context = context;
    this.#options = options;
    this.#groupId = naming.full(options.groupId);
    this.#offsets = new GroupOffsets(context, this.#groupId);
    this.memberId = environment.random.uuid();
    this.ended = this.#settle.promise;
    // Who does not watch `ended` must not be killed by it.
    this.ended.catch(() => undefined);
    this.#calls = new AssignmentCalls(handler);
    this.#lastFetch = environment.clock.monotonic();
    this.#consumer = context.client().consumer({
      groupId: this.#groupId,
      partitionAssigners: [({ cluster }) => this.#attach(cluster)],
      sessionTimeout: options.sessionTimeoutMs,
      // A member that does not rejoin is dropped after this time: not before its lease is over.
      rebalanceTimeout: options.sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_CHECK_MS,
      maxWaitTimeInMs: options.maxWaitMs,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => this.#mode !== 'ended' },
    });
    this.#consumption = new Consumption(this.#consumer, naming, {
      records: (batch) => this.#guard(() => handler.records(batch)),
      outOfRange: (partition, wanted) => void this.#resumeInRange(partition, wanted, handler),
    });
  }

  leaseUntil(): number {
    return this.#lease;
  }

  lastFetchAt(): number {
    return this.#lastFetch;
  }

  commit(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    const membership = this.#membership;
    const stands = () =>
      this.#isMember() &&
      this.#membership === membership &&
      offsets.every((offset) => this.#owns(offset));
    return this.#offsets.commit(membership, offsets, stands, () => this.#lease);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      if (this.#mode === 'assigning') this.#pausedWhileAssigning.add(partitionKey(partition));
      this.#consumption.pause(partition);
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#pausedWhileAssigning.delete(partitionKey(partition));
      this.#consumption.resume(partition);
    }
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#consumption.seek(partition, offset);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { naming } = this.#context;
    const topics = this.#options.topics.map((topic) => naming.full(topic));
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#joined(payload.memberAssignment));
    // kafkajs has let go of the group: before a restart, or for good.
    this.#consumer.on(events.STOP, () => this.#release());
    this.#consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      this.#joinsUnderWay = 0;
      if (restart) this.#release();
      else this.#die(error);
    });
    this.#consumer.on(events.FETCH, () => {
      // With everything paused kafkajs fetches nothing and only sleeps: it is alive all the same.
      if (this.#consumption.isIdle()) this.#lastFetch = this.#context.environment.clock.monotonic();
    });
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics, fromBeginning: true });
    } catch (error) {
      await this.#consumer.disconnect();
      throw unavailable(`cannot read ${topics.join(', ')}`, error);
    }
    this.#consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => this.#consumption.take(batch.topic, batch.partition),
      })
      .catch((error: unknown) => this.#die(error));
  }

  /** kafkajs makes the assigner together with the consumer's cluster object: the place to watch its requests. */
  #attach(cluster: Cluster) {
    const { environment, naming } = this.#context;
    const { sessionTimeoutMs } = this.#options;
    const heartbeats = new Heartbeats(
      environment.clock,
      Math.min(MAX_HEARTBEAT_MS, sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      (startedAt, generation) => {
        if (generation !== this.#membership.generationId || !this.#isMember()) return;
        this.#lease = Math.max(this.#lease, startedAt + sessionTimeoutMs);
      },
      (error) => {
        if (isMembershipError(error)) this.#release();
      },
    );
    const { unhurried: topics = [] } = this.#options;
    const unhurried = new UnhurriedTopics(
      topics.map((topic) => naming.full(topic)),
      environment.clock,
    );
    const ports = { clock: environment.clock, naming, heartbeats, unhurried };
    const observer: ClusterObserver = {
      joining: () => this.#joining(),
      joined: (membership, coordinator) => this.#admitted(membership, coordinator),
      fetching: () => this.#fetching(),
      fetched: (fetch) => this.#consumption.fetched(fetch),
      fetchReturned: (at) => {
        this.#lastFetch = at;
      },
      outOfRange: (topic, partition) => this.#consumption.outOfRange(topic, partition),
    };
    const watched = watchCluster(cluster, observer, ports);
    this.#offsets.attach(watched);
    const { fixed } = this.#options;
    if (fixed === undefined) {
      return byNumberAssigner(cluster, () => ({
        owned: [...new Set(this.#partitions.map(({ partition }) => partition))],
        generation: this.#membership.generationId,
      }));
    }
    useCoordinator(watched, localCoordinator(), observer, ports);
    return fixedAssigner(
      fixed.map(({ topic, partition }) => ({ topic: this.#context.naming.full(topic), partition })),
    );
  }

  #joining(): void {
    if (this.#mode === 'ended')
      throw new kafkajs.KafkaJSNonRetriableError('the member was stopped');
    this.#release();
    this.#joinStartedAt = this.#context.environment.clock.monotonic();
    this.#joinsUnderWay += 1;
  }

  /**
   * Stopped while it makes its fetchers anew (a broker came or went), kafkajs starts the new ones all the same. They ask a runner that no
   * longer runs, get nothing at once and ask again, without ever giving way to the event loop: the process stands still. An error that may
   * pass makes the runner look whether it still runs.
   */
  #fetching(): void {
    if (this.#mode === 'ended')
      throw new kafkajs.KafkaJSError('the member was stopped', { retriable: true });
  }

  /** The coordinator let us in; the assignment follows with the end of the sync. */
  #admitted(membership: Membership, coordinator: Coordinator): void {
    this.#membership = membership;
    this.#offsets.coordinator = coordinator;
  }

  #joined(memberAssignment: Readonly<Record<string, number[]>>): void {
    this.#joinsUnderWay = 0;
    if (this.#mode === 'ended') return;
    this.#release();
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic: this.#context.naming.bare(topic), partition })),
    );
    this.#mode = 'assigning';
    this.#partitions = partitions;
    this.#pausedWhileAssigning.clear();
    this.#lease = this.#joinStartedAt + this.#options.sessionTimeoutMs;
    this.#consumption.hold(partitions);
    void this.#assign(this.#membership, partitions);
  }

  async #assign(membership: Membership, partitions: readonly TopicPartition[]): Promise<void> {
    const stands = () => this.#mode === 'assigning' && this.#membership === membership;
    try {
      const committed = await this.#offsets.committed(partitions, stands);
      if (committed === null) return;
      const assignment: Assignment = { partitions, committed, generation: membership.generationId };
      const answers = await this.#calls.assign(assignment);
      if (answers === null || !stands()) return;
      const starts = await this.#offsets.starts(assignment, answers, stands);
      if (starts === null || !stands()) return;
      this.#mode = 'reading';
      this.#consumption.place(starts, this.#pausedWhileAssigning);
    } catch (error) {
      this.#die(error);
    }
  }

  async #resumeInRange(
    partition: TopicPartition,
    wanted: number,
    handler: GroupHandler,
  ): Promise<void> {
    const stands = () =>
      this.#mode === 'reading' && this.#consumption.position(partition) === wanted;
    const resumedAt = await this.#offsets.first(partition, stands);
    if (resumedAt === null || !stands()) return;
    this.#consumption.seek(partition, resumedAt);
    this.#guard(() => handler.outOfRange(partition, wanted, resumedAt));
  }

  /** Not ours any more: the lease ends now, nothing more is delivered, the handler is told. */
  #release(): void {
    if (this.#mode !== 'ended') this.#mode = 'joining';
    this.#lease = Number.NEGATIVE_INFINITY;
    this.#consumption.clear();
    this.#calls.revoke();
  }

  #die(cause: unknown): void {
    if (this.#mode === 'ended') return;
    this.#mode = 'ended';
    this.#release();
    const error = new ParityError('CONSUMER_CRASHED', `a member of ${this.#options.groupId} died`, {
      cause,
    });
    const settle = () => this.#settle.reject(error);
    this.#stopped = this.#disconnect().then(settle, settle);
  }

  async #stop(): Promise<void> {
    this.#mode = 'ended';
    this.#release();
    await this.#disconnect();
    this.#settle.resolve();
  }

  async #disconnect(): Promise<void> {
    const { clock, timers, logger } = this.#context.environment;
    // kafkajs cannot stop while its first join is under way: it would go on reading for ever.
    const giveUp = clock.monotonic() + 2 * this.#options.sessionTimeoutMs;
    do await sleep(timers, 0);
    while (this.#joinsUnderWay > 0 && clock.monotonic() < giveUp);
    try {
      await this.#consumer.disconnect();
    } catch (error) {
      logger.warn(
        { error: String(error), groupId: this.#groupId },
        'a consumer did not disconnect cleanly',
      );
    }
  }

  /** A handler that throws has a defect: the member dies instead of reading the batch again and again. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#die(error);
    }
  }

  #isMember(): boolean {
    return this.#mode === 'assigning' || this.#mode === 'reading';
  }

  #owns(partition: TopicPartition): boolean {
    return this.#partitions.some(
      (own) => own.topic === partition.topic && own.partition === partition.partition,
    );
  }
}
