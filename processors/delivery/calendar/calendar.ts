import type { RatePlanId } from '../../../schemas/domain/ids.ts';
import type { PageName } from '../../../schemas/domain/page.ts';
import { ABOUT, MONTH_OF_ABOUT } from '../../../schemas/domain/page.ts';
import type { PlainMonth } from '../../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage, Connection, FieldName } from '../../../schemas/generated/types.ts';
import type { CellName } from './cell-name.ts';
import { cellAt, columnKey, indexOf, lengthOf, pageOf } from './cell-name.ts';
import type { Cell } from './field-state.ts';
import { NEVER_SENT, sameCell, underNewIncarnation } from './field-state.ts';

/** One field over one month, or a part of the content, for readers. */
export interface AcknowledgedColumn {
  readonly field: CellName['field'];
  readonly ratePlanId: string | null;
  readonly page: PageName;
  cell(index: number): Cell;
  /** A request with this field is out, or waits for its record. */
  isOut(index: number): boolean;
}

/** Answers what becomes of a cell, the `index`th of its page. */
export type Transition = (cell: Cell, column: AcknowledgedColumn, index: number) => Cell;

interface Page {
  version: number;
  /** Of its prices; null: none was named yet. */
  currency: string | null;
  readonly columns: Map<string, Column>;
}

/**
 * The acknowledged calendar of one connection in memory, its content as one more page of it. The agent alone changes it, by the transitions of
 * `field-state.ts`; changed pages are taken by `takeChanged` to be written.
 *
 * A field with a request out belongs to that request until its answer is settled; what it was before is kept beside it, and every transition of
 * the whole calendar moves both, so that a request without effect does not bring back what has become doubtful meanwhile.
 */
export class AcknowledgedCalendar {
  readonly #pages = new Map<PageName, Page>();
  readonly #changed = new Set<PageName>();
  /** Latest time that a message may carry so far, ms. */
  #datedAt = 0;

  load(value: AcknowledgedPage): void {
    this.#datedAt = Math.max(this.#datedAt, value.dated_at);
    const name = value.month === MONTH_OF_ABOUT ? ABOUT : value.month;
    const columns = new Map<string, Column>();
    for (const { field, rate_plan_id, cells } of value.columns) {
      const column = new Column(field, rate_plan_id, name);
      cells.forEach((cell, index) => {
        column.set(index, cell);
      });
      columns.set(columnKey(field, rate_plan_id), column);
    }
    for (const { part, cell } of value.content) {
      const column = new Column(`content/${part}`, null, name);
      column.set(0, cell);
      columns.set(columnKey(column.field, null), column);
    }
    const { version, currency } = value;
    this.#pages.set(name, { version, currency, columns });
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
    page: PageName,
    field: CellName['field'],
    ratePlanId: string | null,
  ): AcknowledgedColumn | undefined {
    return this.#pages.get(page)?.columns.get(columnKey(field, ratePlanId));
  }

  cell(name: CellName): Cell {
    const column = this.column(pageOf(name), name.field, name.ratePlanId);
    return column?.cell(indexOf(name)) ?? NEVER_SENT;
  }

  set(name: CellName, cell: Cell): void {
    const column = this.#columnFor(name);
    if (!column.set(indexOf(name), cell)) return;
    this.#changed.add(column.page);
  }

  /** The field belongs to request `id` from now on. */
  send(name: CellName, id: string, cell: Cell): void {
    const column = this.#columnFor(name);
    column.begin(indexOf(name), id);
    this.set(name, cell);
  }

  belongsTo(name: CellName, id: string): boolean {
    const column = this.#pages
      .get(pageOf(name))
      ?.columns.get(columnKey(name.field, name.ratePlanId));
    return column?.ownerOf(indexOf(name)) === id;
  }

  /** Request `id` has ended: answers what the field was before it; null when the field is not the request's any more. */
  end(name: CellName, id: string): Cell | null {
    if (!this.belongsTo(name, id)) return null;
    return this.#columnFor(name).end(indexOf(name));
  }

