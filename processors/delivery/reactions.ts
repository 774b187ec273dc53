import type { Output, PartitionContext } from '../../runtime/stage.ts';
import { monthOf } from '../../schemas/domain/plain-date.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Connection, ConnectionOutcome } from '../../schemas/generated/types.ts';
import type { SendPermission } from './connection-health.ts';
import type { Result, SentRequest, Settlement } from './outcome.ts';
import { alert, syncLogRow, syncTypeOf } from './reports.ts';
import { RETRY_DELAYS_MS } from './retry.ts';

/** Codes with which the log tells that the partition is not ours any more; the new owner goes on. */
const NOT_OURS: readonly ErrorCode[] = ['LEASE_LOST', 'LOG_UNAVAILABLE', 'FENCED'];

/** What an outcome means for the connection: permission to send, rows, alerts, metrics, evidence. */
export class Reactions {
  readonly #context: PartitionContext;
  readonly #permission: SendPermission;
  /** A second refusal of a fresh token is final; the first only asks for a refresh. */
  #refusedTokens = 0;
  #firstFailureAt: number | null = null;
  #unhealthy = false;

  constructor(context: PartitionContext, permission: SendPermission) {
    this.#context = context;
    this.#permission = permission;
  }

  /** Answers the records to write with the new field states. */
  to(connection: Connection, out: SentRequest, result: Result, settlement: Settlement): Output[] {
    const now = this.#context.clock.now();
    const { outcome, alerts } = this.#judge(connection, out, result, now);
    this.#measure(connection, out, result, settlement, now);
    const refusal = settlement.refusedCells[0];
    const refusals = refusal
      ? [
          this.#alert(
            connection,
            'CHANNEL_VALUE_REFUSED',
            `${settlement.refusedCells.length} values refused, first ${refusal.change.field} of ${refusal.change.night}: ${refusal.advice}`,
            {
              cells: settlement.refusedCells
                .slice(0, 20)
                .map(({ change, code }) => ({ ...change, code })),
            },
          ),
        ]
      : [];
    return [syncLogRow(connection, out, result, settlement, now, outcome), ...alerts, ...refusals];
  }

  /** A background task ended by an error: a lost partition is no defect, all else is. */
  gaveUp(error: unknown): void {
    if (error instanceof ParityError && NOT_OURS.includes(error.code)) {
      this.#context.logger.info({ code: error.code }, 'delivery lets go of its partition');
      return;
    }
    this.#context.fail(error);
  }

  #judge(
    connection: Connection,
    out: SentRequest,
    result: Result,
    now: number,
  ): { outcome: ConnectionOutcome | null; alerts: Output[] } {
    switch (result.kind) {
      case 'applied':
      case 'partial':
      case 'refused':
        return this.#works();
      case 'rate_limited': {
        this.#permission.slowedDown(now, result.retryAfterMs, this.#context.random.next());
        return { outcome: null, alerts: [] };
      }
      case 'unauthorized':
        this.#refusedTokens++;
        if (this.#refusedTokens < 2) return { outcome: null, alerts: [] };
        return this.#fault(
          connection,
          'CREDENTIAL_EXPIRED',
          'the channel refuses the credential after a refresh',
          now,
        );
      case 'connection_fault':
        return this.#fault(connection, result.code, result.message, now);
      case 'unknown':
        return this.#failed(connection, out, result.code, result.message, now);
      case 'notSent':
        return result.code === 'CREDENTIAL_EXPIRED' || result.code === 'CREDENTIAL_MISSING'
          ? this.#fault(connection, result.code, result.message, now)
          : this.#failed(connection, out, result.code, result.message, now);
    }
  }

  #works(): { outcome: ConnectionOutcome | null; alerts: Output[] } {
    this.#refusedTokens = 0;
    this.#firstFailureAt = null;
    const recovered = this.#permission.succeeded() && this.#unhealthy;
    if (recovered) this.#unhealthy = false;
    return {
      outcome: { status: recovered ? 'active' : null, error_code: null, error_message: null },
      alerts: [],
    };
  }

  #fault(connection: Connection, code: ErrorCode, message: string, now: number) {
    const isNew = this.#permission.faulted(code, now);
    this.#unhealthy = true;
    const status =
      code === 'CREDENTIAL_EXPIRED' || code === 'CREDENTIAL_MISSING' ? 'expired' : 'error';
    return {
      outcome: { status, error_code: code, error_message: message },
      alerts: isNew ? [this.#alert(connection, code, message, {}, 'critical')] : [],
    };
  }

  #failed(connection: Connection, out: SentRequest, code: ErrorCode, message: string, now: number) {
    this.#firstFailureAt ??= out.startedAt;
    const { last, opened } = this.#permission.failed(now, this.#context.random.next());
    const { metrics } = this.#context;
    if (opened) metrics.count('parity_breaker_opened_total', { channel_type: connection.channel });
    if (!last)
      return { outcome: { status: null, error_code: code, error_message: message }, alerts: [] };
    this.#unhealthy = true;
    this.#leaveEvidence(connection, out, code, message);
    return {
      outcome: { status: 'error', error_code: code, error_message: message },
      alerts: [
        this.#alert(
          connection,
          code,
          `${message}; tried ${RETRY_DELAYS_MS.length + 1} times, probing goes on`,
          {},
          'critical',
        ),
      ],
    };
  }

  /** A dead letter shows what could not be delivered; it releases no offset. */
  #leaveEvidence(connection: Connection, out: SentRequest, code: ErrorCode, message: string): void {
    const first = out.request.changes[0];
    if (!first) return;
    const key = `${connection.connection_id}/${monthOf(first.night)}`;
    const offset = this.#context.tables.offsetOf('channel.desired', key);
    if (offset === undefined) return;
    const letter = {
      topic: 'channel.desired',
      key,
      offset,
      error: new ParityError(code, message),
      attempts: RETRY_DELAYS_MS.length + 1,
      firstAt: this.#firstFailureAt ?? out.startedAt,
    } as const;
    this.#context.deadLetter([letter]).catch((error: unknown) => this.gaveUp(error));
  }

  #measure(
    connection: Connection,
    out: SentRequest,
    result: Result,
    settlement: Settlement,
    now: number,
  ): void {
    const labels = { channel_type: connection.channel };
    const { metrics } = this.#context;
    metrics.count('channel_sync_total', { ...labels, status: settlement.status });
    metrics.observe('channel_sync_duration_seconds', Math.max(0, now - out.startedAt) / 1_000, {
      ...labels,
      sync_type: syncTypeOf(out),
    });
    if ('code' in result)
      metrics.count('channel_api_errors_total', { ...labels, error_code: result.code });
    if (result.kind === 'rate_limited')
      metrics.count('channel_api_errors_total', { ...labels, error_code: 'CHANNEL_RATE_LIMITED' });
  }

  #alert(
    connection: Connection,
    code: ErrorCode,
    message: string,
    context: object,
    severity: 'warning' | 'critical' = 'warning',
  ): Output {
    return alert(
      connection,
      this.#context.random.uuid(),
      this.#context.clock.now(),
      code,
      severity,
      message,
      context,
    );
  }
}
