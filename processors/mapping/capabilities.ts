import type { Manifest } from '../../connectors/contract.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { Connection, RatePlan } from '../../schemas/generated/types.ts';

/** What mapping has to know about a channel: a part of its connector's manifest. */
export type ChannelCapabilities = Pick<
  Manifest,
  | 'fields'
  | 'ratePlans'
  | 'horizonDays'
  | 'priceStep'
  | 'longestStayNights'
  | 'content'
  | 'pricesNameGuests'
>;

/** Undefined: this build has no connector for the channel. */
export type CapabilitiesOf = (channel: ChannelType) => ChannelCapabilities | undefined;

/** The rate plans of a connection that its channel can sell; of two with one id the first. */
export function ratePlansOf(
  { rate_plans }: Pick<Connection, 'rate_plans'>,
  { ratePlans }: Pick<ChannelCapabilities, 'ratePlans'>,
): Connection['rate_plans'] {
  const known = new Map<string, RatePlan>();
  for (const plan of rate_plans)
    if (!known.has(plan.rate_plan_id)) known.set(plan.rate_plan_id, plan);
  const different = [...known.values()];
  return ratePlans === 'all' ? different : different.slice(0, 1);
}

/** What leaves for a connection by its direction and flags. `sync_bookings` concerns reservations, which desired pages do not hold. */
export interface Outbound {
  /** Availability and restrictions. */
  readonly availability: boolean;
  readonly price: boolean;
  /** Texts, guests and policies: they go with whatever else leaves. */
  readonly content: boolean;
}

export function outboundOf(connection: Connection, capabilities: ChannelCapabilities): Outbound {
  const leaves = connection.sync_direction !== 'inbound_only';
  const { sync_availability, sync_pricing } = connection;
  return {
    availability: leaves && sync_availability,
    price: leaves && sync_pricing && capabilities.fields.includes('price'),
    content: leaves && (sync_availability || sync_pricing) && capabilities.content !== undefined,
  };
}
