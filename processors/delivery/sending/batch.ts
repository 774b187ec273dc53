import type {
  Change,
  Connector,
  PlanContext,
  PlannedRequest,
} from '../../../connectors/contract.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import type { Unsendable } from '../calendar/cell-name.ts';
import { cellKey, isContent, nightsAmong } from '../calendar/cell-name.ts';
import { ofCodec } from '../codec-failure.ts';
import type { OutgoingRequest } from '../connection/outcome.ts';
import { incompleteAmong } from '../difference/content-standing.ts';
import type { DueChange, Lane } from '../difference/diff.ts';
import type { ContentWish } from '../difference/work.ts';

/** Changes that are neither closings nor tightened restrictions wait this long for company, ms. */
export const COALESCING_MS = 200;

/** A request to send now, or changes that no request can carry. */
export interface Batch {
  readonly lane: Lane;
  /** It is a step of the search for a culprit. */
  readonly search: boolean;
  readonly request: OutgoingRequest | null;
  /** Openings among all that is due, by key of the cell. */
  readonly openings: ReadonlySet<string>;
  readonly refused: readonly Unsendable[];
}

export interface BatchInput {
  readonly due: readonly DueChange[];
  /** Groups of cells of refused requests without a named culprit: each goes alone until the culprit is found. */
  readonly suspects: readonly ReadonlySet<string>[];
  /** False: they wait, closings apart; the search has gone on for long enough. */
  readonly maySearch: boolean;
  /** Only what may not wait may go now; the rest still waits for company. */
  readonly urgentOnly: boolean;
  readonly connector: Connector;
  readonly connection: Connection;
  readonly context: PlanContext;
  readonly content: ContentWish | null;
}

/** Cells that may share a request. */
interface Pool {
  readonly due: readonly DueChange[];
  readonly suspect: boolean;
}

/**
 * The next request by lane: closings alone, then tightened restrictions, then content, then prices and what may open with them. What is beyond suspicion
 * never waits for the search of a culprit. Null: nothing may go now.
 * @throws CodecFailure
 */
export function nextBatch(input: BatchInput): Batch | null {
  const pools = poolsOf(input);
  const closing = firstOf(pools, (pool) => plan(input, pool, 'closing'));
  if (closing) return closing;
  const lanes: readonly Lane[] = input.urgentOnly
    ? ['tightening']
    : ['tightening', 'content', 'price', 'opening'];
  return firstOf(pools, (pool) => firstOf(lanes, (lane) => plan(input, pool, lane)));
}

function poolsOf({ due, suspects, maySearch }: BatchInput): Pool[] {
  if (suspects.length === 0) return [{ due, suspect: false }];
  const all = new Set(suspects.flatMap((group) => [...group]));
  const clear = { due: due.filter((change) => !all.has(cellKey(change))), suspect: false };
  const accused = maySearch ? due : due.filter(({ lane }) => lane === 'closing');
  const groups = suspects.map((group) => accused.filter((change) => group.has(cellKey(change))));
  return [clear, ...groups.map((changes) => ({ due: changes, suspect: true }))];
}

function plan(input: BatchInput, pool: Pool, lane: Lane): Batch | null {
  if (lane === 'content') return planContent(input, pool);
  const { suspect: search } = pool;
  const due = nightsAmong(pool.due);
  const changes = select(input, due, lane);
  if (changes.length === 0) return null;
  const { requests, refused } = planned(input, changes);
  const openings = new Map(
    due.filter((change) => change.lane === 'opening').map((change) => [cellKey(change), change]),
  );
  const request = firstOf(requests, (one) => withoutEarlyOpenings(input, one, openings));
  if (request === null && refused.length === 0) return null;
  return { lane, search, request, openings: new Set(openings.keys()), refused };
}

/** One part at a time, in the order of the codec. */
function planContent(
  { connector, connection, context, content: wish }: BatchInput,
  { due }: Pool,
): Batch | null {
  const change = due.find(isContent);
  const messages = connector.content?.messages;
  if (!change || !wish || !messages) return null;
  const incomplete = incompleteAmong([change], wish.parts);
  const request = () => ({
    ...ofCodec(() => messages.plan(connection, wish.content, change.field, context.now)),
    changes: [change],
  });
  return {
    lane: 'content',
    search: false,
    request: incomplete.length > 0 ? null : request(),
    openings: new Set(),
    refused: incomplete,
  };
}

type DueNight = DueChange & Change;

function select({ connector }: BatchInput, due: readonly DueNight[], lane: Lane): DueNight[] {
  const chosen = due.filter((change) => change.lane === lane);
  if (lane === 'opening') return chosen.filter((change) => change.needs.length === 0);
  if (lane !== 'price' || chosen.length === 0 || !connector.manifest.atomicRequests) return chosen;
  const together = new Set(chosen.map(cellKey));
  const openings = due.filter((change) => change.lane === 'opening' && mayOpen(change, together));
  return [...chosen, ...openings];
}

/** Openings whose price or restriction went into another request of the plan wait for it. Null: nothing else is in the request. */
function withoutEarlyOpenings(
  input: BatchInput,
  request: PlannedRequest,
  openings: ReadonlyMap<string, DueNight>,
): PlannedRequest | null {
  const inside = new Set(request.changes.map(cellKey));
  const rest = request.changes.filter((change) => {
    const opening = openings.get(cellKey(change));
    return opening === undefined || mayOpen(opening, inside);
  });
  if (rest.length === request.changes.length) return request;
  if (rest.length === 0) return null;
  return planned(input, rest).requests[0] ?? null;
}

function planned({ connector, connection, context }: BatchInput, changes: readonly Change[]) {
  return ofCodec(() => connector.plan(connection, changes, context));
}

/** Every price and restriction of the night is at the channel or travels along. */
function mayOpen({ night, needs }: DueChange, together: ReadonlySet<string>): boolean {
  return needs.every((column) => together.has(`${night} ${column}`));
}

/** The first answer that is not null. */
function firstOf<T, R>(items: readonly T[], answer: (item: T) => R | null): R | null {
  for (const item of items) {
    const found = answer(item);
    if (found !== null) return found;
  }
  return null;
}
