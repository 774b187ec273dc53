import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import { ONLY_RATE } from '../../simulators/airbnb/listing.ts';
import { AirbnbPlatform } from '../../simulators/airbnb/platform.ts';
import type { Chance } from '../chance.ts';
import type { ChannelSetup } from './channels.ts';
import { allProperties, drawAdjustment, type TenantPlan } from './plan.ts';
import { TIGHT_AIRBNB, tightAirbnb } from './tight-limits.ts';

const CHANNEL = 'airbnb' as ChannelType;
const RATE = 'standard' as RatePlanId;

function credentialOf(host: string): string {
  return `00000000-0000-4000-8000-${host.padStart(12, '0')}`;
}

/** One host account per tenant, one listing per property. */
export const airbnbChannel: ChannelSetup = {
  naming: {
    channel: CHANNEL,
    share: 0.65,
    connect: (_property, { index, host }, chance) => ({
      listing: String(1_000 + index),
      roomId: null,
      channelAccountId: host,
      credentialId: credentialOf(host),
      unit: String(1_000 + index),
      ratePlans: [{ id: RATE, adjustment: drawAdjustment(chance), shownAs: ONLY_RATE }],
      requestsPerSecond: null,
      pollMinutes: chance.integer(1, 3),
    }),
  },
  tighten: tightAirbnb,
  build: (plan, ports, { post }, chance) => {
    const initiallyOpen = chance.happens(0.5);
    const platform = new AirbnbPlatform(ports, post, {
      reopening: chance.pick(['own', 'always', 'never']),
      webhookNamesListing: chance.happens(0.5),
      culprits: chance.pick(['named', 'unnamed']),
      ...TIGHT_AIRBNB,
    });
    const credentials = plan.tenants.map((tenant) => credentialFor(platform, tenant));
    for (const property of allProperties(plan)) {
      for (const connection of property.connections) {
        if (connection.channel !== CHANNEL) continue;
        platform.createListing({
          id: connection.listing,
          host: connection.channelAccountId,
          currency: property.currency,
          timeZone: property.timeZone,
          initiallyOpen,
        });
      }
    }
    return {
      name: CHANNEL,
      platform,
      credentials,
      initiallyOpen,
      takesBookings: true,
      crawler: null,
      takesBookingRequests: true,
      unitOf: ({ endpoint, body }) =>
        endpoint === 'calendar_operations'
          ? (/"listing_id":\s*"?(\d+)/.exec(body ?? '')?.[1] ?? null)
          : null,
      answerRequest: (accept, draw) => answerRequest(platform, accept, draw),
      consent: (id) => {
        const tenant = plan.tenants.find(({ host }) => credentialOf(host) === id);
        const { token, expiresAt } = platform.authorizations.issue(tenant?.host ?? '');
        return { accessToken: token, expiresAt };
      },
      bookableWith: () => [],
    };
  },
};

function credentialFor(platform: AirbnbPlatform, tenant: TenantPlan) {
  return {
    id: credentialOf(tenant.host),
    tenantId: tenant.id,
    channel: CHANNEL,
    kind: 'oauth_refresh' as const,
    clientId: platform.settings.clientId,
    clientSecret: platform.settings.clientSecret,
    accessToken: null,
    refreshToken: platform.createHost(tenant.host).refreshToken,
    expiresAt: null,
  };
}

function answerRequest(platform: AirbnbPlatform, accept: boolean, chance: Chance): boolean {
  const pending = [...platform.guests.reservations.values()].filter(
    ({ status }) => status === 'pending',
  );
  if (pending.length === 0) return false;
  return platform.guests.respond(chance.pick(pending), accept ? 'accept' : 'deny');
}
