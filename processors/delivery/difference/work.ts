import type { Connector } from '../../../connectors/contract.ts';
import type { TableChange, TableView } from '../../../runtime/stage.ts';
import type { PlainDate, PlainMonth } from '../../../schemas/domain/plain-date.ts';
import { dayIndex, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { Connection, DesiredPage } from '../../../schemas/generated/types.ts';
import type { AcknowledgedCalendar, CellName } from '../calendar/calendar.ts';
import type { Remaining } from '../reports/full-sync.ts';
import type { DueChange } from './diff.ts';
import { desiredValue, diffPage } from './diff.ts';
import type { PropertyDay, PropertyDays } from './property-day.ts';

interface OpenPage {
  readonly due: readonly DueChange[];
  /** Values that are due for the first time, or out. */
  readonly left: number;
  /** Offset of the desired record that first left something undone. */
  readonly since: number;
  readonly originTs: number | null;
  readonly traceparent: string | null;
}

/**
 * What one connection still has to do, per month: the difference between desired and acknowledged, kept up to date page by page. It also
 * tells the lowest offset of `channel.desired` whose consequences are not done (I9).
 */
export class OutstandingWork {
  readonly #tables: TableView;
  readonly #calendar: AcknowledgedCalendar;
  readonly #days: PropertyDays;
  readonly #open = new Map<PlainMonth, OpenPage>();
  /** Values of a month that the channel refuses. */
  readonly #refused = new Map<PlainMonth, number>();
  #due: readonly DueChange[] | null = null;
  #timeZone = 'UTC';
  #currency = '';

  constructor(tables: TableView, calendar: AcknowledgedCalendar, days: PropertyDays) {
    this.#tables = tables;
    this.#calendar = calendar;
    this.#days = days;
  }

  /** The page as mapping wants it, if it is of the present incarnation. */
  desired(connection: Connection, month: PlainMonth): DesiredPage | undefined {
    const page = this.#tables.get('channel.desired', `${connection.connection_id}/${month}`);
    return page && page.incarnation === connection.incarnation ? page : undefined;
  }

  desiredCell(connection: Connection, name: CellName): number | null {
    return desiredValue(this.desired(connection, monthOf(name.night)), name, dayIndex(name.night));
  }

  /** Sequence at which a booking of the connection last left the night; 0 for anything but availability. */
  released(connection: Connection, name: CellName): number {
    if (name.field !== 'availability') return 0;
    return this.desired(connection, monthOf(name.night))?.released[dayIndex(name.night)] ?? 0;
  }

  /** Compares a month again. `change`: the desired record that moved it, if one did. */
  refresh(
    connection: Connection,
    connector: Connector,
    month: PlainMonth,
    now: number,
    change?: TableChange,
  ): void {
    this.#due = null;
    const page = this.desired(connection, month);
    if (!page) {
      this.#open.delete(month);
      this.#refused.delete(month);
      return;
    }
    this.#timeZone = page.time_zone;
    this.#currency = page.currency;
    const { manifest } = connector;
    const { date: today } = this.#days.at(page.time_zone, now);
    const diff = diffPage(page, this.#calendar, { today, manifest, connection });
    if (diff.refused > 0) this.#refused.set(month, diff.refused);
    else this.#refused.delete(month);
    if (diff.due.length === 0 && diff.waiting === 0) {
      this.#open.delete(month);
      return;
    }
    const known = this.#open.get(month);
    const key = `${connection.connection_id}/${month}`;
    this.#open.set(month, {
      due: diff.due,
      left: diff.due.length + diff.waiting - diff.retried,
      since: known?.since ?? change?.offset ?? this.#tables.offsetOf('channel.desired', key) ?? 0,
      originTs: known?.originTs ?? change?.originTs ?? null,
      traceparent: change?.traceparent ?? known?.traceparent ?? null,
    });
  }

  /** Months of the connection that have a desired page. */
  months(connection: Connection): PlainMonth[] {
    const prefix = `${connection.connection_id}/`;
    return [...this.#tables.keys('channel.desired', prefix)].map(
      (key) => key.slice(prefix.length) as PlainMonth,
    );
  }

  /** All that is due, by month. */
  due(): readonly DueChange[] {
    this.#due ??= [...this.#open]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, page]) => page.due);
    return this.#due;
  }

  /** When the oldest undone change of these nights entered the pipeline, ms, and its trace. */
  origin(nights: Iterable<PlainDate>): {
    readonly originTs: number | null;
    readonly traceparent: string | null;
  } {
    let originTs: number | null = null;
    let traceparent: string | null = null;
    for (const month of new Set([...nights].map(monthOf))) {
      const page = this.#open.get(month);
      const began = page?.originTs ?? null;
      if (began !== null && (originTs === null || began < originTs)) originTs = began;
      traceparent ??= page?.traceparent ?? null;
    }
    return { originTs, traceparent };
  }

  lowestUndone(): number | undefined {
    let lowest: number | undefined;
    for (const page of this.#open.values())
      if (lowest === undefined || page.since < lowest) lowest = page.since;
    return lowest;
  }

  /** In values. Openings that wait for people are in neither. */
  remaining(): Remaining {
    let [left, refused] = [0, 0];
    for (const page of this.#open.values()) left += page.left;
    for (const count of this.#refused.values()) refused += count;
    return { left, refused };
  }

  /** Forgets months that have no desired page any more. */
  retain(months: ReadonlySet<PlainMonth>): void {
    this.#due = null;
    for (const known of [this.#open, this.#refused])
      for (const month of known.keys()) if (!months.has(month)) known.delete(month);
  }

  /** Currency of the property, ISO 4217; empty before its first page. */
  currency(): string {
    return this.#currency;
  }

  /** The property's day at `now` (wall clock, ms); that of UTC before its first page. */
  day(now: number): PropertyDay {
    return this.#days.at(this.#timeZone, now);
  }
}
