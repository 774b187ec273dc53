import type { TopicPartition } from '../event-log.ts';
import { partitionKey } from '../event-log.ts';
import type { EventQueue } from './event-queue.ts';

export interface FetchControl {
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
}

interface Budget {
  readonly queueBytes: number;
  readonly queueRecords: number;
}

/**
 * Keeps the events in memory within a budget of bytes and records. Above it, the fullest partitions stop being fetched;
 * a partition goes on when the whole is at half the budget, or when its own queue is at half its even share (so that
 * one stuck partition does not stop the others; the bound is then twice the budget and what one fetch brings).
 * Partitions under restore are held all the same. Tables are never paused.
 */
export class BackPressure {
  readonly #budget: Budget;
  readonly #control: FetchControl;
  readonly #queues = new Map<string, EventQueue>();
  readonly #held = new Set<string>();
  readonly #full = new Set<string>();
  #paused = new Set<string>();

  constructor(budget: Budget, control: FetchControl) {
    this.#budget = budget;
    this.#control = control;
  }

  /** Events that wait, over all partitions. */
  get queuedRecords(): number {
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  /** Share of the budget in use, 0 … (more than 1 is over it). */
  get load(): number {
    const bytes = [...this.#queues.values()].reduce((sum, queue) => sum + queue.bytes, 0);
    const { queueBytes, queueRecords } = this.#budget;
    return Math.max(bytes / queueBytes, this.queuedRecords / queueRecords);
  }

  /** A queue whose partition is fetched from now on; held until `release`. */
  add(queue: EventQueue): void {
    const key = partitionKey(queue);
    this.#queues.set(key, queue);
    this.#held.add(key);
    this.#apply();
  }

  remove(queue: EventQueue): void {
    const key = partitionKey(queue);
    this.#queues.delete(key);
    this.#held.delete(key);
    this.#full.delete(key);
    this.#paused.delete(key);
  }

  hold(queue: EventQueue): void {
    this.#held.add(partitionKey(queue));
    this.#apply();
  }

  release(queue: EventQueue): void {
    this.#held.delete(partitionKey(queue));
    this.#apply();
  }

  /** After a (re)join nothing is paused at the client: says again what is to be. */
  reapply(): void {
    this.#paused = new Set();
    this.#apply();
  }

  /** A queue has grown or shrunk. */
  changed(): void {
    const load = this.load;
    if (load > 1) this.#pauseFullest();
    for (const key of [...this.#full]) {
      const queue = this.#queues.get(key);
      if (queue === undefined || load <= 0.5 || this.#share(queue) <= 0.5) this.#full.delete(key);
    }
    this.#apply();
  }

  #pauseFullest(): void {
    const going = [...this.#queues]
      .filter(([key]) => !this.#full.has(key))
      .sort(([, a], [, b]) => this.#share(b) - this.#share(a));
    going.forEach(([key, queue], index) => {
      if (index === 0 || this.#share(queue) >= 1) this.#full.add(key);
    });
  }

  /** How much of its even share of the budget a queue uses. */
  #share(queue: EventQueue): number {
    const queues = Math.max(1, this.#queues.size);
    return (
      queues *
      Math.max(queue.bytes / this.#budget.queueBytes, queue.length / this.#budget.queueRecords)
    );
  }

  #apply(): void {
    const pause: TopicPartition[] = [];
    const resume: TopicPartition[] = [];
    for (const [key, queue] of this.#queues) {
      const wanted = this.#held.has(key) || this.#full.has(key);
      if (wanted === this.#paused.has(key)) continue;
      (wanted ? pause : resume).push({ topic: queue.topic, partition: queue.partition });
      if (wanted) this.#paused.add(key);
      else this.#paused.delete(key);
    }
    if (pause.length > 0) this.#control.pause(pause);
    if (resume.length > 0) this.#control.resume(resume);
  }
}
