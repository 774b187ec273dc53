import type { ErrorCode } from '../../../schemas/errors.ts';
import type { FieldName } from '../../../schemas/generated/types.ts';
import type { Cell } from '../calendar/field-state.ts';
import { NEVER_SENT } from '../calendar/field-state.ts';
import type { Lane } from './diff.ts';

/** An own booking may have met an opening of ours that was answered this shortly before it: then its closing is sent once. */
export const OPENING_RACE_MS = 300_000;

/** What is wanted of one field, and why. */
export interface Wish {
  readonly value: number;
  /** What the field has to have settled under: `basisOf`. */
  readonly basis: number;
  /** Availability: revision time of the own booking that alone closes the night; null: not implied. */
  readonly impliedAt: number | null;
  /** It takes the night off sale. */
  readonly closing: boolean;
}

/** `waiting`: not to be sent now, but not done; `parked`: a person has to act. */
export type Verdict = 'clean' | 'waiting' | 'parked' | 'due';

/** Compares what is wanted with what the channel has. A request of the field that is out is the caller's to look for. */
export function judge(
  cell: Cell = NEVER_SENT,
  { value, basis, impliedAt, closing }: Wish,
): Verdict {
  if (cell.state === 'held') return judgeHeld(cell, closing && impliedAt === null, basis);
  if (cell.state === 'in_flight') return 'waiting';
  if (impliedAt !== null && !mayBeOnSaleAgain(cell, impliedAt))
    return cell.quarantined ? 'waiting' : 'clean';
  const same = cell.value === value && cell.released === basis;
  switch (cell.state) {
    case 'uncertain':
      return 'due';
    case 'known':
      return same ? (cell.quarantined ? 'waiting' : 'clean') : 'due';
    case 'unsettled':
      return same ? 'waiting' : 'due';
    case 'rejected':
      // A closing is never given up; any other refused value waits until what we want changes.
      return cell.value === value && !closing ? 'parked' : 'due';
  }
}

/**
 * A closing goes out all the same, and again when a booking has left the night: the channel may give its own hold up over a booking of ours, and
 * some reopen by themselves.
 */
function judgeHeld(cell: Cell, closing: boolean, basis: number): Verdict {
  if (!closing) return 'parked';
  if (cell.value !== 0 || cell.released !== basis) return 'due';
  return cell.quarantined ? 'waiting' : 'parked';
}

/** The channel closed the night by its own booking; did we put it back on sale over it? */
function mayBeOnSaleAgain(cell: Cell, impliedAt: number): boolean {
  if (cell.state === 'known' && cell.value === 0 && !cell.quarantined) return false;
  return cell.opened_at !== null && cell.opened_at > impliedAt - OPENING_RACE_MS;
}

/** The channel has the value, as far as its last answer tells. */
export function shows(cell: Cell, value: number, basis: number): boolean {
  const isTaken = cell.state === 'known' || cell.state === 'unsettled';
  return isTaken && cell.value === value && cell.released === basis;
}

/** The channel knows no such rate plan, so nothing is sold at it. */
export function isOfUnknownPlan(code: string | null): boolean {
  return code === ('RATE_PLAN_UNKNOWN' satisfies ErrorCode);
}

/** Fewer units than the channel surely has count as a closing; than it perhaps has, as an opening. */
export function laneOf(field: FieldName, cell: Cell = NEVER_SENT, desired: number): Lane {
  const known = cell.state === 'known' ? cell.value : null;
  if (field === 'availability')
    return desired === 0 || (known !== null && !cell.quarantined && desired < known)
      ? 'closing'
      : 'opening';
  const shown = cell.state === 'unsettled' ? cell.value : known;
  return shown !== null && isTighter(field, desired, shown) ? 'tightening' : 'price';
}

function isTighter(field: FieldName, desired: number, shown: number): boolean {
  switch (field) {
    case 'min_stay_arrival':
    case 'min_stay_through':
    case 'closed_to_arrival':
    case 'closed_to_departure':
      return desired > shown;
    case 'max_stay':
      return desired !== 0 && (shown === 0 || desired < shown);
    case 'availability':
    case 'price':
      return false;
  }
}
