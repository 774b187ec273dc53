// Generated from schemas/avro by `npm run schemas`. Do not edit.
import type { AccountId, BookingId, ChannelType, ConnectionId, PropertyId, RatePlanId, TenantId } from '../domain/ids.ts';
import type { PlainDate, PlainMonth } from '../domain/plain-date.ts';

/** Connections of a tenant that share polls and budgets. */
export interface Account {
  readonly account_id: AccountId;
  readonly tenant_id: TenantId;
  readonly channel: ChannelType;
  readonly channel_account_id: string | null;
  readonly credential_id: string | null;
  readonly row_version: number;
  readonly connections: readonly AccountConnection[];
}

export interface AccountConnection {
  readonly connection_id: ConnectionId;
  readonly property_id: PropertyId;
  readonly listing: string;
  readonly room_id: string | null;
  readonly inbound: boolean;
  readonly poll_minutes: number;
}

/** What the channel has, per field, as far as delivery knows. */
export interface AcknowledgedPage {
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  /** yyyy-mm; about: the page of the content, without columns */
  readonly month: PlainMonth;
  readonly incarnation: number;
  /** Raised with every write */
  readonly version: number;
  /** Latest time, ms, that a message to the channel may carry so far; 0: none. A new owner with a slower clock dates its messages no earlier */
  readonly dated_at: number;
  /** ISO 4217, of the prices of this page; null: not noted yet */
  readonly currency: string | null;
  readonly columns: readonly AcknowledgedColumn[];
  /** On the page about alone */
  readonly content: readonly ContentAcknowledgement[];
}

export interface AcknowledgedColumn {
  readonly field: FieldName;
  readonly rate_plan_id: RatePlanId | null;
  readonly cells: readonly FieldAcknowledgement[];
}

export interface FieldAcknowledgement {
  readonly state: FieldState;
  /** known, unsettled: what the channel has; in_flight: what is out; rejected: what was refused; uncertain: null; held: 0 when we closed the night besides, else null */
  readonly value: number | null;
  /** A request of unknown outcome may still land */
  readonly quarantined: boolean;
  /** What the field settled under: released value of the night, or guests of the price */
  readonly released: number;
  /** availability: when our last opening of the night was answered; content: when the channel last took it */
  readonly opened_at: number | null;
  /** rejected, held: the error code; in_flight: that of the hold of the night, whose closing is out */
  readonly code: string | null;
  /** rejected: what the channel said */
  readonly advice: string | null;
}

export type FieldState = 'uncertain' | 'known' | 'in_flight' | 'unsettled' | 'rejected' | 'held';

/** A part of the content that the channel takes as a whole; its value is the version of the message. */
export interface ContentAcknowledgement {
  readonly part: string;
  readonly cell: FieldAcknowledgement;
}

/** What the owner must see. */
export interface Alert {
  readonly alert_id: string;
  readonly connection_id: ConnectionId | null;
  readonly property_id: PropertyId | null;
  readonly tenant_id: TenantId;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** JSON */
  readonly context: string;
  readonly raised_at: number;
}

export type Severity = 'info' | 'warning' | 'critical';

/** A revision in PMS terms, on its way to the bookings table. */
export interface BookingRevision {
  readonly message_id: string;
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  readonly account_id: AccountId;
  readonly channel: ChannelType;
  readonly received_at: number;
  readonly reservation: Reservation;
  readonly delivery: Delivery | null;
  /** A repeat that only wants its acknowledgement */
  readonly redelivery: boolean;
}

/** What people, reconciliation or the runtime ask of a connection. */
export interface ChannelCommand {
  readonly command_id: string;
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly issued_at: number;
  readonly issued_by: string;
  readonly command:
    | { readonly 'parity.events.FullSync': FullSync }
    | { readonly 'parity.events.Reconcile': Reconcile }
    | { readonly 'parity.events.Recheck': Recheck }
    | { readonly 'parity.events.Respond': Respond }
    | { readonly 'parity.events.Hold': Hold }
    | { readonly 'parity.events.Override': Override }
    | { readonly 'parity.events.Approve': Approve }
    | { readonly 'parity.events.Fetched': Fetched }
    | { readonly 'parity.events.Requeue': Requeue };
}

