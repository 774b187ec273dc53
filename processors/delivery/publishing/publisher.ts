import type { Change } from '../../../connectors/contract.ts';
import type { DocumentCodec } from '../../../connectors/documents.ts';
import type { Output } from '../../../runtime/stage.ts';
import type { Fetched } from '../../../schemas/generated/types.ts';
import { nightsAmong } from '../calendar/cell-name.ts';
import { CodecFailure, ofCodec } from '../codec-failure.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { Moments } from '../connection/moments.ts';
import type { SentRequest, Settlement } from '../connection/outcome.ts';
import { isOpening, settle } from '../connection/outcome.ts';
import { RefusedClosings } from '../connection/refused-closings.ts';
import { incompleteAmong } from '../difference/content-standing.ts';
import type { DueChange } from '../difference/diff.ts';
import { lanesOf } from '../difference/diff.ts';
import { shows } from '../difference/judgement.ts';
import { Loop } from '../loop.ts';
import { FAULT_PROBE_MS } from '../permission/retry.ts';
import { Reactions } from '../reports/reactions.ts';
import { alert } from '../reports/reports.ts';
import type { Hints } from './hints.ts';
import { changeOf } from './hints.ts';
import type { Publication } from './publications.ts';
import { Publications } from './publications.ts';
import { ServedDocuments } from './served-documents.ts';

/** Changes that are neither closings nor tightened restrictions wait this long for company, ms: the channel fetches minutes later anyway. */
const COALESCING_MS = 1_000;
/** The owner of a connection is told that nobody fetches as often as this, ms. */
const TOLD_EVERY_MS = 86_400_000;

/**
 * Publishes for one connection of a channel that fetches: keeps `channel.documents` as they should be served now. A field is in flight from its
 * entry into a document until a fetch of it is recorded. Each pass: take back what is not wanted any more · choose what may enter (closings at
 * once, openings when their prices are known to be at the channel) · write ahead · compare with the newest desired · write the documents. There
 * is no request of ours, so no slot, breaker, retry or quarantine either.
 */
