import type { LogRecord, ProduceRecord, TopicPartition } from '../../event-log.ts';
import { MemoryEventLog } from './client.ts';
import { GroupCoordinator } from './coordinator.ts';
import {
  type FaultCounts,
  type Faults,
  type Latencies,
  NO_FAULTS,
  NO_LATENCY,
  zeroCounts,
} from './faults.ts';
import type { FetchAnswer } from './fetcher.ts';
import { Link, type ProcessPorts, type Transit } from './link.ts';
import { type InFlight, ProducePath } from './produce-path.ts';
import { TopicStore } from './topic-store.ts';

export interface MemoryBrokerOptions extends ProcessPorts {
  readonly latencies?: Partial<Latencies>;
  readonly faults?: Partial<Faults>;
  /** Most records of one partition in one batch. */
  readonly maxBatchRecords?: number;
}

const MAX_BATCH_RECORDS = 500;

/**
 * The log in memory: one broker, shared by any number of clients (`connect`, one per simulated process). All of its time, timers and
 * chance come from its ports, so that a run under a virtual clock and a seed repeats exactly. Nothing is durable.
 *
 * The methods from `freezeClient` on are what a simulation does to it.
 */
export class MemoryBroker {
  readonly topics = new TopicStore();
  readonly faults: Faults;
  readonly counts: FaultCounts = zeroCounts();
  readonly #ports: ProcessPorts;
  readonly #latencies: Latencies;
  readonly #maxBatchRecords: number;
  readonly #groups = new Map<string, GroupCoordinator>();
  readonly #produces: ProducePath;