/** All fields become uncertain and are sent again; held fields stay. */
export type FullSync = Readonly<Record<string, never>>;

/** Read the channel back. */
export interface Reconcile {
  readonly nights: DateRange | null;
}

/** The named fields become uncertain if nothing newer happened. */
export interface Recheck {
  /** Empty: all, or the content alone */
  readonly cells: readonly CellReference[];
  /** Acknowledged version at the time of the finding; null: unconditional */
  readonly version: number | null;
  /** The content too, or alone */
  readonly content: boolean;
}

export interface CellReference {
  readonly field: FieldName;
  readonly rate_plan_id: RatePlanId | null;
  readonly nights: DateRange;
}

/** Accept or deny a request. */
export interface Respond {
  readonly reservation_id: string;
  readonly accept: boolean;
}

/** The channel holds these nights for a reason of its own. */
export interface Hold {
  readonly nights: DateRange;
  readonly code: string;
}

/** Take held nights back: the next opening may go out. */
export interface Override {
  readonly nights: DateRange;
  /** Not before the PMS closes them itself: the hold has become its block */
  readonly once_closed: boolean;
}

/** Let a braked change pass. */
export interface Approve {
  readonly reference: string;
}

/** The channel fetched documents of this state. */
export interface Fetched {
  readonly document: string;
  readonly updated_at: number;
}

/** Rejected fields are tried again. */
export interface Requeue {
  /** Empty: all rejected */
  readonly cells: readonly CellReference[];
}

/** One property on one channel. Holds no secret. */
export interface Connection {
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  /** Connections of a tenant with the same channel and channel_account_id */
  readonly account_id: AccountId;
  readonly credential_id: string | null;
  /** channel_type of the spec */
  readonly channel: ChannelType;
  /** channel_property_id of the spec */
  readonly listing: string;
  readonly room_id: string | null;
  /** At least one */
  readonly rate_plans: readonly RatePlan[];
  /** Currency of the listing at the channel; null: that of the property */
  readonly currency: string | null;
  readonly sync_direction: SyncDirection;
  readonly sync_availability: boolean;
  readonly sync_pricing: boolean;
  readonly sync_bookings: boolean;
  readonly phase: ConnectionPhase;
  /** Raised when the connection is attached or authorised again */
  readonly incarnation: number;
  /** Since when it names this listing and room; 0: it never named another. Older bookings may be those of the former one */
  readonly listing_since: number;
  readonly row_version: number;
  /** Tier of the connection where the platform grants one */
  readonly requests_per_second: number | null;
}

export interface RatePlan {
  /** Id at the channel */
  readonly rate_plan_id: RatePlanId;
  readonly adjustment: PriceAdjustment | null;
}

export interface PriceAdjustment {
  readonly kind: AdjustmentKind;
  /** 10.00 % or 10.00 of the currency is 1000 */
  readonly hundredths: number;
}

export type AdjustmentKind = 'percentage' | 'fixed';

export type SyncDirection = 'bidirectional' | 'inbound_only' | 'outbound_only';

/** Lifecycle */
export type ConnectionPhase = 'pending' | 'importing' | 'preview' | 'active' | 'paused' | 'error' | 'expired' | 'disconnected';

/** How far polling has got. */
export interface AccountCursor {
  readonly account_id: AccountId;
  readonly tenant_id: TenantId;
  readonly polls: readonly PollCursor[];
  /** 30 days */
  readonly done: readonly DoneInboxId[];
  /** Taken from the inbox, not done yet */
  readonly pending: readonly PendingInbox[];
  /** The newest of a day: what was received before one of them left is answered by it */
  readonly acknowledged: readonly AcceptedAcknowledgement[];
}

export interface PollCursor {
  readonly feed: string;
  readonly cursor: string | null;
  readonly polled_at: number;
}

export interface DoneInboxId {
  readonly inbox_id: string;
  readonly done_at: number;
}

export interface PendingInbox {
  readonly inbox_id: string;
  readonly since: number;
  readonly attempts: number;
  /** Exactly one */
  readonly message: readonly InboxMessage[];
}

