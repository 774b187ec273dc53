import type { Connector, PlannedRequest } from '../../connectors/contract.ts';
import type { Timer } from '../../runtime/ports.ts';
import type { EventRecordOf, Output, PartitionContext, TableChange } from '../../runtime/stage.ts';
import { newTraceparent } from '../../runtime/trace.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import { monthOf } from '../../schemas/domain/plain-date.ts';
import type {
  AcknowledgedPage,
  Connection,
  ConnectionHealth,
} from '../../schemas/generated/types.ts';
import type { Batch } from './batch.ts';
import { COALESCING_MS, nextBatch } from './batch.ts';
import type { CellName } from './calendar.ts';
import { AcknowledgedCalendar, cellKey } from './calendar.ts';
import { applyCommand } from './commands.ts';
import { SendPermission } from './connection-health.ts';
import type { DueChange } from './diff.ts';
import { lanesOf } from './diff.ts';
import type { Cell } from './field-state.ts';
import {
  adopted,
  doubted,
  quarantineEnded,
  sent,
  underNewIncarnation,
  unsendable,
} from './field-state.ts';
import type { Slot } from './limiter.ts';
import { isSlot, SlidingWindow } from './limiter.ts';
import type { SentRequest } from './outcome.ts';
import { isOpening, isWithheld, resultOf, settle } from './outcome.ts';
import type { DeliveryPorts } from './ports.ts';
import { QUARANTINE_MS, Quarantines } from './quarantine.ts';
import { Reactions } from './reactions.ts';
import { recheckCommand } from './recheck.ts';
import { alert } from './reports.ts';
import { OutstandingWork } from './work.ts';

/** Longest life of a request, ms. Well under the quarantine, which must outlast it. */
const REQUEST_LIFE_MS = 20_000;
/** A refused closing is tried again at this pace, ms. */
const REFUSED_CLOSING_RETRY_MS = 30_000;

/**
 * Delivery to one connection. It never queues calls: whenever something may leave it takes a slot, plans the fewest requests for what
 * differs *now*, writes them ahead, compares once more and sends. Its one loop (`#pump`) has these exits: nothing due · everything due
 * waits for company, a slot, a pause or the breaker (an alarm is set) · as many requests out as may be · the partition is lost.
 *
 * The in-memory calendar runs ahead of the log only by writes that are awaited before their request leaves.
 */
export class DeliveryAgent {
  readonly #context: PartitionContext;
  readonly #ports: DeliveryPorts;
  readonly #connector: Connector;
  #connection: Connection;
  readonly #calendar = new AcknowledgedCalendar();
  readonly #permission = new SendPermission();
  readonly #quarantines = new Quarantines();
  readonly #work: OutstandingWork;
  readonly #reactions: Reactions;
  readonly #window: SlidingWindow;
  readonly #out = new Map<string, SentRequest>();
  /** Refused without a named culprit: groups of cells that go alone, smallest last. */
  readonly #suspects: Set<string>[] = [];
  readonly #closingRetryAt = new Map<string, number>();
  #companyUntil = 0;
  #appliedCommandOffset = -1;
  /** ms, wall clock: the property's next midnight, when nights enter and leave. */
  #midnight = Number.POSITIVE_INFINITY;
  #alarm: { readonly at: number; readonly timer: Timer } | null = null;
  #pumping = false;
  #again = false;
  /** No new request starts. */
  #closed = false;
  /** Nothing is recorded any more. */
  #ended = false;
  #idle: (() => void)[] = [];

  constructor(
    context: PartitionContext,
    ports: DeliveryPorts,
    connector: Connector,
    connection: Connection,
  ) {
    this.#context = context;
    this.#ports = ports;
    this.#connector = connector;
    this.#connection = connection;
    this.#work = new OutstandingWork(context.tables, this.#calendar);
    this.#reactions = new Reactions(context, this.#permission);
    const limit = connector.manifest.limits.find(
      (declared) => declared.scope === 'connection' && declared.endpoint === undefined,
    );
    const requests =
      limit?.byTier && connection.requests_per_second
        ? connection.requests_per_second
        : (limit?.requests ?? 1);
    this.#window = new SlidingWindow(requests, limit?.windowMs ?? 1_000, context.clock.monotonic());
  }

