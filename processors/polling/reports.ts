import type { Output } from '../../runtime/stage.ts';
import type { PropertyId } from '../../schemas/domain/ids.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import type {
  Account,
  AccountConnection,
  Severity,
  SyncStatus,
} from '../../schemas/generated/types.ts';
import { alertId, alertRow } from '../alert.ts';
import { syncLogOutput, syncLogRow } from '../sync-log-row.ts';

/** What a poll or an import brought. */
export interface Haul {
  readonly id: string;
  readonly status: SyncStatus;
  /** Reservations read, and messages that could not be. */
  readonly read: number;
  readonly unreadable: number;
  readonly error: { readonly code: ErrorCode; readonly text: string } | null;
  /** ms, wall clock */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The row of a poll or an import. An import's id is the inbox id of its request: it tells that the import is complete. */
export function importRow(account: Account, connection: AccountConnection, haul: Haul): Output {
  const row = syncLogRow({
    id: haul.id,
    connection: { ...connection, tenant_id: account.tenant_id },
    type: 'booking_import',
    direction: 'inbound',
    status: haul.status,
    processed: haul.read + haul.unreadable,
    failed: haul.unreadable,
    error: haul.error && `${haul.error.code}: ${haul.error.text}`,
    startedAt: haul.startedAt,
    endedAt: haul.endedAt,
  });
  return syncLogOutput(row, { placement: connection.property_id });
}

export interface InboundFinding {
  readonly code: ErrorCode;
  readonly text: string;
  readonly severity?: Severity;
  /** What makes it another finding than the last of its kind: the alert's id follows from it, so that a repeat is the same alert. */
  readonly identity: string;
}

/** What the owner must see of an account. It travels with the account's first connection. @param now ms, wall clock */
export function inboundAlert(account: Account, finding: InboundFinding, now: number): Output {
  const carrier = account.connections[0];
  const { account_id: accountId, tenant_id: tenantId } = account;
  const { code, text, identity, severity = 'critical' } = finding;
  const notice = {
    code,
    severity,
    message: text.slice(0, 2_000),
    tenantId,
    propertyId: carrier?.property_id ?? null,
    connectionId: carrier?.connection_id ?? null,
    context: { account: accountId },
  };
  const placement = carrier?.property_id ?? accountId;
  const id = alertId({
    ...notice,
    propertyId: placement as PropertyId,
    connectionId: null,
    identity: `${accountId} ${identity}`,
  });
  return {
    topic: 'channel.alerts',
    key: notice.connectionId ?? accountId,
    tenantId,
    placement,
    value: alertRow(id, notice, now),
  };
}