/** An acknowledgement that the platform took */
export interface AcceptedAcknowledgement {
  readonly reservation_id: string;
  readonly message_kind: string;
  readonly outcome: AcknowledgeOutcome;
  readonly sent_at: number;
}

/** What the channel should show in one month, or of its content. */
export interface DesiredPage {
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  /** yyyy-mm; about: the page of the content, without columns */
  readonly month: PlainMonth;
  readonly incarnation: number;
  readonly time_zone: string;
  readonly currency: string;
  /** Per day: sequence at which a booking of this connection last left the night; 0: never */
  readonly released: readonly number[];
  /** Per day: revision time of the own booking that alone closes the night; null: not implied */
  readonly implied_at: readonly (number | null)[];
  readonly columns: readonly DesiredColumn[];
  /** Guests that the prices are for, where the channel is told; else 0 */
  readonly guests: number;
  /** On the page about alone */
  readonly content: DesiredContent | null;
}

/** One field over the month. */
export interface DesiredColumn {
  readonly field: FieldName;
  /** Null for availability */
  readonly rate_plan_id: RatePlanId | null;
  /** Per day. availability: units (0 closed). price: minor units. Stays: nights, 0 none. Closed to: 0 or 1. Null: unknown, never sent */
  readonly values: readonly (number | null)[];
}

/** What a channel needs besides the calendar. */
export interface DesiredContent {
  readonly property: PropertyUpdated;
  /** Ids at the channel, in the order of the connection */
  readonly rate_plans: readonly string[];
}

/** What the ingress serves to a channel that fetches, as one state: all documents of a connection. */
export interface ChannelDocument {
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  /** Newest state of any of its documents */
  readonly updated_at: number;
  readonly documents: readonly DocumentBody[];
}

/** One document as it is served. */
export interface DocumentBody {
  readonly name: string;
  readonly content_type: string;
  readonly body: string;
  /** State of this document: whole seconds, greater than that of any earlier content; 0: as the record */
  readonly updated_at: number;
}

