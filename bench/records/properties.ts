import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import { partitionOf } from '../../topology/placement.ts';

export const TENANT = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
export const CURRENCY = 'EUR';
export const TIME_ZONE = 'Europe/Berlin';

/** A property and the partition in which all that concerns it lies. */
export interface PlacedProperty {
  readonly propertyId: PropertyId;
  readonly partition: number;
}

/** Properties spread evenly: each partition has as many as the next, so that no round depends on the luck of a hash. */
export function placedProperties(perPartition: number, partitions: number): PlacedProperty[] {
  const counts = new Array<number>(partitions).fill(0);
  const properties: PlacedProperty[] = [];
  for (let number = 1; properties.length < perPartition * partitions; number += 1) {
    const propertyId = numbered('a0000000', number) as PropertyId;
    const partition = partitionOf(propertyId, partitions);
    const count = counts[partition] ?? 0;
    if (count === perPartition) continue;
    counts[partition] = count + 1;
    properties.push({ propertyId, partition });
  }
  return properties;
}

/** The only connection of a property. */
export function connectionOf(propertyId: PropertyId, channel: ChannelType): Connection {
  return {
    connection_id: `c${propertyId.slice(1)}` as ConnectionId,
    tenant_id: TENANT,
    property_id: propertyId,
    account_id: `d${propertyId.slice(1)}` as AccountId,
    credential_id: null,
    channel,
    listing: propertyId.slice(-12),
    room_id: null,
    rate_plans: [{ rate_plan_id: 'standard' as RatePlanId, adjustment: null }],
    currency: null,
    sync_direction: 'bidirectional',
    sync_availability: true,
    sync_pricing: true,
    sync_bookings: true,
    phase: 'active',
    incarnation: 1,
    listing_since: 0,
    row_version: 1,
    requests_per_second: null,
  };
}

/** A UUID that says what it is of and the how manieth. */
export function numbered(kind: string, number: number): string {
  return `${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
