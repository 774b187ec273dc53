import type { Change, Connector, PlanContext, PlannedRequest } from '../../connectors/contract.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { AcknowledgedCalendar } from './calendar.ts';
import { cellKey } from './calendar.ts';
import type { DueChange, Lane } from './diff.ts';
import { LANES } from './diff.ts';

/** Changes that are not closings wait this long for company, ms. */
export const COALESCING_MS = 200;

/** A request to send now, with the released value of each of its cells, or changes that no request can carry. */
export interface Batch {
  readonly lane: Lane;
  readonly request: PlannedRequest | null;
  readonly refused: readonly {
    readonly change: Change;
    readonly code: string;
    readonly advice: string;
  }[];
}

export interface BatchInput {
  readonly due: readonly DueChange[];
  /** Cells of a refused request without a named culprit: they go alone until the culprit is found. */
  readonly suspects: ReadonlySet<string> | null;
  /** Only closings may go now (the rest still waits for company). */
  readonly closingsOnly: boolean;
  readonly connector: Connector;
  readonly connection: Connection;
  readonly calendar: AcknowledgedCalendar;
  readonly context: PlanContext;
}

/** The next request by lane: closings alone, then tightened restrictions, then prices and what may open with them. Null: nothing may go now. */
export function nextBatch(input: BatchInput): Batch | null {
  for (const lane of LANES) {
    if (input.closingsOnly && lane !== 'closing') return null;
    const changes = select(input, lane);
    if (changes.length === 0) continue;
    const plan = input.connector.plan(input.connection, changes, input.context);
    const request = plan.requests[0] ?? null;
    if (request === null && plan.refused.length === 0) continue;
    return {
      lane,
      request: request && withoutEarlyOpenings(input, request),
      refused: plan.refused,
    };
  }
  return null;
}

function select(input: BatchInput, lane: Lane): DueChange[] {
  const { suspects } = input;
  const closings = input.due.filter((change) => change.lane === 'closing');
  if (lane === 'closing') {
    // Closings that are beyond suspicion never wait for the search of a culprit.
    const clear =
      suspects === null ? closings : closings.filter((change) => !suspects.has(cellKey(change)));
    return clear.length > 0 ? clear : closings;
  }
  const pool =
    suspects === null ? input.due : input.due.filter((change) => suspects.has(cellKey(change)));
  switch (lane) {
    case 'tightening':
      return pool.filter((change) => change.lane === 'tightening');
    case 'price': {
      const prices = pool.filter((change) => change.lane === 'price');
      if (prices.length === 0 || !input.connector.manifest.atomicRequests) return prices;
      const together = new Set(prices.map(cellKey));
      return [
        ...prices,
        ...pool.filter((change) => change.lane === 'opening' && mayOpen(input, change, together)),
      ];
    }
    case 'opening':
      return pool.filter(
        (change) => change.lane === 'opening' && mayOpen(input, change, new Set()),
      );
  }
}

/** An opening whose price or restriction went into another request of the plan waits for it. */
function withoutEarlyOpenings(input: BatchInput, request: PlannedRequest): PlannedRequest | null {
  const inside = new Set(request.changes.map(cellKey));
  const lanes = new Map(input.due.map((change) => [cellKey(change), change.lane]));
  const early = request.changes.filter(
    (change) => lanes.get(cellKey(change)) === 'opening' && !mayOpen(input, change, inside),
  );
  if (early.length === 0) return request;
  const rest = request.changes.filter((change) => !early.includes(change));
  return input.connector.plan(input.connection, rest, input.context).requests[0] ?? null;
}

/** Every price of the night is at the channel or travels along, and no restriction is still on its way. */
function mayOpen(input: BatchInput, opening: Change, together: ReadonlySet<string>): boolean {
  for (const plan of input.connection.rate_plans) {
    for (const field of input.connector.manifest.fields) {
      if (field === 'availability') continue;
      const name = { night: opening.night, field, ratePlanId: plan.rate_plan_id };
      const desired = input.context.desired(name.night, field, name.ratePlanId);
      if (desired === null || together.has(cellKey(name))) continue;
      const cell = input.calendar.cell(name);
      const shown =
        (cell.state === 'known' || cell.state === 'unsettled') && cell.value === desired;
      const refusedRestriction =
        field !== 'price' && cell.state === 'rejected' && cell.value === desired;
      if (!shown && !refusedRestriction) return false;
    }
  }
  return true;
}
