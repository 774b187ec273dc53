import type { EventRecord, PartitionContext, StageDefinition } from '../../runtime/stage.ts';
import type { TenantId } from '../../schemas/domain/ids.ts';
import type { Alert, SyncLogEntry } from '../../schemas/generated/types.ts';
import type { SyncLogSink } from '../../storage/ports/journal.ts';
import { eventSink, untilStored } from '../event-sink.ts';

export interface JournalPorts {
  readonly journal: SyncLogSink;
}

/** Journal: what people read afterwards, from the log into PostgreSQL. One transaction per tenant and batch; idempotent by id. */
export function journalStage(ports: JournalPorts): StageDefinition {
  return {
    name: 'journal',
    groupId: 'journal',
    eventInputs: ['channel.sync-log', 'channel.alerts'],
    tableInputs: [],
    ownTables: [],
    open: (context) => eventSink((_topic, records) => write(records, context, ports.journal)),
  };
}

async function write(
  records: readonly EventRecord[],
  context: PartitionContext,
  journal: SyncLogSink,
): Promise<void> {
  const entries = new Map<TenantId, SyncLogEntry[]>();
  const alerts = new Map<TenantId, Alert[]>();
  for (const record of records) {
    if (record.topic === 'channel.sync-log') push(entries, record.value);
    else if (record.topic === 'channel.alerts') push(alerts, record.value);
  }
  const retries = 'parity_journal_retries_total';
  for (const [tenantId, own] of entries)
    await untilStored(context, retries, () => journal.log(tenantId, own));
  for (const [tenantId, own] of alerts)
    await untilStored(context, retries, () => journal.alert(tenantId, own));
}

function push<Value extends { readonly tenant_id: TenantId }>(
  lists: Map<TenantId, Value[]>,
  value: Value,
): void {
  const list = lists.get(value.tenant_id);
  if (list === undefined) lists.set(value.tenant_id, [value]);
  else list.push(value);
}