/** State of the delivery agent of a connection. */
export interface ConnectionHealth {
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly incarnation: number;
  readonly breaker: BreakerState;
  readonly consecutive_failures: number;
  readonly consecutive_successes: number;
  readonly opened_at: number | null;
  /** Position in the retry schedule */
  readonly retry_attempt: number;
  readonly next_attempt_at: number | null;
  /** Code of the connection fault that holds */
  readonly fault: string | null;
  /** Taken from the topic before the row of their connection was known */
  readonly pending_commands: readonly PendingCommand[];
  /** Highest offset of channel.commands applied; -1: none */
  readonly applied_command_offset: number;
  /** Phase of the connection when this was written */
  readonly phase: string | null;
  readonly full_sync: FullSyncProgress | null;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface PendingCommand {
  readonly command_id: string;
  readonly kind: string;
  readonly since: number;
  /** Exactly one */
  readonly command: readonly ChannelCommand[];
}

/** How far the latest full sync is, in values: one field of one night. */
export interface FullSyncProgress {
  /** Of its row in channel_sync_logs */
  readonly sync_id: string;
  /** going_live, reactivated, new_incarnation, asked */
  readonly reason: string;
  readonly begun_at: number;
  readonly finished_at: number | null;
  readonly total: number;
  readonly done: number;
  readonly refused: number;
}

/** Work for the polling of an account. */
export interface InboxMessage {
  readonly inbox_id: string;
  readonly account_id: AccountId;
  readonly tenant_id: TenantId;
  readonly channel: ChannelType;
  readonly issued_at: number;
  readonly message:
    | { readonly 'parity.events.FetchReservation': FetchReservation }
    | { readonly 'parity.events.PollNow': PollNow }
    | { readonly 'parity.events.AcknowledgeReservation': AcknowledgeReservation }
    | { readonly 'parity.events.ImportReservations': ImportReservations };
}

/** A minimal webhook: fetch the whole. */
export interface FetchReservation {
  readonly reservation_id: string;
  readonly reason: string;
}

export interface PollNow {
  readonly reason: string;
}

/** The outcome is committed: tell the platform. */
export interface AcknowledgeReservation {
  readonly delivery_id: string;
  readonly message_kind: string;
  readonly reservation_id: string;
  readonly connection_id: ConnectionId;
  readonly outcome: AcknowledgeOutcome;
  /** Our confirmation number */
  readonly booking_reference: string;
  /** When the message arrived that is answered by this; 0: written before this field was */
  readonly received_at: number;
}

export type AcknowledgeOutcome = 'stored' | 'refused';

/** Going live: read all future reservations of a connection. */
export interface ImportReservations {
  readonly connection_id: ConnectionId;
}

/** A read-back of the channel. */
export interface ObservedPage {
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  readonly month: PlainMonth;
  readonly requested_at: number;
  readonly answered_at: number;
  /** Acknowledged version before the request */
  readonly version_before: number;
  readonly version_after: number;
  readonly columns: readonly ObservedColumn[];
}

export interface ObservedColumn {
  readonly field: FieldName;
  readonly rate_plan_id: RatePlanId | null;
  /** Null: not shown */
  readonly values: readonly (number | null)[];
}

/** Revisions of a reservation that dedup has passed on. */
export interface SeenRevisions {
  readonly connection_id: ConnectionId;
  readonly reservation_id: string;
  readonly seen: readonly SeenRevision[];
}

export interface SeenRevision {
  readonly status: ReservationStatus;
  readonly revised_at: number;
  readonly content_hash: string;
  readonly seen_at: number;
}

/** A row for channel_sync_logs. */
export interface SyncLogEntry {
  readonly id: string;
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly sync_type: SyncType;
  readonly direction: SyncLogDirection;
  readonly status: SyncStatus;
  readonly records_processed: number;
  readonly records_created: number;
  readonly records_updated: number;
  readonly records_failed: number;
  readonly records_skipped: number;
  readonly error_message: string | null;
  /** JSON */
  readonly error_details: string | null;
  /** JSON, redacted */
  readonly request_data: string | null;
  /** JSON, redacted */
  readonly response_data: string | null;
  readonly started_at: number;
  readonly completed_at: number | null;
  readonly duration_ms: number | null;
  readonly trace_id: string | null;
  readonly connection_status: ConnectionOutcome | null;
}

export type SyncType = 'booking_import' | 'booking_export' | 'availability_import' | 'availability_export' | 'price_import' | 'price_export' | 'content_sync' | 'webhook' | 'full_sync';

export type SyncLogDirection = 'inbound' | 'outbound';

export type SyncStatus = 'started' | 'success' | 'partial_success' | 'failure' | 'skipped';

/** What the row means for the status columns of the connection. */
export interface ConnectionOutcome {
  readonly status: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

/** A message of a channel with its whole reservation. */
export interface InboundMessage {
  readonly message_id: string;
  /** Of the first mapped room stay */
  readonly connection_id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  readonly account_id: AccountId;
  readonly channel: ChannelType;
  readonly via: InboundVia;
  readonly received_at: number;
  readonly reservation: Reservation;
  readonly delivery: Delivery | null;
}

export type InboundVia = 'webhook' | 'poll' | 'fetch' | 'import' | 'synchronous';

/** A fact of the PMS about one property. Key: property_id. */
export interface PmsEvent {
  readonly event_id: string;
  /** booking.confirmed, booking.cancelled, booking.updated, availability.updated, pricing.updated, restrictions.updated, property.updated or calendar.snapshot */
  readonly event_type: string;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  /** Counter of the property, raised in the writing transaction; decides alone which of two facts is newer */
  readonly sequence: number | null;
  readonly occurred_at: number;
  readonly origin: Origin | null;
  readonly payload:
    | { readonly 'parity.pms.BookingConfirmed': BookingConfirmed }
    | { readonly 'parity.pms.BookingCancelled': BookingCancelled }
    | { readonly 'parity.pms.BookingUpdated': BookingUpdated }
    | { readonly 'parity.pms.AvailabilityUpdated': AvailabilityUpdated }
    | { readonly 'parity.pms.PricingUpdated': PricingUpdated }
    | { readonly 'parity.pms.RestrictionsUpdated': RestrictionsUpdated }
    | { readonly 'parity.pms.PropertyUpdated': PropertyUpdated }
    | { readonly 'parity.pms.CalendarSnapshot': CalendarSnapshot };
}

/** Closes the nights on every other channel. */
export interface BookingConfirmed {
  readonly booking_id: BookingId;
  readonly property_id: PropertyId;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
}

/** Frees the nights unless something else covers them. */
export interface BookingCancelled {
  readonly booking_id: BookingId;
  readonly property_id: PropertyId;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
}

/** Moves a booking to other nights. */
export interface BookingUpdated {
  readonly booking_id: BookingId;
  readonly property_id: PropertyId;
  readonly old_dates: DateRange;
  readonly new_dates: DateRange;
}

/** Manual block or unblock. With block_id it is a register of its own (hold, pending request), else it sets the nights. */
export interface AvailabilityUpdated {
  readonly property_id: PropertyId;
  readonly date_range: DateRange;
  readonly available: boolean;
  readonly block_id: string | null;
  /** For holds: the block ends by itself */
  readonly expires_at: number | null;
  readonly reason: string | null;
}

/** Sets the price of every night of date_range; nights that no span covers have no price any more. */
export interface PricingUpdated {
  readonly property_id: PropertyId;
  readonly date_range: DateRange;
  /** ISO 4217 */
  readonly currency: string;
  readonly new_prices: readonly PriceSpan[];
}

/** Sets all restrictions of every night of date_range. */
export interface RestrictionsUpdated {
  readonly property_id: PropertyId;
  readonly date_range: DateRange;
  readonly restrictions: RestrictionSet;
}

/** The property itself. */
export interface PropertyUpdated {
  readonly property_id: PropertyId;
  readonly name: string;
  /** IANA name */
  readonly time_zone: string;
  /** ISO 4217 */
  readonly currency: string;
  readonly max_guests: number;
  readonly address: Address | null;
  readonly fees: readonly Fee[];
  readonly taxes: readonly Tax[];
  readonly landing_url: string | null;
  /** Null: not said */
  readonly content: PropertyContent | null;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly postal_code: string;
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface Fee {
  readonly name: string;
  readonly basis: FeeBasis;
  /** Minor units */
  readonly amount: number;
}

export type FeeBasis = 'per_stay' | 'per_night' | 'per_guest' | 'per_guest_night';

export interface Tax {
  readonly name: string;
  /** 7.00 % is 700 */
  readonly percent_hundredths: number;
}

/** What a guest reads and agrees to. Texts are plain, without markup. */
export interface PropertyContent {
  /** One for each language, the first is that of the owner */
  readonly texts: readonly PropertyText[];
  /** Absolute URLs, the cover first */
  readonly photos: readonly string[];
  /** `house`, `apartment`, …: PROPERTY_TYPES in schemas/property-content.ts */
  readonly property_type: string | null;
  readonly bedrooms: number | null;
  readonly bathrooms: number | null;
  /** hh:mm, from when on; time of the property */
  readonly check_in_time: string | null;
  /** hh:mm, until when */
  readonly check_out_time: string | null;
  readonly house_rules: HouseRules | null;
  /** Null: not said */
  readonly cancellation: CancellationTerms | null;
}

/** In one language. */
export interface PropertyText {
  /** BCP 47 */
  readonly language: string;
  readonly headline: string;
  readonly description: string;
}

export interface HouseRules {
  readonly children_allowed: boolean;
  readonly events_allowed: boolean;
  readonly pets_allowed: boolean;
  readonly smoking_allowed: boolean;
  /** Of who books; null: none is asked for */
  readonly minimum_age: number | null;
}

export interface CancellationTerms {
  /** Whole days before arrival up to which a cancellation costs nothing; null: it always costs */
  readonly free_until_days: number | null;
}

/** The whole calendar, read while holding the property counter. Replaces bookings, blocks, prices and restrictions up to its sequence and covers all nights from first_date on. */
export interface CalendarSnapshot {
  readonly property_id: PropertyId;
  readonly first_date: PlainDate;
  /** ISO 4217 */
  readonly currency: string;
  readonly bookings: readonly SnapshotBooking[];
  readonly blocks: readonly SnapshotBlock[];
  readonly prices: readonly PriceSpan[];
  readonly restrictions: readonly SnapshotRestriction[];
}

export interface SnapshotBooking {
  readonly booking_id: BookingId;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
  readonly origin: Origin | null;
}

export interface SnapshotBlock {
  readonly start: PlainDate;
  readonly end: PlainDate;
  readonly block_id: string | null;
  readonly expires_at: number | null;
}

export interface SnapshotRestriction {
  readonly start: PlainDate;
  readonly end: PlainDate;
  readonly restrictions: RestrictionSet;
}

/** Convergent calendar of a property: one register per key. */
export interface PropertyCalendarEntry {
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  readonly entry:
    | { readonly 'parity.tables.BookingRegister': BookingRegister }
    | { readonly 'parity.tables.BlockRegister': BlockRegister }
    | { readonly 'parity.tables.MonthRegister': MonthRegister }
    | { readonly 'parity.tables.AboutRegister': AboutRegister };
}

/** Two registers, each with its own newest sequence: what the PMS says and what the channel holds. A night is closed while either covers it. */
export interface BookingRegister {
  readonly booking_id: BookingId;
  readonly pms: PmsSide | null;
  readonly channel: ChannelSide | null;
  /** Kept until check-out and the retention of pms.events have passed */
  readonly left: readonly LeftNights[];
}

/** The PMS view */
export interface PmsSide {
  readonly sequence: number;
  /** False: cancelled */
  readonly live: boolean;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
}

/** What the channel of origin holds */
export interface ChannelSide {
  readonly sequence: number;
  /** False: cancelled */
  readonly live: boolean;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
  readonly connection_id: ConnectionId;
  readonly reservation_id: string;
  readonly room_stay: string;
  readonly revised_at: number;
}

/** Nights that the channel side once covered and left. */
export interface LeftNights {
  readonly start: PlainDate;
  readonly end: PlainDate;
  /** When it left them */
  readonly sequence: number;
  readonly connection_id: ConnectionId;
}

/** A block with an id: hold, pending request, accepted held night. */
export interface BlockRegister {
  readonly block_id: string;
  readonly sequence: number;
  readonly live: boolean;
  readonly start: PlainDate;
  readonly end: PlainDate;
  readonly expires_at: number | null;
  readonly reason: string | null;
}

/** Registers of one month, one element per day. */
export interface MonthRegister {
  /** yyyy-mm */
  readonly month: PlainMonth;
  readonly blocks: readonly NightBlock[];
  readonly prices: readonly NightPrice[];
  readonly restrictions: readonly NightRestrictions[];
}

export interface NightBlock {
  readonly sequence: number;
  readonly closed: boolean;
}

export interface NightPrice {
  readonly sequence: number;
  /** Minor units; null: no price */
  readonly amount: number | null;
  readonly currency: string | null;
}

export interface NightRestrictions {
  readonly sequence: number;
  readonly set: RestrictionSet;
}

/** The property itself and the snapshots that cover its nights. */
export interface AboutRegister {
  /** Of the newest property.updated; 0: none yet */
  readonly sequence: number;
  readonly property: PropertyUpdated | null;
  /** Newest first; each covers earlier first dates than the ones before it */
  readonly snapshots: readonly SnapshotFloor[];
}

/** Facts about nights from first_date on that are older than sequence are void. */
export interface SnapshotFloor {
  readonly first_date: PlainDate;
  readonly sequence: number;
}

/** Nights from start up to, not including, end (the checkout day). */
export interface DateRange {
  readonly start: PlainDate;
  readonly end: PlainDate;
}

/** One receipt of a message whose platform wants an acknowledgement. */
export interface Delivery {
  /** Made at receipt */
  readonly delivery_id: string;
  /** What to acknowledge, in the words of the connector */
  readonly message_kind: string;
  readonly received_at: number;
}

/** What a cell holds; availability per room, all others per rate plan. */
export type FieldName = 'availability' | 'price' | 'min_stay_arrival' | 'min_stay_through' | 'max_stay' | 'closed_to_arrival' | 'closed_to_departure';

/** The booker. Redacted in logs. */
export interface Guest {
  readonly channel_guest_id: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly country: string | null;
}

export interface NightlyPrice {
  readonly night: PlainDate;
  /** Minor units */
  readonly amount: number;
}

/** The channel booking that an event reports. Null origin: the PMS itself. */
export interface Origin {
  readonly connection_id: ConnectionId;
  /** Id of the reservation at the channel */
  readonly reservation_id: string;
  /** Identifies the room stay within the reservation */
  readonly room_stay: string;
  /** Time of the revision at the channel */
  readonly revised_at: number;
  /** Nights that the channel holds for the booking, where they differ from those of the event */
  readonly channel_nights: DateRange | null;
}

/** Who collects the money. Never card data. */
export type PaymentKind = 'unknown' | 'hotel_collect' | 'channel_collect' | 'virtual_card';

/** One price for every night from start up to, not including, end. */
export interface PriceSpan {
  readonly start: PlainDate;
  readonly end: PlainDate;
  /** Minor units of the currency of the event, per night */
  readonly amount: number;
}

/** State of a reservation revision. */
export type ReservationStatus = 'new' | 'modified' | 'cancelled' | 'request' | 'declined' | 'expired' | 'no_show';

/** A whole reservation as one revision shows it. */
export interface Reservation {
  readonly reservation_id: string;
  readonly status: ReservationStatus;
  /** Time of this revision at the channel */
  readonly revised_at: number;
  /** SHA-256 (hex) over the meaning of the revision */
  readonly content_hash: string;
  readonly guest: Guest;
  readonly room_stays: readonly RoomStay[];
  /** ISO 4217 */
  readonly currency: string;
  readonly total: number | null;
  readonly taxes: number | null;
  readonly commission: number | null;
  readonly payment_kind: PaymentKind;
  readonly special_requests: string | null;
  /** The message as received, card data and secrets removed */
  readonly redacted_payload: string | null;
}

/** All restrictions of a night; null: none. */
export interface RestrictionSet {
  /** Nights, for stays that arrive on this date */
  readonly min_stay_arrival: number | null;
  /** Nights, for stays that include this night */
  readonly min_stay_through: number | null;
  /** Nights */
  readonly max_stay: number | null;
  readonly closed_to_arrival: boolean;
  readonly closed_to_departure: boolean;
}

/** One room of a reservation. */
export interface RoomStay {
  /** Identifies the room within the reservation; stable over revisions */
  readonly room_stay: string;
  /** Listing or hotel id at the channel */
  readonly listing: string;
  readonly room_id: string | null;
  readonly rate_plan_id: RatePlanId | null;
  /** The connection of this listing and room; null: unmapped */
  readonly connection_id: ConnectionId | null;
  readonly property_id: PropertyId | null;
  readonly check_in: PlainDate;
  readonly check_out: PlainDate;
  readonly adults: number;
  readonly children: number;
  readonly status: ReservationStatus;
  readonly nightly_prices: readonly NightlyPrice[];
  /** Minor units, all taxes included where the channel says so */
  readonly total: number | null;
}

/** Value type of each topic that has a schema. */
export interface SchemaValues {
  readonly 'channel.accounts': Account;
  readonly 'channel.acknowledged': AcknowledgedPage;
  readonly 'channel.alerts': Alert;
  readonly 'channel.bookings': BookingRevision;
  readonly 'channel.commands': ChannelCommand;
  readonly 'channel.connections': Connection;
  readonly 'channel.cursors': AccountCursor;
  readonly 'channel.desired': DesiredPage;
  readonly 'channel.documents': ChannelDocument;
  readonly 'channel.health': ConnectionHealth;
  readonly 'channel.inbox': InboxMessage;
  readonly 'channel.observed': ObservedPage;
  readonly 'channel.revisions': SeenRevisions;
  readonly 'channel.sync-log': SyncLogEntry;
  readonly 'channel.webhooks': InboundMessage;
  readonly 'pms.events': PmsEvent;
  readonly 'property.calendar': PropertyCalendarEntry;
}
