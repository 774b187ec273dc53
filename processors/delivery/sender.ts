import type { PlannedRequest } from '../../connectors/contract.ts';
import type { Timer } from '../../runtime/ports.ts';
import { newTraceparent } from '../../runtime/trace.ts';
import { monthOf } from '../../schemas/domain/plain-date.ts';
import type { Batch } from './batch.ts';
import { COALESCING_MS, nextBatch } from './batch.ts';
import { cellKey } from './calendar.ts';
import type { ConnectionState } from './connection-state.ts';
import type { DueChange } from './diff.ts';
import { lanesOf } from './diff.ts';
import type { Cell } from './field-state.ts';
import { sent, unsendable } from './field-state.ts';
import type { Slot } from './limiter.ts';
import { isSlot, SlidingWindow } from './limiter.ts';
import type { Result, SentRequest } from './outcome.ts';
import { isOpening, isWithheld, resultOf, settle } from './outcome.ts';
import type { DeliveryPorts } from './ports.ts';
import { QUARANTINE_MS } from './quarantine.ts';
import { Reactions } from './reactions.ts';
import { alert } from './reports.ts';
import { Suspects } from './suspects.ts';

/** Longest life of a request, ms. Well under the quarantine, which must outlast it. */
const REQUEST_LIFE_MS = 20_000;
/** A refused closing is tried again at this pace, ms. */
const REFUSED_CLOSING_RETRY_MS = 30_000;

/**
 * Sends for one connection. It never queues calls: whenever something may leave it takes a slot, plans the fewest requests for what
 * differs *now*, writes them ahead, compares once more and sends. The one loop has these exits: nothing due · everything due waits for
 * company, a slot, a pause or the breaker (an alarm is set) · as many requests out as may be · stopped or the partition lost.
 */
export class Sender {
  readonly #state: ConnectionState;
  readonly #ports: DeliveryPorts;
  readonly #reactions: Reactions;
  readonly #window: SlidingWindow;
  readonly #suspects = new Suspects();
  readonly #out = new Map<string, SentRequest>();
  readonly #closingRetryAt = new Map<string, number>();
  /** Monotonic ms until which changes that are no closings wait for company. */
  #companyUntil = 0;
  #alarm: { readonly at: number; readonly timer: Timer } | null = null;
  #running = false;
  #again = false;
  #mode: 'sending' | 'draining' | 'ended' = 'sending';
  #idle: (() => void)[] = [];

