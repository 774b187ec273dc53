import { redactBody } from '../../../connectors/redaction.ts';
import type { Output } from '../../../runtime/stage.ts';
import type { ErrorCode } from '../../../schemas/errors.ts';
import type {
  Connection,
  ConnectionOutcome,
  Severity,
  SyncType,
} from '../../../schemas/generated/types.ts';
import { alertRow } from '../../alert.ts';
import { syncLogOutput, syncLogRow } from '../../sync-log-row.ts';
import { columnKey, isContent } from '../calendar/cell-name.ts';
import type { Result, SentRequest, Settlement } from '../connection/outcome.ts';

/** Longest message of an alert and longest body kept in a row, characters. */
const TEXT_MAX = 2_000;
const PAYLOAD_MAX = 8_000;

/** What a request of delivery is called in the spec's vocabulary: restrictions say when a home is for sale, as units do. */
export function syncTypeOf(sent: SentRequest): SyncType {
  const { changes } = sent.request;
  if (changes.every(isContent)) return 'content_sync';
  const fields = new Set(changes.map(({ field }) => field));
  return fields.has('price') && !fields.has('availability')
    ? 'price_export'
    : 'availability_export';
}

/** The row for `channel_sync_logs` of one request that left. @param now ms, wall clock */
export function requestRow(
  connection: Connection,
  sent: SentRequest,
  result: Result,
  settlement: Settlement,
  now: number,
  outcome: ConnectionOutcome,
): Output {
  const problem = problemOf(result);
  const changes = sent.request.changes;
  const refusals = settlement.refusedCells.slice(0, 50).map(refusalDetail);
  const { traceparent } = sent;
  const row = syncLogRow({
    id: sent.id,
    connection,
    type: syncTypeOf(sent),
    direction: 'outbound',
    status: settlement.status,
    processed: changes.length,
    updated: settlement.appliedCells,
    failed: changes.length - settlement.appliedCells,
    error: problem && `${problem.code}: ${problem.message}`,
    details: refusals.length === 0 ? null : refusals,
    request: { endpoint: sent.request.endpoint, body: recorded(sent.request.body) },
    response: {
      outcome: result.kind,
      status: result.response?.status ?? null,
      body: recorded(result.response?.body),
    },
    startedAt: sent.startedAt,
    endedAt: now,
    traceparent,
    outcome,
  });
  return syncLogOutput(row, { traceparent });
}

/** What went wrong with the request as a whole; null: nothing. */
function problemOf(result: Result): { readonly code: ErrorCode; readonly message: string } | null {
  switch (result.kind) {
    case 'applied':
    case 'partial':
      return null;
    case 'rate_limited': {
      const wait = result.retryAfterMs === null ? '' : ` for ${result.retryAfterMs} ms`;
      return { code: 'CHANNEL_RATE_LIMITED', message: `the channel asked to slow down${wait}` };
    }
    case 'unauthorized':
      return { code: 'CHANNEL_UNAUTHORIZED', message: 'the channel refused the token' };
    case 'refused':
    case 'connection_fault':
    case 'unknown':
    case 'notSent':
      return result;
  }
}

/** Read by people, and kept for weeks: without card data and secrets. */
function recorded(body: string | null | undefined): string | null {
  return typeof body === 'string' ? redactBody(body, PAYLOAD_MAX) : null;
}

function refusalDetail({ change, code, advice }: Settlement['refusedCells'][number]) {
  return {
    night: change.night,
    field: columnKey(change.field, change.ratePlanId),
    value: change.value,
    code,
    advice: advice.slice(0, 200),
  };
}

/** What the owner must see. `context` is kept as JSON. */
export function alert(
  connection: Connection,
  id: string,
  at: number,
  code: ErrorCode,
  severity: Severity,
  message: string,
  context: object = {},
): Output {
  const { connection_id: connectionId, property_id: propertyId, tenant_id: tenantId } = connection;
  const text = message.slice(0, TEXT_MAX);
  const notice = { code, severity, message: text, tenantId, propertyId, connectionId, context };
  return {
    topic: 'channel.alerts',
    key: connectionId,
    tenantId,
    value: alertRow(id, notice, at),
  };
}
