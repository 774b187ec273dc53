import type { Change, Manifest } from '../../connectors/contract.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays, dateAt } from '../../schemas/domain/plain-date.ts';
import type {
  ConnectionPhase,
  DesiredColumn,
  DesiredPage,
  FieldName,
} from '../../schemas/generated/types.ts';
import type { AcknowledgedCalendar, CellName } from './calendar.ts';
import type { Cell } from './field-state.ts';

/** An own booking may have met an opening of ours that was answered this shortly before it: then its closing is sent once. */
export const OPENING_RACE_MS = 300_000;

/** What leaves first. Openings last: a night goes on sale with or after its price and restrictions. */
export const LANES = ['closing', 'tightening', 'price', 'opening'] as const;
export type Lane = (typeof LANES)[number];

export interface DueChange extends Change {
  readonly lane: Lane;
  readonly released: number;
}

/** What a page still wants. */
export interface PageDiff {
  readonly due: readonly DueChange[];
  /** Out or inside a quarantine: not to be sent now, but not done either. */
  readonly waiting: number;
  /** Waits for people: rejected, held, openings of a connection that may not open. */
  readonly parked: number;
}

export interface DiffContext {
  readonly today: PlainDate;
  readonly manifest: Manifest;
  readonly phase: ConnectionPhase;
}

type Verdict = 'clean' | 'waiting' | 'parked' | 'due';

/** Which lanes a phase lets out: until a connection is active only closings leave; pausing stops openings and prices. */
export function lanesOf(phase: ConnectionPhase): readonly Lane[] {
  switch (phase) {
    case 'active':
    case 'error':
      return LANES;
    case 'importing':
    case 'preview':
    case 'paused':
      return ['closing'];
    case 'pending':
    case 'expired':
    case 'disconnected':
      return [];
  }
}

/** The difference between a desired page and what the channel has, today and horizon applied. */
export function diffPage(
  page: DesiredPage,
  calendar: AcknowledgedCalendar,
  context: DiffContext,
): PageDiff {
  const allowed = lanesOf(context.phase);
  const due: DueChange[] = [];
  let waiting = 0;
  let parked = 0;
  for (const column of page.columns) {
    const end = addDays(context.today, context.manifest.horizonDays[column.field]);
    column.values.forEach((value, index) => {
      const night = dateAt(page.month, index);
      if (value === null || night < context.today || night >= end) return;
      const name = { night, field: column.field, ratePlanId: column.rate_plan_id };
      const cell = calendar.cell(name);
      const released = column.field === 'availability' ? (page.released[index] ?? 0) : 0;
      const impliedAt = column.field === 'availability' ? (page.implied_at[index] ?? null) : null;
      const verdict = judge(cell, value, {
        released,
        impliedAt,
        closing: column.field === 'availability' && value === 0,
      });
      if (verdict === 'waiting') waiting++;
      else if (verdict === 'parked') parked++;
      else if (verdict === 'due') {
        const lane = laneOf(column.field, cell, value);
        if (allowed.includes(lane)) due.push({ ...name, value, lane, released });
        else parked++;
      }
    });
  }
  return { due, waiting, parked };
}

interface Wish {
  readonly released: number;
  readonly impliedAt: number | null;
  readonly closing: boolean;
}

function judge(cell: Cell, desired: number, { released, impliedAt, closing }: Wish): Verdict {
  if (cell.state === 'held') return 'parked';
  if (cell.state === 'in_flight') return 'waiting';
  if (impliedAt !== null && !mayBeOnSaleAgain(cell, impliedAt))
    return cell.quarantined ? 'waiting' : 'clean';
  const same = cell.value === desired && cell.released === released;
  switch (cell.state) {
    case 'uncertain':
      return 'due';
    case 'known':
      return same ? (cell.quarantined ? 'waiting' : 'clean') : 'due';
    case 'unsettled':
      return same ? 'waiting' : 'due';
    case 'rejected':
      // A closing is never given up; any other refused value waits until what we want changes.
      return cell.value === desired && !closing ? 'parked' : 'due';
  }
}

/** The channel closed the night by its own booking; did we put it back on sale over it? */
function mayBeOnSaleAgain(cell: Cell, impliedAt: number): boolean {
  if (cell.state === 'known' && cell.value === 0 && !cell.quarantined) return false;
  return cell.opened_at !== null && cell.opened_at > impliedAt - OPENING_RACE_MS;
}

function laneOf(field: FieldName, cell: Cell, desired: number): Lane {
  const shown = cell.state === 'known' || cell.state === 'unsettled' ? cell.value : null;
  if (field === 'availability')
    return desired === 0 || (shown !== null && desired < shown) ? 'closing' : 'opening';
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

/** Desired value of one cell; null: unknown or no such page or column. */
export function desiredValue(
  page: DesiredPage | undefined,
  name: CellName,
  index: number,
): number | null {
  return columnOf(page, name)?.values[index] ?? null;
}

function columnOf(page: DesiredPage | undefined, name: CellName): DesiredColumn | undefined {
  return page?.columns.find(
    (column) => column.field === name.field && column.rate_plan_id === name.ratePlanId,
  );
}
