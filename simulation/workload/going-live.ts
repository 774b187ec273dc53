import { addDays } from '../../schemas/domain/plain-date.ts';
import type { ConnectionPlan, PropertyPlan, TenantPlan } from '../world/plan.ts';
import { webhookUrl } from '../world/webhook-route.ts';
import { guestBooksAnyway } from './guests.ts';
import { perform, type Scene } from './scene.ts';

/** Nights that the PMS prices, further than any horizon. */
const PRICED_DAYS = 90;

/** Everybody comes in: tenants, properties with calendars, connections up to active, in an order of chance. */
export async function goLive(scene: Scene): Promise<void> {
  const { world, pms } = scene;
  await Promise.all(
    world.plan.tenants.map(({ id, name }) => pms.storage.desk.registerTenant(id, name)),
  );
  for (const channel of world.channels.values()) {
    for (const credential of channel.credentials) await pms.credentials.create(credential);
  }
  await Promise.all(world.plan.tenants.map((tenant) => tenantGoesLive(scene, tenant)));
}

async function tenantGoesLive(scene: Scene, tenant: TenantPlan): Promise<void> {
  await Promise.all(tenant.properties.map((property) => propertyGoesLive(scene, property)));
}

async function propertyGoesLive(scene: Scene, property: PropertyPlan): Promise<void> {
  const { world, pms } = scene;
  await pms.desk(property).registerProperty(property.tenantId, { ...property, maxGuests: 4 });
  const connected = Promise.all(
    property.connections.map((connection) => connectionGoesLive(scene, connection)),
  );
  await pause(scene, 2_000);
  await priceEverything(scene, property);
  await pms.importCalendar(property);
  world.tally.count('input.pms.snapshot');
  await connected;
}

async function priceEverything(scene: Scene, property: PropertyPlan): Promise<void> {
  const { world, pms } = scene;
  const start = addDays(pms.today(property), -1);
  const nights = { start, end: addDays(start, PRICED_DAYS) };
  const amount = world.chance.integer(60, 250) * 100;
  await pms.desk(property).price(property.tenantId, property.id, nights, property.currency, amount);
}

async function connectionGoesLive(scene: Scene, connection: ConnectionPlan): Promise<void> {
  const { world, pms } = scene;
  const { tenantId, id, channel } = connection;
  if (world.channel(channel).takesBookings && world.chance.happens(0.4))
    guestBooksAnyway(scene, connection);
  await pause(scene, 4_000);
  await pms.connections.create(tenantId, {
    id,
    propertyId: connection.propertyId,
    channel,
    listing: connection.listing,
    roomId: connection.roomId,
    channelAccountId: connection.channelAccountId,
    credentialId: connection.credentialId,
    ratePlans: connection.ratePlans.map((plan) => ({
      rate_plan_id: plan.id,
      adjustment: plan.adjustment,
    })),
    requestsPerSecond: connection.requestsPerSecond,
    pollMinutes: connection.pollMinutes,
    webhookUrl: webhookUrl(channel, id),
  });
  await pms.secrets.set(tenantId, id, connection.webhookSecret);
  const { platform } = world.channel(channel);
  platform.webhooks.subscribe({
    scope: platform.targetOf(connection.unit),
    url: webhookUrl(channel, id),
    secret: connection.webhookSecret,
  });
  // Whoever is quick may have detached it again meanwhile.
  perform(scene, 'input.operator.activate', () => activate(scene, connection));
}

/** From pending through import and preview to active, as far as nobody comes in between. */
export async function activate(scene: Scene, connection: ConnectionPlan): Promise<void> {
  const { pms } = scene;
  const { tenantId, id } = connection;
  await pause(scene, 2_000);
  await pms.connections.startImport(tenantId, id);
  await pause(scene, 8_000);
  await pms.connections.finishImport(tenantId, id);
  await pause(scene, 3_000);
  await pms.connections.activate(tenantId, id);
}

/** Waits up to `longest` ms. */
export function pause({ world, pms }: Scene, longest: number): Promise<void> {
  return new Promise((resolve) => {
    pms.environment.timers.after(world.chance.between(0, longest), () => resolve());
  });
}
