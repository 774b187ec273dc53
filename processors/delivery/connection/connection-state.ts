import type { Connector, PlanContext } from '../../../connectors/contract.ts';
import type { Output, PartitionContext, TableChange } from '../../../runtime/stage.ts';
import type { PageName } from '../../../schemas/domain/page.ts';
import { ABOUT, MONTH_OF_ABOUT } from '../../../schemas/domain/page.ts';
import type { PlainMonth } from '../../../schemas/domain/plain-date.ts';
import { addDays, monthOf } from '../../../schemas/domain/plain-date.ts';
import type {
  AcknowledgedPage,
  Connection,
  ConnectionHealth,
} from '../../../schemas/generated/types.ts';
import { AcknowledgedCalendar, nameOf } from '../calendar/calendar.ts';
import type { CellName, Unsendable } from '../calendar/cell-name.ts';
import { cellAt, contentCell, pageOf } from '../calendar/cell-name.ts';
import type { adopted, Cell } from '../calendar/field-state.ts';
import {
  doubted,
  fullSync,
  ofAnotherListing,
  quarantineEnded,
  requeued,
  underNewIncarnation,
  unsendable,
} from '../calendar/field-state.ts';
import { Quarantines } from '../calendar/quarantine.ts';
import { isOfUnknownPlan } from '../difference/judgement.ts';
import type { PropertyDays } from '../difference/property-day.ts';
import { OutstandingWork } from '../difference/work.ts';
import { SendPermission } from '../permission/connection-health.ts';
import type { Platforms } from '../permission/platforms.ts';
import { Probing } from '../permission/probing.ts';
import type { Hints } from '../publishing/hints.ts';
import { FullSyncs, fullSyncReason } from '../reports/full-sync.ts';
import { UnknownPlans } from './unknown-plans.ts';

/** Pages of a month are given up this long after its end, days: nothing of it can be sold, sent or found out any more. */
const PAGES_KEPT_DAYS = 35;

/** What the agents of a partition share. */
export interface Shared {
  readonly context: PartitionContext;
  readonly days: PropertyDays;
  readonly platforms: Platforms;
  readonly hints: Hints;
}

/** What delivery knows of one connection: its acknowledged calendar, the work that follows from it, and whether it may send. */
export class ConnectionState {
  readonly context: PartitionContext;
  readonly connector: Connector;
  readonly calendar = new AcknowledgedCalendar();
  readonly permission: SendPermission;
  readonly quarantines = new Quarantines();
  readonly unknownPlans = new UnknownPlans();
  readonly work: OutstandingWork;
  readonly probing: Probing;
  #connection: Connection;
  /** Raised when all that the channel was known to have becomes doubtful: requests from before prove nothing after. */
  generation = 0;
  appliedCommandOffset = -1;
  readonly fullSyncs: FullSyncs;
  /** As the log knows it; null: it does not. */
  #phase: string | null = null;

