import type { FoldContext, FoldResult, Output } from '../../runtime/stage.ts';
import type { ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { PageName } from '../../schemas/domain/page.ts';
import { ABOUT, pageNameOf } from '../../schemas/domain/page.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import type {
  BlockRegister,
  BookingRegister,
  Connection,
  DesiredPage,
  PropertyCalendarEntry,
} from '../../schemas/generated/types.ts';
import type { Finding } from '../alert.ts';
import { alertId, alertOutput } from '../alert.ts';
import { monthKey } from '../property-calendar/keys.ts';
import type { CapabilitiesOf, ChannelCapabilities } from './capabilities.ts';
import type { MonthFacts } from './month-facts.ts';
import { monthFacts } from './month-facts.ts';
import { contentPage, desiredPage, samePage } from './page/desired-page.ts';
import { findingsOf, foreignTenant, unknownChannel } from './page/findings.ts';
import type { PartitionIndex } from './partition-index.ts';
import type { KnownProperty } from './property-index.ts';
import { monthsOfWindow, pageKey } from './window.ts';

/** What a change came with. */
interface Cause {
  readonly originTs: number | null;
  readonly traceparent: string | null;
}

const NO_CAUSE: Cause = { originTs: null, traceparent: null };
const NO_DOUBT: ReadonlySet<string> = new Set();

interface Touched {
  cause: Cause;
  /** Every page of the property. */
  all: boolean;
  readonly months: Set<PlainMonth>;
  /** Connections whose every page is to be looked at. */
  readonly connections: Set<ConnectionId>;
}

