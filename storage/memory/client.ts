import { type Environment, sleep } from '../../runtime/ports.ts';
import type { TenantId } from '../../schemas/domain/ids.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';

/** Where a process may die or a network break: before the transaction, or after its commit and before its caller learns of it. */
type FaultPoint = 'before' | 'after';

/**
 * Called at each point of each transaction. To kill a process: never settle. To break its connection: reject with DATABASE_UNAVAILABLE; at
 * `after` the transaction has taken effect all the same.
 */
export type FaultHook = (point: FaultPoint, transaction: string) => void | Promise<void>;

export interface MemoryClientOptions {
  readonly database: MemoryDatabase;
  readonly environment: Environment;
  readonly fault?: FaultHook;
  /** Longest one-way delay, ms of the environment's timers; each is drawn anew. Default 1. */
  readonly maxDelayMs?: number;
}

/** One process's connection to the twin. */
export class MemoryClient {
  readonly database: MemoryDatabase;
  readonly environment: Environment;
  readonly #fault: FaultHook;
  readonly #maxDelayMs: number;

  constructor(options: MemoryClientOptions) {
    this.database = options.database;
    this.environment = options.environment;
    this.#fault = options.fault ?? (() => undefined);
    this.#maxDelayMs = options.maxDelayMs ?? 1;
  }

  async run<T>(
    name: string,
    tenantId: TenantId | null,
    work: (tx: MemoryTransaction) => Promise<T>,
  ): Promise<T> {
    await this.#travel();
    await this.#fault('before', name);
    const result = await this.database.transaction(tenantId, work);
    await this.#fault('after', name);
    await this.#travel();
    return result;
  }

  #travel(): Promise<void> {
    const { timers, random } = this.environment;
    return sleep(timers, random.next() * this.#maxDelayMs);
  }
}