  /** Takes over what the log holds. What was out or in quarantine begins a quarantine in full. */
  restore(
    pages: readonly AcknowledgedPage[],
    doubtful: ReadonlySet<PlainMonth>,
    health: ConnectionHealth | undefined,
  ): void {
    const now = this.#context.clock.now();
    const incarnation = this.#connection.incarnation;
    for (const page of pages) this.#calendar.load(page);
    const older = new Set(
      pages.filter((page) => page.incarnation < incarnation).map((page) => page.month),
    );
    this.#calendar.transform((cell, name) => {
      const month = monthOf(name.night);
      const taken = adopted(cell, now, name.field === 'availability');
      const sure = doubtful.has(month) ? doubted(taken) : taken;
      return older.has(month) ? underNewIncarnation(sure) : sure;
    });
    this.#quarantines.begin(this.#quarantined(), this.#context.clock.monotonic());
    if (health) {
      this.#appliedCommandOffset = health.applied_command_offset;
      this.#permission.restore(health);
      if (health.incarnation < incarnation) this.#permission.forgive();
    }
    this.#refreshAll();
    this.#pump();
  }

  desiredChanged(change: TableChange, month: PlainMonth): void {
    const hadWork = !this.#work.isDone();
    this.#work.refresh(this.#connection, this.#connector, month, this.#context.clock.now(), change);
    if (!hadWork) this.#companyUntil = this.#context.clock.monotonic() + COALESCING_MS;
    this.#pump();
  }

  connectionChanged(connection: Connection): void {
    const before = this.#connection;
    this.#connection = connection;
    if (connection.incarnation > before.incarnation) {
      this.#calendar.transform(underNewIncarnation);
      this.#permission.forgive();
    }
    this.#refreshAll();
    this.#pump();
  }

  /** Applies a command once; resolves when its effect is durable. */
  async command(record: EventRecordOf<'channel.commands'>): Promise<void> {
    if (record.offset <= this.#appliedCommandOffset) return;
    const effect = applyCommand(record.value, this.#calendar);
    this.#quarantines.begin(effect.doubtful, this.#context.clock.monotonic());
    if (effect.forgive) this.#permission.forgive();
    this.#appliedCommandOffset = record.offset;
    await this.#context.write(this.#changes(true));
    this.#refreshAll();
    this.#pump();
  }

  lowestUndone(): number | undefined {
    return this.#work.lowestUndone();
  }

  /** Starts nothing new; resolves when what is out has been answered and recorded. */
  drain(): Promise<void> {
    this.#closed = true;
    this.#alarm?.timer.cancel();
    return this.#out.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends all work. Answers the recheck command for requests that are still out, if any. */
  close(): Output | null {
    this.#closed = true;
    this.#ended = true;
    this.#alarm?.timer.cancel();
    const cells = [...this.#out.values()].flatMap((request) => request.request.changes);
    return cells.length === 0 ? null : recheckCommand(this.#connection, cells, this.#context);
  }

  #refreshAll(): void {
    const now = this.#context.clock.now();
    this.#work.clear();
    for (const month of this.#work.months(this.#connection))
      this.#work.refresh(this.#connection, this.#connector, month, now);
    this.#midnight = this.#work.nextMidnight(now);
  }

  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    void this.#run()
      .catch((error: unknown) => this.#reactions.gaveUp(error))
      .finally(() => {
        this.#pumping = false;
        if (this.#again && !this.#closed) {
          this.#again = false;
          this.#pump();
        }
      });
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      this.#endQuarantines();
      if (this.#context.clock.now() >= this.#midnight) this.#refreshAll();
    } while (!this.#closed && !this.#context.lost.aborted && (await this.#sendNext()));
    if (!this.#closed) this.#setAlarm();
  }

  /** Sends one request; false: nothing may leave now. */
  async #sendNext(): Promise<boolean> {
    const due = this.#dueNow();
    if (due.length === 0) return false;
    const { manifest } = this.#connector;
    const now = this.#context.clock.now();
    const allowed = this.#permission.allows(now, this.#out.size, manifest.concurrency);
    if (allowed.free === 0) {
      this.#wakeAt(allowed.retryAt);
      return false;
    }
    const batch = this.#plan(due, now);
    if (!batch) return false;
    if (batch.refused.length > 0) {
      await this.#rejectUnsendable(batch);
      return true;
    }
    if (!batch.request) return false;
    const monotonic = this.#context.clock.monotonic();
    const slot = this.#window.take(monotonic);
    if (!isSlot(slot)) {
      this.#context.metrics.count('rate_limit_hits_total', {
        channel_type: this.#connection.channel,
      });
      this.#wakeAt(now + slot.retryAt - monotonic);
      return false;
    }
    return this.#writeAheadAndSend(batch, batch.request, slot);
  }

  #plan(due: readonly DueChange[], now: number): Batch | null {
    const closingsOnly = this.#context.clock.monotonic() < this.#companyUntil;
    if (closingsOnly) this.#wakeAt(now + this.#companyUntil - this.#context.clock.monotonic());
    return nextBatch({
      due,
      suspects: this.#suspectsAmong(due),
      closingsOnly,
      connector: this.#connector,
      connection: this.#connection,
      calendar: this.#calendar,
      context: {
        currency: this.#connection.currency ?? this.#work.currency(),
        today: this.#work.today(now),
        desired: (night, field, ratePlanId) =>
          this.#work.desiredCell(this.#connection, { night, field, ratePlanId }),
      },
    });
  }

  async #writeAheadAndSend(batch: Batch, request: PlannedRequest, slot: Slot): Promise<boolean> {
    const { clock, random } = this.#context;
    const before = new Map<string, Cell>();
    for (const change of request.changes) {
      const cell = this.#calendar.cell(change);
      before.set(cellKey(change), cell);
      this.#calendar.set(
        change,
        sent(cell, change.value, this.#work.released(this.#connection, change)),
      );
    }
    const origin = this.#work.origin(request.changes.map((change) => change.night));
    const out: SentRequest = {
      id: random.uuid(),
      request,
      lane: batch.lane,
      before,
      startedAt: clock.now(),
      traceparent: origin.traceparent ?? newTraceparent(random),
    };
    this.#out.set(out.id, out);
    this.#refreshMonths(request);
    await this.#context.write(this.#changes(false));
    if (origin.originTs !== null) {
      this.#context.metrics.observe(
        'parity_outbound_latency_seconds',
        Math.max(0, clock.now() - origin.originTs) / 1_000,
        { lane: batch.lane },
      );
    }
    void this.#send(out, slot).catch((error: unknown) => this.#reactions.gaveUp(error));
    return true;
  }

  async #send(out: SentRequest, slot: Slot): Promise<void> {
    const { clock, lost } = this.#context;
    const sending = await this.#ports.transport.send(this.#connection.channel, out.request, {
      credentialId: this.#connection.credential_id,
      signal: lost,
      traceparent: out.traceparent,
      timeoutMs: REQUEST_LIFE_MS,
      atSocket: () => this.#context.leaseHeld() && !this.#wouldOpenWrongly(out.request),
    });
    if (sending.kind === 'response') slot.answered(clock.monotonic());
    else if (sending.kind === 'ambiguous')
      slot.unanswered(clock.monotonic(), QUARANTINE_MS - REQUEST_LIFE_MS);
    else slot.unused();
    // After the lease nothing may be recorded: the new owner finds the fields in flight, and `close` has asked for a recheck.
    if (lost.aborted || this.#ended) return;
    await this.#record(out, resultOf(out, sending, this.#connector));
  }

  async #record(out: SentRequest, result: ReturnType<typeof resultOf>): Promise<void> {
    const now = this.#context.clock.now();
    this.#out.delete(out.id);
    const settlement = settle(out, result, this.#calendar, now);
    this.#quarantines.begin(settlement.doubtful, this.#context.clock.monotonic());
    this.#endQuarantinesOutlived(out.request);
    if (settlement.halve.length > 1) this.#halve(settlement.halve);
    for (const { change } of settlement.refusedCells) {
      if (change.field === 'availability' && change.value === 0)
        this.#closingRetryAt.set(cellKey(change), now + REFUSED_CLOSING_RETRY_MS);
    }
    this.#refreshMonths(out.request);
    const reports = isWithheld(result)
      ? []
      : this.#reactions.to(this.#connection, out, result, settlement);
    await this.#context.write([...this.#changes(false), ...reports]);
    if (this.#out.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#pump();
  }

  /** The newest desired state forbids what the request would put on sale. */
  #wouldOpenWrongly(request: PlannedRequest): boolean {
    return request.changes.some((change) => {
      if (!isOpening(change)) return false;
      const desired = this.#work.desiredCell(this.#connection, change);
      return (
        desired === null ||
        desired < change.value ||
        !lanesOf(this.#connection.phase).includes('opening')
      );
    });
  }

  async #rejectUnsendable(batch: Batch): Promise<void> {
    const { clock, random } = this.#context;
    const outputs: Output[] = [];
    for (const { change, code, advice } of batch.refused) {
      this.#calendar.set(
        change,
        unsendable(this.#calendar.cell(change), change.value, code, advice),
      );
      this.#work.refresh(this.#connection, this.#connector, monthOf(change.night), clock.now());
    }
    const first = batch.refused[0];
    if (first) {
      outputs.push(
        alert(
          this.#connection,
          random.uuid(),
          clock.now(),
          'CHANNEL_VALUE_REFUSED',
          'warning',
          `${batch.refused.length} values cannot be sent: ${first.advice}`,
          {
            night: first.change.night,
            field: first.change.field,
            code: first.code,
          },
        ),
      );
    }
    await this.#context.write([...this.#changes(false), ...outputs]);
  }

  #dueNow(): DueChange[] {
    const now = this.#context.clock.now();
    return this.#work.due().filter((change) => {
      const retryAt = this.#closingRetryAt.get(cellKey(change));
      if (retryAt === undefined || retryAt <= now) return true;
      this.#wakeAt(retryAt);
      return false;
    });
  }

  #suspectsAmong(due: readonly DueChange[]): ReadonlySet<string> | null {
    for (;;) {
      const group = this.#suspects.at(-1);
      if (!group) return null;
      if (due.some((change) => group.has(cellKey(change)))) return group;
      this.#suspects.pop();
    }
  }

  #halve(cells: readonly CellName[]): void {
    const half = Math.ceil(cells.length / 2);
    this.#suspects.pop();
    this.#suspects.push(
      new Set(cells.slice(half).map(cellKey)),
      new Set(cells.slice(0, half).map(cellKey)),
    );
  }

  #endQuarantines(): void {
    const ended = this.#quarantines.takeEnded(this.#context.clock.monotonic());
    for (const name of ended) {
      this.#calendar.set(name, quarantineEnded(this.#calendar.cell(name)));
      this.#work.refresh(
        this.#connection,
        this.#connector,
        monthOf(name.night),
        this.#context.clock.now(),
      );
    }
  }

  /** Answered after the quarantine in which they were sent: their value proves nothing, so they go once more. */
  #endQuarantinesOutlived(request: PlannedRequest): void {
    for (const change of request.changes) {
      const cell = this.#calendar.cell(change);
      if (cell.quarantined && !this.#quarantines.isActive(change))
        this.#calendar.set(change, quarantineEnded(cell));
    }
  }

  *#quarantined(): Iterable<CellName> {
    for (const [name, cell] of this.#calendar.entries()) if (cell.quarantined) yield name;
  }

  #refreshMonths(request: PlannedRequest): void {
    const now = this.#context.clock.now();
    for (const month of new Set(request.changes.map((change) => monthOf(change.night)))) {
      this.#work.refresh(this.#connection, this.#connector, month, now);
    }
  }

  #changes(forceHealth: boolean): Output[] {
    const { tenant_id: tenantId, connection_id: key } = this.#connection;
    const pages = this.#calendar
      .takeChanged(this.#connection)
      .map(
        (value): Output => ({
          topic: 'channel.acknowledged',
          key: `${key}/${value.month}`,
          value,
          tenantId,
        }),
      );
    const health = this.#permission.takeChanged(
      this.#connection,
      this.#appliedCommandOffset,
      forceHealth,
    );
    return health ? [...pages, { topic: 'channel.health', key, value: health, tenantId }] : pages;
  }

  /** Remembers the earliest moment (wall clock, ms) at which the loop has a reason to run again. */
  #wakeAt(at: number): void {
    if (!Number.isFinite(at) || this.#closed) return;
    if (this.#alarm && this.#alarm.at <= at) return;
    this.#alarm?.timer.cancel();
    const delay = Math.max(0, at - this.#context.clock.now());
    const timer = this.#context.timers.after(delay, () => {
      this.#alarm = null;
      this.#pump();
    });
    this.#alarm = { at, timer };
  }

  #setAlarm(): void {
    const now = this.#context.clock.now();
    this.#wakeAt(this.#midnight);
    const quarantineEnd = this.#quarantines.nextEnd();
    if (Number.isFinite(quarantineEnd))
      this.#wakeAt(now + quarantineEnd - this.#context.clock.monotonic());
  }
}
