import type { FieldAcknowledgement } from '../../../schemas/generated/types.ts';

/**
 * The states of a field at the channel and all their transitions: the one table. Every other module only reads states.
 *
 * | state     | meaning                                              | left by |
 * |-----------|------------------------------------------------------|---------|
 * | uncertain | nothing proven; dirty                                | sent, unsendable, held |
 * | known     | the channel has `value`                              | sent, recheck, new incarnation, full sync, held |
 * | in_flight | `value` is out, recorded before the socket           | applied, refused, reverted, unproven, ambiguous, held |
 * | unsettled | `value` was taken while an older request may still land | sent, quarantine end, recheck, new incarnation, full sync, held |
 * | rejected  | the channel refused `value` (`code`)                 | sent (another value), requeue, new incarnation, full sync, held |
 * | held      | the channel holds the night for a reason of its own  | sent (a closing), override |
 *
 * `quarantined` says that a request of unknown outcome may still land. It outlives every state but the end of its time.
 *
 * A hold outlives our own closing of the night: in flight, such a closing carries the code of the hold, and whatever its end the field is held
 * again, with value 0 when the closing was taken. Only an override, another listing, or the closing of a hold that a person has accepted as a
 * block of the PMS ends it.
 */
export type Cell = FieldAcknowledgement;

/** Code of a hold that a person has accepted: it lasts until the block has come and its closing leaves. */
const ACCEPTED = 'HOLD_ACCEPTED';

export const NEVER_SENT: Cell = {
  state: 'uncertain',
  value: null,
  quarantined: false,
  released: 0,
  opened_at: null,
  code: null,
  advice: null,
};

/** Longest advice kept with a field, characters: a month of many rate plans must fit a record, and the alert has the whole text. */
const ADVICE_MAX = 100;

/** A request with `value` is about to leave. */
export function sent(cell: Cell, value: number, released: number): Cell {
  const hold = holdOf(cell);
  const code = hold === ACCEPTED && value === 0 ? null : hold;
  return { ...cell, state: 'in_flight', value, released, code, advice: null };
}

/** The channel took the value. `opening`: it put a night on sale. @param at ms, wall clock */
export function applied(cell: Cell, at: number, opening: boolean): Cell {
  if (cell.state !== 'in_flight') return cell;
  const hold = holdOf(cell);
  // Of a hold that was accepted while this closing was out, the next one makes an end.
  if (hold !== null)
    return { ...cell, state: 'held', value: hold === ACCEPTED ? null : cell.value };
  return {
    ...cell,
    state: cell.quarantined ? 'unsettled' : 'known',
    opened_at: opening ? Math.round(at) : cell.opened_at,
  };
}

/** The channel refused the value for good. */
export function refused(cell: Cell, code: string, advice: string): Cell {
  if (cell.state !== 'in_flight') return cell;
  return holdOf(cell) === null ? rejected(cell, code, advice) : uncertain(cell);
}

/** A value that the channel can never take, found without asking. */
export function unsendable(cell: Cell, value: number, code: string, advice: string): Cell {
  return cell.state === 'in_flight' || cell.state === 'held'
    ? cell
    : rejected({ ...cell, value }, code, advice);
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
  return { ...uncertain(cell), opened_at: opening ? Math.round(at) : cell.opened_at };
}

/** The request may have had its effect, or may still get it. An opening counts as just made: a closing must follow an own booking. */
export function ambiguous(cell: Cell, at: number, opening: boolean): Cell {
  const doubtful = cell.state === 'in_flight' ? uncertain(cell) : cell;
  return { ...doubtful, quarantined: true, opened_at: opening ? Math.round(at) : cell.opened_at };
}

/** The longest life of a doubtful request is over. What is out meanwhile was sent inside it, so its answer proves nothing yet. */
export function quarantineEnded(cell: Cell): Cell {
  if (cell.state === 'in_flight' || !cell.quarantined) return cell;
  return { ...(cell.state === 'rejected' ? cell : uncertain(cell)), quarantined: false };
}

/** A finding says that the channel may differ. `doubtful`: a request of a former owner may still land. */
export function rechecked(cell: Cell, doubtful: boolean): Cell {
  const next = cell.state === 'in_flight' || cell.state === 'rejected' ? cell : uncertain(cell);
  return doubtful && !next.quarantined ? { ...next, quarantined: true } : next;
}

/** The connection was attached or authorised again; the listing is the same. */
export function underNewIncarnation(cell: Cell): Cell {
  return cell.state === 'in_flight' ? cell : uncertain(cell);
}

/** Everything is to be sent again; held fields stay. */
export function fullSync(cell: Cell): Cell {
  return underNewIncarnation(cell);
}

/** The connection names another listing: nothing is known of that one. */
export function ofAnotherListing(cell: Cell): Cell {
  return isNeverSent(cell) ? cell : NEVER_SENT;
}

export function held(cell: Cell, code: string): Cell {
  return { ...cell, state: 'held', value: null, code, advice: null };
}

/** A person takes the night back: the next opening may go out. */
export function overridden(cell: Cell): Cell {
  if (holdOf(cell) === null) return cell;
  const free = { ...cell, code: null };
  return cell.state === 'held' ? uncertain({ ...free, state: 'uncertain' }) : free;
}

/** A person keeps the night closed for the channel's reason; without a value the closing leaves, whatever was sent before. */
export function accepted(cell: Cell): Cell {
  if (holdOf(cell) === null) return cell;
  const value = cell.state === 'held' ? null : cell.value;
  return { ...cell, value, code: ACCEPTED };
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

/**
 * As `adopted`, of a value that the channel fetches: it may stand in a document or not, and may have been fetched or not, but nothing of it lands
 * later.
 */
export function adoptedFromDocument(cell: Cell, at: number, isAvailability: boolean): Cell {
  return unproven(cell, at, isAvailability && (cell.value ?? 0) > 0);
}

/** The log cannot tell any more what was written last. */
export function doubted(cell: Cell): Cell {
  return { ...uncertain(cell), quarantined: true };
}

/** Whether two fields say the same. */
export function sameCell(a: Cell, b: Cell): boolean {
  return (
    a === b ||
    (a.state === b.state &&
      a.value === b.value &&
      a.quarantined === b.quarantined &&
      a.released === b.released &&
      a.opened_at === b.opened_at &&
      a.code === b.code &&
      a.advice === b.advice)
  );
}

/** Code of the hold of a night, also while our closing of it is out. */
function holdOf(cell: Cell): string | null {
  return cell.state === 'held' || cell.state === 'in_flight' ? cell.code : null;
}

/** Nothing is proven any more; a hold stays. */
function uncertain(cell: Cell): Cell {
  const code = holdOf(cell);
  const state = code === null ? 'uncertain' : 'held';
  if (cell.state === state && cell.value === null) return cell;
  return { ...cell, state, value: null, code, advice: null };
}

function rejected(cell: Cell, code: string, advice: string): Cell {
  return { ...cell, state: 'rejected', code, advice: advice.slice(0, ADVICE_MAX) };
}

function isNeverSent(cell: Cell): boolean {
  return sameCell(cell, NEVER_SENT);
}
