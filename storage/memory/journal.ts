import {
  foldStatus,
  PRUNED_MOST,
  SYNC_LOGS_KEPT_DAYS,
  type SyncLogSink,
} from '../ports/journal.ts';
import type { MemoryClient } from './client.ts';
import { saveConnection } from './connections.ts';
import type { MemoryTransaction } from './database.ts';

export function createMemoryJournal(client: MemoryClient): SyncLogSink {
  return {
    log: (tenantId, entries) =>
      client.run('journal.log', tenantId, async (tx) => {
        const logs = tx.table('channel_sync_logs');
        const connections = tx.table('channel_connections');
        const newest = new Map(
          entries
            .filter(({ tenant_id }) => tenant_id === tenantId)
            .map((entry) => [entry.id, entry]),
        );
        const fresh = [...newest.values()].filter((entry) => {
          if (connections.get(entry.connection_id) === undefined) return false;
          const present = logs.get(entry.id)?.row;
          return present === undefined || present.status === 'started';
        });
        for (const entry of fresh) logs.set(entry.id, { tenantId, row: entry });
        for (const id of new Set(fresh.map(({ connection_id }) => connection_id))) {
          const present = connections.get(id);
          if (present === undefined) continue;
          const own = fresh.filter(({ connection_id }) => connection_id === id);
          saveConnection(client, tx, present.row, foldStatus(present.row, own));
        }
        prune(client, tx, new Set(entries.map(({ connection_id }) => connection_id)));
      }),
    alert: (tenantId, alerts) =>
      client.run('journal.alert', tenantId, async (tx) => {
        for (const alert of alerts)
          if (tx.table('alerts').get(alert.alert_id) === undefined)
            tx.table('alerts').set(alert.alert_id, { tenantId, row: alert });
      }),
  };
}

function prune(client: MemoryClient, tx: MemoryTransaction, connections: ReadonlySet<string>) {
  const now = (client.database.clock ?? client.environment.clock).now();
  const cut = now - SYNC_LOGS_KEPT_DAYS * 86_400_000;
  const logs = tx.table('channel_sync_logs');
  const old = logs
    .values()
    .filter(({ row }) => connections.has(row.connection_id) && row.started_at < cut)
    .sort((a, b) => a.row.started_at - b.row.started_at);
  for (const { row } of old.slice(0, PRUNED_MOST)) logs.delete(row.id);
}
