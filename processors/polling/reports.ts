import type { Random } from '../../runtime/ports.ts';
import type { Output } from '../../runtime/stage.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import type { Account, AccountConnection, SyncLogEntry } from '../../schemas/generated/types.ts';

/** A row for reservations that a poll brought; none for the usual empty poll. */
export function pollRow(
  account: Account,
  count: number,
  startedAt: number,
  now: number,
  random: Random,
): Output[] {
  const carrier = account.connections[0];
  return carrier && count > 0
    ? [bookingImportRow(account, carrier, random.uuid(), count, startedAt, now)]
    : [];
}

/** The row that tells that the import of a connection is complete; its id is the inbox id of the request. */
export function importRow(
  account: Account,
  connection: AccountConnection,
  inboxId: string,
  count: number,
  startedAt: number,
  now: number,
): Output {
  return bookingImportRow(account, connection, inboxId, count, startedAt, now);
}

function bookingImportRow(
  account: Account,
  connection: AccountConnection,
  id: string,
  count: number,
  startedAt: number,
  now: number,
): Output {
  const value: SyncLogEntry = {
    id,
    connection_id: connection.connection_id,
    tenant_id: account.tenant_id,
    sync_type: 'booking_import',
    direction: 'inbound',
    status: 'success',
    records_processed: count,
    records_created: 0,
    records_updated: 0,
    records_failed: 0,
    records_skipped: 0,
    error_message: null,
    error_details: null,
    request_data: null,
    response_data: null,
    started_at: Math.round(startedAt),
    completed_at: Math.round(now),
    duration_ms: Math.max(0, Math.round(now - startedAt)),
    trace_id: null,
    connection_status: null,
  };
  return {
    topic: 'channel.sync-log',
    key: connection.connection_id,
    value,
    tenantId: account.tenant_id,
    placement: connection.property_id,
  };
}

/** What the owner must see of an account. */
export function inboundAlert(
  account: Account,
  code: ErrorCode,
  message: string,
  now: number,
  random: Random,
): Output {
  const carrier = account.connections[0];
  return {
    topic: 'channel.alerts',
    key: carrier?.connection_id ?? account.account_id,
    tenantId: account.tenant_id,
    placement: carrier?.property_id ?? account.account_id,
    value: {
      alert_id: random.uuid(),
      connection_id: carrier?.connection_id ?? null,
      property_id: carrier?.property_id ?? null,
      tenant_id: account.tenant_id,
      code,
      severity: 'critical',
      message: message.slice(0, 2_000),
      context: JSON.stringify({ account: account.account_id }),
      raised_at: Math.round(now),
    },
  };
}
