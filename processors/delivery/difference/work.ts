import type { ContentCodec, ContentPart } from '../../../connectors/content.ts';
import { versionOf } from '../../../connectors/content.ts';
import type { Connector } from '../../../connectors/contract.ts';
import type { TableChange, TableView } from '../../../runtime/stage.ts';
import type { PageName } from '../../../schemas/domain/page.ts';
import { ABOUT, pageNameOf } from '../../../schemas/domain/page.ts';
import { monthOf } from '../../../schemas/domain/plain-date.ts';
import type { Connection, DesiredContent, DesiredPage } from '../../../schemas/generated/types.ts';
import type { AcknowledgedCalendar } from '../calendar/calendar.ts';
import type { CellName } from '../calendar/cell-name.ts';
import { indexOf, isContent, pageOf } from '../calendar/cell-name.ts';
import type { Remaining } from '../reports/full-sync.ts';
import type { ContentStanding } from './content-standing.ts';
import { contentStanding, diffContent } from './content-standing.ts';
import type { DueChange, PageDiff } from './diff.ts';
import { basisOf, desiredValue, diffPage } from './diff.ts';
import type { PropertyDay, PropertyDays } from './property-day.ts';

/** The content of a connection that is wanted, and the parts in which its channel takes it. */
export interface ContentWish {
  readonly content: DesiredContent;
  readonly parts: readonly ContentPart[];
}

interface OpenPage {
  readonly due: readonly DueChange[];
  readonly currency: string;
  /** Values that are due for the first time, or out. */
  readonly left: number;
  /** Offset of the desired record that first left something undone. */
  readonly since: number;
  readonly originTs: number | null;
  readonly traceparent: string | null;
}

/**
 * What one connection still has to do, per page: the difference between desired and acknowledged, kept up to date page by page. It also
 * tells the lowest offset of `channel.desired` whose consequences are not done (I9).
 */
export class OutstandingWork {
  readonly #tables: TableView;
  readonly #calendar: AcknowledgedCalendar;
  readonly #days: PropertyDays;
  readonly #connector: Connector;
  readonly #open = new Map<PageName, OpenPage>();
  /** Of one record of the content and one row of the connection. */
  #content: (ContentWish & { readonly of: string }) | null = null;
  /** Values of a page that the channel refuses. */
  readonly #refused = new Map<PageName, number>();
  #due: readonly DueChange[] | null = null;
  #timeZone = 'UTC';
  #currency = '';

  constructor(
    tables: TableView,
    calendar: AcknowledgedCalendar,
    days: PropertyDays,
    connector: Connector,
  ) {
    this.#tables = tables;
    this.#calendar = calendar;
    this.#days = days;
    this.#connector = connector;
  }

  /** The page as mapping wants it, if it is of the present incarnation. */
  desired(connection: Connection, page: PageName): DesiredPage | undefined {
    const value = this.#tables.get('channel.desired', `${connection.connection_id}/${page}`);
    return value && value.incarnation === connection.incarnation ? value : undefined;
  }

  /** Desired value of one cell; null: unknown. */
  desiredCell(connection: Connection, name: CellName): number | null {
    if (!isContent(name))
      return desiredValue(this.desired(connection, monthOf(name.night)), name, indexOf(name));
    const parts = this.content(connection)?.parts ?? [];
    return parts.find(({ field }) => field === name.field)?.version ?? null;
  }

  /** What the field has to settle under. */
  basis(connection: Connection, name: CellName): number {
    if (isContent(name)) return 0;
    return basisOf(this.desired(connection, monthOf(name.night)), name.field, indexOf(name));
  }

