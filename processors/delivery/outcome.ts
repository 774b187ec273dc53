import type { Change, Connector, Outcome, PlannedRequest } from '../../connectors/contract.ts';
import type { TransportResult } from '../../connectors/transport/port.ts';
import type { SyncStatus } from '../../schemas/generated/types.ts';
import type { AcknowledgedCalendar } from './calendar.ts';
import { cellKey } from './calendar.ts';
import type { Lane } from './diff.ts';
import type { Cell } from './field-state.ts';
import { ambiguous, applied, refused, reverted, unproven } from './field-state.ts';

/** A request between its write-ahead and the record of its outcome. */
export interface SentRequest {
  readonly id: string;
  readonly request: PlannedRequest;
  readonly lane: Lane;
  /** Cells as they were before the write-ahead, by key. */
  readonly before: ReadonlyMap<string, Cell>;
  /** ms, wall clock */
  readonly startedAt: number;
  readonly traceparent: string;
}

/** Outcome of a request as delivery sees it: what the connector read in the answer, or that nothing reached the channel. */
export type Result = Outcome | Extract<TransportResult, { kind: 'notSent' }>;

/** What a transport result means; an unanswered request is unknown. */
export function resultOf(
  sent: SentRequest,
  sending: TransportResult,
  connector: Connector,
): Result {
  switch (sending.kind) {
    case 'response':
      return connector.interpret(sent.request, sending.response);
    case 'ambiguous':
      return { kind: 'unknown', code: sending.code, message: sending.message };
    case 'notSent':
      return sending;
  }
}

/** How the fields of a request ended. */
export interface Settlement {
  readonly appliedCells: number;
  readonly refusedCells: readonly {
    readonly change: Change;
    readonly code: string;
    readonly advice: string;
  }[];
  /** Cells whose outcome is unknown: they begin a quarantine. */
  readonly doubtful: readonly Change[];
  /** Refused without a named culprit: to be sent in halves. */
  readonly halve: readonly Change[];
  readonly status: SyncStatus;
}

/** Moves each cell of the request by the outcome. @param now ms, wall clock */
export function settle(
  sent: SentRequest,
  result: Result,
  calendar: AcknowledgedCalendar,
  now: number,
): Settlement {
  switch (result.kind) {
    case 'applied':
      return settleApplied(sent, [], calendar, now, 'success');
    case 'partial':
      return settleApplied(sent, result.refused, calendar, now, 'partial_success');
    case 'refused':
      return settleRefused(sent, result, calendar, now);
    case 'unknown':
      move(sent, calendar, (cell, change) => ambiguous(cell, now, isOpening(change)));
      return { ...NOTHING, doubtful: sent.request.changes };
    case 'rate_limited':
    case 'unauthorized':
    case 'connection_fault':
    case 'notSent':
      move(sent, calendar, (cell, _change, before) => reverted(cell, before));
      return isWithheld(result) ? { ...NOTHING, status: 'skipped' } : NOTHING;
  }
}

const NOTHING: Settlement = {
  appliedCells: 0,
  refusedCells: [],
  doubtful: [],
  halve: [],
  status: 'failure',
};

type RefusedChange = Settlement['refusedCells'][number];

function settleApplied(
  sent: SentRequest,
  refusals: readonly RefusedChange[],
  calendar: AcknowledgedCalendar,
  now: number,
  status: SyncStatus,
): Settlement {
  const culprits = byCell(refusals);
  move(sent, calendar, (cell, change) => {
    const culprit = culprits.get(cellKey(change));
    return culprit
      ? refused(cell, culprit.code, culprit.advice)
      : applied(cell, now, isOpening(change));
  });
  return {
    ...NOTHING,
    appliedCells: sent.request.changes.length - culprits.size,
    refusedCells: refusals,
    status,
  };
}

function settleRefused(
  sent: SentRequest,
  result: Extract<Outcome, { kind: 'refused' }>,
  calendar: AcknowledgedCalendar,
  now: number,
): Settlement {
  const only = sent.request.changes.length === 1 ? sent.request.changes[0] : undefined;
  const refusals: readonly RefusedChange[] =
    result.refused.length === 0 && only
      ? [{ change: only, code: result.code, advice: result.message }]
      : result.refused;
  const culprits = byCell(refusals);
  move(sent, calendar, (cell, change, before) => {
    const culprit = culprits.get(cellKey(change));
    if (culprit) return refused(cell, culprit.code, culprit.advice);
    return result.partlyApplied ? unproven(cell, now, isOpening(change)) : reverted(cell, before);
  });
  return {
    ...NOTHING,
    refusedCells: refusals,
    halve: refusals.length === 0 ? sent.request.changes : [],
  };
}

function move(
  sent: SentRequest,
  calendar: AcknowledgedCalendar,
  next: (cell: Cell, change: Change, before: Cell) => Cell,
): void {
  for (const change of sent.request.changes) {
    const cell = calendar.cell(change);
    calendar.set(change, next(cell, change, sent.before.get(cellKey(change)) ?? cell));
  }
}

function byCell(refusals: readonly RefusedChange[]): Map<string, RefusedChange> {
  return new Map(refusals.map((refusal) => [cellKey(refusal.change), refusal]));
}

export function isOpening(change: Change): boolean {
  return change.field === 'availability' && change.value > 0;
}

/** Dropped before the socket by us: a newer desired state forbids it, or the lease is over. */
export function isWithheld(result: Result): boolean {
  return result.kind === 'notSent' && (result.reason === 'withheld' || result.reason === 'aborted');
}
