import { codeOf } from '../../schemas/errors.ts';
import type { TopicName } from '../../topology/types.ts';
import { type GroupMember, partitionKey, type TopicPartition } from '../event-log.ts';
import type { Environment, Timer } from '../ports.ts';

export interface CommitPorts {
  readonly environment: Environment;
  readonly stage: string;
  readonly intervalMs: number;
  /** The member while the assignment holds, else null. */
  member(): GroupMember | null;
  /** What may be committed now, over all partitions. */
  offsets(): readonly (TopicPartition & { readonly offset: number })[];
  /** Offsets may move without anyone saying so. */
  unsettled(): boolean;
  /** Committing failed in a way that does not pass. */
  fail(error: unknown): void;
}

/** Commits finished offsets together, one request at a time, at the latest one interval after they moved. */
export class Committer {
  readonly #ports: CommitPorts;
  readonly #committed = new Map<string, number>();
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(ports: CommitPorts) {
    this.#ports = ports;
  }

  /** A new assignment: what the coordinator has. */
  reset(committed: ReadonlyMap<string, number | null>): void {
    this.#committed.clear();
    for (const [key, offset] of committed) if (offset !== null) this.#committed.set(key, offset);
  }

  committed(topic: TopicName, partition: number): number | null {
    return this.#committed.get(partitionKey({ topic, partition })) ?? null;
  }

  /** Something may be committed that was not before. */
  touch(): void {
    if (this.#timer !== null || this.#closed) return;
    this.#timer = this.#ports.environment.timers.after(this.#ports.intervalMs, () => {
      this.#timer = null;
      void this.flush();
    });
  }

  /** Commits what has moved. A refusal is no failure: the assignment is over, and another owner repeats the work. */
  async flush(): Promise<void> {
    await this.#running;
    // What is undone now may be done by the end of the commit, which then told of less than there is.
    const moving = this.#ports.unsettled();
    this.#running = this.#commit().finally(() => {
      this.#running = null;
    });
    await this.#running;
    if (moving || this.#ports.unsettled()) this.touch();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #commit(): Promise<void> {
    const member = this.#ports.member();
    if (member === null) return;
    const moved = this.#ports
      .offsets()
      .filter((offset) => this.#committed.get(partitionKey(offset)) !== offset.offset);
    if (moved.length === 0) return;
    try {
      await member.commit(moved);
      for (const offset of moved) this.#committed.set(partitionKey(offset), offset.offset);
    } catch (error) {
      const fields = { error, code: codeOf(error), stage: this.#ports.stage };
      this.#ports.environment.logger.debug(fields, 'a commit was not accepted');
      if (codeOf(error) === 'LOG_UNAVAILABLE') this.touch();
      else if (codeOf(error) !== 'LEASE_LOST') this.#ports.fail(error);
    }
  }
}
