import type { DocumentKind } from '../../../connectors/documents.ts';
import { newTraceparent } from '../../../runtime/trace.ts';
import type { CellChange, CellName } from '../calendar/cell-name.ts';
import { cellKey, isContent, pageOf } from '../calendar/cell-name.ts';
import { reverted, sent, unproven } from '../calendar/field-state.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import type { SentRequest } from '../connection/outcome.ts';
import { isOpening } from '../connection/outcome.ts';
import { LANES, type Lane, lanesOf } from '../difference/diff.ts';

/**
 * A document with something that is not known to be fetched for so long gets a new state, ms, so that the channel takes it once more: the record of a
 * fetch may have been lost. And its owner is told.
 */
export const REISSUE_AFTER_MS = 6 * 3_600_000;
/** Of documents for which the channel comes about once a day, and is slower at times. */
export const STATIC_REISSUE_AFTER_MS = 3 * 86_400_000;

/** Fields that entered a document together, and wait until the channel has fetched it: a request of ours that the channel makes. */
export interface Publication extends SentRequest {
  readonly document: string;
  /** State of the document (ms) that first contains them; infinite until it is durable. */
  updatedAt: number;
}

/** A field that enters a document. */
export type Entry = CellChange & { readonly lane: Lane };

/**
 * What stands in the documents and is not known to be fetched. A field belongs to the publication that brought its present value: a fetch of a
 * state at least as new as that one proves it, an older fetch proves nothing.
 */
export class Publications {
  readonly #state: ConnectionState;
  readonly #kinds: readonly DocumentKind[];
  #waiting: Publication[] = [];

  constructor(state: ConnectionState, kinds: readonly DocumentKind[]) {
    this.#state = state;
    this.#kinds = kinds;
  }

  /** Documents that hold something that is not known to be fetched. */
  documents(): ReadonlySet<string> {
    return new Set(this.#waiting.map(({ document }) => document));
  }

  /** What has waited for longer than the channel takes to come for its document. @param now ms, wall clock */
  overdue(now: number): readonly Publication[] {
    return this.#waiting.filter(
      ({ document, startedAt }) => startedAt <= now - this.patienceFor(document),
    );
  }

  /** How long after a change a document may be left alone, ms. */
  patienceFor(document: string): number {
    const kind = this.#kinds.find(({ name }) => name === document);
    return kind?.isStatic ? STATIC_REISSUE_AFTER_MS : REISSUE_AFTER_MS;
  }

  /** Puts fields in flight; they are not in a document yet. */
  begin(entries: readonly Entry[]): Publication[] {
    return this.#byDocument(entries).map(([document, own]) => this.#begin(document, own));
  }

  /** What no durable document contains yet: of this pass, or of one before whose documents could not be made. */
  unwritten(): Publication[] {
    return this.#waiting.filter(
      ({ updatedAt, id, request }) =>
        updatedAt === Number.POSITIVE_INFINITY &&
        request.changes.some((change) => this.#state.calendar.belongsTo(change, id)),
    );
  }

  /** The documents are durable in these states. Answers what stands in them now and did not before. */
  published(states: ReadonlyMap<string, number>): Publication[] {
    const written = this.unwritten().filter(({ document }) => states.has(document));
    for (const publication of written)
      publication.updatedAt = states.get(publication.document) ?? publication.updatedAt;
    return written;
  }

  /** Takes fields back that no document contains yet, without a trace. */
  revert(names: readonly (readonly [Publication, CellName])[]): void {
    const { calendar } = this.#state;
    for (const [{ id }, name] of names) {
      const before = calendar.end(name, id);
      if (before) calendar.set(name, reverted(calendar.cell(name), before));
    }
    this.#state.refreshCells(names.map(([, name]) => name));
  }

