import { sleep } from '../../../runtime/ports.ts';
import { LATE_MS } from '../../../runtime/request-life.ts';
import { newTraceparent } from '../../../runtime/trace.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays } from '../../../schemas/domain/plain-date.ts';
import { pauseAfterRefusal } from '../../limits/request-budgets.ts';
import type { NightCell } from '../calendar/cell-name.ts';
import { cellKey, isContent } from '../calendar/cell-name.ts';
import { sent } from '../calendar/field-state.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import type { OutgoingRequest, Result, SentRequest, Settlement } from '../connection/outcome.ts';
import { isOpening, isWithheld, resultOf, settle } from '../connection/outcome.ts';
import type { Lane } from '../difference/diff.ts';
import { lanesOf } from '../difference/diff.ts';
import { isOfUnknownPlan, shows } from '../difference/judgement.ts';
import type { DeliveryPorts } from '../ports.ts';
import type { Reactions } from '../reports/reactions.ts';
import type { Batch } from './batch.ts';
import type { Places, TakenSlot } from './places.ts';

/**
 * Longest answer to a write, bytes: several times what a platform has to say when it refuses every field of the largest request. Reading it takes a
 * fraction of a second, in which the partition's lease is not renewed.
 */
const LONGEST_ANSWER_BYTES = 2 * 1_024 * 1_024;

/** A request that is written ahead. */
interface Ready {
  readonly out: SentRequest;
  readonly slot: TakenSlot;
  /** When the oldest of its changes entered the pipeline, ms, wall clock; null: not known. */
  readonly originTs: number | null;
  /** Requests that had ended badly when it was planned. */
  readonly setbacks: number;
}

/** What the courier asks of the sender. */
export interface Dispatch {
  /** A request has ended and its fields have been moved; called before that is written. */
  settled(settlement: Settlement, sent: SentRequest): void;
  /** Something more urgent than the lane became due. */
  isOvertaken(lane: Lane): boolean;
}

/**
 * Carries requests: write-ahead, the moment in which the slot is free, last comparison with the newest desired state, socket, record of the outcome.
 * A request that has ended is recorded only while the partition is ours; else the next owner finds its fields in flight.
 */
export class Courier {
  readonly #state: ConnectionState;
  readonly #ports: DeliveryPorts;
  readonly #reactions: Reactions;
  readonly #places: Places;
  readonly #dispatch: Dispatch;
  readonly #out = new Map<string, SentRequest>();
  readonly #idle: (() => void)[] = [];
  /** Requests that ended otherwise than by being taken whole. */
  #setbacks = 0;
  #mode: 'open' | 'draining' | 'ended' = 'open';

  constructor(
    state: ConnectionState,
    ports: DeliveryPorts,
    reactions: Reactions,
    places: Places,
    dispatch: Dispatch,
  ) {
    this.#state = state;
    this.#ports = ports;
    this.#reactions = reactions;
    this.#places = places;
    this.#dispatch = dispatch;
  }

  /** Requests between their write-ahead and their answer. */
  get out(): number {
    return this.#out.size;
  }

