import type { TenantId } from '../../schemas/domain/ids.ts';
import type { Alert, SyncLogEntry } from '../../schemas/generated/types.ts';
import type { ConnectionStatus } from './connections.ts';

/** Rows are kept so long after their start, days. Nothing reads older ones, and the log repeats nothing that is older. */
export const SYNC_LOGS_KEPT_DAYS = 90;
/** Most rows that one call deletes. */
export const PRUNED_MOST = 1_000;

/** What people read afterwards. Idempotent by the id of each entry: a repeat changes nothing, counters included. */
export interface SyncLogSink {
  /**
   * Inserts rows of one tenant, updates the status columns of their connections and deletes what is too old of theirs. Entries of connections that
   * are gone are dropped.
   */
  log(tenantId: TenantId, entries: readonly SyncLogEntry[]): Promise<void>;
  alert(tenantId: TenantId, alerts: readonly Alert[]): Promise<void>;
}

/** The status columns of a connection that entries move. */
export interface SyncStatusColumns {
  readonly status: ConnectionStatus;
  readonly errorMessage: string | null;
  readonly errorCount: number;
  readonly lastErrorAt: number | null;
  readonly lastSyncAt: number | null;
  readonly lastSuccessfulSyncAt: number | null;
}

/**
 * The status columns after entries that were not counted before, oldest first. A failure counts up, a success starts again at 0. A status is
 * only moved among those that the pipeline decides: active, error, expired; a person's pause or disconnection stays.
 */
export function foldStatus(
  columns: SyncStatusColumns,
  entries: readonly SyncLogEntry[],
): SyncStatusColumns {
  return entries
    .filter(({ status }) => status !== 'started' && status !== 'skipped')
    .map((entry) => ({ entry, at: entry.completed_at ?? entry.started_at }))
    .sort((a, b) => a.at - b.at)
    .reduce((state, { entry, at }) => foldEntry(state, entry, at), columns);
}

function foldEntry(columns: SyncStatusColumns, entry: SyncLogEntry, at: number): SyncStatusColumns {
  const failed = entry.status === 'failure';
  const said = entry.connection_status;
  const status = nextStatus(columns.status, said?.status ?? null);
  return {
    status,
    errorMessage: failed
      ? (said?.error_message ?? entry.error_message ?? said?.error_code ?? null)
      : status === 'active'
        ? null
        : columns.errorMessage,
    errorCount: failed ? columns.errorCount + 1 : 0,
    lastErrorAt: failed ? latest(columns.lastErrorAt, at) : columns.lastErrorAt,
    lastSyncAt: latest(columns.lastSyncAt, at),
    lastSuccessfulSyncAt: failed
      ? columns.lastSuccessfulSyncAt
      : latest(columns.lastSuccessfulSyncAt, at),
  };
}

function nextStatus(now: ConnectionStatus, said: string | null): ConnectionStatus {
  if (said === 'expired' && (now === 'active' || now === 'error' || now === 'paused'))
    return 'expired';
  if (said === 'error' && now === 'active') return 'error';
  if (said === 'active' && now === 'error') return 'active';
  return now;
}

function latest(known: number | null, at: number): number {
  return known === null ? at : Math.max(known, at);
}
