import { SALES, SPARE_SALES, TENANT } from './home.ts';
import type { Telling } from './telling.ts';

/** The tenant, its accounts at the simulated platforms, and the credentials with which Parity acts for them. */
export async function openAccounts(telling: Telling): Promise<void> {
  const { services, airbnb, booking } = telling.world;
  await services.storage.desk.registerTenant(TENANT, 'Ferien am See');
  airbnb.platform.createHost(SALES.airbnb.accountId);
  for (const { unit, accountId } of [SALES.airbnb, ...SPARE_SALES])
    airbnb.platform.createListing({ id: unit, host: accountId });
  booking.platform.createHotel({
    id: SALES.booking.listing,
    rooms: [
      {
        id: SALES.booking.unit,
        units: 1,
        rates: [{ id: SALES.booking.ratePlanId, name: 'Standard' }],
      },
    ],
  });
  const { clientId, clientSecret } = airbnb.platform.settings;
  await services.credentials.create({
    id: SALES.airbnb.credentialId,
    tenantId: TENANT,
    channel: SALES.airbnb.channel,
    clientId,
    clientSecret,
    refreshToken: `refresh-${SALES.airbnb.accountId}`,
  });
  const [machineAccount] = Object.entries(booking.platform.settings.accounts);
  await services.credentials.create({
    id: SALES.booking.credentialId,
    tenantId: null,
    channel: SALES.booking.channel,
    clientId: machineAccount?.[0] ?? null,
    clientSecret: machineAccount?.[1] ?? null,
    refreshToken: null,
  });
}
