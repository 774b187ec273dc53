import type { ProduceRecord } from '../../event-log.ts';
import { partitionKey } from '../../event-log.ts';
import { drawProduceFault, type FaultCounts, type Faults } from './faults.ts';
import type { Link, ProcessPorts, Transit } from './link.ts';
import { unanswered } from './link.ts';
import type { TopicStore } from './topic-store.ts';

/** What becomes of requests that are under way when their process freezes or dies. */
export type InFlight = 'lands' | 'held' | 'lost';

interface Request {
  readonly link: Link;
  readonly records: readonly ProduceRecord[];
  readonly timestamp: number;
  readonly resolve: (offsets: number[]) => void;
  readonly reject: (error: unknown) => void;
  /** Stops it on its way to the broker. */
  stop: () => void;
}

/** The way of a produce request from a process to the log and back, with everything that can happen to it there. */
export class ProducePath {
  readonly #ports: ProcessPorts;
  readonly #transit: Transit;
  readonly #topics: TopicStore;
  readonly #faults: () => Faults;
  readonly #counts: FaultCounts;
  readonly #requestTimeoutMs: number;
  readonly #underWay = new Set<Request>();
  #held: Request[] = [];

  constructor(
    ports: ProcessPorts,
    transit: Transit,
    topics: TopicStore,
    faults: () => Faults,
    counts: FaultCounts,
    requestTimeoutMs: number,
  ) {
    this.#ports = ports;
    this.#transit = transit;
    this.#topics = topics;
    this.#faults = faults;
    this.#counts = counts;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  send(link: Link, records: readonly ProduceRecord[]): Promise<number[]> {
    return new Promise((resolve, reject) => {
      link.step(() => {
        const timestamp = link.ports.clock.now();
        const request: Request = {
          link,
          records,
          timestamp,
          resolve,
          reject,
          stop: () => undefined,
        };
        this.#underWay.add(request);
        const timer = this.#transit(() => {
          this.#underWay.delete(request);
          this.#arrive(request);
        });
        request.stop = () => timer.cancel();
      });
    });
  }

  /** The process stops: decides about what it has under way. */
  interrupt(link: Link, inFlight: InFlight): void {
    if (inFlight === 'lands') return;
    for (const request of [...this.#underWay].filter((candidate) => candidate.link === link)) {
      request.stop();
      this.#underWay.delete(request);
      if (inFlight === 'held') this.#held.push(request);
    }
  }

  /** Lets held requests of a process reach the log now. @returns the number of requests. */
  landHeld(link: Link): number {
    const landing = this.#held.filter((request) => request.link === link);
    this.#held = this.#held.filter((request) => request.link !== link);
    for (const request of landing) {
      this.#counts.lateAppends += 1;
      this.#answer(request, () => this.#append(request.records, request.timestamp));
    }
    return landing.length;
  }

  #arrive(request: Request): void {
    const { link, records, timestamp } = request;
    const fault = drawProduceFault(this.#faults(), this.#ports.random);
    if (link.isolated || fault === 'loseRequest') {
      this.#counts.lostRequests += 1;
      this.#giveUp(request);
    } else if (fault === 'loseAnswer') {
      this.#counts.lostAnswers += 1;
      this.#append(records, timestamp);
      this.#giveUp(request);
    } else if (fault === 'partialProduce') {
      this.#counts.partialProduces += 1;
      this.#append(this.#someOf(records), timestamp);
      this.#giveUp(request);
    } else if (fault === 'lateProduce') {
      this.#giveUp(request);
      const late = this.#requestTimeoutMs + this.#ports.random.next() * this.#faults().lateMs;
      this.#ports.timers.after(late, () => {
        this.#counts.lateAppends += 1;
        this.#append(records, timestamp);
      });
    } else {
      if (fault === 'duplicateProduce') {
        this.#counts.duplicatedProduces += 1;
        this.#append(records, timestamp);
      }
      this.#answer(request, () => this.#append(records, timestamp));
    }
  }

  #append(records: readonly ProduceRecord[], timestamp: number): number[] {
    for (const record of records) this.#topics.check(record);
    return records.map((record) => this.#topics.append(record, this.#stamp(record, timestamp)));
  }

  /** What is appended late is young to the cleaner, as on a broker that stamps records itself. */
  #stamp({ topic }: ProduceRecord, timestamp: number): number {
    const kind = this.#topics.spec(topic)?.config['message.timestamp.type'];
    return kind === 'LogAppendTime' ? this.#ports.clock.now() : timestamp;
  }

  /** The records of some partitions only: a produce request is not atomic. */
  #someOf(records: readonly ProduceRecord[]): ProduceRecord[] {
    const written = new Map<string, boolean>();
    return records.filter((record) => {
      const key = partitionKey(record);
      const decided = written.get(key) ?? this.#ports.random.next() < 0.5;
      written.set(key, decided);
      return decided;
    });
  }

  #answer(request: Request, append: () => number[]): void {
    const { link, resolve, reject } = request;
    const reply = (settle: () => void) => {
      this.#transit(() => {
        if (link.isolated) this.#giveUp(request);
        else link.step(settle);
      });
    };
    try {
      const offsets = append();
      reply(() => resolve(offsets));
    } catch (error) {
      reply(() => reject(error));
    }
  }

  #giveUp({ link, reject }: Request): void {
    link.after(this.#requestTimeoutMs, () => reject(unanswered()));
  }
}
