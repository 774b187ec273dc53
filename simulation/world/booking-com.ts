import type { ChannelType } from '../../schemas/domain/ids.ts';
import { BookingComPlatform } from '../../simulators/booking_com/platform.ts';
import type { ChannelSetup } from './channels.ts';
import { createHotels, drawRoom } from './hotels.ts';
import { ourIdentity } from './our-identity.ts';
import { TIGHT_BOOKING_COM, tightBookingCom } from './tight-limits.ts';

const CHANNEL = 'booking_com' as ChannelType;
const MACHINE_ACCOUNT = 'simulated-machine';
const MACHINE_SECRET = 'simulated-machine-secret';
const CREDENTIAL = '00000000-0000-4000-8000-000000000001';

/** One machine account for all tenants; hotels of one tenant, the first with a room for each of two properties. */
export const bookingComChannel: ChannelSetup = {
  naming: {
    channel: CHANNEL,
    share: 0.65,
    connect: (_property, { index, hotel }, chance) => ({
      ...drawRoom(hotel, index, 0.5, chance),
      channelAccountId: MACHINE_ACCOUNT,
      credentialId: CREDENTIAL,
      requestsPerSecond: chance.happens(0.3) ? 5 : null,
      pollMinutes: 5,
    }),
  },
  tighten: tightBookingCom,
  build: (plan, ports, { post }, chance) => {
    const platform = new BookingComPlatform(ports, post, {
      accounts: { [MACHINE_ACCOUNT]: MACHINE_SECRET },
      reopening: chance.pick(['own', 'always', 'never']),
      culprits: chance.pick(['named', 'unnamed']),
      rangeEnd: chance.pick(['inclusive', 'exclusive']),
      amounts: chance.pick(['integer', 'decimal']),
      bareCancellations: chance.happens(0.3),
      ...TIGHT_BOOKING_COM,
    });
    const rooms = createHotels(platform, CHANNEL, plan);
    return {
      name: CHANNEL,
      platform,
      credentials: [
        ourIdentity(CHANNEL, CREDENTIAL, 'token_exchange', MACHINE_ACCOUNT, MACHINE_SECRET),
      ],
      initiallyOpen: false,
      takesBookings: true,
      crawler: null,
      takesBookingRequests: false,
      unitOf: ({ endpoint, body }) =>
        endpoint === 'availability' ? (/<room id="(\d+)"/.exec(body ?? '')?.[1] ?? null) : null,
      answerRequest: () => false,
      consent: () => ({
        accessToken: platform.tokens.issue(MACHINE_ACCOUNT),
        expiresAt: ports.clock.now() + platform.settings.tokenLifeMs,
      }),
      bookableWith: (unit) =>
        rooms.filter(
          (other) => other !== unit && platform.targetOf(other) === platform.targetOf(unit),
        ),
    };
  },
};
