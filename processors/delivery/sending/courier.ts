import { LATE_MS } from '../../../runtime/request-life.ts';
import { newTraceparent } from '../../../runtime/trace.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays } from '../../../schemas/domain/plain-date.ts';
import type { RequestSlot } from '../../limits/request-budgets.ts';
import { pauseAfterRefusal, untilFree } from '../../limits/request-budgets.ts';
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
import type { Places } from './places.ts';

/**
 * Longest answer to a write, bytes: several times what a platform has to say when it refuses every field of the largest request. Reading it takes a
 * fraction of a second, in which the partition's lease is not renewed.
 */
const LONGEST_ANSWER_BYTES = 2 * 1_024 * 1_024;

/** What the courier asks of the sender. */
export interface Dispatch {
  /** A request has ended and its fields have been moved; called before that is written. */
  settled(settlement: Settlement, sent: SentRequest): void;
  /** Something more urgent than the lane became due. */
  isOvertaken(lane: Lane): boolean;
}

/**
 * Carries requests: write-ahead, slot and turn, last comparison with the newest desired state, socket, record of the outcome. A request that has
 * ended is recorded only while the partition is ours; else the next owner finds its fields in flight.
 *
 * A request may be made ready *ahead*: while its slot is about to become free, or while as many are at the channel as it works on at a time. What has
 * waited and is not the best that could be sent any more is withheld, and planned anew.
 */
export class Courier {
  readonly #state: ConnectionState;
  readonly #ports: DeliveryPorts;
  readonly #reactions: Reactions;
  readonly #places: Places;
  readonly #dispatch: Dispatch;
  /** In the order in which they may leave. */
  readonly #out = new Map<string, SentRequest>();
  readonly #idle: (() => void)[] = [];
  /** Who waits for a turn. */
  readonly #line: (() => void)[] = [];
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

  get tellsContent(): boolean {
    return [...this.#out.values()].some(({ lane }) => lane === 'content');
  }

  /**
   * Writes the request ahead; the rest happens in the background.
   * @param ended there is an outcome, and it is about to be written: what is written in a later turn lies behind it
   * @throws ParityError LEASE_LOST, LOG_UNAVAILABLE
   */
  async carry(
    batch: Batch,
    request: OutgoingRequest,
    slot: RequestSlot,
    ended: () => void,
  ): Promise<void> {
    const { context, work } = this.#state;
    const { traceparent, originTs } = work.origin(request.changes);
    const out = this.#begin(batch, request, traceparent ?? newTraceparent(context.random));
    try {
      await context.write(this.#state.changes());
    } catch (error) {
      slot.unused();
      throw error;
    }
    void this.#send(out, slot, originTs, ended).catch((error: unknown) =>
      this.#reactions.gaveUp(error),
    );
  }

  /** Lets nothing more leave; resolves when nothing is out any more. */
  drain(): Promise<void> {
    if (this.#mode === 'open') this.#mode = 'draining';
    this.#callLine();
    return this.#out.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Records nothing any more. Answers the requests that are still out. */
  end(): readonly SentRequest[] {
    this.#mode = 'ended';
    this.#callLine();
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

  async #send(
    out: SentRequest,
    slot: RequestSlot,
    originTs: number | null,
    ended: () => void,
  ): Promise<void> {
    const { context, connection, connector } = this.#state;
    const sending = await this.#ports.transport.send(connection.channel, out.request, {
      credentialId: connection.credential_id,
      signal: context.lost,
      traceparent: out.traceparent,
      maxAnswerBytes: LONGEST_ANSWER_BYTES,
      beforeSocket: () => this.#comesUp(out, slot, originTs),
      atSocket: () =>
        this.#mode !== 'ended' && context.leaseHeld() && slot.mayLeave() && this.#mayLeave(out),
    });
    const monotonic = context.clock.monotonic();
    if (sending.kind === 'response') slot.answered(monotonic);
    else if (sending.kind === 'ambiguous') slot.unanswered(monotonic, LATE_MS);
    else if (sending.reason === 'withheld' && this.#mode === 'open') this.#places.keep(slot);
    else slot.unused();
    // After the lease nothing may be recorded: the new owner finds the fields in flight, and asks for nothing but a recheck.
    if (context.lost.aborted || this.#mode === 'ended') this.#callLine();
    else await this.#record(out, resultOf(out, sending, connector), ended);
  }

  /** Waits for the slot and for a turn at the channel. False: it is not to leave any more. */
  async #comesUp(out: SentRequest, slot: RequestSlot, originTs: number | null): Promise<boolean> {
    const { context } = this.#state;
    const setbacks = this.#setbacks;
    const hasWaited = slot.freeAt > context.clock.monotonic() || !this.#hasTurn(out);
    while (!this.#hasTurn(out) && this.#mode === 'open' && !context.lost.aborted)
      await new Promise<void>((resolve) => this.#line.push(resolve));
    if (!(await untilFree(slot, context, context.lost))) return false;
    if (this.#mode === 'ended') return false;
    if (hasWaited && (this.#setbacks > setbacks || !this.#isStillBest(out))) return false;
    out.startedAt = context.clock.now();
    out.since = context.clock.monotonic();
    if (originTs !== null) {
      const seconds = Math.max(0, context.clock.now() - originTs) / 1_000;
      context.metrics.observe('parity_outbound_latency_seconds', seconds, { lane: out.lane });
    }
    return true;
  }

  /** No more are before it than the platform works on at a time, itself included. */
  #hasTurn({ id }: SentRequest): boolean {
    const { concurrency } = this.#state.connector.manifest;
    return [...this.#out.keys()].indexOf(id) < concurrency;
  }

  /** Each of its values is wanted as it was when the request was planned, and nothing more urgent is due. */
  #isStillBest({ id, request, lane }: SentRequest): boolean {
    const { calendar, work, connection } = this.#state;
    if (this.#mode !== 'open' || this.#dispatch.isOvertaken(lane)) return false;
    return request.changes.every(
      (change) =>
        calendar.belongsTo(change, id) && work.desiredCell(connection, change) === change.value,
    );
  }

  #callLine(): void {
    for (const resolve of this.#line.splice(0)) resolve();
  }

  /**
   * The last comparison: what would now open a closed, unknown or held night stays, or one whose price or restrictions have changed meanwhile,
   * and so does a request to a former listing.
   */
  #mayLeave({ id, request, openings }: SentRequest): boolean {
    const { calendar, work, connection } = this.#state;
    const mayOpen = lanesOf(connection.phase).includes('opening');
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
    // The next request need not wait until this is durable: should it get lost, its fields are found in flight.
    this.#callLine();
    ended();
    await context.write([...this.#state.changes(), ...reports]);
    if (this.#out.size === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
