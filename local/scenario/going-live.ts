import { importProperty } from '../../cli/import/import-property.ts';
import { systemClock } from '../../runtime/system/clock.ts';
import { systemRandom } from '../../runtime/system/random.ts';
import type { BookingId } from '../../schemas/domain/ids.ts';
import type { Sale } from './home.ts';
import {
  BASE_PRICE,
  CURRENCY,
  GUEST_PROPERTY,
  PROPERTY,
  SALES,
  TENANT,
  TIME_ZONE,
} from './home.ts';
import type { Telling } from './telling.ts';
import { until } from './until.ts';

const AIRBNB_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c1';
const BOOKING_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c2';
/** Invented secrets of the simulated platforms. */
const WEBHOOK_SECRET = 'simulated-webhook-secret';

/** A home with prices, a block and a direct booking; the platforms list it; one guest has booked at Airbnb before we came. */
export async function furnish(telling: Telling): Promise<void> {
  const { services, airbnb, booking } = telling.world;
  const { desk } = services.storage;
  telling.narrator.chapter('1. A home with prices, a block and a booking');
  await desk.registerTenant(TENANT, 'Ferien am See');
  await desk.registerProperty(TENANT, {
    id: PROPERTY,
    name: 'Haus am See',
    timeZone: TIME_ZONE,
    currency: CURRENCY,
    maxGuests: 4,
  });
  await telling.rows(
    'INSERT INTO properties (id, tenant_id, name, time_zone, currency) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
    [GUEST_PROPERTY, TENANT, 'For other clients', TIME_ZONE, CURRENCY],
  );
  await desk.price(TENANT, PROPERTY, telling.nights(0, 540), CURRENCY, BASE_PRICE);
  await desk.price(TENANT, PROPERTY, telling.nights(120, 180), CURRENCY, 19_050);
  await desk.restrict(TENANT, PROPERTY, telling.nights(120, 180), {
    min_stay_arrival: 3,
    min_stay_through: null,
    max_stay: 21,
    closed_to_arrival: false,
    closed_to_departure: false,
  });
  await desk.block(TENANT, PROPERTY, telling.nights(200, 207), true);
  await desk.book(TENANT, {
    id: systemRandom.uuid() as BookingId,
    propertyId: PROPERTY,
    checkIn: telling.day(10),
    checkOut: telling.day(14),
  });
  airbnb.platform.createHost(SALES.airbnb.accountId);
  for (const sale of [SALES.airbnb, SALES.guestAirbnb])
    airbnb.platform.createListing({ id: sale.unit, host: sale.accountId });
  const rate = { id: SALES.booking.ratePlanId, name: 'Standard' };
  booking.platform.createHotel({
    id: SALES.booking.listing,
    rooms: [{ id: SALES.booking.unit, units: 1, rates: [rate] }],
  });
  airbnb.platform.book({
    rooms: [{ unit: SALES.airbnb.unit, checkIn: telling.day(60), checkOut: telling.day(63) }],
    force: true,
  });
  const imported = await importProperty(services.storage.snapshots, TENANT, PROPERTY, {
    clock: systemClock,
    random: systemRandom,
  });
  telling.narrator.say(
    `imported: ${imported.bookings} booking, ${imported.blocks} block, ${imported.pricedSpans} spans of prices`,
  );
}

/** pending → importing → preview → active, for each channel. */
export async function goLive(telling: Telling): Promise<void> {
  telling.narrator.chapter('2. It goes live on its channels');
  const { credentials } = telling.world.services;
  const { settings: airbnb } = telling.world.airbnb.platform;
  const [client, secret] = Object.entries(telling.world.booking.platform.settings.accounts)[0] ?? [
    '',
    '',
  ];
  await credentials.create({
    id: AIRBNB_CREDENTIAL,
    tenantId: TENANT,
    channel: SALES.airbnb.channel,
    clientId: airbnb.clientId,
    clientSecret: airbnb.clientSecret,
    refreshToken: `refresh-${SALES.airbnb.accountId}`,
  });
  await credentials.create({
    id: BOOKING_CREDENTIAL,
    tenantId: null,
    channel: SALES.booking.channel,
    clientId: client,
    clientSecret: secret,
    refreshToken: null,
  });
  await connect(telling, SALES.airbnb, AIRBNB_CREDENTIAL);
  await connect(telling, SALES.booking, BOOKING_CREDENTIAL);
  await connect(telling, SALES.guestAirbnb, AIRBNB_CREDENTIAL);
  const found = await until('the reservation that Airbnb had is imported', async () => {
    const rows = await telling.rows<{ check_in: string }>(
      "SELECT check_in FROM bookings WHERE source = 'airbnb' AND property_id = $1",
      [PROPERTY],
    );
    return rows[0];
  });
  telling.narrator.say(
    `Airbnb had a reservation before us: it is a booking now (${String(found.check_in).slice(0, 15)})`,
  );
  for (const sale of Object.values(SALES)) await activate(telling, sale);
  const started = performance.now();
  await telling.parity();
  const requests =
    telling.world.airbnb.platform.report().requests +
    telling.world.booking.platform.report().requests;
  telling.narrator.say(
    `full sync: every calendar is right after ${((performance.now() - started) / 1_000).toFixed(1)} s and ${requests} requests`,
  );
}

async function connect(telling: Telling, sale: Sale, credentialId: string): Promise<void> {
  const { connections, webhookSecrets } = telling.world.services;
  await connections.create(TENANT, {
    id: sale.connectionId,
    propertyId: sale.property,
    channel: sale.channel,
    listing: sale.listing,
    roomId: sale.roomId,
    channelAccountId: sale.accountId,
    ratePlans: [{ rate_plan_id: sale.ratePlanId, adjustment: sale.adjustment }],
    currency: CURRENCY,
    credentialId,
  });
  await webhookSecrets.set(TENANT, sale.connectionId, WEBHOOK_SECRET);
  const url = `${telling.world.pipeline.addresses.ingressUrl}/webhooks/${sale.channel}/${sale.connectionId}`;
  telling.platformOf(sale).webhooks.subscribe({ scope: sale.listing, url, secret: WEBHOOK_SECRET });
  await connections.startImport(TENANT, sale.connectionId);
  await until(`import of ${sale.channel}`, async () => {
    const rows = await telling.rows(
      "SELECT 1 FROM channel_sync_logs WHERE channel_connection_id = $1 AND sync_type = 'booking_import' AND status = 'success'",
      [sale.connectionId],
    );
    return rows.length > 0;
  });
  await connections.finishImport(TENANT, sale.connectionId);
  telling.narrator.say(
    `${sale.channel} ${sale.listing}: pending → importing → preview; only closings leave`,
  );
}

async function activate(telling: Telling, sale: Sale): Promise<void> {
  await telling.world.services.connections.activate(TENANT, sale.connectionId);
  telling.narrator.say(`${sale.channel} ${sale.listing}: active`);
}