  constructor(state: ConnectionState, ports: DeliveryPorts) {
    this.#state = state;
    this.#ports = ports;
    this.#reactions = new Reactions(state.context, state.permission);
    const declared = state.connector.manifest.limits.find(
      ({ scope, endpoint }) => scope === 'connection' && endpoint === undefined,
    );
    const tier = declared?.byTier ? state.connection.requests_per_second : null;
    this.#window = new SlidingWindow(
      tier ?? declared?.requests ?? 1,
      declared?.windowMs ?? 1_000,
      state.context.clock.monotonic(),
    );
  }

  /** Something may have become due. `fresh`: the first change after rest, which waits for company. */
  kick(fresh = false): void {
    if (fresh) this.#companyUntil = this.#state.context.clock.monotonic() + COALESCING_MS;
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    void this.#run()
      .catch((error: unknown) => {
        this.#again = false;
        this.#reactions.gaveUp(error);
      })
      .finally(() => {
        this.#running = false;
        if (this.#again && this.#mode === 'sending' && !this.#state.context.lost.aborted)
          this.kick();
      });
  }

  /** Starts nothing new; resolves when what is out has been answered and recorded. */
  drain(): Promise<void> {
    if (this.#mode === 'sending') this.#mode = 'draining';
    this.#alarm?.timer.cancel();
    return this.#out.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Records nothing any more. Answers the requests that are still out. */
  end(): readonly SentRequest[] {
    this.#mode = 'ended';
    this.#alarm?.timer.cancel();
    for (const resolve of this.#idle.splice(0)) resolve();
    return [...this.#out.values()];
  }

  async #run(): Promise<void> {
    while (this.#again && this.#mode === 'sending' && !this.#state.context.lost.aborted) {
      this.#again = false;
      const { clock } = this.#state.context;
      this.#state.endQuarantines();
      if (clock.now() >= this.#state.midnight) this.#state.refreshAll();
      if (await this.#sendNext()) this.#again = true;
      else this.#setAlarm();
    }
  }

  /** Sends one request; false: nothing may leave now. */
  async #sendNext(): Promise<boolean> {
    const due = this.#dueNow();
    if (due.length === 0) return false;
    const { context, connector, permission, connection } = this.#state;
    const now = context.clock.now();
    const allowed = permission.allows(now, this.#out.size, connector.manifest.concurrency);
    if (allowed.free === 0) {
      this.#wakeAt(allowed.retryAt);
      return false;
    }
    const monotonic = context.clock.monotonic();
    const slot = this.#window.take(monotonic);
    if (!isSlot(slot)) {
      context.metrics.count('rate_limit_hits_total', { channel_type: connection.channel });
      this.#wakeAt(now + slot.retryAt - monotonic);
      return false;
    }
    const batch = this.#plan(due, now, monotonic);
    if (batch?.request && batch.refused.length === 0) {
      await this.#writeAheadAndSend(batch, batch.request, slot);
      return true;
    }
    slot.unused();
    if (!batch || batch.refused.length === 0) return false;
    await this.#rejectUnsendable(batch);
    return true;
  }

  #plan(due: readonly DueChange[], now: number, monotonic: number): Batch | null {
    const { work, connection, connector, calendar } = this.#state;
    const closingsOnly = monotonic < this.#companyUntil;
    if (closingsOnly) this.#wakeAt(now + this.#companyUntil - monotonic);
    return nextBatch({
      due,
      suspects: this.#suspects.among(due),
      closingsOnly,
      connector,
      connection,
      calendar,
      context: {
        currency: connection.currency ?? work.currency(),
        today: work.today(now),
        desired: (night, field, ratePlanId) =>
          work.desiredCell(connection, { night, field, ratePlanId }),
      },
    });
  }

  async #writeAheadAndSend(batch: Batch, request: PlannedRequest, slot: Slot): Promise<void> {
    const { context, calendar, work, connection } = this.#state;
    const before = new Map<string, Cell>();
    for (const change of request.changes) {
      const cell = calendar.cell(change);
      before.set(cellKey(change), cell);
      calendar.set(change, sent(cell, change.value, work.released(connection, change)));
    }
    const origin = work.origin(request.changes.map(({ night }) => night));
    const out: SentRequest = {
      id: context.random.uuid(),
      request,
      lane: batch.lane,
      before,
      startedAt: context.clock.now(),
      traceparent: origin.traceparent ?? newTraceparent(context.random),
    };
    this.#out.set(out.id, out);
    this.#state.refreshRequest(request);
    await context.write(this.#state.changes());
    if (origin.originTs !== null) {
      const seconds = Math.max(0, context.clock.now() - origin.originTs) / 1_000;
      context.metrics.observe('parity_outbound_latency_seconds', seconds, { lane: batch.lane });
    }
    void this.#send(out, slot).catch((error: unknown) => this.#reactions.gaveUp(error));
  }

  async #send(out: SentRequest, slot: Slot): Promise<void> {
    const { context, connection, connector } = this.#state;
    const sending = await this.#ports.transport.send(connection.channel, out.request, {
      credentialId: connection.credential_id,
      signal: context.lost,
      traceparent: out.traceparent,
      timeoutMs: REQUEST_LIFE_MS,
      atSocket: () =>
        this.#mode !== 'ended' && context.leaseHeld() && !this.#wouldOpenWrongly(out.request),
    });
    const monotonic = context.clock.monotonic();
    if (sending.kind === 'response') slot.answered(monotonic);
    else if (sending.kind === 'ambiguous')
      slot.unanswered(monotonic, QUARANTINE_MS - REQUEST_LIFE_MS);
    else slot.unused();
    // After the lease nothing may be recorded: the new owner finds the fields in flight, and asks for nothing but a recheck.
    if (context.lost.aborted || this.#mode === 'ended') return;
    await this.#record(out, resultOf(out, sending, connector));
  }

  async #record(out: SentRequest, result: Result): Promise<void> {
    const { context, calendar, quarantines, connection } = this.#state;
    const now = context.clock.now();
    this.#out.delete(out.id);
    const settlement = settle(out, result, calendar, now);
    quarantines.begin(settlement.doubtful, context.clock.monotonic());
    this.#state.endOutlivedQuarantines(out.request);
    this.#suspects.halve(settlement.halve);
    for (const { change } of settlement.refusedCells) {
      if (change.field === 'availability' && change.value === 0) {
        this.#closingRetryAt.set(cellKey(change), now + REFUSED_CLOSING_RETRY_MS);
      }
    }
    this.#state.refreshRequest(out.request);
    const reports = isWithheld(result)
      ? []
      : this.#reactions.to(connection, out, result, settlement);
    await context.write([...this.#state.changes(), ...reports]);
    if (this.#out.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.kick();
  }

  /** The newest desired state forbids what the request would put on sale. */
  #wouldOpenWrongly(request: PlannedRequest): boolean {
    const { work, connection } = this.#state;
    return request.changes.some((change) => {
      if (!isOpening(change)) return false;
      const desired = work.desiredCell(connection, change);
      return (
        desired === null || desired < change.value || !lanesOf(connection.phase).includes('opening')
      );
    });
  }

  async #rejectUnsendable(batch: Batch): Promise<void> {
    const { context, calendar, connection } = this.#state;
    for (const { change, code, advice } of batch.refused) {
      calendar.set(change, unsendable(calendar.cell(change), change.value, code, advice));
    }
    for (const month of new Set(batch.refused.map(({ change }) => monthOf(change.night))))
      this.#state.refresh(month);
    const first = batch.refused[0];
    const text = `${batch.refused.length} values cannot be sent: ${first?.advice ?? ''}`;
    const detail = { night: first?.change.night, field: first?.change.field, code: first?.code };
    const warning = alert(
      connection,
      context.random.uuid(),
      context.clock.now(),
      'CHANNEL_VALUE_REFUSED',
      'warning',
      text,
      detail,
    );
    await context.write([...this.#state.changes(), warning]);
  }

  #dueNow(): DueChange[] {
    const now = this.#state.context.clock.now();
    return this.#state.work.due().filter((change) => {
      const key = cellKey(change);
      const retryAt = this.#closingRetryAt.get(key);
      if (retryAt === undefined) return true;
      if (retryAt <= now) return this.#closingRetryAt.delete(key);
      this.#wakeAt(retryAt);
      return false;
    });
  }

  /** Remembers the earliest moment (wall clock, ms) at which the loop has a reason to run again. */
  #wakeAt(at: number): void {
    if (!Number.isFinite(at) || this.#mode !== 'sending') return;
    if (this.#alarm && this.#alarm.at <= at) return;
    this.#alarm?.timer.cancel();
    const { clock, timers } = this.#state.context;
    const timer = timers.after(Math.max(0, at - clock.now()), () => {
      this.#alarm = null;
      this.kick();
    });
    this.#alarm = { at, timer };
  }

  #setAlarm(): void {
    const { clock } = this.#state.context;
    this.#wakeAt(this.#state.midnight);
    this.#wakeAt(clock.now() + this.#state.quarantines.nextEnd() - clock.monotonic());
  }
}
