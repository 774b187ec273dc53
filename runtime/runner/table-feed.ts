import { codeOf } from '../../schemas/errors.ts';
import type { TableName } from '../../topology/types.ts';
import type { LogBatch } from '../event-log.ts';
import type { Environment } from '../ports.ts';
import type { SchemaGate } from '../tables/schema-gate.ts';
import type { FetchControl } from './back-pressure.ts';
import { untilItWorks } from './retry.ts';

export interface TableSink {
  /** Folds a batch whose schemas are known. */
  fold(topic: TableName, batch: LogBatch): void;
  /** The table cannot be read: the stage stops. */
  fail(error: unknown): void;
}

/**
 * Brings table batches of one partition into its tables, at once as a rule. A batch with a schema that was not looked up
 * yet waits for the registry, what follows waits behind it, and the table is not fetched meanwhile.
 */
export class TableFeed {
  readonly #gate: SchemaGate;
  readonly #environment: Environment;
  readonly #control: FetchControl;
  readonly #sink: TableSink;
  readonly #waiting = new Map<TableName, LogBatch[]>();
  #end = new AbortController();

  constructor(gate: SchemaGate, environment: Environment, control: FetchControl, sink: TableSink) {
    this.#gate = gate;
    this.#environment = environment;
    this.#control = control;
    this.#sink = sink;
  }

  accept(topic: TableName, batch: LogBatch): void {
    const waiting = this.#waiting.get(topic);
    if (waiting !== undefined) waiting.push(batch);
    else if (this.#gate.isOpen(topic, batch.records)) this.#sink.fold(topic, batch);
    else void this.#wait(topic, [batch], this.#end.signal);
  }

  /** Drops what waits; the table is to be read again from where it was folded. */
  clear(): void {
    this.#end.abort();
    this.#end = new AbortController();
    const waiting = [...this.#waiting].flatMap(([topic, [batch]]) =>
      batch === undefined ? [] : [{ topic, partition: batch.partition }],
    );
    this.#waiting.clear();
    if (waiting.length > 0) this.#control.resume(waiting);
  }

  async #wait(topic: TableName, batches: LogBatch[], signal: AbortSignal): Promise<void> {
    const at = batches.map(({ partition }) => ({ topic, partition })).slice(0, 1);
    this.#waiting.set(topic, batches);
    this.#control.pause(at);
    try {
      for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
        await this.#opened(batch, signal);
        batches.shift();
        this.#sink.fold(topic, batch);
      }
      this.#waiting.delete(topic);
      this.#control.resume(at);
    } catch (error) {
      if (!signal.aborted) this.#sink.fail(error);
    }
  }

  async #opened({ records }: LogBatch, signal: AbortSignal): Promise<void> {
    await untilItWorks(
      async () => this.#gate.open(records),
      (error) => codeOf(error) === 'REGISTRY_UNAVAILABLE',
      this.#environment,
      signal,
      'looking up the schema of a table',
    );
    signal.throwIfAborted();
  }
}