  /** Applies a transition to each cell that exists, and to what those of requests under way were before. */
  transform(transition: Transition): void {
    for (const [name, page] of this.#pages)
      for (const column of page.columns.values())
        if (column.transform(transition)) this.#changed.add(name);
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

  /** The channel put a night on sale for us, at some time. */
  hasOpened(): boolean {
    return [...this.#pages.values()].some((page) => page.columns.get('availability')?.hasOpened);
  }

  /** Version of the page as last written; 0: none. */
  version(page: PageName): number {
    return this.#pages.get(page)?.version ?? 0;
  }

  /** Gives up the pages of months before `month`, but those with a request under way. */
  forgetBefore(month: PlainMonth): void {
    for (const [old, page] of this.#pages) {
      if (
        old === ABOUT ||
        old >= month ||
        [...page.columns.values()].some((column) => column.hasOut)
      )
        continue;
      this.#pages.delete(old);
      this.#changed.add(old);
    }
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** The pages changed since the last call, as values to write, each with its next version; null: the page is given up. */
  takeChanged(connection: Connection): [PageName, AcknowledgedPage | null][] {
    const names = [...this.#changed].sort();
    this.#changed.clear();
    return names.map((name) => {
      const page = this.#pages.get(name);
      if (!page) return [name, null];
      page.version++;
      const { connection_id, tenant_id, property_id, incarnation } = connection;
      const month = name === ABOUT ? MONTH_OF_ABOUT : name;
      const { version } = page;
      const all = [...page.columns.values()];
      const columns = all.flatMap((column) => column.value() ?? []);
      const content = all.flatMap((column) => column.content() ?? []);
      const place = { connection_id, tenant_id, property_id, month, incarnation };
      const { currency } = page;
      const news = { version, currency, dated_at: this.#datedAt, columns, content };
      return [name, { ...place, ...news }];
    });
  }

  #columnFor(cell: CellName): Column {
    const { field, ratePlanId } = cell;
    const name = pageOf(cell);
    const page = this.#pages.get(name) ?? emptyPage();
    this.#pages.set(name, page);
    const key = columnKey(field, ratePlanId);
    const column = page.columns.get(key) ?? new Column(field, ratePlanId, name);
    page.columns.set(key, column);
    return column;
  }
}

function emptyPage(): Page {
  return { version: 0, currency: null, columns: new Map() };
}

/** The name of a cell by its place. */
export function nameOf(column: AcknowledgedColumn, index: number): CellName {
  return cellAt(column.page, column.field, column.ratePlanId, index);
}

class Column implements AcknowledgedColumn {
  readonly field: CellName['field'];
  readonly ratePlanId: string | null;
  readonly page: PageName;
  readonly #cells: Cell[];
  /** By index: the request that is out, and what the cell was before it. */
  readonly #out = new Map<number, { readonly id: string; before: Cell }>();

  constructor(field: CellName['field'], ratePlanId: string | null, page: PageName) {
    this.field = field;
    this.ratePlanId = ratePlanId;
    this.page = page;
    this.#cells = Array.from({ length: lengthOf(page) }, () => NEVER_SENT);
  }

  get hasOut(): boolean {
    return this.#out.size > 0;
  }

  get hasOpened(): boolean {
    return this.#cells.some(({ opened_at }) => opened_at !== null);
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

  /** As it is stored; null: it is a part of the content. */
  value(): AcknowledgedPage['columns'][number] | null {
    if (this.page === ABOUT) return null;
    return {
      field: this.field as FieldName,
      rate_plan_id: this.ratePlanId as RatePlanId | null,
      cells: [...this.#cells],
    };
  }

  /** As it is stored; null: it is a field of nights. */
  content(): AcknowledgedPage['content'][number] | null {
    if (this.page !== ABOUT) return null;
    return { part: this.field.slice('content/'.length), cell: this.cell(0) };
  }
}
