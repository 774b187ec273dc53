import { ParityError } from '../../../schemas/errors.ts';
import {
  type GroupHandler,
  type GroupMember,
  type GroupOptions,
  partitionKey,
  type TopicPartition,
} from '../../event-log.ts';
import type { Timer } from '../../ports.ts';
import { AssignmentCalls } from '../assignment-calls.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { MemoryBroker } from './broker.ts';
import type { GroupCoordinator, GroupJoined } from './coordinator.ts';
import { Fetcher } from './fetcher.ts';
import type { Link } from './link.ts';

type Positions = ReadonlyMap<string, number | 'earliest'>;

/** Heartbeats per session timeout, and the longest distance between two, ms. */
const HEARTBEATS_PER_SESSION = 10;
const MAX_HEARTBEAT_MS = 3_000;
const REJOIN_BACKOFF_MS = 300;

/**
 * One member of a group.
 * *joining* → the coordinator answers → *assigning* (`assigned` is asked for positions) → *reading*; a heartbeat that says
 * `rebalancing` or `unknown member` leads from any of them back to *joining* (`revoked`), stop() to *ended*.
 */
export class MemoryMember implements GroupMember {
  readonly memberId: string;
  readonly ended: Promise<void>;
  readonly #broker: MemoryBroker;
  readonly #group: GroupCoordinator;
  readonly #link: Link;
  readonly #options: GroupOptions;
  readonly #calls: AssignmentCalls;
  readonly #fetcher: Fetcher;
  readonly #delivered = new Map<string, number>();
  #mode: 'joining' | 'assigning' | 'reading' | 'ended' = 'joining';
  #lease = Number.NEGATIVE_INFINITY;
  #generation = -1;
  #partitions: readonly TopicPartition[] = [];
  #pausedWhileAssigning = new Set<string>();
  #heartbeat: Timer | null = null;
  readonly #settle: Deferred<void>;

