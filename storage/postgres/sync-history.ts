import type { ConnectionId } from '../../schemas/domain/ids.ts';
import type { Database } from '../database.ts';
import type { FullSyncState, SyncHistory } from '../ports/sync-history.ts';

export function createPostgresSyncHistory(database: Database): SyncHistory {
  return {
    fullSyncs: (tenantId) =>
      database.withTenant(tenantId, async (tx) => {
        const rows = await tx.query<FullSyncState & { id: ConnectionId }>(
          `SELECT DISTINCT ON (channel_connection_id) channel_connection_id AS id, started_at AS "begunAt", completed_at AS "finishedAt",
             records_processed AS total, records_updated AS done, records_failed AS refused
           FROM channel_sync_logs WHERE sync_type = 'full_sync' AND direction = 'outbound'
           ORDER BY channel_connection_id, started_at DESC`,
        );
        return new Map(rows.map(({ id, ...state }) => [id, state]));
      }),
  };
}