export class Publisher {
  readonly #state: ConnectionState;
  readonly #codec: DocumentCodec;
  readonly #hints: Hints;
  readonly #publications: Publications;
  readonly #documents: ServedDocuments;
  readonly #reactions: Reactions;
  readonly #refusals = new RefusedClosings();
  readonly #loop: Loop;
  readonly #moments: Moments;
  /** Monotonic ms until which changes that are not urgent wait for company. */
  #companyUntil = 0;
  /** Monotonic ms before which nobody is told again that nothing is fetched. */
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(state: ConnectionState, codec: DocumentCodec, hints: Hints) {
    this.#hints = hints;
    this.#state = state;
    this.#codec = codec;
    this.#moments = new Moments(state);
    this.#publications = new Publications(state, codec.kinds);
    this.#documents = new ServedDocuments(state, codec, this.#publications);
    this.#reactions = new Reactions(
      state.context,
      state.permission,
      this.#refusals,
      state.unknownPlans,
    );
    this.#loop = new Loop(
      state.context,
      () => this.#guardedPass(),
      (error) => this.#reactions.gaveUp(error),
    );
  }

  /** Something may have changed. `fresh`: a change, which waits for company. */
  kick(fresh = false): void {
    const now = this.#state.context.clock.monotonic();
    if (fresh && now >= this.#companyUntil) this.#companyUntil = now + COALESCING_MS;
    this.#loop.kick();
  }

  connectionChanged(): void {
    this.#loop.kick();
  }

  /** Resolves when the present pass is durable; begins no other. */
  drain(): Promise<void> {
    return this.#loop.drain();
  }

  /** Ends all work. There is never a request out. */
  end(): readonly SentRequest[] {
    this.#loop.end();
    this.#hints.left(this.#state);
    return [];
  }

  /** The channel has a document in this state: what that contained is known, and nothing newer. Answers records to write with the fields. */
  fetched({ document, updated_at }: Fetched): Output[] {
    const { context, calendar, connection, generation } = this.#state;
    const now = context.clock.now();
    const proven = this.#publications.takeProven(document, updated_at);
    const settlements = proven.map((publication) => {
      const proves = publication.generation === generation;
      const settlement = settle(publication, { kind: 'applied' }, calendar, now, proves);
      this.#state.endOutlivedQuarantines(publication.request.changes);
      this.#state.refreshCells(publication.request.changes);
      return settlement;
    });
    const [first] = proven;
    if (!first) return [];
    return this.#reactions.to(
      connection,
      together(first, proven),
      { kind: 'applied' },
      sum(settlements),
    );
  }

  /** A codec that fails is the fault of this connection: nothing opens in its documents, and it is tried again at a slow pace. */
  async #guardedPass(): Promise<void> {
    const { nextAt } = this.#documents;
    if (nextAt > this.#state.context.clock.monotonic()) {
      this.#loop.wakeAt(nextAt);
      return;
    }
    try {
      await this.#pass();
      this.#reactions.codecWorks();
    } catch (error) {
      if (!(error instanceof CodecFailure)) throw error;
      const { context, connection } = this.#state;
      const alerts = this.#reactions.toCodecFailure(connection, error);
      await context.write([...this.#state.changes(), ...alerts]);
      this.#loop.wakeAt(context.clock.monotonic() + FAULT_PROBE_MS);
    }
  }

  async #pass(): Promise<void> {
    const { context, work } = this.#state;
    this.#moments.look();
    // Before mapping has written a page nothing is known to show, not even the currency.
    if (work.currency() === '') return;
    const closings = this.#publications.withdraw();
    const told = this.#reactions.toldLater(this.#state.connection);
    const refusals = this.#rejectUnsendable();
    const defect = refusals instanceof CodecFailure ? refusals : null;
    const alerts = [
      ...told,
      ...(refusals instanceof CodecFailure ? [] : refusals),
      ...this.#missFetches(),
    ];
    const entries = [...closings, ...this.#choose(defect !== null)];
    const { originTs } = work.origin(entries);
    const begun = this.#publications.begin(entries);
    if (this.#state.hasNews() || alerts.length > 0)
      await context.write([...this.#state.changes(), ...alerts]);
    if (this.#loop.ended) return;
    const early = this.#tooEarly(this.#publications.unwritten());
    this.#publications.revert(early);
    if (early.length > 0) this.#loop.kick();
    const published = await this.#documents.publish();
    if (this.#loop.ended) return;
    if (published.length > 0) this.#hints.changed(changeOf(this.#state, this.#codec, published));
    if (originTs !== null && begun[0]) {
      const seconds = Math.max(0, context.clock.now() - originTs) / 1_000;
      context.metrics.observe('parity_outbound_latency_seconds', seconds, { lane: begun[0].lane });
    }
    if (defect) throw defect;
    this.#setAlarm();
  }

  /** What may enter the documents now, of all that is due. @param closesOnly the codec fails: what it cannot plan opens nothing */
  #choose(closesOnly: boolean): readonly DueChange[] {
    const due = this.#state.work.due();
    const awaitsCompany = this.#state.context.clock.monotonic() < this.#companyUntil;
    if (awaitsCompany) this.#loop.wakeAt(this.#companyUntil);
    const urgentOnly = closesOnly || awaitsCompany;
    return due.filter(({ lane, needs }) => {
      if (lane === 'closing' || lane === 'tightening') return true;
      if (urgentOnly) return false;
      return lane !== 'opening' || needs.every((column) => this.#travelsWithAvailability(column));
    });
  }

  /** What is in the same document is fetched with it; anything else has to be at the channel before. */
  #travelsWithAvailability(column: string): boolean {
    const [field] = column.split(' ');
    return this.#codec.kinds.some(
      ({ fields }) => fields.includes('availability') && fields.some((one) => one === field),
    );
  }

  /** The last comparison: openings that the newest desired state, a hold, the phase or a new price forbids by now. */
  #tooEarly(unwritten: readonly Publication[]): (readonly [Publication, DueChange])[] {
    const { calendar, work, connection } = this.#state;
    const mayOpen = lanesOf(connection.phase).includes('opening');
    return unwritten.flatMap((publication) =>
      publication.request.changes
        .filter((change) => {
          if (!isOpening(change) || !calendar.belongsTo(change, publication.id)) return false;
          const desired = work.desiredCell(connection, change) ?? 0;
          const isWanted = mayOpen && desired >= change.value;
          return (
            !isWanted || calendar.cell(change).state !== 'in_flight' || !this.#isPriced(change)
          );
        })
        .map((change) => [publication, change as DueChange] as const),
    );
  }

  #isPriced({ night }: Pick<Change, 'night'>): boolean {
    const { calendar, work, connection } = this.#state;
    return connection.rate_plans.every(({ rate_plan_id: ratePlanId }) => {
      const name = { night, field: 'price', ratePlanId } as const;
      const desired = work.desiredCell(connection, name);
      const basis = work.basis(connection, name);
      return desired === null || shows(calendar.cell(name), desired, basis);
    });
  }

  /** Values that no document can hold are put aside and told. The failure of a codec that cannot tell which holds up no closing. */
  #rejectUnsendable(): Output[] | CodecFailure {
    const { work, connection } = this.#state;
    const due = work.due();
    const nights = this.#refusedNights(due);
    if (nights instanceof CodecFailure) return nights;
    const parts = work.content(connection)?.parts ?? [];
    const refused = [...nights, ...incompleteAmong(due, parts)];
    if (refused.length === 0) return [];
    this.#state.putAside(refused);
    return this.#reactions.toRefusals(connection, refused);
  }

  #refusedNights(due: readonly DueChange[]) {
    const { connection, connector } = this.#state;
    const context = this.#state.planContext();
    try {
      return ofCodec(() => connector.plan(connection, nightsAmong(due), context)).refused;
    } catch (error) {
      if (error instanceof CodecFailure) return error;
      throw error;
    }
  }

  /** Tells the owner of a connection when what changed is not fetched for long. */
  #missFetches(): Output[] {
    const { context, connection } = this.#state;
    const now = context.clock.now();
    const missed = this.#publications.overdue(now);
    if (missed.length === 0 || context.clock.monotonic() < this.#quietUntil) return [];
    this.#quietUntil = context.clock.monotonic() + TOLD_EVERY_MS;
    const changes = missed.flatMap(({ request }) => request.changes);
    const closings = changes.filter(({ field, value }) => field === 'availability' && value === 0);
    const since = new Date(Math.min(...missed.map(({ startedAt }) => startedAt))).toISOString();
    const text = `${changes.length} values, ${closings.length} of them closings, are not known to be fetched since ${since}`;
    const severity = closings.length > 0 ? 'critical' : 'warning';
    const cells = [...closings, ...changes].slice(0, 20);
    return [
      alert(connection, context.random.uuid(), now, 'DOCUMENT_NOT_FETCHED', severity, text, {
        cells,
      }),
    ];
  }

  #setAlarm(): void {
    this.#loop.wakeAt(this.#moments.nextAt());
    this.#loop.wakeAt(this.#reactions.tellAt);
    this.#loop.wakeAt(this.#documents.repeatAt);
  }
}

/** Publications of one document that one fetch proves, as one request. */
function together(first: Publication, proven: readonly Publication[]): SentRequest {
  return {
    ...first,
    request: { ...first.request, changes: proven.flatMap(({ request }) => request.changes) },
  };
}

function sum(settlements: readonly Settlement[]): Settlement {
  return {
    appliedCells: settlements.reduce((total, { appliedCells }) => total + appliedCells, 0),
    refusedCells: [],
    doubtful: [],
    halve: [],
    status: 'success',
  };
}
