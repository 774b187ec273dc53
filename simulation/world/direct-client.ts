import type { TenantId } from '../../schemas/domain/ids.ts';
import { MemoryClient, type MemoryClientOptions } from '../../storage/memory/client.ts';
import type { MemoryTransaction } from '../../storage/memory/database.ts';
import type { OutboxRow } from '../../storage/ports/relay.ts';

/**
 * The database as a PMS has it that publishes its events itself: what its transactions put into the outbox is taken out in
 * the same transaction and handed to its own producer once it has committed.
 */
export class DirectClient extends MemoryClient {
  readonly #committed: (rows: readonly OutboxRow[]) => void;

  constructor(options: MemoryClientOptions, committed: (rows: readonly OutboxRow[]) => void) {
    super(options);
    this.#committed = committed;
  }

  override run<T>(
    name: string,
    tenantId: TenantId | null,
    work: (tx: MemoryTransaction) => Promise<T>,
  ): Promise<T> {
    return super.run(name, tenantId, async (tx) => {
      const before = this.database.nextOutboxId();
      const result = await work(tx);
      const after = this.database.nextOutboxId();
      const outbox = tx.table('outbox');
      const own: OutboxRow[] = [];
      for (let id = before + 1; id < after; id += 1) {
        const key = String(id).padStart(12, '0');
        const row = outbox.get(key);
        if (row === undefined || row.row.topic !== 'pms.events') continue;
        outbox.delete(key);
        tx.table('published_outbox').set(key, { ...row, published: true });
        own.push(row.row);
      }
      if (own.length > 0) tx.onCommit(() => this.#committed(own));
      return result;
    });
  }
}