  constructor(options: MemoryBrokerOptions) {
    this.#ports = options;
    this.faults = { ...NO_FAULTS, ...options.faults };
    this.#latencies = { ...NO_LATENCY, ...options.latencies };
    this.#maxBatchRecords = options.maxBatchRecords ?? MAX_BATCH_RECORDS;
    this.#produces = new ProducePath(
      this.#ports,
      this.#transit,
      this.topics,
      () => this.faults,
      this.counts,
      this.#latencies.requestTimeoutMs,
    );
  }

  /** A client for one process, on that process's own clock, timers and chance. */
  connect(ports: ProcessPorts): MemoryEventLog {
    return new MemoryEventLog(
      this,
      new Link(ports, this.#transit, this.#latencies.requestTimeoutMs),
    );
  }

  /** The process stops for a while: no heartbeat, no step. Requests under way land at once, or are held until it resumes or `landHeld`. */
  freezeClient(client: MemoryEventLog, inFlight: Exclude<InFlight, 'lost'> = 'held'): void {
    if (client.link.mode !== 'running') return;
    this.counts.freezes += 1;
    client.link.setFrozen();
    this.#produces.interrupt(client.link, inFlight);
  }

  resumeClient(client: MemoryEventLog): void {
    if (client.link.mode !== 'frozen') return;
    this.counts.resumes += 1;
    this.landHeld(client);
    client.link.setRunning();
  }

  /** The process is gone, as by kill -9: its group learns it by the session timeout only. */
  killClient(client: MemoryEventLog, inFlight: InFlight = 'lost'): void {
    if (client.link.mode === 'killed') return;
    this.counts.kills += 1;
    client.link.setKilled();
    this.#produces.interrupt(client.link, inFlight);
  }

  /** Held requests of a frozen or killed process reach the log now. @returns the number of requests. */
  landHeld(client: MemoryEventLog): number {
    return this.#produces.landHeld(client.link);
  }

  /** The process runs on, but no message passes between it and the broker until `reconnectClient`. */
  isolateClient(client: MemoryEventLog): void {
    if (!client.link.isolated) this.counts.isolations += 1;
    client.link.setIsolated(true);
  }

  reconnectClient(client: MemoryEventLog): void {
    client.link.setIsolated(false);
  }

  forceRebalance(groupId: string): void {
    this.counts.forcedRebalances += 1;
    this.group(groupId).force();
  }

  /** Runs the log cleaner over a compacted topic now. */
  compact(topic: string): void {
    this.counts.compactions += 1;
    this.#clean(topic, 'compact', (log, config) => {
      this.counts.compactedRecords += log.compact(this.#ports.clock.now(), config);
    });
  }

  /** Deletes what is past the retention of a topic whose policy is (also) `delete`. */
  applyRetention(topic: string): void {
    this.counts.retentionRuns += 1;
    this.#clean(topic, 'delete', (log, config) => {
      this.counts.expiredRecords += log.applyRetention(this.#ports.clock.now(), config);
    });
  }

  /** What the partition holds now, for assertions. */
  dump(partition: TopicPartition): readonly LogRecord[] {
    const { topic, partition: number } = partition;
    const log = this.topics.log(partition);
    return log
      .read(0, Number.MAX_SAFE_INTEGER)
      .records.map((record) => ({ topic, partition: number, ...record }));
  }

  group(groupId: string): GroupCoordinator {
    const known = this.#groups.get(groupId);
    if (known !== undefined) return known;
    const group = new GroupCoordinator(this.#ports, () => this.topics.counts(), {
      rebalanced: () => {
        this.counts.rebalances += 1;
      },
      sessionExpired: () => {
        this.counts.sessionExpiries += 1;
      },
    });
    this.#groups.set(groupId, group);
    return group;
  }

  /** The clients' side. */
  send(link: Link, records: readonly ProduceRecord[]): Promise<number[]> {
    return this.#produces.send(link, records);
  }

  /** Calls `wake` as soon as one of the positions has something to say (records, or that it is out of range). */
  whenReadable(
    positions: readonly (TopicPartition & { readonly offset: number })[],
    wake: () => void,
  ): () => void {
    let timer = { cancel: (): void => undefined };
    const soon = () => {
      timer = this.#ports.timers.after(this.#draw(this.#latencies.fetchMs), wake);
    };
    const readable = positions.some((position) => {
      const log = this.topics.find(position);
      return log !== undefined && (position.offset !== log.end || position.offset < log.start);
    });
    const endWait = readable ? undefined : this.topics.onAppend(positions, soon);
    if (readable) soon();
    return () => {
      endWait?.();
      timer.cancel();
    };
  }

  /** One fetch over several partitions, in an order that chance decides. */
  readAll<P extends TopicPartition & { readonly offset: number }>(
    positions: readonly P[],
  ): { position: P; read: FetchAnswer }[] {
    return shuffle(positions, () => this.#ports.random.next()).flatMap((position) => {
      const read = this.#read(position);
      return read === null ? [] : [{ position, read }];
    });
  }

  #read({
    topic,
    partition,
    offset,
  }: TopicPartition & { readonly offset: number }): FetchAnswer | null {
    const log = this.topics.find({ topic, partition });
    if (log === undefined) return null;
    if (offset < log.start || offset > log.end) {
      this.counts.outOfRange += 1;
      return { kind: 'out of range', resumedAt: log.start };
    }
    if (offset === log.end) return null;
    if (this.faults.delayDelivery > 0 && this.#ports.random.next() < this.faults.delayDelivery) {
      this.counts.delayedDeliveries += 1;
      return { kind: 'delayed', delay: this.#draw(this.faults.delayMs) };
    }
    const { records, nextOffset } = log.read(offset, this.#maxBatchRecords);
    return {
      kind: 'records',
      records: records.map((record) => ({ topic, partition, ...record })),
      nextOffset,
      endOffset: log.end,
    };
  }

  #clean(
    topic: string,
    policy: string,
    run: (log: ReturnType<TopicStore['log']>, config: Readonly<Record<string, string>>) => void,
  ): void {
    const config = this.topics.spec(topic)?.config ?? {};
    if (!(config['cleanup.policy'] ?? 'delete').includes(policy)) return;
    for (const log of this.topics.logs(topic)) run(log, config);
  }

  readonly #transit: Transit = (task) =>
    this.#ports.timers.after(this.#draw(this.#latencies.networkMs), task);

  #draw(max: number): number {
    return max === 0 ? 0 : this.#ports.random.next() * max;
  }
}

function shuffle<T>(items: readonly T[], next: () => number): T[] {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(next() * (index + 1));
    const [a, b] = [shuffled[index], shuffled[other]];
    if (a !== undefined && b !== undefined) {
      shuffled[index] = b;
      shuffled[other] = a;
    }
  }
  return shuffled;
}
