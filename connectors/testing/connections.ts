import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { Connection } from '../../schemas/generated/types.ts';

/** An active connection for tests; ids at the channel are given, the rest is made up. */
export function testConnection(
  channel: string,
  listing: string,
  roomId: string | null,
  ratePlans: readonly string[],
): Connection {
  return {
    connection_id: '3f6c1f8e-0000-4000-8000-000000000001' as ConnectionId,
    tenant_id: '3f6c1f8e-0000-4000-8000-000000000002' as TenantId,
    property_id: '3f6c1f8e-0000-4000-8000-000000000003' as PropertyId,
    account_id: `${channel}/7001` as AccountId,
    credential_id: 'credential',
    channel: channel as ChannelType,
    listing,
    room_id: roomId,
    rate_plans: ratePlans.map((id) => ({ rate_plan_id: id as RatePlanId, adjustment: null })),
    currency: 'EUR',
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
