import type { Environment } from '../../../runtime/ports.ts';
import { sleep } from '../../../runtime/ports.ts';
import type { DeadLetter, Output, PartitionContext, TableView } from '../../../runtime/stage.ts';
import { ParityError } from '../../../schemas/errors.ts';
import type { TopicValues } from '../../../schemas/values.ts';
import type { TableName } from '../../../topology/types.ts';
import { isTableName } from '../../../topology/types.ts';

/** How long a write takes to become durable, ms. */
export const WRITE_MS = 2;

interface Entry {
  /** null: a tombstone on its way. */
  readonly value: object | null;
  readonly offset: number | undefined;
}

type Store = Map<string, Entry>;

/**
 * The log of one partition as a stage sees it: it outlives its owners, so that a test can end one at any moment and start the next on
 * what was durable then.
 */
export class PartitionLog {
  /** Everything that became durable, in order. */
  readonly records: Output[] = [];
  readonly letters: DeadLetter[] = [];
  /** What workers reported by `context.fail`. */
  readonly failures: unknown[] = [];
  /** So many more records become durable, also out of the middle of a batch; the owner that writes the next one is lost. */
  recordsLeft = Number.POSITIVE_INFINITY;
  readonly #stores = new Map<string, Store>();
  #offset = 0;

  /** Writes a record at once, as another stage would. Answers its offset. */
  put(topic: TableName, key: string, value: object | null): number {
    const offset = this.nextOffset();
    const store = this.#store(topic);
    if (value === null) store.delete(key);
    else store.set(key, { value, offset });
    return offset;
  }

  nextOffset(): number {
    this.#offset++;
    return this.#offset;
  }

  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined {
    return this.#store(topic).get(key)?.value as TopicValues[T] | undefined;
  }

  keys(topic: TableName, prefix = ''): string[] {
    return [...this.#store(topic).keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  written<T extends Output['topic']>(topic: T): Extract<Output, { topic: T }>[] {
    return this.records.filter(
      (output): output is Extract<Output, { topic: T }> => output.topic === topic,
    );
  }

  /** A new owner of the partition. */
  own(environment: Environment): PartitionOwner {
    return new PartitionOwner(this, environment);
  }

  entry(topic: string, key: string): Entry | undefined {
    return this.#store(topic).get(key);
  }

  append(output: Output): void {
    if (isTableName(output.topic)) this.put(output.topic, output.key, output.value);
    this.records.push(output);
  }

  #store(topic: string): Store {
    const known = this.#stores.get(topic);
    if (known) return known;
    const store: Store = new Map();
    this.#stores.set(topic, store);
    return store;
  }
}

/** One life of a worker on a partition: its lease, and what it has written but is not durable yet. */
export class PartitionOwner {
  readonly context: PartitionContext;
  readonly #log: PartitionLog;
  readonly #lost = new AbortController();
  readonly #pending = new Map<string, Store>();
  /** When the last heartbeat is too old although nobody has taken the partition yet. */
  late = false;
  /** Why a record cannot be written; null: it can. */
  objection: (output: Output) => ParityError | null = () => null;

  constructor(log: PartitionLog, environment: Environment) {
    this.#log = log;
    this.context = {
      ...environment,
      partition: 0,
      tables: this.#view(),
      write: (outputs) => this.#write(outputs, environment),
      writeAfterLease: async (outputs) => {
        for (const output of outputs) log.append(output);
      },
      deadLetter: async (letters) => {
        log.letters.push(...letters);
      },
      fail: (error) => {
        log.failures.push(error);
        this.lose();
      },
      leaseHeld: () => this.#held(),
      lost: this.#lost.signal,
      wakeAt: () => undefined,
      partitionOf: () => 0,
    };
  }

  /** The partition belongs to somebody else from now on. */
  lose(): void {
    this.#lost.abort(new ParityError('LEASE_LOST', 'lost'));
  }

  #held(): boolean {
    return !this.late && !this.#lost.signal.aborted;
  }

  #view(): TableView {
    const read = (topic: string, key: string) =>
      this.#pending.get(topic)?.get(key) ?? this.#log.entry(topic, key);
    return {
      get: <T extends TableName>(topic: T, key: string) =>
        (read(topic, key)?.value ?? undefined) as TopicValues[T] | undefined,
      offsetOf: (topic, key) => read(topic, key)?.offset,
      keys: (topic, prefix = '') => {
        const pending = [...(this.#pending.get(topic)?.keys() ?? [])];
        return [...new Set([...this.#log.keys(topic), ...pending])]
          .filter((key) => key.startsWith(prefix) && (read(topic, key)?.value ?? null) !== null)
          .sort();
      },
    };
  }

  async #write(outputs: readonly Output[], environment: Environment): Promise<void> {
    this.#assertHeld();
    for (const output of outputs) {
      const objection = this.objection(output);
      if (objection) throw objection;
    }
    for (const { topic, key, value } of outputs) {
      if (!isTableName(topic)) continue;
      const store = this.#pending.get(topic) ?? new Map<string, Entry>();
      this.#pending.set(topic, store);
      store.set(key, { value, offset: undefined });
    }
    await sleep(environment.timers, WRITE_MS);
    this.#assertHeld();
    for (const output of outputs) {
      if (this.#log.recordsLeft === 0) this.lose();
      this.#assertHeld();
      this.#log.recordsLeft -= 1;
      this.#log.append(output);
    }
  }

  #assertHeld(): void {
    if (!this.#held()) throw new ParityError('LEASE_LOST', 'the partition is not ours any more');
  }
}
