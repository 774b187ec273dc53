import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import { GooglePlatform } from '../../simulators/google/platform.ts';
import type { ChannelSetup } from './channels.ts';
import { ADDRESS } from './network.ts';
import { ourIdentity } from './our-identity.ts';
import { allProperties, drawAdjustment } from './plan.ts';
import { TIGHT_GOOGLE, tightGoogle } from './tight-limits.ts';

const CHANNEL = 'google' as ChannelType;
const PARTNER = 'simulated_partner';
const CREDENTIAL = '00000000-0000-4000-8000-000000000003';

/** One partner key of ours for all tenants, one vacation rental per property. Guests book elsewhere. */
export const googleChannel: ChannelSetup = {
  naming: {
    channel: CHANNEL,
    share: 0.4,
    connect: (_property, { index }, chance) => {
      const rental = `rental-${index}`;
      const packages = chance.happens(0.4) ? ['flexible', 'saver'] : ['flexible'];
      return {
        listing: rental,
        roomId: null,
        channelAccountId: PARTNER,
        credentialId: CREDENTIAL,
        unit: rental,
        ratePlans: packages.map((id) => ({
          id: id as RatePlanId,
          adjustment: drawAdjustment(chance),
          shownAs: id,
        })),
        requestsPerSecond: null,
        pollMinutes: 60,
      };
    },
  },
  tighten: tightGoogle,
  build: (plan, ports, { post }, chance) => {
    const platform = new GooglePlatform(ports, post, {
      partners: [PARTNER],
      addresses: [ADDRESS],
      culprits: chance.pick(['named', 'unnamed']),
      overlayScope: chance.pick(['dates', 'packages']),
      lateMessages: chance.pick(['applied', 'dropped']),
      ...TIGHT_GOOGLE,
    });
    for (const { currency, timeZone, connections } of allProperties(plan)) {
      for (const { channel, unit } of connections) {
        if (channel !== CHANNEL) continue;
        platform.createProperty({ id: unit, currency, timeZone });
      }
    }
    return {
      name: CHANNEL,
      platform,
      credentials: [ourIdentity(CHANNEL, CREDENTIAL, 'identity', PARTNER, null)],
      initiallyOpen: false,
      takesBookings: false,
      takesBookingRequests: false,
      crawler: null,
      unitOf: ({ endpoint, body }) =>
        endpoint.startsWith('hotel_') || endpoint === 'property_data'
          ? (/(?:HotelCode="|<Property>)([^"<]*)/.exec(body ?? '')?.[1] ?? null)
          : null,
      answerRequest: () => false,
      consent: () => null,
      bookableWith: () => [],
    };
  },
};
