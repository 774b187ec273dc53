import type { Change } from '../../../connectors/contract.ts';
import type { DocumentKind } from '../../../connectors/documents.ts';
import { newTraceparent } from '../../../runtime/trace.ts';
import type { PlainMonth } from '../../../schemas/domain/plain-date.ts';
import { monthOf } from '../../../schemas/domain/plain-date.ts';
import type { CellName } from '../calendar/calendar.ts';
import { cellKey } from '../calendar/calendar.ts';
import { reverted, sent, unproven } from '../calendar/field-state.ts';
import { LANES, type Lane, lanesOf } from '../difference/diff.ts';
import type { ConnectionState } from '../sending/connection-state.ts';
import type { SentRequest } from '../sending/outcome.ts';
import { isOpening } from '../sending/outcome.ts';

/** Fields that entered a document together, and wait until the channel has fetched it: a request of ours that the channel makes. */
export interface Publication extends SentRequest {
  readonly document: string;
  /** State of the document (ms) that first contains them; infinite until it is durable. */
  updatedAt: number;
}

/** A field that enters a document. */
export type Entry = Change & { readonly lane: Lane };

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

  /** What waits since `time` (ms, wall clock) or longer. */
  waitingSince(time: number): readonly Publication[] {
    return this.#waiting.filter(({ startedAt }) => startedAt <= time);
  }

  /** Puts fields in flight; they are not in a document yet. */
  begin(entries: readonly Entry[]): Publication[] {
    return this.#byDocument(entries).map(([document, own]) => this.#begin(document, own));
  }

  /** The documents are durable: what was waiting for that stands in these states. */
  published(states: ReadonlyMap<string, number>): void {
    for (const publication of this.#waiting)
      if (publication.updatedAt === Number.POSITIVE_INFINITY)
        publication.updatedAt = states.get(publication.document) ?? publication.updatedAt;
  }

  /** Takes fields back that no document contains yet, without a trace. */
  revert(names: readonly (readonly [Publication, CellName])[]): void {
    const { calendar } = this.#state;
    for (const [{ id }, name] of names) {
      const before = calendar.end(name, id);
      if (before) calendar.set(name, reverted(calendar.cell(name), before));
    }
    for (const month of new Set(names.map(([, { night }]) => monthOf(night))))
      this.#state.refresh(month);
  }

  /**
   * Takes back what is not wanted any more, as far as nobody is known to have fetched it; the channel may have it all the same. Answers openings
   * that must be closed again although nothing else would close them: those that became unknown, or whose connection may not open.
   */
  withdraw(): Entry[] {
    const closings: Entry[] = [];
    const months = new Set<PlainMonth>();
    for (const publication of this.#waiting)
      for (const change of publication.request.changes) {
        if (!this.#state.calendar.belongsTo(change, publication.id)) continue;
        const fate = this.#fateOf(publication, change);
        if (fate === 'stays') continue;
        this.#takeBack(publication, change);
        months.add(monthOf(change.night));
        if (fate === 'closes') closings.push({ ...change, value: 0, lane: 'closing' });
      }
    for (const month of months) this.#state.refresh(month);
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

  #fateOf(publication: Publication, change: Change): 'stays' | 'goes' | 'closes' {
    const { calendar, work, connection, generation, context } = this.#state;
    if (calendar.cell(change).state !== 'in_flight') return 'goes';
    if (change.night < work.day(context.clock.now()).date) return 'goes';
    const opens = lanesOf(connection.phase).includes('opening');
    const isKnown = work.desired(connection, monthOf(change.night)) !== undefined;
    const desired = work.desiredCell(connection, change);
    if (isOpening(change) && isKnown && (desired === null || (desired > 0 && !opens)))
      return 'closes';
    if (publication.generation !== generation) return 'goes';
    if (desired === null || desired === change.value) return 'stays';
    const waitsClosed = change.field === 'availability' && change.value === 0 && !opens;
    return waitsClosed ? 'stays' : 'goes';
  }

  #takeBack({ id }: Publication, change: Change): void {
    const { calendar, context } = this.#state;
    calendar.end(change, id);
    const cell = calendar.cell(change);
    calendar.set(change, unproven(cell, context.clock.now(), isOpening(change)));
  }

  #begin(document: string, changes: readonly Entry[]): Publication {
    const { calendar, work, context, connection, generation } = this.#state;
    const { traceparent } = work.origin(changes.map(({ night }) => night));
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
      const released = work.released(connection, change);
      calendar.send(change, publication.id, sent(calendar.cell(change), change.value, released));
    }
    this.#waiting.push(publication);
    this.#state.refreshRequest(publication.request);
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
