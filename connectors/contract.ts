import type { AuthenticationKind } from '../schemas/domain/credentials.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import type { PlainDate } from '../schemas/domain/plain-date.ts';
import type { ErrorCode } from '../schemas/errors.ts';
import type { Connection, FieldName, Reservation } from '../schemas/generated/types.ts';
import type { ContentCodec } from './content.ts';
import type { DocumentCodec } from './documents.ts';
import type { UnreadableReservation } from './inbound/unreadable.ts';

/**
 * A connector is a pure codec of one platform: it plans requests, reads answers and parses what comes in. It never opens a socket, reads
 * a clock or sees a secret; transport adds authorisation and sends.
 */
export interface Connector {
  readonly manifest: Manifest;
  /** Fewest requests for the changes of one connection. Every change is in exactly one request or in `refused`. */
  plan(connection: Connection, changes: readonly Change[], context: PlanContext): Plan;
  /** What the answer to a planned request means for each of its changes. */
  interpret(request: PlannedRequest, response: ChannelResponse): Outcome;
  /** Of a channel that fetches (`manifest.pulls`): what stands here goes by documents, and `plan` only says what they cannot hold. */
  readonly documents?: DocumentCodec;
  /** Where the manifest has `content`. */
  readonly content?: ContentCodec;
  readonly inbound: InboundCodec;
  /** @throws ParityError CONNECTION_UNSUPPORTED where the manifest has no `readBackFields`. */
  readBack(
    connection: Connection,
    nights: { readonly start: PlainDate; readonly end: PlainDate },
  ): ChannelRequest;
  /** Values that the channel shows; null per field that it cannot tell. @throws ParityError CHANNEL_RESPONSE_MALFORMED. */
  parseReadBack(connection: Connection, response: ChannelResponse): readonly Observation[];
}

export interface Manifest {
  readonly channel: ChannelType;
  /** Unique listings are shared by channel types of one family (vrbo, fewo_direkt). */
  readonly platformFamily: string;
  /** Value of `bookings.source`. */
  readonly bookingSource: string;
  /** How far ahead nights are sold, days from today, per field. */
  readonly horizonDays: Readonly<Record<FieldName, number>>;
  readonly fields: readonly FieldName[];
  /** `first`: a listing is sold at one price, that of the first rate plan of its connection. */
  readonly ratePlans: 'all' | 'first';
  /** The channel takes texts, guests and policies from us: `first`: and nothing else of a connection before them. Undefined: it does not. */
  readonly content?: 'first' | 'beside';
  /** A price says how many guests it is for, so another number of guests is another price. */
  readonly pricesNameGuests?: true;
  readonly readBackFields: readonly FieldName[];
  /** Most nights of one read-back; undefined: no limit is known. */
  readonly readBackNights?: number;
  /** Largest number of requests of one connection out at the same time on disjoint cells. */
  readonly concurrency: number;
  /** Largest number of requests about one listing or hotel, of whichever of its connections; undefined: the platform names none. */
  readonly listingConcurrency?: number;
  /** A request is applied wholly or not at all, so an opening may travel in the same request as its price. */
  readonly atomicRequests: boolean;
  /** What the platform counts, the connection first. */
  readonly limits: readonly LimitDeclaration[];
  /** Lowest and highest price in minor units of the listing currency; null: none known. */
  priceBounds(currency: string): { readonly min: number; readonly max: number } | null;
  /** Price of the guest is rounded half up to this many minor units, e.g. 100 for whole euros. */
  priceStep(currency: string): number;
  /** Value that removes a restriction at the channel. */
  readonly resetValues: Readonly<Partial<Record<FieldName, number>>>;
  /** Longest stay that the channel sells, nights; undefined: none is known. Mapping shortens what is longer. */
  readonly longestStayNights?: number;
  /** Channel that fetches documents instead of taking requests. */
  readonly pulls: boolean;
  readonly inbound: {
    /** Seconds between polls of an account; null: the safety poll of its connections (`poll_minutes`) alone. */
    readonly pollSeconds: number | null;
    /** Seconds until the platform falls back (mail to the owner) without an acknowledgement; null: takes none. */
    readonly acknowledgeWithinSeconds: number | null;
    /** Seconds to wait between acknowledging and the next poll. */
    readonly quietSecondsAfterAcknowledge: number;
    /** The channel lists reservations, so going live can import them. */
    readonly listsReservations: boolean;
  };
  readonly authentication: AuthenticationKind;
}