  constructor({ context, days, platforms }: Shared, connector: Connector, connection: Connection) {
    this.context = context;
    this.connector = connector;
    this.#connection = connection;
    this.permission = new SendPermission(context.clock);
    this.probing = new Probing(platforms, this.permission, () => this.#connection);
    this.fullSyncs = new FullSyncs(context);
    this.work = new OutstandingWork(context.tables, this.calendar, days, connector);
  }

  get connection(): Connection {
    return this.#connection;
  }

  /**
   * Takes over what the log holds. What was in quarantine begins it in full.
   * @param adopt what becomes of a field that a former owner left in flight
   */
  restore(
    pages: readonly AcknowledgedPage[],
    doubtful: ReadonlySet<PageName>,
    health: ConnectionHealth | undefined,
    adopt: typeof adopted,
  ): void {
    const now = this.context.clock.now();
    const { incarnation } = this.#connection;
    for (const page of pages) this.calendar.load(page);
    for (const page of doubtful) this.#doubt(page);
    const older = new Set<PageName>(
      pages
        .filter((page) => page.incarnation < incarnation)
        .map(({ month }) => (month === MONTH_OF_ABOUT ? ABOUT : month)),
    );
    const quarantined: CellName[] = [];
    this.calendar.transform((cell, column, index) => {
      let next: Cell = adopt(cell, now, column.field === 'availability');
      if (older.has(column.page)) next = underNewIncarnation(next);
      if (next.quarantined) quarantined.push(nameOf(column, index));
      this.#noteUnknownPlan(next, column.ratePlanId);
      return next;
    });
    this.quarantines.begin(quarantined, this.context.clock.monotonic());
    if (health) {
      this.appliedCommandOffset = health.applied_command_offset;
      this.permission.restore(health);
      if (health.incarnation < incarnation) this.permission.forgive();
      this.fullSyncs.restore(health.full_sync);
      this.#phase = health.phase;
    }
    const reason = fullSyncReason(
      { phase: this.#phase, incarnation: health?.incarnation ?? incarnation },
      this.#connection,
    );
    if (reason === 'reactivated') this.#sendEverythingAgain();
    this.probing.reportBreaker();
    this.refreshAll();
    if (reason !== null) this.fullSyncs.begin(this.#connection, reason, this.work.remaining());
  }

  #noteUnknownPlan({ state, code, advice }: Cell, ratePlanId: string | null): void {
    if (state === 'rejected' && ratePlanId !== null && code !== null && isOfUnknownPlan(code))
      this.unknownPlans.restored(ratePlanId, code, advice ?? '');
  }

  update(connection: Connection): void {
    const before = this.#connection;
    this.#connection = connection;
    const same = before.listing === connection.listing && before.room_id === connection.room_id;
    // The listing may come a record later than the incarnation.
    if (!same || connection.incarnation > before.incarnation) {
      if (!same) {
        this.calendar.disown();
        this.quarantines.clear();
      }
      this.calendar.transform(same ? underNewIncarnation : ofAnotherListing);
      this.generation++;
      this.forgive();
    }
    const reason = fullSyncReason(before, connection);
    if (reason === 'reactivated') this.#sendEverythingAgain();
    this.refreshAll();
    if (reason !== null) this.fullSyncs.begin(this.#connection, reason, this.work.remaining());
  }

  /** The channel may have been changed by others meanwhile. What is held stays held. */
  #sendEverythingAgain(): void {
    this.calendar.transform(fullSync);
    this.generation++;
    this.forgive();
  }

  /** A person, or a new incarnation, wants everything tried at once. */
  forgive(): void {
    this.permission.forgive();
    this.unknownPlans.askAgain();
  }

  /** The channel knows the rate plan after all: what was rejected of it goes again. */
  ratePlanFound(ratePlanId: string): void {
    if (!this.unknownPlans.found(ratePlanId)) return;
    this.calendar.transform((cell, column) =>
      column.ratePlanId === ratePlanId && isOfUnknownPlan(cell.code) ? requeued(cell) : cell,
    );
    this.refreshAll();
  }

  /** Compares a page again; where nothing leaves before the content, all pages hang on that. */
  refresh(page: PageName, change?: TableChange): void {
    this.#compare(page, change);
    if (page !== ABOUT || this.connector.manifest.content !== 'first') return;
    for (const month of this.work.pages(this.#connection))
      if (month !== ABOUT) this.#compare(month);
  }

  refreshCells(cells: readonly CellName[]): void {
    for (const page of new Set(cells.map(pageOf))) this.refresh(page);
  }

  refreshAll(): void {
    const pages = this.work.pages(this.#connection);
    this.work.retain(new Set(pages));
    for (const page of pages) this.#compare(page);
    const { date } = this.work.day(this.context.clock.now());
    this.calendar.forgetBefore(monthOf(addDays(date, -PAGES_KEPT_DAYS)));
    this.quarantines.forgetBefore(addDays(date, -2));
  }

  #compare(page: PageName, change?: TableChange): void {
    if (page !== ABOUT) this.#denominate(page);
    this.work.refresh(this.#connection, page, this.context.clock.now(), change);
  }

  /** What is out with prices in another currency proves nothing any more. */
  #denominate(month: PlainMonth): void {
    const currency = this.work.desired(this.#connection, month)?.currency;
    if (currency && this.calendar.denominate(month, currency)) this.generation++;
  }

  /** Values that the channel can never take, found without asking. */
  putAside(unsendables: readonly Unsendable[]): void {
    for (const { change, code, advice } of unsendables)
      this.calendar.set(change, unsendable(this.calendar.cell(change), change.value, code, advice));
    this.refreshCells(unsendables.map(({ change }) => change));
  }

  /** What plans are made in. */
  planContext(): PlanContext {
    const { work } = this;
    const connection = this.#connection;
    const now = this.context.clock.now();
    return {
      currency: work.currency(),
      today: work.day(now).date,
      now: this.calendar.dateOfMessage(now),
      desired: (night, field, ratePlanId) =>
        work.desiredCell(connection, { night, field, ratePlanId }),
      guests: (night) => work.desired(connection, monthOf(night))?.guests ?? 0,
    };
  }

  /** The channel knows more of what we sell now: what it refused before is tried once more. */
  contentTaken(): void {
    if (this.connector.manifest.content !== 'first') return;
    this.calendar.transform((cell, column) => (column.page === ABOUT ? cell : requeued(cell)));
    this.unknownPlans.askAgain();
  }

  /** The log may have lost the page: whatever is wanted of it is doubtful. */
  #doubt(page: PageName): void {
    for (const name of this.#wanted(page))
      this.calendar.set(name, doubted(this.calendar.cell(name)));
  }

  #wanted(page: PageName): CellName[] {
    if (page === ABOUT)
      return (this.work.content(this.#connection)?.parts ?? []).map(({ field }) =>
        contentCell(field),
      );
    const columns = this.work.desired(this.#connection, page)?.columns ?? [];
    return columns.flatMap(({ field, rate_plan_id, values }) =>
      values.map((_, index) => cellAt(page, field, rate_plan_id, index)),
    );
  }

  /** Cells whose doubtful requests cannot land any more go once more, or are settled. */
  endQuarantines(): void {
    for (const name of this.quarantines.takeEnded(this.context.clock.monotonic())) {
      this.calendar.set(name, quarantineEnded(this.calendar.cell(name)));
      this.refresh(pageOf(name));
    }
  }

  /** Answered after the quarantine in which they were sent: their value proves nothing, so they go once more. */
  endOutlivedQuarantines(cells: readonly CellName[]): void {
    for (const change of cells) {
      const cell = this.calendar.cell(change);
      if (cell.quarantined && !this.quarantines.isActive(change))
        this.calendar.set(change, quarantineEnded(cell));
    }
  }

  /** Whether there is something to write, the progress of a full sync included. */
  hasNews(): boolean {
    this.fullSyncs.look(this.#connection, this.work.remaining());
    const phase = this.#phase ?? 'active';
    return this.calendar.hasChanged || this.fullSyncs.hasRows || phase !== this.#connection.phase;
  }

  /** Records of everything that changed since the last call. */
  changes(forceHealth = false): Output[] {
    const { tenant_id: tenantId, connection_id: key } = this.#connection;
    const pages = this.calendar.takeChanged(this.#connection).map(
      ([page, value]): Output => ({
        topic: 'channel.acknowledged',
        key: `${key}/${page}`,
        value,
        tenantId,
      }),
    );
    const force = this.hasNews() || forceHealth;
    const { permission, appliedCommandOffset } = this;
    const record = permission.takeChanged(this.#connection, appliedCommandOffset, force);
    if (!record) return pages;
    this.#phase = this.#connection.phase;
    const value = { ...record, phase: this.#phase, full_sync: this.fullSyncs.latest };
    const rows = this.fullSyncs.takeRows();
    return [...pages, { topic: 'channel.health', key, value, tenantId }, ...rows];
  }
}
