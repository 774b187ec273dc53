import { partitionKey, type TopicPartition } from '../../event-log.ts';
import type { Clock, Timer, Timers } from '../../ports.ts';
import { assignByNumber } from '../assignment.ts';

export interface JoinRequest {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Partition numbers of the last assignment and its generation, for stickiness. */
  readonly owned: readonly number[];
  readonly ownedSince: number;
}

export interface GroupJoined {
  readonly generation: number;
  readonly partitions: readonly TopicPartition[];
  readonly committed: ReadonlyMap<string, number | null>;
}

type HeartbeatAnswer = 'accepted' | 'rebalancing' | 'unknown member';

interface Member extends JoinRequest {
  lastHeard: number;
  session: Timer;
  /** Set while the member waits in the present rebalance. */
  joined: ((answer: GroupJoined) => void) | null;
}

export interface CoordinatorEvents {
  rebalanced(): void;
  sessionExpired(): void;
}

/**
 * The broker's side of one consumer group (eager protocol):
 * *stable* → (join of a new member, leave, session over, force) → *preparing*, in which heartbeats answer `rebalancing`;
 * *preparing* → (every member has rejoined, or the longest session timeout has passed and the others are dropped) →
 * *stable* under the next generation. Commits are taken from members of the present generation only.
 */
export class GroupCoordinator {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #events: CoordinatorEvents;
  readonly #partitionCounts: () => ReadonlyMap<string, number>;
  readonly #members = new Map<string, Member>();
  readonly #committed = new Map<string, number>();
  #generation = 0;
  #preparing = false;
  #deadline: Timer | null = null;

  constructor(
    environment: { clock: Clock; timers: Timers },
    partitionCounts: () => ReadonlyMap<string, number>,
    events: CoordinatorEvents,
  ) {
    this.#clock = environment.clock;
    this.#timers = environment.timers;
    this.#partitionCounts = partitionCounts;
    this.#events = events;
  }

  get memberCount(): number {
    return this.#members.size;
  }

  /** `answer` is called once, when the rebalance that this join takes part in is complete. */
  join(request: JoinRequest, answer: (joined: GroupJoined) => void): void {
    this.#members.get(request.memberId)?.session.cancel();
    const member: Member = {
      ...request,
      lastHeard: this.#clock.monotonic(),
      session: this.#watch(request.memberId, request.sessionTimeoutMs),
      joined: answer,
    };
    this.#members.set(request.memberId, member);
    this.#prepare();
    this.#completeIfAllJoined();
  }

  heartbeat(memberId: string, generation: number): HeartbeatAnswer {
    const member = this.#members.get(memberId);
    if (member === undefined || generation !== this.#generation) return 'unknown member';
    member.lastHeard = this.#clock.monotonic();
    return this.#preparing ? 'rebalancing' : 'accepted';
  }

  /** @returns false when the generation is not the present one: nothing is stored. */
  commit(
    memberId: string,
    generation: number,
    offsets: readonly (TopicPartition & { readonly offset: number })[],
  ): boolean {
    const member = this.#members.get(memberId);
    if (member === undefined || generation !== this.#generation || member.joined !== null)
      return false;
    for (const offset of offsets) this.#committed.set(partitionKey(offset), offset.offset);
    return true;
  }

  committed(partition: TopicPartition): number | null {
    return this.#committed.get(partitionKey(partition)) ?? null;
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    member.session.cancel();
    this.#members.delete(memberId);
    this.#prepare();
    this.#completeIfAllJoined();
  }

  /** Starts a rebalance without a cause. */
  force(): void {
    if (this.#members.size > 0) this.#prepare();
  }

  #prepare(): void {
    if (this.#preparing) return;
    this.#preparing = true;
    // As long as the longest session: whoever has not rejoined by then has no lease any more.
    const wait = Math.max(
      0,
      ...[...this.#members.values()].map((member) => member.sessionTimeoutMs),
    );
    this.#deadline = this.#timers.after(wait, () => {
      for (const [id, member] of this.#members) {
        if (member.joined !== null) continue;
        member.session.cancel();
        this.#members.delete(id);
        this.#events.sessionExpired();
      }
      this.#completeIfAllJoined();
    });
  }

  #completeIfAllJoined(): void {
    const members = [...this.#members.values()];
    if (!this.#preparing || members.some((member) => member.joined === null)) return;
    this.#deadline?.cancel();
    this.#preparing = false;
    this.#generation += 1;
    if (members.length === 0) return;
    this.#events.rebalanced();
    const assignment = assignByNumber(
      members.map((member) => ({ ...member, id: member.memberId, generation: member.ownedSince })),
      this.#partitionCounts(),
    );
    for (const member of members) {
      const partitions = assignment.get(member.memberId) ?? [];
      const committed = new Map(
        partitions.map((partition) => [partitionKey(partition), this.committed(partition)]),
      );
      const answer = member.joined;
      member.joined = null;
      member.lastHeard = this.#clock.monotonic();
      answer?.({ generation: this.#generation, partitions, committed });
    }
  }

  #watch(memberId: string, delay: number): Timer {
    return this.#timers.after(delay, () => {
      const member = this.#members.get(memberId);
      if (member === undefined) return;
      const left = member.lastHeard + member.sessionTimeoutMs - this.#clock.monotonic();
      // A member that waits in a rebalance is not asked for heartbeats.
      if (left > 0 || member.joined !== null) {
        member.session = this.#watch(memberId, left > 0 ? left : member.sessionTimeoutMs);
        return;
      }
      this.#events.sessionExpired();
      this.leave(memberId);
    });
  }
}
