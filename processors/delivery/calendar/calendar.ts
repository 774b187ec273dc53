import type { RatePlanId } from '../../../schemas/domain/ids.ts';
import type { PlainDate, PlainMonth } from '../../../schemas/domain/plain-date.ts';
import { dateAt, dayIndex, daysIn, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage, Connection, FieldName } from '../../../schemas/generated/types.ts';
import type { Cell } from './field-state.ts';
import { NEVER_SENT, sameCell, underNewIncarnation } from './field-state.ts';

/** Names one field of one night of a connection. */
export interface CellName {
  readonly night: PlainDate;
  readonly field: FieldName;
  readonly ratePlanId: string | null;
}

/** Identity of a column in maps. */
export function columnKey(field: FieldName, ratePlanId: string | null): string {
  return ratePlanId === null ? field : `${field} ${ratePlanId}`;
}

export function cellKey(cell: CellName): string {
  return `${cell.night} ${columnKey(cell.field, cell.ratePlanId)}`;
}

/** One field over one month, for readers. */
export interface AcknowledgedColumn {
  readonly field: FieldName;
  readonly ratePlanId: string | null;
  readonly month: PlainMonth;
  cell(index: number): Cell;
  /** A request with this field is out, or waits for its record. */
  isOut(index: number): boolean;
}

/** Answers what becomes of a cell, the `index`th of its month. */
export type Transition = (cell: Cell, column: AcknowledgedColumn, index: number) => Cell;

interface Page {
  version: number;
  /** Of its prices; null: none was named yet. */
  currency: string | null;
  readonly columns: Map<string, Column>;
}

/**
 * The acknowledged calendar of one connection in memory. The agent alone changes it, by the transitions of `field-state.ts`; changed
 * months are taken by `takeChanged` to be written.
 *
 * A field with a request out belongs to that request until its answer is settled; what it was before is kept beside it, and every transition of
 * the whole calendar moves both, so that a request without effect does not bring back what has become doubtful meanwhile.
 */
export class AcknowledgedCalendar {
  readonly #pages = new Map<PlainMonth, Page>();
  readonly #changed = new Set<PlainMonth>();
  /** Latest time that a message may carry so far, ms. */
  #datedAt = 0;

  load(value: AcknowledgedPage): void {
    this.#datedAt = Math.max(this.#datedAt, value.dated_at);
    const columns = new Map<string, Column>();
    for (const { field, rate_plan_id, cells } of value.columns) {
      const column = new Column(field, rate_plan_id, value.month);
      cells.forEach((cell, index) => {
        column.set(index, cell);
      });
      columns.set(columnKey(field, rate_plan_id), column);
    }
    const { month, version, currency } = value;
    this.#pages.set(month, { version, currency, columns });
  }

  /**
   * The time that a message planned now carries, ms: never before that of an earlier one, whoever sent it, since a channel may drop what looks
   * older than what it has. It is durable with the fields of the message.
   */
  dateOfMessage(now: number): number {
    this.#datedAt = Math.max(this.#datedAt, Math.floor(now));
    return this.#datedAt;
  }

  /** Undefined: nothing was ever sent in it. */
  column(
    month: PlainMonth,
    field: FieldName,
    ratePlanId: string | null,
  ): AcknowledgedColumn | undefined {
    return this.#pages.get(month)?.columns.get(columnKey(field, ratePlanId));
  }

  cell({ night, field, ratePlanId }: CellName): Cell {
    return this.column(monthOf(night), field, ratePlanId)?.cell(dayIndex(night)) ?? NEVER_SENT;
  }

  set(name: CellName, cell: Cell): void {
    const column = this.#columnFor(name);
    if (!column.set(dayIndex(name.night), cell)) return;
    this.#changed.add(column.month);
  }

  /** The field belongs to request `id` from now on. */
  send(name: CellName, id: string, cell: Cell): void {
    const column = this.#columnFor(name);
    column.begin(dayIndex(name.night), id);
    this.set(name, cell);
  }

  belongsTo(name: CellName, id: string): boolean {
    const column = this.#pages
      .get(monthOf(name.night))
      ?.columns.get(columnKey(name.field, name.ratePlanId));
    return column?.ownerOf(dayIndex(name.night)) === id;
  }

  /** Request `id` has ended: answers what the field was before it; null when the field is not the request's any more. */
  end(name: CellName, id: string): Cell | null {
    if (!this.belongsTo(name, id)) return null;
    return this.#columnFor(name).end(dayIndex(name.night));
  }

