import type {
  Change,
  ChannelRequest,
  ChannelResponse,
  Connector,
  Outcome,
} from '../../../connectors/contract.ts';
import type { TransportResult } from '../../../connectors/transport/port.ts';
import { codeOf } from '../../../schemas/errors.ts';
import type { SyncStatus } from '../../../schemas/generated/types.ts';
import type { AcknowledgedCalendar } from '../calendar/calendar.ts';
import type { CellChange } from '../calendar/cell-name.ts';
import { cellKey, isContent, nightsAmong } from '../calendar/cell-name.ts';
import type { Cell } from '../calendar/field-state.ts';
import { ambiguous, applied, refused, reverted, unproven } from '../calendar/field-state.ts';
import type { Lane } from '../difference/diff.ts';

/** A request with what it is to change: fields of nights, or a part of the content. */
export type OutgoingRequest = ChannelRequest & { readonly changes: readonly CellChange[] };

/** A request between its write-ahead and the record of its outcome. */
export interface SentRequest {
  readonly id: string;
  readonly request: OutgoingRequest;
  /** Lane of the request, and of each of its changes that is an opening, by key of the cell. */
  readonly lane: Lane;
  readonly openings: ReadonlySet<string>;
  /** Generation of the connection's state when it left. */
  readonly generation: number;
  /** When it left, or while it has not: when it was planned; ms, wall clock. */
  startedAt: number;
  /** The same, monotonic. */
  since: number;
  readonly traceparent: string;
}

/** Outcome of a request as delivery sees it: what the connector read in the answer, or that nothing reached the channel. */
export type Result = (Outcome | Extract<TransportResult, { kind: 'notSent' }>) & {
  readonly response?: ChannelResponse;
};

/** What a transport result means. An unanswered request is unknown, and so is an answer that the connector cannot read. */
export function resultOf(
  sent: SentRequest,
  sending: TransportResult,
  connector: Connector,
): Result {
  switch (sending.kind) {
    case 'response':
      return { ...interpreted(sent, sending.response, connector), response: sending.response };
    case 'ambiguous':
      return { kind: 'unknown', code: sending.code, message: sending.message };
    case 'notSent':
      return sending;
  }
}

function interpreted(
  { request }: SentRequest,
  response: ChannelResponse,
  { content, interpret }: Connector,
): Outcome {
  try {
    if (content?.messages && request.changes.some(isContent))
      return content.messages.interpret(response);
    return interpret({ ...request, changes: nightsAmong(request.changes) }, response);
  } catch (error) {
    const code = codeOf(error) ?? 'CHANNEL_RESPONSE_MALFORMED';
    return { kind: 'unknown', code, message: `the answer cannot be read: ${String(error)}` };
  }
}

/** How the fields of a request ended. */
export interface Settlement {
  readonly appliedCells: number;
  readonly refusedCells: readonly {
    readonly change: CellChange;
    readonly code: string;
    readonly advice: string;
  }[];
  /** Cells whose outcome is unknown: they begin a quarantine. */
  readonly doubtful: readonly CellChange[];
  /** Refused without a named culprit: to be sent in halves. */
  readonly halve: readonly CellChange[];
  readonly status: SyncStatus;
}

type RefusedChange = Settlement['refusedCells'][number];
type Next = (cell: Cell, change: CellChange, before: Cell) => Cell;

const NOTHING: Settlement = {
  appliedCells: 0,
  refusedCells: [],
  doubtful: [],
  halve: [],
  status: 'failure',
};

/**
 * Moves each cell of the request by the outcome.
 * @param now ms, wall clock
 * @param proves false: all has become doubtful since the request left (a new incarnation, a full sync), so that its answer proves nothing
 */
export function settle(
  sent: SentRequest,
  result: Result,
  calendar: AcknowledgedCalendar,
  now: number,
  proves = true,
): Settlement {
  const open: Next = (cell, change) => unproven(cell, now, isOpening(change));
  switch (result.kind) {
    case 'applied':
    case 'partial': {
      const refusals = result.kind === 'partial' ? result.refused : [];
      return settleApplied(sent, refusals, calendar, now, proves ? null : open);
    }
    case 'refused':
      return settleRefused(sent, result, calendar, open, proves);
    case 'unknown': {
      const next: Next = (cell, change) => ambiguous(cell, now, isOpening(change));
      return { ...NOTHING, doubtful: move(sent, calendar, next) };
    }
    case 'rate_limited':
    case 'unauthorized':
    case 'connection_fault':
    case 'notSent':
      move(sent, calendar, (cell, _change, before) => reverted(cell, before));
      return NOTHING;
  }
}

function settleApplied(
  sent: SentRequest,
  refusals: readonly RefusedChange[],
  calendar: AcknowledgedCalendar,
  now: number,
  open: Next | null,
): Settlement {
  const culprits = byCell(sent, refusals);
  move(sent, calendar, (cell, change, before) => {
    if (open) return open(cell, change, before);
    const culprit = culprits.get(cellKey(change));
    return culprit
      ? refused(cell, culprit.code, culprit.advice)
      : applied(cell, now, isOpening(change) || isContent(change));
  });
  return {
    ...NOTHING,
    appliedCells: sent.request.changes.length - culprits.size,
    refusedCells: [...culprits.values()],
    status: culprits.size === 0 ? 'success' : 'partial_success',
  };
}

function settleRefused(
  sent: SentRequest,
  result: Extract<Result, { kind: 'refused' }>,
  calendar: AcknowledgedCalendar,
  open: Next,
  proves: boolean,
): Settlement {
  const { changes } = sent.request;
  const named = byCell(sent, result.refused);
  const only = changes.length === 1 && named.size === 0 ? changes[0] : undefined;
  const culprits = only
    ? byCell(sent, [{ change: only, code: result.code, advice: result.message }])
    : named;
  move(sent, calendar, (cell, change, before) => {
    const culprit = culprits.get(cellKey(change));
    if (culprit && proves) return refused(cell, culprit.code, culprit.advice);
    return culprit || result.partlyApplied ? open(cell, change, before) : reverted(cell, before);
  });
  return {
    ...NOTHING,
    refusedCells: [...culprits.values()],
    halve: culprits.size === 0 ? changes : [],
  };
}

/** Answers what moved: cells that are not the request's any more (another listing) stay as they are. */
function move(
  { id, request }: SentRequest,
  calendar: AcknowledgedCalendar,
  next: Next,
): CellChange[] {
  return request.changes.filter((change) => {
    const before = calendar.end(change, id);
    if (before) calendar.set(change, next(calendar.cell(change), change, before));
    return before !== null;
  });
}

/** Refusals of what the request asked for; others mean nothing. */
function byCell({ request }: SentRequest, refusals: readonly RefusedChange[]) {
  const asked = new Set(request.changes.map(cellKey));
  return new Map(
    refusals
      .map((refusal): [string, RefusedChange] => [cellKey(refusal.change), refusal])
      .filter(([key]) => asked.has(key)),
  );
}

export function isOpening(change: CellChange): change is Change {
  return change.field === 'availability' && change.value > 0;
}

/** Dropped before the socket by us: a newer desired state forbids it, or the lease is over. */
export function isWithheld(result: Result): boolean {
  return result.kind === 'notSent' && (result.reason === 'withheld' || result.reason === 'aborted');
}
