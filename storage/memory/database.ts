import type { Clock } from '../../runtime/ports.ts';
import type { TenantId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { MemoryTables } from './tables.ts';

export type TableName = keyof MemoryTables;

/** Every row belongs to a tenant; null: to all (shared credentials). */
interface TenantRow {
  readonly tenantId: TenantId | null;
}

/** One table as a transaction sees it: committed rows under its own writes, and only those of its tenant. Rows are never changed in place. */
export interface TableView<Row extends TenantRow> {
  get(key: string): Row | undefined;
  set(key: string, row: Row): void;
  delete(key: string): void;
  /** In ascending order of keys. */
  values(): readonly Row[];
}

export interface MemoryTransaction {
  table<Name extends TableName>(name: Name): TableView<MemoryTables[Name]>;
  /** Whose row it is, past the tenant of the transaction, as a trigger sees it; null: shared, undefined: there is none. */
  ownerOf(name: TableName, key: string): TenantId | null | undefined;
  /** Runs when, and only when, the transaction has committed. */
  onCommit(effect: () => void): void;
}

/**
 * The in-memory twin of the database: transactions one after the other, each all or nothing. It survives the processes of a simulation,
 * as PostgreSQL does. Within a transaction nothing waits for a timer, so no dead process can hold it up.
 */
export class MemoryDatabase {
  /** What an operator raises after a restore; see `sequence_era`. */
  era = 0;
  relayEpoch = 0;
  /** Its own wall clock; null: that of whoever asks. */
  clock: Pick<Clock, 'now'> | null = null;
  /** Who holds the relay's advisory lock. */
  relayHolder: object | null = null;
  #outboxId = 0;
  readonly #tables = new Map<TableName, CommittedTable>();
  readonly #listeners = new Set<() => void>();
  #last: Promise<unknown> = Promise.resolve();

  /** `tenantId` null: rows of all tenants. */
  async transaction<T>(
    tenantId: TenantId | null,
    work: (tx: MemoryTransaction) => Promise<T>,
  ): Promise<T> {
    const previous = this.#last;
    const turn = (async () => {
      await previous;
      const tx = new Overlay((name) => this.#committed(name), tenantId);
      const result = await work(tx);
      tx.commit();
      return result;
    })();
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  nextOutboxId(): number {
    this.#outboxId += 1;
    return this.#outboxId;
  }

  /** Called after outbox rows were committed. Returns the way to stop it. */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notifyAppended(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #committed(name: TableName): CommittedTable {
    let rows = this.#tables.get(name);
    if (rows === undefined) {
      rows = new CommittedTable();
      this.#tables.set(name, rows);
    }
    return rows;
  }
}

/** Rows by key, with the order of the keys kept until one comes or goes. */
class CommittedTable {
  readonly #rows = new Map<string, TenantRow>();
  #order: string[] | null = [];

  get(key: string): TenantRow | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: TenantRow): void {
    if (!this.#rows.has(key)) {
      const last = this.#order?.at(-1);
      if (last === undefined || key > last) this.#order?.push(key);
      else this.#order = null;
    }
    this.#rows.set(key, row);
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#order = null;
  }

  /** In ascending order. */
  keys(): readonly string[] {
    this.#order ??= [...this.#rows.keys()].sort();
    return this.#order;
  }
}

class Overlay implements MemoryTransaction {
  readonly #committed: (name: TableName) => CommittedTable;
  readonly #tenantId: TenantId | null;
  readonly #writes = new Map<TableName, Map<string, TenantRow | null>>();
  readonly #effects: (() => void)[] = [];

  constructor(committed: (name: TableName) => CommittedTable, tenantId: TenantId | null) {
    this.#committed = committed;
    this.#tenantId = tenantId;
  }

  table<Name extends TableName>(name: Name): TableView<MemoryTables[Name]> {
    const committed = this.#committed(name);
    let writes = this.#writes.get(name);
    if (writes === undefined) {
      writes = new Map();
      this.#writes.set(name, writes);
    }
    return new OverlayTable<MemoryTables[Name]>(name, committed, writes, this.#tenantId);
  }

  ownerOf(name: TableName, key: string): TenantId | null | undefined {
    const written = this.#writes.get(name)?.get(key);
    return written === null ? undefined : (written ?? this.#committed(name).get(key))?.tenantId;
  }

  onCommit(effect: () => void): void {
    this.#effects.push(effect);
  }

  commit(): void {
    for (const [name, writes] of this.#writes) {
      const committed = this.#committed(name);
      for (const [key, row] of writes) {
        if (row === null) committed.delete(key);
        else committed.set(key, row);
      }
    }
    for (const effect of this.#effects) effect();
  }
}

class OverlayTable<Row extends TenantRow> implements TableView<Row> {
  readonly #name: TableName;
  readonly #committed: CommittedTable;
  readonly #writes: Map<string, TenantRow | null>;
  readonly #tenantId: TenantId | null;

  constructor(
    name: TableName,
    committed: CommittedTable,
    writes: Map<string, TenantRow | null>,
    tenantId: TenantId | null,
  ) {
    this.#name = name;
    this.#committed = committed;
    this.#writes = writes;
    this.#tenantId = tenantId;
  }

  get(key: string): Row | undefined {
    const row = this.#any(key);
    return row !== undefined && this.#visible(row) ? row : undefined;
  }

  set(key: string, row: Row): void {
    const present = this.#any(key);
    if (!this.#visible(row) || (present !== undefined && !this.#visible(present)))
      throw new ParityError(
        'CONNECTION_UNKNOWN',
        `A row of ${this.#name} belongs to another tenant`,
      );
    this.#writes.set(key, row);
  }

  delete(key: string): void {
    if (this.get(key) !== undefined) this.#writes.set(key, null);
  }

  values(): readonly Row[] {
    const committed = this.#committed.keys();
    const keys =
      this.#writes.size === 0
        ? committed
        : [...new Set([...committed, ...this.#writes.keys()])].sort();
    return keys.flatMap((key) => {
      const row = this.get(key);
      return row === undefined ? [] : [row];
    });
  }

  #any(key: string): Row | undefined {
    const written = this.#writes.get(key);
    if (written === null) return undefined;
    return (written ?? this.#committed.get(key)) as Row | undefined;
  }

  #visible(row: TenantRow): boolean {
    return this.#tenantId === null || row.tenantId === this.#tenantId;
  }
}
