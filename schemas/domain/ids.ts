/** Branded ids: strings on the wire, not interchangeable in code. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Branded<'TenantId'>;
export type PropertyId = Branded<'PropertyId'>;
export type ConnectionId = Branded<'ConnectionId'>;
export type AccountId = Branded<'AccountId'>;
/** Id of a booking in the PMS. */
export type BookingId = Branded<'BookingId'>;
/** Id of a rate plan at the channel. */
export type RatePlanId = Branded<'RatePlanId'>;
/** Channel type, e.g. a value of `channel_connections.channel_type`. Only connectors know which ones exist. */
export type ChannelType = Branded<'ChannelType'>;