  /** Applies a transition to each cell that exists, and to what those of requests under way were before. */
  transform(transition: Transition): void {
    for (const [month, page] of this.#pages)
      for (const column of page.columns.values())
        if (column.transform(transition)) this.#changed.add(month);
  }

  /**
   * The currency of a month's prices. In another one the same number is another price: nothing is known of those that were sent.
   * @returns true: there were such prices
   */
  denominate(month: PlainMonth, currency: string): boolean {
    const page = this.#pages.get(month);
    if (!page || page.currency === currency) return false;
    const other = page.currency !== null;
    page.currency = currency;
    if (!other) return false;
    const prices = [...page.columns.values()].filter(({ field }) => field === 'price');
    for (const column of prices)
      if (column.transform(underNewIncarnation)) this.#changed.add(month);
    return prices.length > 0;
  }

  /** Another listing: the requests under way have nothing to say about this calendar. */
  disown(): void {
    for (const page of this.#pages.values())
      for (const column of page.columns.values()) column.disown();
  }

  months(): PlainMonth[] {
    return [...this.#pages.keys()].sort();
  }

  /** Version of the page as last written; 0: none. */
  version(month: PlainMonth): number {
    return this.#pages.get(month)?.version ?? 0;
  }

  /** Gives up the pages of months before `month`, but those with a request under way. */
  forgetBefore(month: PlainMonth): void {
    for (const [old, page] of this.#pages) {
      if (old >= month || [...page.columns.values()].some((column) => column.hasOut)) continue;
      this.#pages.delete(old);
      this.#changed.add(old);
    }
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** The pages changed since the last call, as values to write, each with its next version; null: the page is given up. */
  takeChanged(connection: Connection): [PlainMonth, AcknowledgedPage | null][] {
    const months = [...this.#changed].sort();
    this.#changed.clear();
    return months.map((month) => {
      const page = this.#pages.get(month);
      if (!page) return [month, null];
      page.version++;
      const { connection_id, tenant_id, property_id, incarnation } = connection;
      const columns = [...page.columns.values()].map((column) => column.value());
      const { version } = page;
      const place = { connection_id, tenant_id, property_id, month, incarnation };
      const { currency } = page;
      return [month, { ...place, version, currency, dated_at: this.#datedAt, columns }];
    });
  }

  #columnFor({ night, field, ratePlanId }: CellName): Column {
    const month = monthOf(night);
    const page = this.#pages.get(month) ?? emptyPage();
    this.#pages.set(month, page);
    const key = columnKey(field, ratePlanId);
    const column = page.columns.get(key) ?? new Column(field, ratePlanId, month);
    page.columns.set(key, column);
    return column;
  }
}

function emptyPage(): Page {
  return { version: 0, currency: null, columns: new Map() };
}

/** The name of a cell by its place. */
export function nameOf(column: AcknowledgedColumn, index: number): CellName {
  const { field, ratePlanId, month } = column;
  return { night: dateAt(month, index), field, ratePlanId };
}

class Column implements AcknowledgedColumn {
  readonly field: FieldName;
  readonly ratePlanId: string | null;
  readonly month: PlainMonth;
  readonly #cells: Cell[];
  /** By index: the request that is out, and what the cell was before it. */
  readonly #out = new Map<number, { readonly id: string; before: Cell }>();

  constructor(field: FieldName, ratePlanId: string | null, month: PlainMonth) {
    this.field = field;
    this.ratePlanId = ratePlanId;
    this.month = month;
    this.#cells = Array.from({ length: daysIn(month) }, () => NEVER_SENT);
  }

  get hasOut(): boolean {
    return this.#out.size > 0;
  }

  cell(index: number): Cell {
    return this.#cells[index] ?? NEVER_SENT;
  }

  isOut(index: number): boolean {
    return this.#out.size > 0 && this.#out.has(index);
  }

  /** False: nothing new. Neighbours that say the same share one object: most of a calendar does. */
  set(index: number, cell: Cell): boolean {
    const before = this.cell(index);
    if (sameCell(before, cell)) return false;
    const left = this.cell(index - 1);
    this.#cells[index] = sameCell(left, cell) ? left : cell;
    return true;
  }

  begin(index: number, id: string): void {
    this.#out.set(index, { id, before: this.cell(index) });
  }

  ownerOf(index: number): string | undefined {
    return this.#out.get(index)?.id;
  }

  end(index: number): Cell | null {
    const before = this.#out.get(index)?.before ?? null;
    this.#out.delete(index);
    return before;
  }

  disown(): void {
    this.#out.clear();
  }

  /** True: something changed. */
  transform(transition: Transition): boolean {
    for (const [index, out] of this.#out) out.before = transition(out.before, this, index);
    let changed = false;
    for (let index = 0; index < this.#cells.length; index++)
      if (this.set(index, transition(this.cell(index), this, index))) changed = true;
    return changed;
  }

  value(): AcknowledgedPage['columns'][number] {
    return {
      field: this.field,
      rate_plan_id: this.ratePlanId as RatePlanId | null,
      cells: [...this.#cells],
    };
  }
}
