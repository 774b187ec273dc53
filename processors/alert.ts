import { createHash } from 'node:crypto';
import type { Output } from '../runtime/stage.ts';
import type { ConnectionId, PropertyId, TenantId } from '../schemas/domain/ids.ts';
import type { ErrorCode } from '../schemas/errors.ts';
import type { Severity } from '../schemas/generated/types.ts';

/** What a fold wants the owner to see. */
export interface Finding {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly message: string;
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly connectionId: ConnectionId | null;
  /** What makes this finding another one than the last of its kind; the alert's id follows from it. */
  readonly identity: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * The alert of a finding. A fold has no randomness, so the id is a hash of code, subject and identity: a finding that is raised again (after a
 * restart, by a replay) carries the same id, and the journal keeps one.
 */
export function alertOutput(finding: Finding, now: number): Output {
  const { connectionId, propertyId, tenantId } = finding;
  return {
    topic: 'channel.alerts',
    key: connectionId ?? propertyId,
    value: {
      alert_id: alertId(finding),
      connection_id: connectionId,
      property_id: propertyId,
      tenant_id: tenantId,
      code: finding.code,
      severity: finding.severity,
      message: finding.message,
      context: JSON.stringify(finding.context),
      raised_at: now,
    },
    tenantId,
    placement: propertyId,
  };
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
