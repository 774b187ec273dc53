import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import type { ChannelSetup } from './channels.ts';
import { createHotels, drawRoom } from './hotels.ts';
import { ourIdentity } from './our-identity.ts';
import { TIGHT_EXPEDIA, tightExpedia } from './tight-limits.ts';

const CHANNEL = 'expedia' as ChannelType;
const USER = 'simulated-user';
const PASSWORD = 'simulated-password';
const CREDENTIAL = '00000000-0000-4000-8000-000000000002';

/** One user of ours for all tenants; hotels of one tenant, the first with a room type for each of two properties. */
export const expediaChannel: ChannelSetup = {
  naming: {
    channel: CHANNEL,
    share: 0.5,
    connect: (_property, { index, hotel }, chance) => ({
      ...drawRoom(`3${hotel}`, index, 0.4, chance),
      channelAccountId: USER,
      credentialId: CREDENTIAL,
      requestsPerSecond: null,
      pollMinutes: 5,
    }),
  },
  tighten: tightExpedia,
  build: (plan, ports, { post }, chance) => {
    const platform = new ExpediaPlatform(ports, post, {
      users: { [USER]: PASSWORD },
      limitAnswer: chance.pick(['status', 'body']),
      culprits: chance.pick(['named', 'unnamed']),
      reopening: chance.pick(['own', 'always', 'never']),
      virtualCard: chance.pick(['card', 'instruction', 'none']),
      ...TIGHT_EXPEDIA,
    });
    createHotels(platform, CHANNEL, plan);
    return {
      name: CHANNEL,
      platform,
      credentials: [ourIdentity(CHANNEL, CREDENTIAL, 'identity', USER, PASSWORD)],
      initiallyOpen: false,
      takesBookings: true,
      takesBookingRequests: false,
      crawler: null,
      unitOf: ({ endpoint, body }) =>
        endpoint === 'ar' ? (/<RoomType id="(\d+)"/.exec(body ?? '')?.[1] ?? null) : null,
      answerRequest: () => false,
      consent: () => null,
      // One booking is one room.
      bookableWith: () => [],
    };
  },
};
