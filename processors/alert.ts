import { createHash } from 'node:crypto';
import type { Output } from '../runtime/stage.ts';
import type { ConnectionId, PropertyId, TenantId } from '../schemas/domain/ids.ts';
import type { ErrorCode } from '../schemas/errors.ts';
import type { Alert, Severity } from '../schemas/generated/types.ts';

/** What the owner must see. */
export interface Notice {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly message: string;
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId | null;
  readonly connectionId: ConnectionId | null;
  /** Kept as JSON. */
  readonly context: object;
}

/** What a fold wants the owner to see. */
export interface Finding extends Notice {
  readonly propertyId: PropertyId;
  /** What makes this finding another one than the last of its kind; the alert's id follows from it. */
  readonly identity: string;
}

/** The alert. @param id UUID @param now ms, wall clock; a fraction is rounded away */
export function alertRow(id: string, notice: Notice, now: number): Alert {
  return {
    alert_id: id,
    connection_id: notice.connectionId,
    property_id: notice.propertyId,
    tenant_id: notice.tenantId,
    code: notice.code,
    severity: notice.severity,
    message: notice.message,
    context: JSON.stringify(notice.context),
    raised_at: Math.round(now),
  };
}

/**
 * The alert of a finding. A fold has no randomness, so the id is a hash of code, subject and identity: a finding that is raised again (after a
 * restart, by a replay) carries the same id, and the journal keeps one.
 */
export function alertOf(finding: Finding, now: number): Alert {
  return alertRow(alertId(finding), finding, now);
}

/** The same on its way to the journal. */
export function alertOutput(finding: Finding, now: number): Output {
  const { connectionId, propertyId: placement, tenantId } = finding;
  const key = connectionId ?? placement;
  return { topic: 'channel.alerts', key, value: alertOf(finding, now), tenantId, placement };
}

/** A name-based UUID (version 8 of RFC 9562: our own scheme, SHA-256 truncated). */
export function alertId(finding: Finding): string {
  const name = [
    finding.code,
    finding.tenantId,
    finding.propertyId,
    finding.connectionId ?? '',
    finding.identity,
  ].join('\n');
  const hex = createHash('sha256').update(name).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
