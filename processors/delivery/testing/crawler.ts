import type { Connector } from '../../../connectors/contract.ts';
import type { DocumentBody } from '../../../schemas/generated/types.ts';
import type { CellName, NightCell } from '../calendar/cell-name.ts';
import { cellKey } from '../calendar/cell-name.ts';
import type { DeliveryHarness } from './harness.ts';

/** The channel's side of what is served: it fetches documents and keeps what they show. */
export class Crawler {
  readonly #harness: DeliveryHarness;
  readonly #connector: Connector;
  /** What the channel has, by key of the cell. */
  readonly calendar = new Map<string, number | null>();
  /** State of each document that it has. */
  readonly #states = new Map<string, number>();

  constructor(harness: DeliveryHarness, connector: Connector) {
    this.#harness = harness;
    this.#connector = connector;
  }

  /** The document as it is served now. */
  served(name: string): DocumentBody | undefined {
    const { log, connection } = this.#harness;
    return log
      .get('channel.documents', connection.connection_id)
      ?.documents.find((document) => document.name === name);
  }

  /** What the served documents show. */
  servedValue(cell: CellName): number | null | undefined {
    return this.#read(
      (this.#connector.documents?.kinds ?? []).flatMap(({ name }) => this.served(name) ?? []),
    ).get(cellKey(cell));
  }

  units(night: NightCell['night']): number | null | undefined {
    return this.servedValue({ night, field: 'availability', ratePlanId: null });
  }

  /** Takes a document without telling anybody. Undefined: there is none, or it has that state already. */
  take(name: string): DocumentBody | undefined {
    const document = this.served(name);
    if (!document || (this.#states.get(name) ?? 0) >= document.updated_at) return undefined;
    this.#states.set(name, document.updated_at);
    for (const [key, value] of this.#read([document])) this.calendar.set(key, value);
    return document;
  }

  /** The ingress says that a state was fetched. */
  async tell({ name, updated_at }: Pick<DocumentBody, 'name' | 'updated_at'>): Promise<void> {
    await this.#harness.command({ 'parity.events.Fetched': { document: name, updated_at } });
  }

  async fetch(name: string): Promise<void> {
    const document = this.take(name);
    if (document) await this.tell(document);
  }

  /** Fetches whatever is newer, as long as something is. */
  async crawl(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await this.fetch('rates');
      await this.fetch('availability');
      await this.#harness.time.advance(2_000);
    }
  }

  #read(documents: readonly DocumentBody[]): Map<string, number | null> {
    const shown = this.#connector.documents?.read(this.#harness.connection, documents) ?? [];
    return new Map(shown.map((one) => [cellKey(one), one.value]));
  }
}
