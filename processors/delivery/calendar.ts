import type { RatePlanId } from '../../schemas/domain/ids.ts';
import type { PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import { dateAt, dayIndex, daysIn, monthOf } from '../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage, Connection, FieldName } from '../../schemas/generated/types.ts';
import type { Cell } from './field-state.ts';
import { NEVER_SENT } from './field-state.ts';

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

interface Column {
  readonly field: FieldName;
  readonly ratePlanId: string | null;
  readonly cells: Cell[];
}

interface Page {
  version: number;
  readonly columns: Map<string, Column>;
}

/**
 * The acknowledged calendar of one connection in memory. The agent alone changes it, by the transitions of `field-state.ts`; changed
 * months are taken by `takeChanged` to be written.
 */
export class AcknowledgedCalendar {
  readonly #pages = new Map<PlainMonth, Page>();
  readonly #changed = new Set<PlainMonth>();

  load(value: AcknowledgedPage): void {
    const columns = new Map<string, Column>();
    for (const column of value.columns) {
      columns.set(columnKey(column.field, column.rate_plan_id), {
        field: column.field,
        ratePlanId: column.rate_plan_id,
        cells: [...column.cells],
      });
    }
    this.#pages.set(value.month, { version: value.version, columns });
  }

  cell(name: CellName): Cell {
    const column = this.#pages
      .get(monthOf(name.night))
      ?.columns.get(columnKey(name.field, name.ratePlanId));
    return column?.cells[dayIndex(name.night)] ?? NEVER_SENT;
  }

  set(name: CellName, cell: Cell): void {
    const month = monthOf(name.night);
    const page = this.#pages.get(month) ?? { version: 0, columns: new Map<string, Column>() };
    this.#pages.set(month, page);
    const key = columnKey(name.field, name.ratePlanId);
    const column = page.columns.get(key) ?? {
      field: name.field,
      ratePlanId: name.ratePlanId,
      cells: Array.from({ length: daysIn(month) }, () => NEVER_SENT),
    };
    page.columns.set(key, column);
    column.cells[dayIndex(name.night)] = cell;
    this.#changed.add(month);
  }

  /** Applies a transition to each cell that exists and passes `where`. */
  transform(
    transition: (cell: Cell, name: CellName) => Cell,
    where: (name: CellName) => boolean = () => true,
  ): void {
    for (const [month, page] of this.#pages) {
      for (const column of page.columns.values()) {
        column.cells.forEach((cell, index) => {
          const name = {
            night: dateAt(month, index),
            field: column.field,
            ratePlanId: column.ratePlanId,
          };
          const next = where(name) ? transition(cell, name) : cell;
          if (next === cell) return;
          column.cells[index] = next;
          this.#changed.add(month);
        });
      }
    }
  }

  months(): PlainMonth[] {
    return [...this.#pages.keys()].sort();
  }

  version(month: PlainMonth): number {
    return this.#pages.get(month)?.version ?? 0;
  }

  /** Names and states of all cells that pass `where`, for counts and commands. */
  *entries(): Iterable<readonly [CellName, Cell]> {
    for (const [month, page] of this.#pages) {
      for (const column of page.columns.values()) {
        for (const [index, cell] of column.cells.entries()) {
          yield [
            { night: dateAt(month, index), field: column.field, ratePlanId: column.ratePlanId },
            cell,
          ];
        }
      }
    }
  }

  /** The pages changed since the last call, as values to write; each with its next version. */
  takeChanged(connection: Connection): AcknowledgedPage[] {
    const months = [...this.#changed].sort();
    this.#changed.clear();
    return months.map((month) => {
      const page = this.#pages.get(month) ?? { version: 0, columns: new Map<string, Column>() };
      page.version++;
      return {
        connection_id: connection.connection_id,
        tenant_id: connection.tenant_id,
        property_id: connection.property_id,
        month,
        incarnation: connection.incarnation,
        version: page.version,
        columns: [...page.columns.values()].map((column) => ({
          field: column.field,
          rate_plan_id: column.ratePlanId as RatePlanId | null,
          cells: [...column.cells],
        })),
      };
    });
  }
}
