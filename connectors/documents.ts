import type { PlainDate } from '../schemas/domain/plain-date.ts';
import type { Connection, DesiredContent, FieldName } from '../schemas/generated/types.ts';
import type { ContentField } from './content.ts';
import type { ChannelRequest, Observation } from './contract.ts';

/** The documents of a channel that fetches from us instead of taking requests. A pure codec like the rest of a connector. */
export interface DocumentCodec {
  /** Kinds of documents, in the order in which the channel reads them. */
  readonly kinds: readonly DocumentKind[];
  /** The documents of one connection, at most one of each kind; what the channel could not use is left out. Equal views give equal bodies. */
  render(connection: Connection, view: DocumentView): readonly RenderedDocument[];
  /**
   * What documents of this connection show, as `render` wrote them; nothing of documents of another listing.
   * @param currency prices in another one are left out; undefined: none is
   * @throws ParityError CHANNEL_RESPONSE_MALFORMED for what `render` cannot have written
   */
  read(
    connection: Connection,
    documents: readonly Pick<RenderedDocument, 'name' | 'body'>[],
    currency?: string,
  ): readonly Observation[];
  /** The list of a kind that the channel crawls: where each document is, and its state. */
  index(kind: string, advertisers: readonly Advertiser[]): Omit<RenderedDocument, 'name'>;
  /**
   * Tells the platform that documents of these kinds have changed at an account, so that it comes before its next crawl. Null: nothing that it
   * crawls. Absent: it takes no hints. It goes to the host `hint`, where one is configured.
   */
  hint?(advertiser: string, kinds: readonly string[]): ChannelRequest | null;
}

export interface DocumentKind {
  /** Part of its address, e.g. `availability`. */
  readonly name: string;
  /** Fields and parts of the content that it shows: a fetched one proves them. */
  readonly fields: readonly (FieldName | ContentField)[];
  /** The channel comes for it about once a day, and not within hours. */
  readonly isStatic?: true;
}

/** What the documents of a connection are to show. */
export interface DocumentView {
  /** Date of the property now: the first night shown. */
  readonly today: PlainDate;
  /** Nights shown, from that one on. */
  readonly days: number;
  /** ISO 4217 */
  readonly currency: string;
  /** Encoded as in `channel.desired`; null: nothing is to be shown. */
  value(night: PlainDate, field: FieldName, ratePlanId: string | null): number | null;
  /** What a part of the content is to say; null: what the last document said of it, if anything. */
  content(field: ContentField): DesiredContent | null;
  /** The content for what a document of nights says besides them; null: as the last one said it. */
  readonly terms: DesiredContent | null;
  /** Body of the last document of that name; null: there was none. It may be one of another listing. */
  last(name: string): string | null;
}

export interface RenderedDocument {
  readonly name: string;
  readonly contentType: string;
  readonly body: string;
}

/** An account at the channel with the documents of its connections. */
export interface Advertiser {
  /** Id of the account at the channel. */
  readonly id: string;
  readonly entries: readonly IndexEntry[];
}

export interface IndexEntry {
  readonly connection: Pick<Connection, 'listing' | 'room_id'>;
  /** Absolute. */
  readonly url: string;
  /** ms since the epoch, whole seconds. */
  readonly updatedAt: number;
}
