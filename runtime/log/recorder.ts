import { type GroupHandler, type LogBatch, type LogRecord, partitionKey } from '../event-log.ts';

type Assignment = Parameters<GroupHandler['assigned']>[0];
type Position = number | 'earliest';

export interface RecorderOptions {
  /** Where to read a partition (`topic[partition]`) from, given what was committed. */
  readonly positions: (key: string, committed: number | null) => Position;
  /** The first `assigned` answers only after `release()`. */
  readonly hold?: boolean;
}

/** A group handler for tests: keeps all that it hears. */
export class Recorder implements GroupHandler {
  readonly assignments: Assignment[] = [];
  readonly batches: LogBatch[] = [];
  readonly received: LogRecord[] = [];
  readonly lost: { readonly key: string; readonly wanted: number; readonly resumedAt: number }[] =
    [];
  /** 'assigned' and 'revoked', as they came. */
  readonly events: string[] = [];
  /** The newest assignment is answered and not revoked. */
  active = false;
  onRecords: (batch: LogBatch) => void = () => undefined;
  readonly #options: RecorderOptions;
  readonly #generations: number[] = [];
  #release: () => void = () => undefined;
  #held: Promise<void>;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#held =
      options.hold === true
        ? new Promise((resolve) => (this.#release = resolve))
        : Promise.resolve();
  }

  get revocations(): number {
    return this.events.filter((event) => event === 'revoked').length;
  }

  release(): void {
    this.#release();
  }

  /** Offsets received of a partition, of all assignments or of the one with that count on. */
  offsets(topic: string, partition: number, sinceAssignment = 1): number[] {
    return this.received
      .filter((record, index) => {
        const generation = this.#generations[index] ?? 0;
        return (
          record.topic === topic && record.partition === partition && generation >= sinceAssignment
        );
      })
      .map(({ offset }) => offset);
  }

  async assigned(assignment: Assignment): Promise<ReadonlyMap<string, Position>> {
    this.events.push('assigned');
    this.assignments.push(assignment);
    await this.#held;
    this.active = true;
    return new Map(
      assignment.partitions.map((partition) => {
        const key = partitionKey(partition);
        return [key, this.#options.positions(key, assignment.committed.get(key) ?? null)];
      }),
    );
  }

  revoked(): void {
    this.events.push('revoked');
    this.active = false;
  }

  records(batch: LogBatch): void {
    this.batches.push(batch);
    for (const record of batch.records) {
      this.received.push(record);
      this.#generations.push(this.assignments.length);
    }
    this.onRecords(batch);
  }

  outOfRange(
    partition: { topic: string; partition: number },
    wanted: number,
    resumedAt: number,
  ): void {
    this.lost.push({ key: partitionKey(partition), wanted, resumedAt });
  }
}
