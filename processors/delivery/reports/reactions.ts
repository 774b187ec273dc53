import type { Output, PartitionContext } from '../../../runtime/stage.ts';
import type { ErrorCode } from '../../../schemas/errors.ts';
import { codeOf, ParityError } from '../../../schemas/errors.ts';
import type { Connection, ConnectionOutcome, Severity } from '../../../schemas/generated/types.ts';
import { isContent, pageOf } from '../calendar/cell-name.ts';
import type { CodecFailure } from '../codec-failure.ts';
import type { Result, SentRequest, Settlement } from '../connection/outcome.ts';
import type { RefusedClosings } from '../connection/refused-closings.ts';
import type { UnknownPlans } from '../connection/unknown-plans.ts';
import { isOfUnknownPlan } from '../difference/judgement.ts';
import type { SendPermission } from '../permission/connection-health.ts';
import { RETRY_DELAYS_MS } from '../permission/retry.ts';
import { RefusalNews } from './refusal-news.ts';
import { alert, requestRow, syncTypeOf } from './reports.ts';

const NOTHING: Verdict = {
  outcome: { status: null, error_code: null, error_message: null },
  alerts: [],
};

/** What an outcome means for the connection's row, and what its owner must see. */
interface Verdict {
  readonly outcome: ConnectionOutcome;
  readonly alerts: readonly Output[];
}

/** What an outcome means for the connection: permission to send, rows, alerts, metrics, evidence. */
export class Reactions {
  readonly #context: PartitionContext;
  readonly #permission: SendPermission;
  readonly #refusedClosings: RefusedClosings;
  readonly #unknownPlans: UnknownPlans;
  readonly #refusalNews = new RefusalNews();
  /** When a token was first refused (monotonic ms): a refusal of a later request is one of a fresh token, and final. */
  #tokenRefused: { readonly at: number; readonly incarnation: number } | null = null;
  #firstFailureAt: number | null = null;

  constructor(
    context: PartitionContext,
    permission: SendPermission,
    refusedClosings: RefusedClosings,
    unknownPlans: UnknownPlans,
  ) {
    this.#context = context;
    this.#permission = permission;
    this.#refusedClosings = refusedClosings;
    this.#unknownPlans = unknownPlans;
  }

  /** Answers the records to write with the new field states. */
  to(connection: Connection, out: SentRequest, result: Result, settlement: Settlement): Output[] {
    const now = this.#context.clock.now();
    const { outcome, alerts } = this.#judge(connection, out, result);
    this.#measure(connection, out, result, settlement, now);
    return [
      requestRow(connection, out, result, settlement, now, outcome),
      ...alerts,
      ...this.toRefusals(connection, settlement.refusedCells),
    ];
  }

  /**
   * Alerts of what the channel does not take. A closing and a rate plan are told of once a day, a part of the content each time it is refused, other
   * values together.
   */
  toRefusals(connection: Connection, refusals: Settlement['refusedCells']): Output[] {
    const now = this.#context.clock.monotonic();
    const content = refusals.filter(({ change }) => isContent(change));
    const plans = [...this.#unknownPlans.news(refusals, now)].map(([id, advice]) =>
      this.#ratePlanUnknown(connection, id, advice),
    );
    const values = refusals.filter(
      (refusal) => !isOfUnknownPlan(refusal.code) && !content.includes(refusal),
    );
    this.#refusalNews.add(this.#refusedClosings.note(values, now));
    return [
      ...content.map((refusal) => this.#contentRefused(connection, refusal)),
      ...plans,
      ...this.toldLater(connection),
    ];
  }

  #contentRefused(
    connection: Connection,
    { change, code, advice }: Settlement['refusedCells'][number],
  ): Output {
    const text = `${change.field} is not taken: ${advice}`;
    return this.#alert(connection, code as ErrorCode, text, 'warning', { part: change.field });
  }

  /** When an alert of refused values is to be written (monotonic ms); Infinity: there is none. */
  get tellAt(): number {
    return this.#refusalNews.tellAt;
  }

  /** The alert of what was refused shortly after the last one, once it is time. */
  toldLater(connection: Connection): Output[] {
    const batch = this.#refusalNews.take(this.#context.clock.monotonic());
    const first = batch?.named[0];
    if (!batch || !first) return [];
    const { night, field } = first.change;
    const cells = batch.named.map(({ change, code }) => ({ ...change, code }));
    const text = `${batch.count} values are not taken, first ${field} of ${night}: ${first.advice}`;
    const severity = batch.critical ? 'critical' : 'warning';
    return [this.#alert(connection, 'CHANNEL_VALUE_REFUSED', text, severity, { cells })];
  }

  #ratePlanUnknown(connection: Connection, id: string, advice: string): Output {
    const text = `the channel does not know rate plan ${id}; nothing is sold at it there, the rest goes on: ${advice}`;
    return this.#alert(connection, 'RATE_PLAN_UNKNOWN', text, 'warning', { rate_plan_id: id });
  }

  /** The connection is at fault: its channel is tried again at a slow pace. */
  toCodecFailure(connection: Connection, failure: CodecFailure): Output[] {
    this.#context.logger.error({ err: failure.cause }, 'no message can be made of a connection');
    const isNew = this.#permission.faulted('CONNECTOR_FAILED');
    const alert = () => this.#alert(connection, 'CONNECTOR_FAILED', failure.message, 'critical');
    return isNew ? [alert()] : [];
  }

