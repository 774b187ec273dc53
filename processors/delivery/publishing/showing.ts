import type { ContentField } from '../../../connectors/content.ts';
import type { Manifest } from '../../../connectors/contract.ts';
import type { DocumentCodec, DocumentView } from '../../../connectors/documents.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { monthOf } from '../../../schemas/domain/plain-date.ts';
import { codeOf } from '../../../schemas/errors.ts';
import type {
  ChannelDocument,
  DesiredContent,
  FieldName,
} from '../../../schemas/generated/types.ts';
import type { NightCell } from '../calendar/cell-name.ts';
import { cellKey, contentCell } from '../calendar/cell-name.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { lanesOf } from '../difference/diff.ts';
import { shows } from '../difference/judgement.ts';

/**
 * What the documents of a connection show now. A document is always whole, so each field has a value in it, and each part of the content
 * something to say: what entered it, what the channel is known to have, or else what the last document showed. Never more units than are wanted
 * by now, whatever was wanted when this pass began, none of the last document's where that is unknown, and none on a night that the channel holds.
 */
export class Showing implements DocumentView {
  readonly today: PlainDate;
  readonly days: number;
  readonly currency: string;
  readonly #state: ConnectionState;
  readonly #codec: DocumentCodec;
  readonly #previous: ChannelDocument | undefined;
  #last: ReadonlyMap<string, number | null> | null = null;

  constructor(
    state: ConnectionState,
    codec: DocumentCodec,
    previous: ChannelDocument | undefined,
    today: PlainDate,
  ) {
    this.#state = state;
    this.#codec = codec;
    this.#previous = previous;
    this.today = today;
    this.days = horizonOf(state.connector.manifest);
    this.currency = state.work.currency();
  }

  content(field: ContentField): DesiredContent | null {
    const { work, calendar, connection } = this.#state;
    const wish = work.content(connection);
    const version = wish?.parts.find((part) => part.field === field)?.version;
    const cell = calendar.cell(contentCell(field));
    const isShown = cell.state === 'in_flight' || shows(cell, version ?? -1, 0);
    return wish && isShown && cell.value === version ? wish.content : null;
  }

  get terms(): DesiredContent | null {
    const { work, connection } = this.#state;
    const isLetOut = lanesOf(connection.phase).includes('content');
    return isLetOut ? (work.content(connection)?.content ?? null) : null;
  }

  last(name: string): string | null {
    return this.#previous?.documents.find((document) => document.name === name)?.body ?? null;
  }

  value(night: PlainDate, field: FieldName, ratePlanId: string | null): number | null {
    const name = { night, field, ratePlanId };
    if (field === 'price' && !this.#isInCurrency(night)) return null;
    const cell = this.#state.calendar.cell(name);
    switch (cell.state) {
      case 'in_flight':
      case 'known':
      case 'unsettled':
        return field === 'availability' ? this.#wantedOf(name, cell.value) : cell.value;
      case 'held':
        return 0;
      case 'uncertain':
      case 'rejected':
        return field === 'availability' ? this.#lastUnits(name) : this.#lastValue(name);
    }
  }

  /** While a property moves to another currency, prices that mapping has not written anew yet are left out. */
  #isInCurrency(night: PlainDate): boolean {
    const { work, connection } = this.#state;
    const page = work.desired(connection, monthOf(night));
    return page === undefined || page.currency === this.currency;
  }

  /** Value of the last document; null: it shows none. It is read when first asked for, since a settled calendar needs it not. */
  #lastValue(name: NightCell): number | null {
    this.#last ??= this.#readLast();
    return this.#last.get(cellKey(name)) ?? null;
  }

  #lastUnits(name: NightCell): number | null {
    const { work, connection } = this.#state;
    const last = this.#lastValue(name);
    // Mapping has not spoken yet under this incarnation: nothing new is known.
    if (!work.desired(connection, monthOf(name.night))) return last;
    return Math.min(last ?? 0, work.desiredCell(connection, name) ?? 0);
  }

  /** No closing waits for the next pass: a document that is written meanwhile for another reason would open the night to who fetches it first. */
  #wantedOf(name: NightCell, units: number | null): number | null {
    const { work, connection } = this.#state;
    const wanted = work.desiredCell(connection, name);
    if (units === null) return null;
    // Nothing is wanted: a former owner may have closed in a document what the table still calls open.
    return Math.min(units, wanted ?? this.#lastValue(name) ?? 0);
  }

  #readLast(): ReadonlyMap<string, number | null> {
    if (!this.#previous) return new Map();
    const { connection, context } = this.#state;
    try {
      const shown = this.#codec.read(connection, this.#previous.documents, this.currency);
      return new Map(shown.map((one) => [cellKey(one), one.value]));
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      // As if nothing had been shown: what is not known to be open is closed.
      context.logger.warn({ error, connection: connection.connection_id }, 'unreadable documents');
      return new Map();
    }
  }
}

/** As far ahead as any field is sold, days. */
function horizonOf({ fields, horizonDays }: Manifest): number {
  return Math.max(...fields.map((field) => horizonDays[field]));
}
