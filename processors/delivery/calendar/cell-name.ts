import type { ContentField } from '../../../connectors/content.ts';
import type { Change } from '../../../connectors/contract.ts';
import type { PageName } from '../../../schemas/domain/page.ts';
import { ABOUT } from '../../../schemas/domain/page.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { dateAt, dayIndex, daysIn, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../../schemas/generated/types.ts';

/** One field of one night of a connection. */
export interface NightCell {
  readonly night: PlainDate;
  readonly field: FieldName;
  readonly ratePlanId: string | null;
}

/** A part of the content of a connection, which is of no night. */
export interface ContentCell {
  readonly night: typeof ABOUT;
  readonly field: ContentField;
  readonly ratePlanId: null;
}

export type CellName = NightCell | ContentCell;

/** A part of the content that should change at the channel. `value`: its version. */
export type ContentChange = ContentCell & { readonly value: number };

/** What delivery sends: fields of nights, or a part of the content. */
export type CellChange = Change | ContentChange;

export function isContent<Name extends CellName>(cell: Name): cell is Name & ContentCell {
  return cell.night === ABOUT;
}

export function contentCell(field: ContentField): ContentCell {
  return { night: ABOUT, field, ratePlanId: null };
}

/** Those that are fields of nights. */
export function nightsAmong<Name extends CellName>(cells: readonly Name[]): (Name & NightCell)[] {
  return cells.filter((cell): cell is Name & NightCell => !isContent(cell));
}

/** Identity of a column in maps. */
export function columnKey(field: CellName['field'], ratePlanId: string | null): string {
  return ratePlanId === null ? field : `${field} ${ratePlanId}`;
}

export function cellKey(cell: CellName): string {
  return `${cell.night} ${columnKey(cell.field, cell.ratePlanId)}`;
}

/** The page on which a cell stands. */
export function pageOf({ night }: { readonly night: CellName['night'] }): PageName {
  return night === ABOUT ? ABOUT : monthOf(night);
}

/** Position of a cell in its column; a part of the content is alone in it. */
export function indexOf({ night }: { readonly night: CellName['night'] }): number {
  return night === ABOUT ? 0 : dayIndex(night);
}

/** The name of the cell at a position of a column. */
export function cellAt(
  page: PageName,
  field: CellName['field'],
  ratePlanId: string | null,
  index: number,
): CellName {
  if (page === ABOUT) return contentCell(field as ContentField);
  return { night: dateAt(page, index), field: field as FieldName, ratePlanId };
}

/** Cells of a column of a page. */
export function lengthOf(page: PageName): number {
  return page === ABOUT ? 1 : daysIn(page);
}

/** A value that no request or document can carry, and why. */
export interface Unsendable {
  readonly change: CellChange;
  readonly code: string;
  readonly advice: string;
}
