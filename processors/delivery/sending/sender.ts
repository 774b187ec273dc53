import type { Connection } from '../../../schemas/generated/types.ts';
import type { Urgency } from '../../limits/line/waiting-line.ts';
import { CodecFailure } from '../codec-failure.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { Moments } from '../connection/moments.ts';
import type { SentRequest, Settlement } from '../connection/outcome.ts';
import { RefusedClosings } from '../connection/refused-closings.ts';
import type { DueChange } from '../difference/diff.ts';
import { shows } from '../difference/judgement.ts';
import { Loop } from '../loop.ts';
import type { DeliveryPorts } from '../ports.ts';
import { Reactions } from '../reports/reactions.ts';
import type { Batch } from './batch.ts';
import { COALESCING_MS, nextBatch } from './batch.ts';
import { Courier } from './courier.ts';
import type { TakenSlot } from './places.ts';
import { Places } from './places.ts';
import { Suspects } from './suspects.ts';

/**
 * Sends for one connection. It never queues calls: whenever something may leave it takes a slot, plans the fewest requests for what
 * differs *now*, and hands the first of them to the courier. The one loop has these exits: nothing due · everything due waits for company, a
 * slot, a pause, the breaker or a canary (an alarm is set) · as many requests out as may be · stopped or the partition lost.
 */
export class Sender {
  readonly #state: ConnectionState;
  readonly #reactions: Reactions;
  readonly #courier: Courier;
  readonly #places: Places;
  readonly #loop: Loop;
  readonly #moments: Moments;
  readonly #suspects = new Suspects();
  readonly #refusedClosings = new RefusedClosings();
  /** Monotonic ms until which changes that are not urgent wait for company. */
  #companyUntil = 0;
  /** When the loop last looked, nothing was due and nothing out. */
  #resting = true;

