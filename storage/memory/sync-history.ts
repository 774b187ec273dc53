import type { ConnectionId } from '../../schemas/domain/ids.ts';
import type { FullSyncState, SyncHistory } from '../ports/sync-history.ts';
import type { MemoryClient } from './client.ts';

export function createMemorySyncHistory(client: MemoryClient): SyncHistory {
  return {
    fullSyncs: (tenantId) =>
      client.run('history.fullSyncs', tenantId, async (tx) => {
        const found = new Map<ConnectionId, FullSyncState>();
        for (const { row } of tx.table('channel_sync_logs').values()) {
          if (row.sync_type !== 'full_sync' || row.direction !== 'outbound') continue;
          const known = found.get(row.connection_id);
          if (known && known.begunAt >= row.started_at) continue;
          found.set(row.connection_id, {
            begunAt: row.started_at,
            finishedAt: row.completed_at,
            total: row.records_processed,
            done: row.records_updated,
            refused: row.records_failed,
          });
        }
        return found;
      }),
  };
}