/**
 * What a platform counts requests for: one of our connections; one listing or hotel, of which several connections may be rooms; the
 * connections of one account; an identity that signs, of all tenants that share it; the address from which calls come, whoever makes them.
 */
export type LimitScope = 'connection' | 'listing' | 'account' | 'credential' | 'address';

export interface LimitDeclaration {
  readonly scope: LimitScope;
  /** Which requests count, together; undefined: all. Matches `ChannelRequest.endpoint`. */
  readonly endpoint?: string | readonly string[];
  readonly requests: number;
  readonly windowMs: number;
  /** Overridden by `Connection.requests_per_second`. */
  readonly byTier?: boolean;
  /** A refusal for too many requests that names no limit means this one, and not the connection. */
  readonly means429?: true;
  /**
   * Of `requests` of a connection, those kept for the account's calls about its reservations, which the platform counts for the same
   * listing and which another stage sends. Delivery has the rest. Not together with `byTier`.
   */
  readonly inboundShare?: number;
}

/** One field of one night that should change at the channel. */
export interface Change {
  readonly night: PlainDate;
  readonly field: FieldName;
  /** Null for availability. */
  readonly ratePlanId: string | null;
  /** Encoded as in `channel.desired`: units, minor units, nights, 0/1. */
  readonly value: number;
}

export interface PlanContext {
  readonly currency: string;
  /** Date of the property now. */
  readonly today: PlainDate;
  /** When the request is planned, ms since the epoch: for platforms whose messages carry the time of their creation. */
  readonly now: number;
  /** Desired value of any field of the connection (null: unknown), for platforms that must repeat neighbours in a message. */
  desired(night: PlainDate, field: FieldName, ratePlanId: string | null): number | null;
  /** Guests that the prices of a night are for (`manifest.pricesNameGuests`); 0: not said. */
  guests(night: PlainDate): number;
}

export interface Plan {
  readonly requests: readonly PlannedRequest[];
  /** Changes that the channel can never take, found without asking it. */
  readonly refused: readonly {
    readonly change: Change;
    readonly code: ErrorCode;
    readonly advice: string;
  }[];
}