  constructor(state: ConnectionState, ports: DeliveryPorts) {
    this.#state = state;
    this.#reactions = new Reactions(
      state.context,
      state.permission,
      this.#refusedClosings,
      state.unknownPlans,
    );
    this.#places = new Places(state, ports.budgets, () => this.#granted());
    this.#courier = new Courier(state, ports, this.#reactions, this.#places, {
      settled: (settlement, sent) => this.#settled(settlement, sent),
      isOvertaken: (lane) => lane !== 'closing' && this.#hasClosing(),
    });
    this.#moments = new Moments(state);
    this.#loop = new Loop(
      state.context,
      () => this.#pass(),
      (error) => this.#reactions.gaveUp(error),
      () => this.#places.giveUp(),
    );
  }

  /** Something may have become due; looked at from the next turn on. `fresh`: a change, which waits for company when it is the first after rest. */
  kick(fresh = false): void {
    const now = this.#state.context.clock.monotonic();
    if (fresh && this.#resting && now >= this.#companyUntil)
      this.#companyUntil = now + COALESCING_MS;
    this.#loop.kick();
  }

  /** A slot that was waited for is there. */
  #granted(): void {
    if (this.#loop.mayGoOn) this.#loop.kick();
    else this.#places.giveUp();
  }

  /** The row of the connection changed; its tier perhaps with it. */
  connectionChanged(connection: Connection): void {
    this.#places.retune(connection);
    this.kick();
  }

  /** Starts nothing new; resolves when what is out has been answered and recorded. */
  async drain(): Promise<void> {
    const rested = this.#loop.drain();
    this.#places.giveUp();
    this.#leaveProbing();
    // The present pass may be about to hand the courier one more.
    await rested;
    await this.#courier.drain();
  }

  /** Records nothing any more. Answers the requests that are still out. */
  end(): readonly SentRequest[] {
    this.#loop.end();
    this.#places.giveUp();
    return this.#courier.end();
  }

  async #pass(): Promise<void> {
    const { context } = this.#state;
    this.#moments.look();
    const told = this.#reactions.toldLater(this.#state.connection);
    if (this.#state.hasNews() || told.length > 0)
      await context.write([...this.#state.changes(), ...told]);
    if (!this.#loop.mayGoOn) return;
    if (await this.#sendNext()) {
      this.#loop.kick();
      return;
    }
    this.#loop.wakeAt(this.#moments.nextAt());
    this.#loop.wakeAt(this.#reactions.tellAt);
  }

  /** Sends one request; false: nothing may leave now. */
  async #sendNext(): Promise<boolean> {
    const now = this.#state.context.clock.monotonic();
    const { due, retry } = this.#dueAt(now);
    const hopeless = this.#state.unknownPlans.among(due, now);
    if (hopeless.length > 0) {
      await this.#rejectUnsendable(hopeless);
      return true;
    }
    const urgency = due.some(({ lane }) => lane === 'closing') ? 'closing' : 'other';
    this.#resting = due.length === 0 && this.#courier.out === 0;
    if (due.length === 0 || !this.#isPermitted(urgency)) {
      if (due.length === 0) this.#leaveProbing();
      this.#places.giveUp();
      return false;
    }
    const slot = this.#places.take(urgency);
    if ('retryAt' in slot) {
      this.#loop.wakeAt(slot.retryAt);
      return false;
    }
    return this.#use(slot, await this.#plan(due, retry, now));
  }

  #isPermitted(urgency: Urgency): boolean {
    const { connector, permission } = this.#state;
    const allowed = permission.allows(this.#courier.out, connector.manifest.concurrency);
    this.#state.probing.reportBreaker();
    if (allowed.free > 0)
      return this.#state.probing.isMyTurn(urgency === 'closing', () => this.kick());
    this.#leaveProbing();
    this.#loop.wakeAt(allowed.retryAt);
    return false;
  }

  /** Others may probe meanwhile; what is out is a probe still. */
  #leaveProbing(): void {
    if (this.#courier.out === 0) this.#state.probing.leave();
  }

  async #use(slot: TakenSlot, batch: Batch | null): Promise<boolean> {
    if (batch?.request && batch.refused.length === 0) {
      if (!this.#places.suits(batch.request.endpoint)) {
        slot.unused();
        return true;
      }
      if (batch.search) this.#suspects.asked(this.#state.context.clock.monotonic());
      await this.#courier.carry(batch, batch.request, slot, () => this.kick());
      return true;
    }
    slot.unused();
    if (!batch || batch.refused.length === 0) return false;
    await this.#rejectUnsendable(batch.refused);
    return true;
  }

  async #plan(due: readonly DueChange[], retry: string | null, now: number): Promise<Batch | null> {
    try {
      return this.#nextBatch(due, retry, now);
    } catch (error) {
      if (!(error instanceof CodecFailure)) throw error;
      const { context, connection } = this.#state;
      const alerts = this.#reactions.toCodecFailure(connection, error);
      await context.write([...this.#state.changes(), ...alerts]);
      this.kick();
      return null;
    }
  }

  #nextBatch(due: readonly DueChange[], retry: string | null, now: number): Batch | null {
    const { work, connection, connector } = this.#state;
    const urgentOnly = now < this.#companyUntil;
    if (urgentOnly) this.#loop.wakeAt(this.#companyUntil);
    const searched = this.#suspects.among(due);
    const suspects = retry === null ? searched : [new Set([retry]), ...searched];
    const maySearchAt = this.#suspects.mayAskAt(now);
    if (searched.length > 0 && maySearchAt > now) this.#loop.wakeAt(maySearchAt);
    return nextBatch({
      due,
      suspects,
      maySearch: maySearchAt <= now,
      urgentOnly,
      connector,
      connection,
      context: this.#state.planContext(),
      content: work.content(connection),
    });
  }

  #settled(settlement: Settlement, { request }: SentRequest): void {
    const { unknownPlans, calendar, context, work, connection } = this.#state;
    this.#suspects.halve(settlement.halve);
    unknownPlans.refused(settlement.refusedCells, context.clock.monotonic());
    if (settlement.appliedCells === 0) return;
    const taken = request.changes.filter((change) =>
      shows(calendar.cell(change), change.value, work.basis(connection, change)),
    );
    for (const plan of new Set(taken.flatMap(({ ratePlanId }) => ratePlanId ?? [])))
      this.#state.ratePlanFound(plan);
  }

  async #rejectUnsendable(refused: Batch['refused']): Promise<void> {
    const { context, connection } = this.#state;
    this.#state.putAside(refused);
    const alerts = this.#reactions.toRefusals(connection, refused);
    await context.write([...this.#state.changes(), ...alerts]);
  }

  #hasClosing(): boolean {
    const { due } = this.#dueAt(this.#state.context.clock.monotonic());
    return due.some(({ lane }) => lane === 'closing');
  }

  #dueAt(now: number) {
    const { work, calendar } = this.#state;
    const sorted = this.#refusedClosings.sort(work.due(), calendar, now);
    this.#loop.wakeAt(sorted.retryAt);
    return sorted;
  }
}