/** One fold of mapping: first what is touched is gathered, then each page of it is computed once. */
export class MappingFold {
  readonly #index: PartitionIndex;
  readonly #manifestOf: CapabilitiesOf;
  readonly #state: FoldContext;
  readonly #touched = new Map<PropertyId, Touched>();
  readonly #facts = new Map<string, MonthFacts>();
  readonly #registers = new Map<string, PropertyCalendarEntry['entry'] | undefined>();
  readonly #windows = new Map<string, readonly PlainMonth[]>();
  readonly #alerts: Output[] = [];
  readonly #pages: Output[] = [];
  #doubtful = NO_DOUBT;
  #computed = 0;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(index: PartitionIndex, manifestOf: CapabilitiesOf, state: FoldContext) {
    this.#index = index;
    this.#manifestOf = manifestOf;
    this.#state = state;
  }

  /** `month`: the register of that month changed; null: another one, and the index finds out what it speaks of. */
  calendarChanged(propertyId: PropertyId, month: PlainMonth | null, cause: Cause): void {
    if (this.#index.connectionsOf(propertyId).size === 0) return;
    const touched = this.#touch(propertyId, cause);
    if (month !== null) touched.months.add(month);
  }

  connectionChanged(connectionId: ConnectionId, cause: Cause): void {
    const propertyId = this.#index.place(connectionId, this.#state.tables);
    if (propertyId === undefined) this.#dropPages(connectionId, [], undefined, cause);
    else this.#touch(propertyId, cause).connections.add(connectionId);
  }

  /** The first fold on restored tables. `doubtful` pages are written whatever the table seems to hold. */
  everything(doubtful: ReadonlySet<string>): void {
    const { tables } = this.#state;
    this.#doubtful = doubtful;
    const connections = new Set<string>();
    for (const id of tables.keys('channel.connections')) {
      const propertyId = this.#index.place(id as ConnectionId, tables);
      if (propertyId === undefined) continue;
      connections.add(id);
      this.#touch(propertyId, NO_CAUSE).connections.add(id as ConnectionId);
    }
    const pages = [...tables.keys('channel.desired'), ...doubtful];
    const withPages = new Set(pages.map((key) => key.slice(0, key.lastIndexOf('/'))));
    for (const id of withPages)
      if (!connections.has(id)) this.#dropPages(id as ConnectionId, [], undefined, NO_CAUSE);
  }

  /** Blocks end by themselves; at midnight windows move. */
  timePassed(): void {
    for (const propertyId of this.#index.properties()) {
      const touched = this.#touch(propertyId, NO_CAUSE);
      for (const month of this.#index.property(propertyId).takeEnded(this.#state.now))
        touched.months.add(month);
    }
  }

  result(): FoldResult {
    for (const [propertyId, touched] of this.#touched) this.#foldProperty(propertyId, touched);
    return {
      outputs: [...this.#alerts, ...this.#pages],
      ...(Number.isFinite(this.#wakeAt) ? { wakeAt: this.#wakeAt } : {}),
      counts: [
        ['parity_desired_pages_computed_total', this.#computed],
        ['parity_desired_pages_written_total', this.#pages.length],
      ],
    };
  }

  #touch(propertyId: PropertyId, cause: Cause): Touched {
    const known = this.#touched.get(propertyId);
    if (known) {
      known.cause = longestWaiting(known.cause, cause);
      return known;
    }
    const touched = {
      cause,
      all: false,
      months: new Set<PlainMonth>(),
      connections: new Set<ConnectionId>(),
    };
    this.#touched.set(propertyId, touched);
    return touched;
  }

  #foldProperty(propertyId: PropertyId, touched: Touched): void {
    const { now, tables } = this.#state;
    const index = this.#index.property(propertyId);
    const newer = index.refresh(tables, now);
    touched.all ||= newer.all;
    for (const month of newer.months) touched.months.add(month);
    for (const connectionId of this.#index.connectionsOf(propertyId))
      this.#foldConnection(connectionId, index.about, touched);
    if (!index.about) return;
    const midnight = this.#index.day(index.about.timeZone, now).until;
    this.#wakeAt = Math.min(this.#wakeAt, midnight, index.nextEnd(now));
  }

  #foldConnection(id: ConnectionId, about: KnownProperty | null, touched: Touched): void {
    const { tables } = this.#state;
    const connection = tables.get('channel.connections', id);
    if (!connection) return;
    const capabilities = this.#capabilitiesFor(connection, about);
    const window = about && capabilities ? this.#windowOf(connection, capabilities, about) : [];
    const stored = [...tables.keys('channel.desired', `${id}/`)];
    const months = stored.filter((key) => pageNameOf(key) !== ABOUT);
    const whole = isWhole(months, id, window);
    const all = touched.all || touched.connections.has(id);
    if (about && capabilities) {
      if (all) this.#foldContent(connection, capabilities, about, touched.cause);
      for (const month of window)
        if (all || touched.months.has(month) || (!whole && !stored.includes(pageKey(id, month))))
          this.#foldPage(connection, capabilities, about, month, touched.cause);
    }
    if (!whole || this.#doubtful.size > 0 || window.length === 0)
      this.#dropPages(id, window, connection, touched.cause);
  }

  /** Undefined: the connection has no pages. */
  #capabilitiesFor(
    connection: Connection,
    about: KnownProperty | null,
  ): ChannelCapabilities | undefined {
    if (connection.phase === 'disconnected' || !about) return undefined;
    if (about.tenantId !== connection.tenant_id) {
      this.#raise(foreignTenant(connection));
      return undefined;
    }
    const capabilities = this.#manifestOf(connection.channel);
    if (!capabilities) this.#raise(unknownChannel(connection));
    return capabilities;
  }

  #windowOf(
    { channel }: Connection,
    capabilities: ChannelCapabilities,
    { timeZone }: KnownProperty,
  ): readonly PlainMonth[] {
    const key = `${timeZone} ${channel}`;
    const known = this.#windows.get(key);
    if (known) return known;
    const today = this.#index.day(timeZone, this.#state.now).date;
    const window = monthsOfWindow(today, capabilities);
    this.#windows.set(key, window);
    return window;
  }

  #foldPage(
    connection: Connection,
    capabilities: ChannelCapabilities,
    about: KnownProperty,
    month: PlainMonth,
    cause: Cause,
  ): void {
    const facts = this.#factsOf(connection.property_id, about, month);
    const page = desiredPage(connection, capabilities, about, facts);
    for (const finding of findingsOf(connection, capabilities, facts, page)) this.#raise(finding);
    this.#computed += 1;
    const key = pageKey(connection.connection_id, month);
    const stored = this.#state.tables.get('channel.desired', key);
    if (stored && !this.#doubtful.has(key) && samePage(stored, page)) return;
    this.#write(key, page, connection, cause);
  }

  /** Before the months: a channel may want to know what is sold before it knows when. */
  #foldContent(
    connection: Connection,
    capabilities: ChannelCapabilities,
    about: KnownProperty,
    cause: Cause,
  ): void {
    const page = contentPage(connection, capabilities, about);
    const key = pageKey(connection.connection_id, ABOUT);
    const stored = this.#state.tables.get('channel.desired', key);
    const isRight = page === null ? !stored : stored !== undefined && samePage(stored, page);
    if (!isRight || this.#doubtful.has(key)) this.#write(key, page, connection, cause);
  }

  /** Tombstones for the pages of a connection outside `window`; without any month its content goes too. */
  #dropPages(
    id: ConnectionId,
    window: readonly PlainMonth[],
    connection: Connection | undefined,
    cause: Cause,
  ): void {
    const pages: readonly PageName[] = window.length > 0 ? [ABOUT, ...window] : [];
    const wanted = new Set(pages.map((page) => pageKey(id, page)));
    const stored = this.#state.tables.keys('channel.desired', `${id}/`);
    const doubtful = [...this.#doubtful].filter((key) => key.startsWith(`${id}/`));
    for (const key of new Set([...stored, ...doubtful]))
      if (!wanted.has(key)) this.#write(key, null, connection, cause);
  }

  #write(
    key: string,
    value: DesiredPage | null,
    connection: Connection | undefined,
    { originTs, traceparent }: Cause,
  ): void {
    this.#pages.push({
      topic: 'channel.desired',
      key,
      value,
      ...(connection ? { tenantId: connection.tenant_id } : {}),
      originTs,
      traceparent,
    });
  }

  #factsOf(propertyId: PropertyId, about: KnownProperty, month: PlainMonth): MonthFacts {
    const key = monthKey(propertyId, month);
    const known = this.#facts.get(key);
    if (known) return known;
    const bookings: BookingRegister[] = [];
    const blocks: BlockRegister[] = [];
    for (const itemKey of this.#index.property(propertyId).keysIn(month)) {
      const entry = this.#register(itemKey);
      if (!entry) continue;
      if ('parity.tables.BookingRegister' in entry)
        bookings.push(entry['parity.tables.BookingRegister']);
      if ('parity.tables.BlockRegister' in entry) blocks.push(entry['parity.tables.BlockRegister']);
    }
    const nights = this.#register(key);
    const facts = monthFacts({
      month,
      bookings,
      blocks,
      nights:
        nights && 'parity.tables.MonthRegister' in nights
          ? nights['parity.tables.MonthRegister']
          : undefined,
      floors: about.floors,
      currency: about.currency,
      listingSince: (id) => this.#state.tables.get('channel.connections', id)?.listing_since ?? 0,
      now: this.#state.now,
    });
    this.#facts.set(key, facts);
    return facts;
  }

  #register(key: string): PropertyCalendarEntry['entry'] | undefined {
    if (!this.#registers.has(key))
      this.#registers.set(key, this.#state.tables.get('property.calendar', key)?.entry);
    return this.#registers.get(key);
  }

  /** Raises an alert once for each restore; its id is the same after the next one. */
  #raise(finding: Finding): void {
    const id = alertId(finding);
    if (this.#index.raised.has(id)) return;
    this.#index.raised.add(id);
    this.#alerts.push(alertOutput(finding, this.#state.now));
  }
}

/** Whether the stored pages, in key order, are those of the window. */
function isWhole(stored: readonly string[], id: string, window: readonly PlainMonth[]): boolean {
  const first = window[0];
  const last = window.at(-1);
  if (first === undefined || last === undefined) return stored.length === 0;
  return (
    stored.length === window.length &&
    stored[0] === pageKey(id, first) &&
    stored.at(-1) === pageKey(id, last)
  );
}

function longestWaiting(a: Cause, b: Cause): Cause {
  if (a.originTs === null) return b.originTs === null && a.traceparent !== null ? a : b;
  return b.originTs === null || a.originTs <= b.originTs ? a : b;
}
