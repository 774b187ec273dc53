import type { TableView } from '../../runtime/stage.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainMonth } from '../../schemas/domain/plain-date.ts';
import { monthOf, monthsOf } from '../../schemas/domain/plain-date.ts';
import type { PropertyCalendarEntry, SnapshotFloor } from '../../schemas/generated/types.ts';
import { aboutKey } from '../property-calendar/keys.ts';
import type { PropertyTerms } from './page/desired-page.ts';

/** What `about` says, once the property itself is known. */
export interface KnownProperty extends PropertyTerms {
  readonly tenantId: TenantId;
  readonly floors: readonly SnapshotFloor[];
}

interface Item {
  readonly offset: number | undefined;
  /** Months of the nights that the register speaks of. */
  readonly months: readonly PlainMonth[];
  /** When a live block ends by itself, ms; null: it does not. */
  readonly expiresAt: number | null;
  /** Its end has passed, and its months have been computed since. */
  ended: boolean;
}

const NO_MONTHS: ReadonlySet<PlainMonth> = new Set();

/**
 * What mapping remembers of the bookings and blocks of a property: enough to know which months a change touches, the nights that a moved
 * booking has left among them. It is a cache: every item carries the offset it was read at, and `refresh` reads again whatever the tables
 * have newer, named as changed or not. So what is computed follows from the tables alone.
 */
export class PropertyIndex {
  readonly #propertyId: PropertyId;
  readonly #items = new Map<string, Item>();
  #aboutOffset: number | undefined;
  #about: KnownProperty | null = null;

  constructor(propertyId: PropertyId) {
    this.#propertyId = propertyId;
  }

  /** Null: no `property.updated` has come yet. */
  get about(): KnownProperty | null {
    return this.#about;
  }

  /** Reads what is newer. `all`: the property itself or its floors changed; else the months whose registers changed. */
  refresh(
    tables: TableView,
    now: number,
  ): { readonly all: boolean; readonly months: ReadonlySet<PlainMonth> } {
    const months = new Set<PlainMonth>();
    let present = 0;
    for (const kind of ['block', 'booking'])
      for (const key of tables.keys('property.calendar', `${this.#propertyId}/${kind}/`)) {
        present += 1;
        this.#refreshItem(key, tables, now, months);
      }
    if (present < this.#items.size) this.#dropGone(tables, months);
    return { all: this.#refreshAbout(tables), months };
  }

  /** Keys of the bookings and blocks that speak of the month. */
  keysIn(month: PlainMonth): string[] {
    const keys: string[] = [];
    for (const [key, item] of this.#items) if (item.months.includes(month)) keys.push(key);
    return keys;
  }

  /** The months of blocks that have ended by themselves since the last call. */
  takeEnded(now: number): ReadonlySet<PlainMonth> {
    let ended: Set<PlainMonth> | undefined;
    for (const item of this.#items.values()) {
      if (item.expiresAt === null || item.ended || item.expiresAt > now) continue;
      item.ended = true;
      ended ??= new Set();
      for (const month of item.months) ended.add(month);
    }
    return ended ?? NO_MONTHS;
  }

  /** When the next block ends by itself, ms. */
  nextEnd(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresAt, ended } of this.#items.values())
      if (expiresAt !== null && !ended) next = Math.min(next, Math.max(expiresAt, now));
    return next;
  }

  #refreshItem(key: string, tables: TableView, now: number, touched: Set<PlainMonth>): void {
    const offset = tables.offsetOf('property.calendar', key);
    const known = this.#items.get(key);
    if (known && known.offset === offset && offset !== undefined) return;
    const value = tables.get('property.calendar', key);
    if (!value) return;
    const spoken = speaksOf(value.entry);
    const ended = spoken.expiresAt !== null && spoken.expiresAt <= now;
    const item = { offset, ...spoken, ended };
    this.#items.set(key, item);
    for (const month of known?.months ?? []) touched.add(month);
    for (const month of item.months) touched.add(month);
  }

  #dropGone(tables: TableView, touched: Set<PlainMonth>): void {
    for (const [key, item] of this.#items) {
      if (tables.get('property.calendar', key) !== undefined) continue;
      this.#items.delete(key);
      for (const month of item.months) touched.add(month);
    }
  }

  #refreshAbout(tables: TableView): boolean {
    const key = aboutKey(this.#propertyId);
    const offset = tables.offsetOf('property.calendar', key);
    if (offset === this.#aboutOffset) return false;
    this.#aboutOffset = offset;
    const value = tables.get('property.calendar', key);
    this.#about = value ? knownProperty(value) : null;
    return true;
  }
}

function knownProperty({ tenant_id, entry }: PropertyCalendarEntry): KnownProperty | null {
  if (!('parity.tables.AboutRegister' in entry)) return null;
  const { property, snapshots } = entry['parity.tables.AboutRegister'];
  if (property === null) return null;
  const { time_zone: timeZone, currency } = property;
  return { tenantId: tenant_id, timeZone, currency, property, floors: snapshots };
}

function speaksOf(entry: PropertyCalendarEntry['entry']): Pick<Item, 'months' | 'expiresAt'> {
  if ('parity.tables.BlockRegister' in entry) {
    const block = entry['parity.tables.BlockRegister'];
    return { months: monthsTouched(block), expiresAt: block.live ? block.expires_at : null };
  }
  if (!('parity.tables.BookingRegister' in entry)) return { months: [], expiresAt: null };
  const { pms, channel, left } = entry['parity.tables.BookingRegister'];
  const ranges: DateRange[] = [...left];
  if (pms) ranges.push({ start: pms.check_in, end: pms.check_out });
  if (channel) ranges.push({ start: channel.check_in, end: channel.check_out });
  return { months: [...new Set(ranges.flatMap(monthsTouched))], expiresAt: null };
}

/** `monthsOf`, but fast for a stay within a month: most are, and a restore reads them all. */
function monthsTouched(range: DateRange): PlainMonth[] {
  const month = monthOf(range.start);
  return month === monthOf(range.end) ? [month] : monthsOf(range);
}
