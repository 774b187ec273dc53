import type { CredentialDraft } from '../../accounts/credentials/credentials.ts';
import type { Services } from '../../cli/services.ts';
import { googleAuthenticator } from '../../connectors/google/auth.ts';
import { propertyData } from '../../connectors/google/property-data.ts';
import type { Environment } from '../../runtime/ports.ts';
import {
  AIRBNB_DEFAULTS,
  BOOKING_COM_DEFAULTS,
  EXPEDIA_DEFAULTS,
  GOOGLE_DEFAULTS,
} from '../../simulators/index.ts';
import { connect, registerHome, TENANT } from '../market/selling.ts';
import type { SimulatedSide, Simulators } from '../market/simulators.ts';
import {
  EQC_CREDENTIAL,
  type FleetSale,
  fleet,
  HOTEL_CREDENTIAL,
  hostCredential,
  PARTNER_CREDENTIAL,
} from './homes.ts';

/**
 * Brings the fleet from nothing to active, as its owner does: nobody has booked yet, so the owner confirms each import at once.
 * @param nights that are priced from today on, and so on sale
 */
export async function furnish(
  services: Services,
  simulators: Simulators,
  environment: Environment,
  nights: number,
): Promise<void> {
  await services.storage.desk.registerTenant(TENANT, 'Fleet');
  await identities(services, simulators);
  for (const { propertyId, sales } of fleet) {
    await registerHome(services, environment, propertyId, nights);
    for (const sale of sales) {
      await listAt(simulators.side(sale.channel), sale, environment.clock.now());
      await connect(services, propertyId, sale, sale.credentialId, sale.perSecond);
      for (const step of ['startImport', 'finishImport', 'activate'] as const)
        await services.connections[step](TENANT, sale.connectionId);
    }
  }
}

async function identities({ credentials }: Services, simulators: Simulators): Promise<void> {
  for (const sale of new Map(
    fleet.flatMap(({ sales }) => sales).map((one) => [one.credentialId, one]),
  ).values()) {
    if (sale.credentialId === hostCredential(sale.accountId))
      await simulators.side(sale.channel).create('hosts', { id: sale.accountId });
    await credentials.create({
      id: sale.credentialId,
      tenantId: TENANT,
      channel: sale.channel,
      ...secretsOf(sale),
    });
  }
}

type Secrets = Pick<CredentialDraft, 'clientId' | 'clientSecret' | 'refreshToken'>;

function secretsOf({ credentialId, accountId }: FleetSale): Secrets {
  switch (credentialId) {
    case HOTEL_CREDENTIAL:
      return pair(BOOKING_COM_DEFAULTS.accounts);
    case EQC_CREDENTIAL:
      return pair(EXPEDIA_DEFAULTS.users);
    case PARTNER_CREDENTIAL:
      return { clientId: partnerKey(), clientSecret: null, refreshToken: null };
    default: {
      const { clientId, clientSecret } = AIRBNB_DEFAULTS;
      return { clientId, clientSecret, refreshToken: `refresh-${accountId}` };
    }
  }
}

function pair(accounts: Readonly<Record<string, string>>): Secrets {
  const [clientId = null, clientSecret = null] = Object.entries(accounts)[0] ?? [];
  return { clientId, clientSecret, refreshToken: null };
}

function partnerKey(): string {
  return GOOGLE_DEFAULTS.partners[0] ?? '';
}

/** The platform knows the listing. */
async function listAt(side: SimulatedSide, sale: FleetSale, now: number): Promise<void> {
  const { credentialId, listing, unit, ratePlanId, accountId } = sale;
  switch (credentialId) {
    case HOTEL_CREDENTIAL:
    case EQC_CREDENTIAL: {
      const rooms = [{ id: unit, units: 1, rates: [{ id: ratePlanId }] }];
      await side.create('hotels', { id: listing, rooms });
      return;
    }
    case PARTNER_CREDENTIAL:
      await side.create('properties', { id: listing });
      await describe(side, sale, now);
      return;
    default:
      await side.create('listings', { id: unit, host: accountId });
  }
}

/** Content comes before everything. */
async function describe(
  side: SimulatedSide,
  { listing, ratePlanId }: FleetSale,
  now: number,
): Promise<void> {
  const name = [{ language: 'en', text: 'Home' }];
  const rate = { ratePlanId, name, description: [], guests: null, freeCancellationDays: null };
  const content = {
    propertyId: listing,
    roomId: null,
    name,
    description: [],
    guests: 4,
    packages: [rate],
  };
  const { method, path, headers, body } = propertyData([content], 'overlay', now);
  const { sign } = googleAuthenticator.authorise({
    clientId: partnerKey(),
    clientSecret: null,
    refreshToken: null,
  });
  const answer = await fetch(side.url + path, {
    method,
    headers,
    body: sign?.(body ?? '') ?? body,
  });
  if (!answer.ok) throw new Error(`property data: ${answer.status} ${await answer.text()}`);
  await answer.text();
}