  /** The content as mapping wants it, and what of it the channel takes; null: nothing is known of it. */
  content(connection: Connection): ContentWish | null {
    const key = `${connection.connection_id}/${ABOUT}`;
    const offset = this.#tables.offsetOf('channel.desired', key);
    const of = `${offset} ${connection.row_version} ${connection.incarnation}`;
    if (this.#content?.of === of && offset !== undefined) return this.#content;
    const content = this.desired(connection, ABOUT)?.content ?? null;
    const codec = this.#connector.content;
    if (content === null || !codec) return null;
    this.#content = { of, content, parts: partsOf(codec, connection, content) };
    return this.#content;
  }

  standing(connection: Connection): ContentStanding {
    const { manifest } = this.#connector;
    const parts = this.content(connection)?.parts ?? [];
    return contentStanding(parts, this.#calendar, { manifest, connection });
  }

  /** Compares a page again. `change`: the desired record that moved it, if one did. */
  refresh(connection: Connection, name: PageName, now: number, change?: TableChange): void {
    this.#due = null;
    const page = this.desired(connection, name);
    if (!page) {
      this.#open.delete(name);
      this.#refused.delete(name);
      return;
    }
    this.#timeZone = page.time_zone;
    this.#currency = page.currency;
    const diff = this.#diff(page, name, connection, now);
    if (diff.refused > 0) this.#refused.set(name, diff.refused);
    else this.#refused.delete(name);
    if (diff.due.length === 0 && diff.waiting === 0) {
      this.#open.delete(name);
      return;
    }
    const known = this.#open.get(name);
    const key = `${connection.connection_id}/${name}`;
    this.#open.set(name, {
      due: diff.due,
      currency: page.currency,
      left: diff.due.length + diff.waiting - diff.retried,
      since: known?.since ?? change?.offset ?? this.#tables.offsetOf('channel.desired', key) ?? 0,
      originTs: known?.originTs ?? change?.originTs ?? null,
      traceparent: change?.traceparent ?? known?.traceparent ?? null,
    });
  }

  /** Pages of the connection that are desired. */
  pages(connection: Connection): PageName[] {
    const prefix = `${connection.connection_id}/`;
    return [...this.#tables.keys('channel.desired', prefix)].map(pageNameOf);
  }

  /**
   * All that is due, by month. While a property moves to another currency, prices of pages that mapping has not written anew yet wait, and what
   * opens with them.
   */
  due(): readonly DueChange[] {
    this.#due ??= [...this.#open]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, page]) =>
        page.currency === this.#currency
          ? page.due
          : page.due.filter(({ field, lane }) => field !== 'price' && lane !== 'opening'),
      );
    return this.#due;
  }

  /** When the oldest undone change of these cells entered the pipeline, ms, and its trace. */
  origin(cells: readonly CellName[]): {
    readonly originTs: number | null;
    readonly traceparent: string | null;
  } {
    let originTs: number | null = null;
    let traceparent: string | null = null;
    for (const name of new Set(cells.map(pageOf))) {
      const page = this.#open.get(name);
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

  /** Forgets pages that are not desired any more. */
  retain(pages: ReadonlySet<PageName>): void {
    this.#due = null;
    for (const known of [this.#open, this.#refused])
      for (const name of known.keys()) if (!pages.has(name)) known.delete(name);
  }

  /** Currency of the property, ISO 4217; empty before its first page. */
  currency(): string {
    return this.#currency;
  }

  /** The property's day at `now` (wall clock, ms); that of UTC before its first page. */
  day(now: number): PropertyDay {
    return this.#days.at(this.#timeZone, now);
  }

  #diff(page: DesiredPage, name: PageName, connection: Connection, now: number): PageDiff {
    const { manifest } = this.#connector;
    if (name === ABOUT) {
      const parts = this.content(connection)?.parts ?? [];
      return diffContent(parts, this.#calendar, { manifest, connection });
    }
    const { date: today } = this.#days.at(page.time_zone, now);
    const content = this.standing(connection);
    return diffPage(page, this.#calendar, { today, manifest, connection, content });
  }
}

/** What a codec cannot even take apart is told like what it lacks: the other connections of the partition go on. */
function partsOf(
  codec: ContentCodec,
  connection: Connection,
  content: DesiredContent,
): readonly ContentPart[] {
  try {
    return codec.parts(connection, content);
  } catch (error) {
    const what = `content that its connector can read: ${String(error)}`;
    return [{ field: 'content/all', version: versionOf(what), missing: [what] }];
  }
}
