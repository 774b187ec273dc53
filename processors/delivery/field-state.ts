import type { FieldAcknowledgement } from '../../schemas/generated/types.ts';

/**
 * The states of a field at the channel and all their transitions: the one table. Every other module only reads states.
 *
 * | state     | meaning                                              | left by |
 * |-----------|------------------------------------------------------|---------|
 * | uncertain | nothing proven; dirty                                | sent, held |
 * | known     | the channel has `value`                              | sent, ambiguous recheck, new incarnation, full sync, held |
 * | in_flight | `value` is out, recorded before the socket           | applied, refused, reverted, ambiguous |
 * | unsettled | `value` was taken while an older request may still land | sent, quarantine end, recheck, held |
 * | rejected  | the channel refused `value` (`code`)                 | sent (another value), requeue, new incarnation, full sync |
 * | held      | the channel holds the night for a reason of its own  | override |
 *
 * `quarantined` says that a request of unknown outcome may still land. It outlives every state but the end of its time.
 */
export type Cell = FieldAcknowledgement;

export const NEVER_SENT: Cell = {
  state: 'uncertain',
  value: null,
  quarantined: false,
  released: 0,
  opened_at: null,
  code: null,
  advice: null,
};

const plain = { code: null, advice: null };

/** A request with `value` is about to leave. */
export function sent(cell: Cell, value: number, released: number): Cell {
  return { ...cell, ...plain, state: 'in_flight', value, released };
}

/** The channel took the value. `opening`: it put a night on sale. @param at ms, wall clock */
export function applied(cell: Cell, at: number, opening: boolean): Cell {
  if (cell.state !== 'in_flight') return cell;
  return {
    ...cell,
    state: cell.quarantined ? 'unsettled' : 'known',
    opened_at: opening ? at : cell.opened_at,
  };
}

/** The channel refused the value for good. */
export function refused(cell: Cell, code: string, advice: string): Cell {
  return cell.state === 'in_flight'
    ? { ...cell, state: 'rejected', code, advice: advice.slice(0, 500) }
    : cell;
}

/** A value that the channel can never take, found without asking. */
export function unsendable(cell: Cell, value: number, code: string, advice: string): Cell {
  return { ...cell, state: 'rejected', value, code, advice: advice.slice(0, 500) };
}

/** The request surely had no effect: back to what was before it. A quarantine that began meanwhile stays. */
export function reverted(cell: Cell, before: Cell): Cell {
  if (cell.state !== 'in_flight') return cell;
  if (!cell.quarantined || before.quarantined) return before;
  return uncertain({ ...before, quarantined: true });
}

/** The channel answered, and its answer leaves open whether this field was taken: nothing more of the request can land. */
export function unproven(cell: Cell, at: number, opening: boolean): Cell {
  if (cell.state !== 'in_flight') return cell;
  return { ...uncertain(cell), opened_at: opening ? at : cell.opened_at };
}

/** The request may have had its effect, or may still get it. An opening counts as just made: a closing must follow an own booking. */
export function ambiguous(cell: Cell, at: number, opening: boolean): Cell {
  if (cell.state !== 'in_flight') return { ...cell, quarantined: true };
  return { ...uncertain(cell), quarantined: true, opened_at: opening ? at : cell.opened_at };
}

/** The longest life of a doubtful request is over. What is out meanwhile was sent inside it, so its answer proves nothing yet. */
export function quarantineEnded(cell: Cell): Cell {
  if (cell.state === 'in_flight' || !cell.quarantined) return cell;
  if (cell.state === 'unsettled' || cell.state === 'known')
    return { ...uncertain(cell), quarantined: false };
  return { ...cell, quarantined: false };
}

/** A finding says that the channel may differ. `doubtful`: a request of a former owner may still land. */
export function rechecked(cell: Cell, doubtful: boolean): Cell {
  const quarantined = cell.quarantined || doubtful;
  switch (cell.state) {
    case 'known':
    case 'unsettled':
      return { ...uncertain(cell), quarantined };
    case 'in_flight':
    case 'uncertain':
    case 'rejected':
    case 'held':
      return { ...cell, quarantined };
  }
}

/** The connection was attached or authorised again; the listing is the same. */
export function underNewIncarnation(cell: Cell): Cell {
  return cell.state === 'known' || cell.state === 'rejected' || cell.state === 'unsettled'
    ? uncertain(cell)
    : cell;
}

/** Everything is to be sent again; held fields stay. */
export function fullSync(cell: Cell): Cell {
  return underNewIncarnation(cell);
}

export function held(cell: Cell, code: string): Cell {
  return { ...cell, state: 'held', value: null, code };
}

export function overridden(cell: Cell): Cell {
  return cell.state === 'held' ? uncertain(cell) : cell;
}

export function requeued(cell: Cell): Cell {
  return cell.state === 'rejected' ? uncertain(cell) : cell;
}

/** A new owner found the cell in the log. What was out then has an unknown outcome. @param at ms, wall clock */
export function adopted(cell: Cell, at: number, isAvailability: boolean): Cell {
  return cell.state === 'in_flight'
    ? ambiguous(cell, at, isAvailability && (cell.value ?? 0) > 0)
    : cell;
}

/** The log cannot tell any more what was written last. */
export function doubted(cell: Cell): Cell {
  return cell.state === 'held' ? cell : { ...uncertain(cell), quarantined: true };
}

function uncertain(cell: Cell): Cell {
  return { ...cell, ...plain, state: 'uncertain', value: null };
}
