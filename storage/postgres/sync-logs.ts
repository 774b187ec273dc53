import type { ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import type { Alert, SyncLogEntry } from '../../schemas/generated/types.ts';
import type { Database, Transaction } from '../database.ts';
import { instant } from '../database.ts';
import type { ConnectionStatus } from '../ports/connections.ts';
import type { SyncLogSink } from '../ports/journal.ts';
import { foldStatus, PRUNED_MOST, SYNC_LOGS_KEPT_DAYS } from '../ports/journal.ts';
import { jsonb } from './jsonb.ts';

export function createPostgresJournal(database: Database): SyncLogSink {
  return {
    log: (tenantId, entries) =>
      database.withTenant(tenantId, async (tx) => {
        // In id order, as every other writer of several connections.
        await lockConnections(tx, entries);
        const fresh = await insertSyncLogs(tx, entries, tenantId);
        await updateStatus(
          tx,
          entries.filter(({ id }) => fresh.has(id)),
        );
        await prune(tx, entries);
      }),
    alert: (tenantId, alerts) => database.withTenant(tenantId, (tx) => insertAlerts(tx, alerts)),
  };
}

/** A few at a time: whoever has not been pruned for long is not in one transaction either. */
async function prune(tx: Transaction, entries: readonly SyncLogEntry[]): Promise<void> {
  await tx.query(
    `DELETE FROM channel_sync_logs WHERE id IN (
       SELECT id FROM channel_sync_logs
       WHERE channel_connection_id = ANY($1::uuid[]) AND started_at < clock_timestamp() - make_interval(days => $2)
       ORDER BY started_at LIMIT $3)`,
    [
      [...new Set(entries.map(({ connection_id }) => connection_id))],
      SYNC_LOGS_KEPT_DAYS,
      PRUNED_MOST,
    ],
  );
}

async function lockConnections(tx: Transaction, entries: readonly SyncLogEntry[]): Promise<void> {
  const ids = [...new Set(entries.map(({ connection_id }) => connection_id))];
  await tx.query(
    'SELECT id FROM channel_connections WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE',
    [ids],
  );
}

/** Inserts what is new, brings on what was `started`, and gives the ids of both. Entries of unknown connections are dropped. */
export async function insertSyncLogs(
  tx: Transaction,
  entries: readonly SyncLogEntry[],
  tenantId: TenantId,
): Promise<ReadonlySet<string>> {
  const newest = new Map(
    entries.filter(({ tenant_id }) => tenant_id === tenantId).map((entry) => [entry.id, entry]),
  );
  const rows = await tx.query<{ id: string }>(
    `INSERT INTO channel_sync_logs AS log (
       id, channel_connection_id, sync_type, direction, status, records_processed, records_created, records_updated, records_failed,
       records_skipped, error_message, error_details, request_data, response_data, started_at, completed_at, duration_ms)
     SELECT e.id, e.connection_id, e.sync_type, e.direction, e.status, e.records_processed, e.records_created, e.records_updated,
       e.records_failed, e.records_skipped, e.error_message, e.error_details, e.request_data, e.response_data, e.started_at, e.completed_at,
       e.duration_ms
     FROM jsonb_to_recordset($1) AS e(
       id uuid, connection_id uuid, sync_type text, direction text, status text, records_processed int, records_created int,
       records_updated int, records_failed int, records_skipped int, error_message text, error_details jsonb, request_data jsonb,
       response_data jsonb, started_at timestamptz, completed_at timestamptz, duration_ms int)
     WHERE EXISTS (SELECT FROM channel_connections c WHERE c.id = e.connection_id)
     ON CONFLICT (id) DO UPDATE SET
       status = excluded.status, records_processed = excluded.records_processed, records_created = excluded.records_created,
       records_updated = excluded.records_updated, records_failed = excluded.records_failed, records_skipped = excluded.records_skipped,
       error_message = excluded.error_message, error_details = excluded.error_details, response_data = excluded.response_data,
       completed_at = excluded.completed_at, duration_ms = excluded.duration_ms
     WHERE log.status = 'started'
     RETURNING log.id`,
    [jsonb([...newest.values()].map(recordOf))],
  );
  return new Set(rows.map(({ id }) => id));
}

function recordOf(entry: SyncLogEntry) {
  return {
    ...entry,
    error_details: asJson(entry.error_details),
    request_data: asJson(entry.request_data),
    response_data: asJson(entry.response_data),
    started_at: instant(entry.started_at),
    completed_at: instant(entry.completed_at),
  };
}

/** The columns are JSONB; what is no JSON (a cut body) is kept as a JSON string. */
function asJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function updateStatus(tx: Transaction, entries: readonly SyncLogEntry[]): Promise<void> {
  for (const id of new Set(entries.map(({ connection_id }) => connection_id)))
    await updateConnection(
      tx,
      id,
      entries.filter(({ connection_id }) => connection_id === id),
    );
}

interface StatusRecord {
  readonly status: ConnectionStatus;
  readonly error_message: string | null;
  readonly error_count: number | null;
  readonly last_error_at: number | null;
  readonly last_sync_at: number | null;
  readonly last_successful_sync_at: number | null;
}

async function updateConnection(
  tx: Transaction,
  id: ConnectionId,
  entries: readonly SyncLogEntry[],
): Promise<void> {
  const [row] = await tx.query<StatusRecord>(
    `SELECT status, error_message, error_count, last_error_at, last_sync_at, last_successful_sync_at FROM channel_connections WHERE id = $1`,
    [id],
  );
  if (row === undefined) return;
  const next = foldStatus(
    {
      status: row.status,
      errorMessage: row.error_message,
      errorCount: row.error_count ?? 0,
      lastErrorAt: row.last_error_at,
      lastSyncAt: row.last_sync_at,
      lastSuccessfulSyncAt: row.last_successful_sync_at,
    },
    entries,
  );
  await tx.query(
    `UPDATE channel_connections SET status = $2, error_message = $3, error_count = $4, last_error_at = $5, last_sync_at = $6,
       last_successful_sync_at = $7 WHERE id = $1`,
    [
      id,
      next.status,
      next.errorMessage,
      next.errorCount,
      instant(next.lastErrorAt),
      instant(next.lastSyncAt),
      instant(next.lastSuccessfulSyncAt),
    ],
  );
}

async function insertAlerts(tx: Transaction, alerts: readonly Alert[]): Promise<void> {
  await tx.query(
    `INSERT INTO alerts (id, tenant_id, connection_id, property_id, code, severity, message, context, raised_at)
     SELECT a.alert_id, parity_tenant(), a.connection_id, a.property_id, a.code, a.severity, a.message, coalesce(a.context, '{}'::jsonb), a.raised_at
     FROM jsonb_to_recordset($1) AS a(
       alert_id uuid, connection_id uuid, property_id uuid, code text, severity text, message text, context jsonb, raised_at timestamptz)
     WHERE EXISTS (SELECT FROM tenants)
     ON CONFLICT (id) DO NOTHING`,
    [
      jsonb(
        alerts.map((alert) => ({
          ...alert,

          context: asJson(alert.context),
          raised_at: instant(alert.raised_at),
        })),
      ),
    ],
  );
}
