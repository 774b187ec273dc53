import type { VrboPlatform } from '../../simulators/index.ts';
import type { Sale } from './home.ts';
import { CURRENCY, SALES, SPARE_SALES, TENANT, TIME_ZONE } from './home.ts';
import type { Telling } from './telling.ts';

const FEEDS = ['listing', 'configuration', 'rates', 'availability'] as const;

/** The tenant, its accounts at the simulated platforms, and the credentials with which Parity acts for them. */
export async function openAccounts(telling: Telling): Promise<void> {
  const { services, vrbo, fewoDirekt } = telling.world;
  await services.storage.desk.registerTenant(TENANT, 'Ferien am See');
  await openAirbnb(telling);
  await openBookingCom(telling);
  await openExpedia(telling);
  await openGoogle(telling);
  await openDocuments(telling, SALES.vrbo, vrbo.platform);
  await openDocuments(telling, SALES.fewoDirekt, fewoDirekt.platform);
}

async function openAirbnb(telling: Telling): Promise<void> {
  const { platform } = telling.world.airbnb;
  platform.createHost(SALES.airbnb.accountId);
  for (const { unit, accountId } of [SALES.airbnb, ...SPARE_SALES])
    platform.createListing({ id: unit, host: accountId });
  const { clientId, clientSecret } = platform.settings;
  const refreshToken = `refresh-${SALES.airbnb.accountId}`;
  await credential(telling, SALES.airbnb, { clientId, clientSecret, refreshToken });
}

async function openBookingCom(telling: Telling): Promise<void> {
  const { platform } = telling.world.booking;
  const { listing, unit, ratePlanId } = SALES.booking;
  platform.createHotel({
    id: listing,
    rooms: [{ id: unit, units: 1, rates: [{ id: ratePlanId, name: 'Standard' }] }],
  });
  await shared(telling, SALES.booking, Object.entries(platform.settings.accounts)[0]);
}

async function openExpedia(telling: Telling): Promise<void> {
  const { platform } = telling.world.expedia;
  const { listing, unit, ratePlanId } = SALES.expedia;
  platform.createHotel({
    id: listing,
    currency: CURRENCY,
    rooms: [{ id: unit, rates: [{ id: ratePlanId, name: 'Standard' }] }],
  });
  await shared(telling, SALES.expedia, Object.entries(platform.settings.users)[0]);
}

async function openGoogle(telling: Telling): Promise<void> {
  const { platform } = telling.world.google;
  const { listing, accountId } = SALES.google;
  platform.createProperty({ id: listing, currency: CURRENCY, timeZone: TIME_ZONE });
  await shared(telling, SALES.google, [accountId, null]);
}

/** A platform that fetches is given a login, and the addresses of our indexes. */
async function openDocuments(telling: Telling, sale: Sale, platform: VrboPlatform): Promise<void> {
  const { accountId, channel, credentialId, listing, unit } = sale;
  const [user, password] = [`crawler-of-${channel}`, 'a simulated password'];
  await credential(telling, sale, { clientId: user, clientSecret: password, refreshToken: null });
  const base = `${telling.world.pipeline.addresses.ingressUrl}/documents/${channel}/${credentialId}`;
  const indexes = Object.fromEntries(FEEDS.map((feed) => [feed, `${base}/${feed}`]));
  platform.createUnit({ listing, unit, advertiser: accountId });
  platform.createAdvertiser({ id: accountId, user, password, indexes });
}

interface Secrets {
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly refreshToken: string | null;
}

async function credential(telling: Telling, sale: Sale, secrets: Secrets): Promise<void> {
  const { credentialId: id, channel } = sale;
  const { credentials } = telling.world.services;
  await credentials.create({ id, tenantId: TENANT, channel, ...secrets });
}

/** One of ours, for all tenants. */
async function shared(
  telling: Telling,
  { credentialId: id, channel }: Sale,
  [clientId, clientSecret]: readonly [string | null, string | null] = [null, null],
): Promise<void> {
  const { credentials } = telling.world.services;
  await credentials.create({
    id,
    tenantId: null,
    channel,
    clientId,
    clientSecret,
    refreshToken: null,
  });
}
