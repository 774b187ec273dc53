import { sleep } from '../../runtime/ports.ts';
import type {
  EventRecord,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
} from '../../runtime/stage.ts';
import type { TenantId } from '../../schemas/domain/ids.ts';
import { codeOf } from '../../schemas/errors.ts';
import type { Alert, SyncLogEntry } from '../../schemas/generated/types.ts';
import type { SyncLogSink } from '../../storage/ports/journal.ts';

export interface JournalPorts {
  readonly journal: SyncLogSink;
}

const RETRY_FIRST_MS = 200;
const RETRY_MOST_MS = 5_000;

/** Journal: what people read afterwards, from the log into PostgreSQL. One transaction per tenant and batch; idempotent by id. */
export function journalStage(ports: JournalPorts): StageDefinition {
  return {
    name: 'journal',
    groupId: 'journal',
    eventInputs: ['channel.sync-log', 'channel.alerts'],
    tableInputs: [],
    ownTables: [],
    open: (context) => new JournalWorker(context, ports.journal),
  };
}

class JournalWorker implements PartitionWorker {
  readonly #context: PartitionContext;
  readonly #journal: SyncLogSink;

  constructor(context: PartitionContext, journal: SyncLogSink) {
    this.#context = context;
    this.#journal = journal;
  }

  async events(_topic: string, records: readonly EventRecord[]): Promise<void> {
    const entries = new Map<TenantId, SyncLogEntry[]>();
    const alerts = new Map<TenantId, Alert[]>();
    for (const record of records) {
      if (record.topic === 'channel.sync-log') push(entries, record.value);
      else if (record.topic === 'channel.alerts') push(alerts, record.value);
    }
    for (const [tenantId, own] of entries)
      await this.#insist(() => this.#journal.log(tenantId, own));
    for (const [tenantId, own] of alerts)
      await this.#insist(() => this.#journal.alert(tenantId, own));
  }

  /** Repeats `write` while PostgreSQL is away, until it is done or the partition is lost. */
  async #insist(write: () => Promise<void>): Promise<void> {
    for (let attempts = 0; ; attempts++) {
      this.#context.lost.throwIfAborted();
      try {
        await write();
        return;
      } catch (error) {
        if (codeOf(error) !== 'DATABASE_UNAVAILABLE') throw error;
        this.#context.metrics.count('parity_journal_retries_total');
        await sleep(
          this.#context.timers,
          Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts, 10)),
          this.#context.lost,
        );
      }
    }
  }

  async restored(): Promise<void> {
    // No tables.
  }

  async changed(): Promise<void> {
    // No tables.
  }

  async wake(): Promise<void> {
    // No timers of its own.
  }

  lowestUndone(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    // `lost` has ended the retries.
  }
}

function push<Value extends { readonly tenant_id: TenantId }>(
  lists: Map<TenantId, Value[]>,
  value: Value,
): void {
  const list = lists.get(value.tenant_id);
  if (list === undefined) lists.set(value.tenant_id, [value]);
  else list.push(value);
}