  constructor(broker: MemoryBroker, link: Link, options: GroupOptions, handler: GroupHandler) {
    this.memberId = link.ports.random.uuid();
    this.#broker = broker;
    this.#group = broker.group(options.groupId);
    this.#link = link;
    this.#options = options;
    this.#calls = new AssignmentCalls(handler);
    this.#fetcher = new Fetcher(broker, link, {
      records: (batch) => {
        this.#delivered.set(partitionKey(batch), batch.nextOffset);
        this.#guard(() => handler.records(batch));
      },
      outOfRange: (partition, wanted, resumedAt) =>
        this.#guard(() => handler.outOfRange(partition, wanted, resumedAt)),
    });
    const ended = deferred<void>();
    this.ended = ended.promise;
    this.#settle = ended;
    // Who does not watch `ended` must not be killed by it.
    this.ended.catch(() => undefined);
    void this.#join();
  }

  leaseUntil(): number {
    return this.#lease;
  }

  lastFetchAt(): number {
    return this.#link.lastContact();
  }

  async commit(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    const generation = this.#generation;
    const foreign = offsets.find((offset) => !this.#owns(offset));
    const accepted =
      foreign === undefined &&
      (await this.#link.call<boolean>((answer) =>
        answer(this.#group.commit(this.memberId, generation, offsets)),
      ));
    if (accepted) return;
    this.#broker.counts.refusedCommits += 1;
    throw new ParityError(
      'LEASE_LOST',
      `the coordinator of ${this.#options.groupId} refused a commit of generation ${generation}`,
    );
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      if (this.#mode === 'assigning') this.#pausedWhileAssigning.add(partitionKey(partition));
      this.#fetcher.setPaused(partition, true);
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#pausedWhileAssigning.delete(partitionKey(partition));
      this.#fetcher.setPaused(partition, false);
    }
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#fetcher.seek(partition, offset);
  }

  async stop(): Promise<void> {
    if (this.#mode !== 'ended') {
      this.#end();
      await this.#leave();
      this.#settle.resolve();
    }
    await this.ended.catch(() => undefined);
  }

  #owns(partition: TopicPartition): boolean {
    return this.#partitions.some((own) => partitionKey(own) === partitionKey(partition));
  }

  #end(): void {
    this.#mode = 'ended';
    this.#heartbeat?.cancel();
    this.#release();
  }

  async #leave(): Promise<void> {
    try {
      await this.#link.call<void>((answer) => {
        this.#group.leave(this.memberId);
        answer();
      });
    } catch {
      // Out of reach: the coordinator finds out by the session timeout.
      this.#lease = Number.NEGATIVE_INFINITY;
    }
  }

  async #join(): Promise<void> {
    this.#mode = 'joining';
    const start = this.#link.ports.clock.monotonic();
    const { topics, sessionTimeoutMs } = this.#options;
    const owned = [...new Set(this.#partitions.map(({ partition }) => partition))];
    const request = {
      memberId: this.memberId,
      topics,
      sessionTimeoutMs,
      owned,
      ownedSince: this.#generation,
    };
    try {
      const joined = await this.#link.call<GroupJoined>((answer) => {
        for (const topic of topics) this.#broker.topics.logs(topic);
        this.#group.join(request, answer);
      });
      if (this.#mode !== 'joining') return;
      this.#mode = 'assigning';
      this.#generation = joined.generation;
      this.#partitions = joined.partitions;
      this.#pausedWhileAssigning.clear();
      this.#lease = start + sessionTimeoutMs;
      this.#scheduleHeartbeat();
      void this.#assign(joined);
    } catch {
      // Out of reach, or a topic that does not exist yet: join again.
      if (this.#mode === 'joining')
        this.#heartbeat = this.#link.after(REJOIN_BACKOFF_MS, () => void this.#join());
    }
  }

  async #assign(joined: GroupJoined): Promise<void> {
    try {
      const positions = await this.#calls.assign(joined);
      this.#link.step(() => {
        if (
          positions === null ||
          this.#mode !== 'assigning' ||
          this.#generation !== joined.generation
        )
          return;
        this.#read(joined, positions);
      });
    } catch (error) {
      this.#link.step(() => void this.#crash(error));
    }
  }

  #read(joined: GroupJoined, positions: Positions): void {
    const from = joined.partitions.map((partition) => {
      const key = partitionKey(partition);
      const log = this.#broker.topics.log(partition);
      const answer = positions.get(key) ?? joined.committed.get(key) ?? 'earliest';
      const offset = answer === 'earliest' ? log.start : answer;
      if (offset < (this.#delivered.get(key) ?? 0)) this.#broker.counts.rewinds += 1;
      return { ...partition, offset };
    });
    this.#mode = 'reading';
    this.#fetcher.assign(from, this.#pausedWhileAssigning);
  }

  #scheduleHeartbeat(): void {
    const interval = Math.min(
      MAX_HEARTBEAT_MS,
      this.#options.sessionTimeoutMs / HEARTBEATS_PER_SESSION,
    );
    this.#heartbeat?.cancel();
    this.#heartbeat = this.#link.after(interval, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const start = this.#link.ports.clock.monotonic();
    const generation = this.#generation;
    try {
      const answer = await this.#link.call<string>((reply) =>
        reply(this.#group.heartbeat(this.memberId, generation)),
      );
      if (this.#mode === 'ended' || this.#generation !== generation) return;
      if (answer !== 'accepted') {
        this.#release();
        void this.#join();
        return;
      }
      this.#lease = Math.max(this.#lease, start + this.#options.sessionTimeoutMs);
    } catch {
      // No answer: the lease runs on and ends by itself unless a later heartbeat is accepted.
      if (this.#mode === 'ended') return;
    }
    this.#scheduleHeartbeat();
  }

  /** The assignment is over for us: nothing more is delivered, the lease ends now, the handler is told. */
  #release(): void {
    this.#lease = Number.NEGATIVE_INFINITY;
    this.#fetcher.clear();
    this.#calls.revoke();
  }

  /** A handler that throws has a defect: the member dies. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      void this.#crash(error);
    }
  }

  async #crash(cause: unknown): Promise<void> {
    if (this.#mode === 'ended') return;
    this.#end();
    await this.#leave();
    this.#settle.reject(
      new ParityError('CONSUMER_CRASHED', `a member of ${this.#options.groupId} died`, { cause }),
    );
  }
}
