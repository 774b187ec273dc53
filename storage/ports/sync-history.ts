import type { ConnectionId, TenantId } from '../../schemas/domain/ids.ts';

/** The latest full sync of a connection, as `channel_sync_logs` has it; counts are values (one field of one night). */
export interface FullSyncState {
  /** ms since the epoch. */
  readonly begunAt: number;
  /** ms since the epoch; null: under way. */
  readonly finishedAt: number | null;
  readonly total: number;
  readonly done: number;
  /** Values that the channel does not take. */
  readonly refused: number;
}

/** What people ask about past exchanges. */
export interface SyncHistory {
  /** Of each connection of the tenant that has had one. */
  fullSyncs(tenantId: TenantId): Promise<ReadonlyMap<ConnectionId, FullSyncState>>;
}
