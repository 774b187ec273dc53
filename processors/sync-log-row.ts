import type { Output, OutputOf } from '../runtime/stage.ts';
import { traceIdOf } from '../runtime/trace.ts';
import type { ConnectionId, TenantId } from '../schemas/domain/ids.ts';
import type {
  ConnectionOutcome,
  SyncLogDirection,
  SyncLogEntry,
  SyncStatus,
  SyncType,
} from '../schemas/generated/types.ts';

/** Longest message of a row, characters. */
const ERROR_MAX = 2_000;
/** Longest duration, ms: the column is an INT, and a replay may come weeks later. */
const LONGEST_MS = 2_147_483_647;

/** What a row of `channel_sync_logs` tells of. Which flow writes which, and what it counts: `docs/sync-logs.md`. */
export interface Exchange {
  /** UUID. A row that is written again under its id is the same row, moved on. */
  readonly id: string;
  readonly connection: { readonly connection_id: ConnectionId; readonly tenant_id: TenantId };
  readonly type: SyncType;
  readonly direction: SyncLogDirection;
  readonly status: SyncStatus;
  readonly processed: number;
  readonly created?: number;
  readonly updated?: number;
  readonly failed?: number;
  readonly skipped?: number;
  /** For people, `CODE: sentence` where it has a code. Cut at 2,000 characters. */
  readonly error?: string | null;
  /** Kept as JSON, as are `request` and `response`: whoever gives them has redacted and cut them. */
  readonly details?: object | null;
  readonly request?: object;
  readonly response?: object;
  /** ms since the epoch, by the wall clock. */
  readonly startedAt: number;
  /** The same; null: it is not over. */
  readonly endedAt: number | null;
  readonly traceparent?: string | null;
  /** What it means for the status of the connection; without: nothing beside what `status` means. */
  readonly outcome?: ConnectionOutcome;
}

/** The row: whole milliseconds, and a duration from 0 to the longest that the column holds, whatever the clock did. A count that is not given is 0. */
export function syncLogRow(exchange: Exchange): SyncLogEntry {
  const { connection, startedAt, endedAt } = exchange;
  return {
    id: exchange.id,
    connection_id: connection.connection_id,
    tenant_id: connection.tenant_id,
    sync_type: exchange.type,
    direction: exchange.direction,
    status: exchange.status,
    records_processed: exchange.processed,
    records_created: exchange.created ?? 0,
    records_updated: exchange.updated ?? 0,
    records_failed: exchange.failed ?? 0,
    records_skipped: exchange.skipped ?? 0,
    error_message: exchange.error?.slice(0, ERROR_MAX) ?? null,
    error_details: jsonOf(exchange.details),
    request_data: jsonOf(exchange.request),
    response_data: jsonOf(exchange.response),
    started_at: Math.round(startedAt),
    completed_at: endedAt === null ? null : Math.round(endedAt),
    duration_ms: endedAt === null ? null : durationMs(startedAt, endedAt),
    trace_id: traceIdOf(exchange.traceparent ?? null),
    connection_status: exchange.outcome ?? null,
  };
}

/** A row on its way to the journal. */
export function syncLogOutput(
  row: SyncLogEntry,
  record: Pick<OutputOf<'channel.sync-log'>, 'traceparent' | 'placement'> = {},
): Output {
  const { connection_id: key, tenant_id: tenantId } = row;
  return { topic: 'channel.sync-log', key, value: row, tenantId, ...record };
}

function durationMs(from: number, to: number): number {
  return Math.min(LONGEST_MS, Math.max(0, Math.round(to - from)));
}

function jsonOf(value: object | null | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}
