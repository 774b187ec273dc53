import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import { VrboPlatform } from '../../simulators/vrbo/platform.ts';
import type { ChannelSetup } from './channels.ts';
import { documentUrl } from './document-route.ts';
import { allProperties, drawAdjustment, type Plan, type TenantPlan } from './plan.ts';

const RATE = 'standard' as RatePlanId;
/** How often the crawler comes, ms: half an hour would be longer than a run. */
const CRAWL_MS = { shortest: 15_000, longest: 45_000 };
const FEEDS = ['listing', 'configuration', 'rates', 'availability'] as const;

/** One advertiser per tenant with its own login, one unit per property. It fetches; guests do not book yet. */
function documentsChannel(
  name: 'vrbo' | 'fewo_direkt',
  { share, prefix }: { readonly share: number; readonly prefix: string },
): ChannelSetup {
  const channel = name as ChannelType;
  const credentialOf = (host: string) =>
    `00000000-0000-4000-8000-${(prefix + host).padStart(12, '0')}`;
  const loginOf = ({ host }: TenantPlan) => ({
    user: `crawler-${name}-${host}`,
    password: `password-${host}`,
  });
  return {
    naming: {
      channel,
      share,
      connect: (_property, { index, host }, chance) => {
        const listing = `${prefix}${100 + index}`;
        return {
          listing,
          roomId: `${listing}-1`,
          channelAccountId: `${prefix}${host}`,
          credentialId: credentialOf(host),
          unit: `${listing}-1`,
          ratePlans: [{ id: RATE, adjustment: drawAdjustment(chance), shownAs: RATE }],
          requestsPerSecond: null,
          pollMinutes: 60,
        };
      },
    },
    tighten: () => undefined,
    build: (plan, ports, { post, fetch }, chance) => {
      const crawlIntervalMs = chance.integer(CRAWL_MS.shortest, CRAWL_MS.longest);
      const platform = new VrboPlatform(ports, post, fetch, { crawlIntervalMs }, name);
      for (const tenant of plan.tenants)
        platform.createAdvertiser({
          id: `${prefix}${tenant.host}`,
          ...loginOf(tenant),
          indexes: Object.fromEntries(
            FEEDS.map((feed) => [feed, documentUrl(name, credentialOf(tenant.host), feed)]),
          ),
        });
      createUnits(platform, plan);
      return {
        name: channel,
        platform,
        credentials: plan.tenants.map((tenant) => {
          const { user, password } = loginOf(tenant);
          return {
            id: credentialOf(tenant.host),
            tenantId: tenant.id,
            channel,
            kind: 'identity' as const,
            clientId: user,
            clientSecret: password,
            accessToken: null,
            refreshToken: null,
            expiresAt: null,
          };
        }),
        initiallyOpen: false,
        takesBookings: false,
        takesBookingRequests: false,
        crawler: platform.crawler,
        unitOf: () => null,
        answerRequest: () => false,
        consent: () => null,
        bookableWith: () => [],
      };
    },
  };
}

function createUnits(platform: VrboPlatform, plan: Plan): void {
  for (const { channel, listing, unit, channelAccountId } of allProperties(plan).flatMap(
    ({ connections }) => connections,
  ))
    if (channel === platform.channel)
      platform.createUnit({ listing, unit, advertiser: channelAccountId });
}

export const vrboChannel = documentsChannel('vrbo', { share: 0.35, prefix: '8' });
export const fewoDirektChannel = documentsChannel('fewo_direkt', { share: 0.25, prefix: '9' });
