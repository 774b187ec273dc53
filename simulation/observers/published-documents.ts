import { createHash } from 'node:crypto';
import type { Connector } from '../../connectors/contract.ts';
import type { DocumentCodec } from '../../connectors/documents.ts';
import type { ProduceRecord } from '../../runtime/event-log.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays, dayIndex, monthOf, nightsOf } from '../../schemas/domain/plain-date.ts';
import type { ChannelDocument, Connection } from '../../schemas/generated/types.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { Invariant } from '../violation.ts';
import type { World } from '../world/world.ts';
import { isHeld, type Knowledge, wantedAvailability } from './request-log.ts';
import type { SenderView } from './sender-view.ts';

/** What is wrong with a record of documents, should it come to count. */
export interface Objection {
  readonly invariant: Invariant;
  readonly message: string;
}

/** Objections to records that left, by fingerprint of the record; most have none. */
export type Objections = Map<string, readonly Objection[]>;

export function fingerprintOf(value: Uint8Array): string {
  return createHash('sha1').update(value).digest('base64url');
}

interface Rendering {
  readonly connection: Connection;
  readonly codec: DocumentCodec;
  readonly knowledge: Knowledge;
}

/**
 * I2 and I10 of documents: what a process lets them show is compared with what it had been told when it wrote them. A process that does not own the
 * connection any more may write too; so an objection counts once a reader takes the record for good.
 */
export class PublisherWatch {
  readonly #world: World;
  readonly #view: SenderView;
  readonly #process: string;
  readonly #renderings = new Map<string, Rendering>();

  constructor(world: World, view: SenderView, process: string) {
    this.#world = world;
    this.#view = view;
    this.#process = process;
  }

  /** The same connector, with somebody who notes what was known when its documents were written. */
  watched(connector: Connector | undefined): Connector | undefined {
    const codec = connector?.documents;
    if (!connector || !codec) return connector;
    const render: DocumentCodec['render'] = (connection, view) => {
      this.#note(connection, codec, view.today);
      return codec.render(connection, view);
    };
    return { ...connector, documents: { ...codec, render } };
  }

  /** Records are about to leave. */
  producing(records: readonly ProduceRecord[]): void {
    for (const { topic, key, value } of records) {
      if (topic !== 'channel.documents' || key === null || value === null) continue;
      const rendering = this.#renderings.get(key);
      if (!rendering) continue;
      const objections = this.#judge(rendering, this.#world.serde.decode(topic, value));
      if (objections.length > 0)
        this.#world.documents.objections.set(fingerprintOf(value), objections);
    }
  }

  #note(connection: Connection, codec: DocumentCodec, today: PlainDate): void {
    const { log, topology, connectorOf } = this.#world;
    const partition = partitionOf(connection.property_id, topology.partitions);
    const told = this.#view.connection(partition, connection.connection_id);
    const days = connectorOf(connection.channel)?.manifest.horizonDays.availability ?? 0;
    const knowledge = { connection: told, desired: new Map(), acknowledged: new Map() };
    log.scanTable('channel.acknowledged');
    for (const month of monthsFrom(today, days)) {
      const page = told && this.#view.desired(partition, told, `${month}-01` as PlainDate);
      if (page) knowledge.desired.set(month, page);
      const shown = log.get('channel.acknowledged', `${connection.connection_id}/${month}`);
      if (shown) knowledge.acknowledged.set(month, shown);
    }
    this.#renderings.set(connection.connection_id, { connection, codec, knowledge });
  }

  #judge({ connection, codec, knowledge }: Rendering, next: ChannelDocument): Objection[] {
    const { log } = this.#world;
    log.scanTable('channel.documents');
    const before = log.get('channel.documents', connection.connection_id);
    // An owner repeats what counts already when a former owner's record has come behind it.
    if (before?.updated_at === next.updated_at) return [];
    const open = openNights(codec, connection, next);
    const wasOpen = new Set(before ? openNights(codec, connection, before).keys() : []);
    const phase = knowledge.connection?.phase;
    const mayOpen = phase === 'active' || phase === 'error';
    return [...open].flatMap(([night, units]) => {
      const place = `${connection.channel} ${connection.listing} ${night}`;
      const object = (invariant: Invariant, why: string): Objection => ({
        invariant,
        message: `documents of ${this.#process} show ${place} open, ${why}`,
      });
      const isKnown = knowledge.desired.has(monthOf(night));
      const wanted = wantedAvailability(knowledge, night);
      const isNew = !wasOpen.has(night);
      return [
        // Until mapping has spoken under a new incarnation, what was shown stays.
        ...(wanted === null && (isKnown || isNew) ? [object('I2', 'which was unknown')] : []),
        ...(wanted !== null && wanted < units
          ? [object('I2', `of which ${wanted} are wanted`)]
          : []),
        ...(isHeld(knowledge, night) ? [object('I2', 'which the channel holds')] : []),
        ...(isNew && !mayOpen ? [object('I10', `newly, of a connection that is ${phase}`)] : []),
        ...(isNew && !isPriced(knowledge, connection, night)
          ? [object('I10', 'newly, before its price was fetched')]
          : []),
      ];
    });
  }
}

function monthsFrom(today: PlainDate, days: number) {
  return new Set(nightsOf({ start: today, end: addDays(today, days) }).map(monthOf));
}

/** Nights that the documents put on sale, with their units. */
function openNights(
  codec: DocumentCodec,
  connection: Connection,
  { documents }: ChannelDocument,
): ReadonlyMap<PlainDate, number> {
  const calendars = codec.kinds.filter(({ fields }) => fields.includes('availability'));
  const names = new Set(calendars.map(({ name }) => name));
  const shown = codec.read(
    connection,
    documents.filter(({ name }) => names.has(name)),
  );
  return new Map(
    shown.flatMap(({ night, field, value }) =>
      field === 'availability' && value !== null && value > 0 ? [[night, value] as const] : [],
    ),
  );
}

/** The channel was known to have the price that is wanted, of each rate plan. */
function isPriced(
  { desired, acknowledged }: Knowledge,
  { rate_plans }: Connection,
  night: PlainDate,
) {
  const [wanted, shown] = [desired.get(monthOf(night)), acknowledged.get(monthOf(night))];
  return rate_plans.every(({ rate_plan_id: plan }) => {
    const is = (one: { readonly field: string; readonly rate_plan_id: string | null }) =>
      one.field === 'price' && one.rate_plan_id === plan;
    const price = wanted?.columns.find(is)?.values[dayIndex(night)] ?? null;
    const cell = shown?.columns.find(is)?.cells[dayIndex(night)];
    return (
      price !== null &&
      (cell?.state === 'known' || cell?.state === 'unsettled') &&
      cell.value === price
    );
  });
}
