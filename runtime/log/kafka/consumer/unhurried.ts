import { partitionKey } from '../../../event-log.ts';
import type { Clock } from '../../../ports.ts';
import type { FetchRequest } from '../internals.ts';

/** How late a record of an unhurried topic may be, ms, beside what a fetch takes. */
export const UNHURRIED_MS = 100;

/**
 * Keeps topics that are in no hurry out of most fetches. A member that tails what it writes itself would else have a fetch come back for each of its
 * own records, and what other topics bring would wait for the next one.
 *
 * A partition that was read to its end is asked for again after `UNHURRIED_MS`; one that is behind stays in every fetch, so that a restore
 * goes at full speed. Names are those of the cluster.
 */
export class UnhurriedTopics {
  readonly #topics: ReadonlySet<string>;
  readonly #clock: Clock;
  /** `topic[partition]` → monotonic ms at which it is asked for again. */
  readonly #dueAt = new Map<string, number>();

  constructor(topics: readonly string[], clock: Clock) {
    this.#topics = new Set(topics);
    this.#clock = clock;
  }

  /** What of a fetch is to be asked for now. Where something is left out, the fetch waits no longer than until that is due. */
  select(request: FetchRequest): FetchRequest {
    if (this.#dueAt.size === 0) return request;
    const now = this.#clock.monotonic();
    let nextDue = Number.POSITIVE_INFINITY;
    const isDue = (key: string) => {
      const dueAt = this.#dueAt.get(key) ?? now;
      if (dueAt > now) nextDue = Math.min(nextDue, dueAt);
      return dueAt <= now;
    };
    const topics = request.topics
      .map(({ topic, partitions }) => ({
        topic,
        partitions: this.#topics.has(topic)
          ? partitions.filter(({ partition }) => isDue(partitionKey({ topic, partition })))
          : partitions,
      }))
      .filter(({ partitions }) => partitions.length > 0);
    // With nothing else to read there is nothing to wait for.
    if (topics.length === 0 || nextDue === Number.POSITIVE_INFINITY) return request;
    const maxWaitTime = Math.min(request.maxWaitTime, Math.ceil(nextDue - now));
    return { ...request, maxWaitTime, topics };
  }

  /** A fetch came back. @param isBehind whether there is more of a partition than it brought. */
  fetched(request: FetchRequest, isBehind: (key: string) => boolean): void {
    const dueAt = this.#clock.monotonic() + UNHURRIED_MS;
    for (const { topic, partitions } of request.topics) {
      if (!this.#topics.has(topic)) continue;
      for (const { partition } of partitions) {
        const key = partitionKey({ topic, partition });
        if (isBehind(key)) this.#dueAt.delete(key);
        else this.#dueAt.set(key, dueAt);
      }
    }
  }
}