  /** A message can be made again. */
  codecWorks(): void {
    if (this.#permission.fault === ('CONNECTOR_FAILED' satisfies ErrorCode))
      this.#permission.forgive();
  }

  /** A background task ended by an error: with it ends this life of the worker, and the next owner finds in the log how far it had come. */
  gaveUp(error: unknown): void {
    if (this.#context.lost.aborted) {
      this.#context.logger.info({ code: codeOf(error) }, 'delivery lets go of its partition');
      return;
    }
    this.#context.fail(error);
  }

  #judge(connection: Connection, out: SentRequest, result: Result): Verdict {
    const { random } = this.#context;
    switch (result.kind) {
      case 'applied':
      case 'partial':
      case 'refused':
        return this.#works(connection);
      case 'rate_limited':
        this.#permission.slowedDown(result.retryAfterMs, random.next());
        return NOTHING;
      case 'unauthorized':
        return this.#unauthorized(connection, out);
      case 'connection_fault':
        return this.#fault(connection, result.code, result.message);
      case 'unknown':
        return this.#failed(connection, out, result);
      case 'notSent':
        return this.#notSent(connection, out, result);
    }
  }

  /** A token that has to be waited for says nothing about the channel. */
  #notSent(
    connection: Connection,
    out: SentRequest,
    result: Extract<Result, { kind: 'notSent' }>,
  ): Verdict {
    if (isCredentialGone(result.code)) return this.#fault(connection, result.code, result.message);
    if (result.code !== 'CHANNEL_RATE_LIMITED') return this.#failed(connection, out, result);
    this.#permission.slowedDown(null, this.#context.random.next());
    return NOTHING;
  }

  /** The end of an error is told too, also of one that a former owner reported. */
  #works(connection: Connection): Verdict {
    this.#tokenRefused = null;
    this.#firstFailureAt = null;
    const recovered = this.#permission.inTrouble || connection.phase === 'error';
    this.#permission.succeeded();
    return recovered
      ? { outcome: { status: 'active', error_code: null, error_message: null }, alerts: [] }
      : NOTHING;
  }

  /** The transport renews a refused token for the next request; requests that were out with the old one say nothing new. */
  #unauthorized(connection: Connection, out: SentRequest): Verdict {
    const { incarnation } = connection;
    const first = this.#tokenRefused;
    if (first?.incarnation !== incarnation) {
      this.#tokenRefused = { at: this.#context.clock.monotonic(), incarnation };
      return NOTHING;
    }
    if (out.since < first.at) return NOTHING;
    const text = 'the channel refuses the credential after a refresh';
    return this.#fault(connection, 'CREDENTIAL_EXPIRED', text);
  }

  #fault(connection: Connection, code: ErrorCode, message: string): Verdict {
    const isNew = this.#permission.faulted(code);
    const status = isCredentialGone(code) ? 'expired' : 'error';
    return {
      outcome: { status, error_code: code, error_message: message },
      alerts: isNew ? [this.#alert(connection, code, message, 'critical')] : [],
    };
  }

  #failed(
    connection: Connection,
    out: SentRequest,
    failure: {
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryAfterMs?: number;
    },
  ): Verdict {
    const { code, message, retryAfterMs } = failure;
    this.#firstFailureAt ??= out.startedAt;
    const chance = this.#context.random.next();
    const { last, opened } = this.#permission.failed(chance, retryAfterMs);
    const { metrics } = this.#context;
    if (opened) metrics.count('parity_breaker_opened_total', { channel_type: connection.channel });
    const outcome = { status: null, error_code: code, error_message: message };
    if (!last) return { outcome, alerts: [] };
    this.#leaveEvidence(connection, out, code, message);
    const text = `${message}; tried ${RETRY_DELAYS_MS.length + 1} times, probing goes on`;
    return {
      outcome: { ...outcome, status: 'error' },
      alerts: [this.#alert(connection, code, text, 'critical')],
    };
  }

  /** A dead letter shows what could not be delivered; it releases no offset. */
  #leaveEvidence(connection: Connection, out: SentRequest, code: ErrorCode, message: string): void {
    const first = out.request.changes[0];
    if (!first) return;
    const key = `${connection.connection_id}/${pageOf(first)}`;
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
    const code = errorCodeOf(result);
    if (code) metrics.count('channel_api_errors_total', { ...labels, error_code: code });
  }

  #alert(
    connection: Connection,
    code: ErrorCode,
    message: string,
    severity: Severity,
    context: object = {},
  ): Output {
    const { random, clock } = this.#context;
    return alert(connection, random.uuid(), clock.now(), code, severity, message, context);
  }
}

function isCredentialGone(code: ErrorCode): boolean {
  return code === 'CREDENTIAL_EXPIRED' || code === 'CREDENTIAL_MISSING';
}

/** What went wrong with a call, for `channel_api_errors_total`; null: nothing. */
function errorCodeOf(result: Result): ErrorCode | null {
  switch (result.kind) {
    case 'applied':
      return null;
    case 'partial':
      return 'CHANNEL_VALUE_REFUSED';
    case 'rate_limited':
      return 'CHANNEL_RATE_LIMITED';
    case 'unauthorized':
      return 'CHANNEL_UNAUTHORIZED';
    case 'refused':
    case 'connection_fault':
    case 'unknown':
    case 'notSent':
      return result.code;
  }
}
