import type { TenantId } from '../../schemas/domain/ids.ts';
import { TABLE_NAMES } from '../../topology/types.ts';
import { allConnections, allProperties } from '../world/plan.ts';
import type { World } from '../world/world.ts';
import { rowsOf } from './database.ts';

/**
 * I8: what belongs to one tenant is in no row, no record and no request of another. Rows and records name their tenant; the
 * plan says whose property, connection or account they are about.
 */
export async function checkIsolation(world: World): Promise<void> {
  const owners = ownersOf(world);
  checkTables(world, owners);
  await checkRows(world, owners);
  for (const { target, credentialId, number } of world.requests.sent) {
    if (target && credentialId !== target.credentialId)
      world.violations.add(
        'I8',
        `request ${number} to ${target.unit} was signed by ${credentialId}`,
      );
  }
}

/** Tenant of every id of the plan. */
function ownersOf({ plan }: World): ReadonlyMap<string, TenantId> {
  return new Map([
    ...allProperties(plan).map(({ id, tenantId }) => [id as string, tenantId] as const),
    ...allConnections(plan).flatMap(({ id, listing, tenantId }) => [
      [id as string, tenantId] as const,
      [`listing ${listing}`, tenantId] as const,
    ]),
  ]);
}

function checkTables(world: World, owners: ReadonlyMap<string, TenantId>): void {
  for (const topic of TABLE_NAMES) {
    for (const key of world.log.keys(topic)) {
      const value = world.log.get(topic, key) as { readonly tenant_id?: string } | undefined;
      const owner = owners.get(key.split('/')[0] ?? '');
      if (owner !== undefined && value?.tenant_id !== undefined && value.tenant_id !== owner)
        world.violations.add('I8', `${topic} ${key} names tenant ${value.tenant_id}, not ${owner}`);
    }
  }
}

async function checkRows(world: World, owners: ReadonlyMap<string, TenantId>): Promise<void> {
  const { database, violations } = world;
  const expect = (tenantId: TenantId, about: string | null, row: string) => {
    const owner = about === null ? undefined : owners.get(about);
    if (owner !== undefined && owner !== tenantId)
      violations.add('I8', `${row} of tenant ${tenantId} is about ${about} of ${owner}`);
  };
  for (const { tenantId, row } of await rowsOf(database, 'bookings'))
    expect(tenantId, row.propertyId, `booking ${row.id}`);
  for (const { tenantId, row } of await rowsOf(database, 'booking_conflicts'))
    expect(tenantId, row.booking.propertyId, `conflict ${row.booking.id}`);
  for (const { tenantId, row } of await rowsOf(database, 'reservation_stays'))
    expect(tenantId, row.connectionId ?? `listing ${row.listing}`, `stay ${row.channelBookingId}`);
  for (const { tenantId, row } of await rowsOf(database, 'channel_sync_logs'))
    expect(tenantId, row.connection_id, `sync log ${row.id}`);
  for (const { tenantId, row } of await rowsOf(database, 'alerts'))
    expect(tenantId, row.connection_id ?? row.property_id, `alert ${row.alert_id}`);
  const outbox = [
    ...(await rowsOf(database, 'outbox')),
    ...(await rowsOf(database, 'published_outbox')),
  ];
  for (const { tenantId, row } of outbox) expect(tenantId, row.placement, `outbox ${row.id}`);
}