  /**
   * Takes back what is not wanted any more, as far as nobody is known to have fetched it; the channel may have it all the same. Answers openings
   * that must be closed again although nothing else would close them: those that became unknown, or whose connection may not open.
   */
  withdraw(): Entry[] {
    const closings: Entry[] = [];
    const moved: CellName[] = [];
    for (const publication of this.#waiting)
      for (const change of publication.request.changes) {
        if (!this.#state.calendar.belongsTo(change, publication.id)) continue;
        const fate = this.#fateOf(publication, change);
        if (fate === 'stays') continue;
        this.#takeBack(publication, change);
        moved.push(change);
        if (fate === 'closes' && !isContent(change))
          closings.push({ ...change, value: 0, lane: 'closing' });
      }
    this.#state.refreshCells(moved);
    this.#forgetEmpty();
    return closings;
  }

  /** Removes and answers, with only the fields that are still theirs, the publications that a fetch of `document` in state `updatedAt` proves. */
  takeProven(document: string, updatedAt: number): Publication[] {
    const proven = this.#waiting.filter(
      (one) => one.document === document && one.updatedAt <= updatedAt,
    );
    this.#waiting = this.#waiting.filter((one) => !proven.includes(one));
    return proven.map((one) => this.#withOwn(one)).filter((one) => one.request.changes.length > 0);
  }

  #fateOf(publication: Publication, change: CellChange): 'stays' | 'goes' | 'closes' {
    const { calendar, work, connection, generation, context } = this.#state;
    if (calendar.cell(change).state !== 'in_flight') return 'goes';
    const { date: today } = work.day(context.clock.now());
    if (!isContent(change) && change.night < today) return 'goes';
    const opens = lanesOf(connection.phase).includes('opening');
    const isKnown = work.desired(connection, pageOf(change)) !== undefined;
    const desired = work.desiredCell(connection, change);
    if (isOpening(change) && isKnown && (desired === null || (desired > 0 && !opens)))
      return 'closes';
    if (publication.generation !== generation) return 'goes';
    if (desired === null || desired === change.value) return 'stays';
    const waitsClosed = change.field === 'availability' && change.value === 0 && !opens;
    return waitsClosed ? 'stays' : 'goes';
  }

  #takeBack({ id }: Publication, change: CellChange): void {
    const { calendar, context } = this.#state;
    calendar.end(change, id);
    const cell = calendar.cell(change);
    calendar.set(change, unproven(cell, context.clock.now(), isOpening(change)));
  }

  #begin(document: string, changes: readonly Entry[]): Publication {
    const { calendar, work, context, connection, generation } = this.#state;
    const { traceparent } = work.origin(changes);
    const publication: Publication = {
      id: context.random.uuid(),
      document,
      updatedAt: Number.POSITIVE_INFINITY,
      request: {
        endpoint: `documents/${document}`,
        method: 'GET',
        host: '',
        path: '',
        headers: {},
        body: null,
        changes,
      },
      lane: laneOf(changes),
      openings: new Set(changes.filter(isOpening).map(cellKey)),
      generation,
      startedAt: context.clock.now(),
      since: context.clock.monotonic(),
      traceparent: traceparent ?? newTraceparent(context.random),
    };
    for (const change of changes) {
      const basis = work.basis(connection, change);
      calendar.send(change, publication.id, sent(calendar.cell(change), change.value, basis));
    }
    this.#waiting.push(publication);
    this.#state.refreshCells(publication.request.changes);
    return publication;
  }

  #withOwn(publication: Publication): Publication {
    const { calendar } = this.#state;
    const changes = publication.request.changes.filter((change) =>
      calendar.belongsTo(change, publication.id),
    );
    return { ...publication, request: { ...publication.request, changes } };
  }

  #forgetEmpty(): void {
    this.#waiting = this.#waiting
      .map((one) => this.#withOwn(one))
      .filter((one) => one.request.changes.length > 0);
  }

  #byDocument(entries: readonly Entry[]): [string, Entry[]][] {
    return this.#kinds.flatMap(({ name, fields }): [string, Entry[]][] => {
      const own = entries.filter(({ field }) => fields.includes(field));
      return own.length > 0 ? [[name, own]] : [];
    });
  }
}

/** The most urgent of them. */
function laneOf(entries: readonly Entry[]): Lane {
  return LANES.find((lane) => entries.some((entry) => entry.lane === lane)) ?? 'price';
}