  /**
   * Writes the request ahead; the rest happens in the background.
   * @param ended there is an outcome, and it is about to be written: what is written in a later turn lies behind it
   * @throws ParityError LEASE_LOST, LOG_UNAVAILABLE
   */
  async carry(
    batch: Batch,
    request: OutgoingRequest,
    slot: TakenSlot,
    ended: () => void,
  ): Promise<void> {
    const { context, work } = this.#state;
    const setbacks = this.#setbacks;
    const { traceparent, originTs } = work.origin(request.changes);
    const out = this.#begin(batch, request, traceparent ?? newTraceparent(context.random));
    try {
      await context.write(this.#state.changes());
    } catch (error) {
      slot.unused();
      throw error;
    }
    const ready = { out, slot, originTs, setbacks };
    void this.#send(ready, ended).catch((error: unknown) => this.#reactions.gaveUp(error));
  }

  /** Lets nothing more leave; resolves when nothing is out any more. */
  drain(): Promise<void> {
    if (this.#mode === 'open') this.#mode = 'draining';
    return this.#out.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Records nothing any more. Answers the requests that are still out. */
  end(): readonly SentRequest[] {
    this.#mode = 'ended';
    this.#tellIdle();
    return [...this.#out.values()];
  }

  #begin(batch: Batch, request: OutgoingRequest, traceparent: string): SentRequest {
    const { context, calendar, work, connection } = this.#state;
    const out: SentRequest = {
      id: context.random.uuid(),
      request,
      lane: batch.lane,
      openings: batch.openings,
      generation: this.#state.generation,
      startedAt: context.clock.now(),
      since: context.clock.monotonic(),
      traceparent,
    };
    for (const change of request.changes) {
      const basis = work.basis(connection, change);
      calendar.send(change, out.id, sent(calendar.cell(change), change.value, basis));
    }
    this.#out.set(out.id, out);
    this.#state.refreshCells(request.changes);
    return out;
  }

  async #send(ready: Ready, ended: () => void): Promise<void> {
    const { out, slot } = ready;
    const { context, connection, connector } = this.#state;
    const sending = await this.#ports.transport.send(connection.channel, out.request, {
      credentialId: connection.credential_id,
      signal: context.lost,
      traceparent: out.traceparent,
      maxAnswerBytes: LONGEST_ANSWER_BYTES,
      beforeSocket: () => this.#comesUp(ready),
      atSocket: () =>
        this.#mode !== 'ended' && context.leaseHeld() && slot.mayLeave() && this.#mayLeave(out),
    });
    const monotonic = context.clock.monotonic();
    if (sending.kind === 'response') slot.answered(monotonic);
    else if (sending.kind === 'ambiguous') slot.unanswered(monotonic, LATE_MS);
    else slot.unused();
    // After the lease nothing may be recorded: the new owner finds the fields in flight, and asks for nothing but a recheck.
    if (context.lost.aborted || this.#mode === 'ended') return;
    await this.#record(out, resultOf(out, sending, connector), ended);
  }

  /**
   * Waits until the slot is free. False: it is not to leave any more. What had to wait may be wrong by now, and so may what was planned before
   * another request of the connection ended badly.
   */
  async #comesUp({ out, slot: { freeAt }, originTs, setbacks }: Ready): Promise<boolean> {
    const { clock, timers, lost, metrics } = this.#state.context;
    const hasWaited = freeAt > clock.monotonic();
    // A timer may come a moment early.
    while (freeAt > clock.monotonic() && !lost.aborted)
      await sleep(timers, freeAt - clock.monotonic(), lost).catch(() => undefined);
    if (lost.aborted || this.#mode === 'ended' || this.#setbacks > setbacks) return false;
    if (hasWaited && !this.#isStillBest(out)) return false;
    out.startedAt = clock.now();
    out.since = clock.monotonic();
    if (originTs !== null) {
      const seconds = Math.max(0, clock.now() - originTs) / 1_000;
      metrics.observe('parity_outbound_latency_seconds', seconds, { lane: out.lane });
    }
    return true;
  }

  /** Each of its values is wanted as it was when the request was planned, of a night that is not over, and nothing more urgent is due. */
  #isStillBest({ id, request, lane }: SentRequest): boolean {
    const { context, calendar, work, connection } = this.#state;
    if (this.#mode !== 'open' || this.#dispatch.isOvertaken(lane)) return false;
    const { date: today } = work.day(context.clock.now());
    return request.changes.every(
      (change) =>
        calendar.belongsTo(change, id) &&
        (isContent(change) || change.night >= today) &&
        work.desiredCell(connection, change) === change.value,
    );
  }

  /**
   * The last comparison: what would now open a closed, unknown or held night stays, or one whose price or restrictions have changed meanwhile,
   * and so does a request to a former listing, or one that the phase of the connection does not let out any more.
   */
  #mayLeave({ id, request, lane, openings }: SentRequest): boolean {
    const { calendar, work, connection } = this.#state;
    const lanes = lanesOf(connection.phase);
    if (lane !== 'closing' && !lanes.includes(lane)) return false;
    const mayOpen = lanes.includes('opening');
    return request.changes.every((change) => {
      if (!calendar.belongsTo(change, id)) return false;
      if (!isOpening(change)) return true;
      if (calendar.cell(change).state !== 'in_flight') return false;
      const desired = work.desiredCell(connection, change);
      if (desired === null || desired < change.value) return false;
      return !openings.has(cellKey(change)) || (mayOpen && this.#isReady(change.night, id));
    });
  }

  /**
   * Each price and restriction of the night is at the channel as it is wanted now, or travels in the same request; the content too, where the
   * channel asks for it first. A restriction that the channel refused, or that lies beyond its horizon, holds no opening back, nor does a rate plan
   * that the channel does not know.
   */
  #isReady(night: PlainDate, id: string): boolean {
    const { connection, connector, work } = this.#state;
    if (work.standing(connection) !== 'current') return false;
    const fields = connector.manifest.fields.filter((field) => field !== 'availability');
    return connection.rate_plans.every(({ rate_plan_id: ratePlanId }) =>
      fields.every((field) => this.#isShown({ night, field, ratePlanId }, id)),
    );
  }

  #isShown(name: NightCell, id: string): boolean {
    const { calendar, work, connection, connector, context } = this.#state;
    const desired = work.desiredCell(connection, name);
    const cell = calendar.cell(name);
    const basis = work.basis(connection, name);
    if (desired === null || shows(cell, desired, basis)) return true;
    if (calendar.belongsTo(name, id) && cell.value === desired) return true;
    const rejected = cell.state === 'rejected' && cell.value === desired;
    if (name.field === 'price') return rejected && isOfUnknownPlan(cell.code);
    const horizon = addDays(
      work.day(context.clock.now()).date,
      connector.manifest.horizonDays[name.field],
    );
    return name.night >= horizon || rejected;
  }

  async #record(out: SentRequest, result: Result, ended: () => void): Promise<void> {
    const { context, calendar, quarantines, connection } = this.#state;
    this.#out.delete(out.id);
    const proves = out.generation === this.#state.generation;
    const settlement = settle(out, result, calendar, context.clock.now(), proves);
    quarantines.begin(settlement.doubtful, context.clock.monotonic());
    this.#state.endOutlivedQuarantines(out.request.changes);
    if (settlement.appliedCells > 0 && out.request.changes.some(isContent))
      this.#state.contentTaken();
    this.#dispatch.settled(settlement, out);
    this.#state.refreshCells(out.request.changes);
    if (result.kind === 'rate_limited') {
      const ms = pauseAfterRefusal(result.retryAfterMs);
      this.#places.refused(out.request.endpoint, result.scope, ms);
    }
    const reports = isWithheld(result)
      ? []
      : this.#reactions.to(connection, out, result, settlement);
    this.#state.probing.reportBreaker();
    if (result.kind !== 'applied' && !isWithheld(result)) this.#setbacks++;
    // The next request need not wait until this is durable: its write-ahead lies behind it, mostly in the same batch.
    ended();
    await context.write([...this.#state.changes(), ...reports]);
    if (this.#out.size === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
