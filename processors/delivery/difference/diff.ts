import type { Manifest } from '../../../connectors/contract.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { dateAt, firstOf, toEpochDay } from '../../../schemas/domain/plain-date.ts';
import type {
  Connection,
  ConnectionPhase,
  DesiredColumn,
  DesiredPage,
  FieldName,
} from '../../../schemas/generated/types.ts';
import type { AcknowledgedCalendar, AcknowledgedColumn } from '../calendar/calendar.ts';
import type { CellChange, NightCell } from '../calendar/cell-name.ts';
import { columnKey } from '../calendar/cell-name.ts';
import type { ContentStanding } from './content-standing.ts';
import { gateOf } from './content-standing.ts';
import type { Wish } from './judgement.ts';
import { isOfUnknownPlan, judge, laneOf, shows } from './judgement.ts';

/** What leaves first. Openings last: a night goes on sale with or after its price and restrictions. */
export const LANES = ['closing', 'tightening', 'content', 'price', 'opening'] as const;
export type Lane = (typeof LANES)[number];

export type DueChange = CellChange & {
  readonly lane: Lane;
  /** An opening: columns of its night that have to be at the channel before it, or in the same request. */
  readonly needs: readonly string[];
};

/** What a page still wants. */
export interface PageDiff {
  readonly due: readonly DueChange[];
  /** Out or inside a quarantine: not to be sent now, but not done either. */
  readonly waiting: number;
  /** Waits for people: rejected, held, what the phase does not let out, openings without a price or the content at the channel. */
  readonly parked: number;
  /** Refused by the channel as they are wanted now; those of them that are due again all the same (closings). */
  readonly refused: number;
  readonly retried: number;
}

export interface DiffContext {
  readonly today: PlainDate;
  readonly manifest: Manifest;
  readonly connection: Connection;
  readonly content: ContentStanding;
}

/**
 * Which lanes a phase lets out. Until a connection is active only closings leave; pausing stops openings and prices, and content with them. In
 * `error` all goes on, as recovery needs no person; an expired credential does.
 */
export function lanesOf(phase: ConnectionPhase): readonly Lane[] {
  switch (phase) {
    case 'active':
    case 'error':
      return LANES;
    case 'paused':
      return ['closing', 'tightening'];
    case 'importing':
    case 'preview':
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
  const columns = columnsOf(page, calendar, context);
  const { phase, currency } = context.connection;
  const allowed = lanesOf(phase);
  // The row says another currency than mapping has reckoned with: its prices are on their way out.
  const isForeign = currency !== null && currency !== page.currency;
  const due: DueChange[] = [];
  let waiting = 0;
  let parked = 0;
  let refused = 0;
  let retried = 0;
  for (const column of columns) {
    const { field, ratePlanId } = column;
    for (let index = column.first; index < column.end; index++) {
      const value = column.values[index] ?? null;
      if (value === null) continue;
      const cell = column.shown?.cell(index);
      const verdict = column.shown?.isOut(index)
        ? 'waiting'
        : judge(cell, wishOf(page, column, index, value, context.manifest.pulls));
      const isRefused = cell?.state === 'rejected' && cell.value === value;
      if (isRefused && verdict !== 'waiting') refused++;
      if (isRefused && verdict === 'due') retried++;
      if (verdict === 'waiting') waiting++;
      else if (verdict === 'parked') parked++;
      else if (verdict === 'due') {
        const lane = laneOf(field, cell, value);
        const gate = gateOf(context.content, lane);
        const isPriced = field === 'price' || lane === 'opening';
        const mayLeave = allowed.includes(lane) && gate !== 'parked' && !(isPriced && isForeign);
        const needs = mayLeave ? needsOf(lane, index, columns) : null;
        if (needs === null) parked++;
        else if (gate === 'waiting') waiting++;
        else due.push({ night: dateAt(page.month, index), field, ratePlanId, value, lane, needs });
      }
    }
  }
  return { due, waiting, parked, refused, retried };
}

/** A desired column that the connection and the channel know, beside what the channel has of it. */
interface Column {
  readonly key: string;
  readonly field: FieldName;
  readonly ratePlanId: string | null;
  readonly values: DesiredColumn['values'];
  /** Beside the values: what a field settles under, per day. */
  basis(index: number): number;
  readonly shown: AcknowledgedColumn | undefined;
  /** Days of the month from today up to, not including, the horizon of the field. */
  readonly first: number;
  readonly end: number;
}

/** A column of a rate plan that the connection's row does not name (yet) is left alone. */
function columnsOf(
  page: DesiredPage,
  calendar: AcknowledgedCalendar,
  { today, manifest, connection }: DiffContext,
): Column[] {
  const plans = new Set<string>(connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id));
  const sinceToday = toEpochDay(today) - toEpochDay(firstOf(page.month));
  return page.columns
    .filter(
      ({ field, rate_plan_id }) =>
        manifest.fields.includes(field) && (rate_plan_id === null || plans.has(rate_plan_id)),
    )
    .map(({ field, rate_plan_id, values }) => ({
      key: columnKey(field, rate_plan_id),
      field,
      ratePlanId: rate_plan_id,
      values,
      basis: (index) => basisOf(page, field, index),
      shown: calendar.column(page.month, field, rate_plan_id),
      first: Math.max(0, sinceToday),
      end: Math.max(0, Math.min(values.length, sinceToday + manifest.horizonDays[field])),
    }));
}

/** A channel that fetches is shown its own bookings too: a document without them would open their nights. */
function wishOf(
  page: DesiredPage,
  column: Column,
  index: number,
  value: number,
  pulls: boolean,
): Wish {
  const basis = column.basis(index);
  if (column.field !== 'availability') return { value, basis, impliedAt: null, closing: false };
  return {
    value,
    basis,
    impliedAt: pulls ? null : (page.implied_at[index] ?? null),
    closing: value === 0,
  };
}

/**
 * What an opening needs beside it: each price and restriction that is not at the channel yet. Null: it cannot open until a person acts, or the
 * night comes within the horizon of its price. A refused restriction holds no opening back, nor does the price of a rate plan that the channel
 * does not know, as long as there is another one.
 */
function needsOf(lane: Lane, index: number, columns: readonly Column[]): readonly string[] | null {
  if (lane !== 'opening') return [];
  const needs: string[] = [];
  let unsold = 0;
  let prices = 0;
  for (const { key, field, values, basis, shown, end } of columns) {
    const value = values[index] ?? null;
    if (field === 'availability' || value === null) continue;
    if (field === 'price') prices++;
    const cell = shown?.cell(index);
    if (cell && shows(cell, value, basis(index))) continue;
    const rejected = cell?.state === 'rejected' && cell.value === value;
    if (!rejected && index < end) needs.push(key);
    else if (field === 'price' && !(rejected && isOfUnknownPlan(cell.code))) return null;
    else if (field === 'price') unsold++;
  }
  return prices > 0 && unsold === prices ? null : needs;
}

/** What a field has to settle under to count: the released value of a night, or the guests of a price. */
export function basisOf(page: DesiredPage | undefined, field: FieldName, index: number): number {
  if (field === 'availability') return page?.released[index] ?? 0;
  return field === 'price' ? (page?.guests ?? 0) : 0;
}

/** Desired value of one cell; null: unknown or no such page or column. */
export function desiredValue(
  page: DesiredPage | undefined,
  name: Omit<NightCell, 'night'>,
  index: number,
): number | null {
  const column = page?.columns.find(
    ({ field, rate_plan_id }) => field === name.field && rate_plan_id === name.ratePlanId,
  );
  return column?.values[index] ?? null;
}
