import type { Connector, PlannedRequest } from '../../connectors/contract.ts';
import type { Output, PartitionContext, TableChange } from '../../runtime/stage.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import { monthOf } from '../../schemas/domain/plain-date.ts';
import type {
  AcknowledgedPage,
  Connection,
  ConnectionHealth,
} from '../../schemas/generated/types.ts';
import type { CellName } from './calendar.ts';
import { AcknowledgedCalendar } from './calendar.ts';
import { SendPermission } from './connection-health.ts';
import { adopted, doubted, quarantineEnded, underNewIncarnation } from './field-state.ts';
import { Quarantines } from './quarantine.ts';
import { OutstandingWork } from './work.ts';

/** What delivery knows of one connection: its acknowledged calendar, the work that follows from it, and whether it may send. */
export class ConnectionState {
  readonly context: PartitionContext;
  readonly connector: Connector;
  readonly calendar = new AcknowledgedCalendar();
  readonly permission = new SendPermission();
  readonly quarantines = new Quarantines();
  readonly work: OutstandingWork;
  connection: Connection;
  appliedCommandOffset = -1;
  /** ms, wall clock: the property's next midnight, when nights enter and leave. */
  midnight = Number.POSITIVE_INFINITY;

  constructor(context: PartitionContext, connector: Connector, connection: Connection) {
    this.context = context;
    this.connector = connector;
    this.connection = connection;
    this.work = new OutstandingWork(context.tables, this.calendar);
  }

  /** Takes over what the log holds. What was out or in quarantine begins a quarantine in full. */
  restore(
    pages: readonly AcknowledgedPage[],
    doubtful: ReadonlySet<PlainMonth>,
    health: ConnectionHealth | undefined,
  ): void {
    const now = this.context.clock.now();
    const { incarnation } = this.connection;
    for (const page of pages) this.calendar.load(page);
    const older = new Set(
      pages.filter((page) => page.incarnation < incarnation).map((page) => page.month),
    );
    this.calendar.transform((cell, name) => {
      const month = monthOf(name.night);
      const taken = adopted(cell, now, name.field === 'availability');
      const sure = doubtful.has(month) ? doubted(taken) : taken;
      return older.has(month) ? underNewIncarnation(sure) : sure;
    });
    this.quarantines.begin(this.#quarantined(), this.context.clock.monotonic());
    if (health) {
      this.appliedCommandOffset = health.applied_command_offset;
      this.permission.restore(health);
      if (health.incarnation < incarnation) this.permission.forgive();
    }
    this.refreshAll();
  }

  update(connection: Connection): void {
    const attachedAgain = connection.incarnation > this.connection.incarnation;
    this.connection = connection;
    if (attachedAgain) {
      this.calendar.transform(underNewIncarnation);
      this.permission.forgive();
    }
    this.refreshAll();
  }

  refresh(month: PlainMonth, change?: TableChange): void {
    this.work.refresh(this.connection, this.connector, month, this.context.clock.now(), change);
  }

  refreshRequest(request: PlannedRequest): void {
    for (const month of new Set(request.changes.map((change) => monthOf(change.night))))
      this.refresh(month);
  }

  refreshAll(): void {
    const now = this.context.clock.now();
    this.work.retain(new Set(this.work.months(this.connection)));
    for (const month of this.work.months(this.connection)) this.refresh(month);
    this.midnight = this.work.nextMidnight(now);
  }

  /** Cells whose doubtful requests cannot land any more go once more, or are settled. */
  endQuarantines(): void {
    for (const name of this.quarantines.takeEnded(this.context.clock.monotonic())) {
      this.calendar.set(name, quarantineEnded(this.calendar.cell(name)));
      this.refresh(monthOf(name.night));
    }
  }

  /** Answered after the quarantine in which they were sent: their value proves nothing, so they go once more. */
  endOutlivedQuarantines(request: PlannedRequest): void {
    for (const change of request.changes) {
      const cell = this.calendar.cell(change);
      if (cell.quarantined && !this.quarantines.isActive(change))
        this.calendar.set(change, quarantineEnded(cell));
    }
  }

  /** Records of everything that changed since the last call. */
  changes(forceHealth = false): Output[] {
    const { tenant_id: tenantId, connection_id: key } = this.connection;
    const pages = this.calendar.takeChanged(this.connection).map(
      (value): Output => ({
        topic: 'channel.acknowledged',
        key: `${key}/${value.month}`,
        value,
        tenantId,
      }),
    );
    const health = this.permission.takeChanged(
      this.connection,
      this.appliedCommandOffset,
      forceHealth,
    );
    return health ? [...pages, { topic: 'channel.health', key, value: health, tenantId }] : pages;
  }

  *#quarantined(): Iterable<CellName> {
    for (const [name, cell] of this.calendar.entries()) if (cell.quarantined) yield name;
  }
}