export interface ChannelRequest {
  /** Stable name for limits, logs and metrics, e.g. `calendar_operations`. */
  readonly endpoint: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Which configured base URL of the channel it goes to, e.g. `api`, `ari`, `reservations`, `auth`. */
  readonly host: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface PlannedRequest extends ChannelRequest {
  readonly changes: readonly Change[];
}

export interface ChannelResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Outcome of a write. Whatever is not proven is `unknown`. */
export type Outcome =
  | { readonly kind: 'applied' }
  /** A 200 with errors inside: the refused changes, all others are applied. */
  | { readonly kind: 'partial'; readonly refused: readonly Refusal[] }
  /**
   * Nothing was applied, unless `partlyApplied` says that some of the rest may have been. `refused` names culprits; empty: the platform names
   * none, so the request must be halved.
   */
  | {
      readonly kind: 'refused';
      readonly refused: readonly Refusal[];
      readonly code: ErrorCode;
      readonly message: string;
      readonly partlyApplied?: true;
    }
  /** Not applied; fields stay dirty. */
  | {
      readonly kind: 'rate_limited';
      readonly retryAfterMs: number | null;
      /** Whose limit it is, where the platform says so. */
      readonly scope?: LimitScope;
    }
  | { readonly kind: 'unauthorized' }
  /** 403, 404 or a code without a cell: the connection is at fault, no field is. */
  | { readonly kind: 'connection_fault'; readonly code: ErrorCode; readonly message: string }
  /** 5xx or unreadable: it may or may not have been applied. `retryAfterMs`: not to be tried before, where the platform says so. */
  | {
      readonly kind: 'unknown';
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryAfterMs?: number;
    };

export interface Refusal {
  readonly change: Change;
  readonly code: ErrorCode;
  /** The platform's own words. */
  readonly advice: string;
}

export interface Observation {
  readonly night: PlainDate;
  readonly field: FieldName;
  readonly ratePlanId: string | null;
  readonly value: number | null;
}

export interface InboundCodec {
  /**
   * Verifies a webhook over its raw body. `secrets` are the valid secrets of the connection or application (several at rotation).
   * Constant time. False for anything wrong; stale dates are judged with `now` (ms).
   */
  verify(
    request: InboundRequest,
    secrets: readonly string[],
    now: number,
  ): 'valid' | 'invalid' | 'stale';
  /** What a verified webhook says. @throws ParityError REQUEST_MALFORMED. */
  parseWebhook(request: InboundRequest): WebhookContent;
  /** Polls of an account: one request per feed; `cursor` as returned by the last parse. */
  readonly feeds: readonly string[];
  poll(
    feed: string,
    account: { readonly listings: readonly string[]; readonly channelAccountId: string | null },
    cursor: string | null,
  ): ChannelRequest;
  /**
   * `next`: cursor to go on at once (page not drained); null: drained. `asked`: what `poll` was given, where an answer does not tell.
   * @throws ParityError CHANNEL_RESPONSE_MALFORMED, or what an error in the body of a success means
   */
  parsePoll(
    feed: string,
    response: ChannelResponse,
    asked?: PollQuestion,
  ): {
    readonly reservations: readonly ParsedReservation[];
    readonly unreadable: readonly UnreadableReservation[];
    readonly next: string | null;
    readonly cursor: string | null;
  };
  /** Fetch of one reservation by id, e.g. after a minimal webhook; null where the platform has no such call. */
  fetchReservation(reservationId: string): ChannelRequest | null;
  parseReservation(response: ChannelResponse): ParsedReservation | null;
  /** Future reservations of one listing, for going live; null: none can be listed. */
  listReservations(listing: string, from: PlainDate, cursor: string | null): ChannelRequest | null;
  parseList(response: ChannelResponse): {
    readonly reservations: readonly ParsedReservation[];
    readonly unreadable: readonly UnreadableReservation[];
    readonly next: string | null;
  };
  /** Tells the platform the outcome. Null: the channel takes none. */
  acknowledge(message: {
    readonly messageKind: string;
    readonly reservationId: string;
    readonly listing: string;
    readonly outcome: 'stored' | 'refused';
    readonly bookingReference: string;
    /** When the outcome was decided, ms since the epoch. */
    readonly decidedAt: number;
  }): ChannelRequest | null;
  /** An answer to any of these calls says that calls come too fast: 429, or words inside a success. */
  isRateLimited(response: ChannelResponse): boolean;
  /** `done`: accepted; `outdated`: a newer message exists, poll again; `retry`: repeat later; `gone`: never to be repeated. */
  interpretAcknowledgement(response: ChannelResponse): 'done' | 'outdated' | 'retry' | 'gone';
}

/** What a poll asked for. */
export interface PollQuestion {
  readonly listings: readonly string[];
  readonly cursor: string | null;
}

export interface InboundRequest {
  readonly method: string;
  /** Path with query, as on the wire. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type WebhookContent =
  /** Whole reservation inside. */
  | {
      readonly kind: 'reservation';
      readonly eventType: string;
      readonly reservation: ParsedReservation;
    }
  /** Only an id: fetch it. `listing` may be unknown. */
  | {
      readonly kind: 'fetch';
      readonly eventType: string;
      readonly reservationId: string;
      readonly listing: string | null;
    }
  | { readonly kind: 'poll'; readonly eventType: string }
  /** Test call or a kind without consequence. */
  | { readonly kind: 'ignored'; readonly eventType: string };

/** A reservation as the platform shows it; routing to connections comes after. `connection_id` and `property_id` of its stays are null. */
export interface ParsedReservation {
  readonly reservation: Reservation;
  /** Set where the platform wants an acknowledgement; the word for it (`ResNotif`, `ResModifyNotif`). */
  readonly messageKind: string | null;
}
