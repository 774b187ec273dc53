import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import { BookingComPlatform } from '../../simulators/booking_com/platform.ts';
import type { ChannelSetup } from './channels.ts';
import { createHotels } from './hotels.ts';
import { drawAdjustment } from './plan.ts';
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
    connect: (_property, { index, hotel }, chance) => {
      const room = `${hotel}${String(index).padStart(2, '0')}`;
      const rates = chance.happens(0.5) ? 2 : 1;
      return {
        listing: hotel,
        roomId: room,
        channelAccountId: MACHINE_ACCOUNT,
        credentialId: CREDENTIAL,
        unit: room,
        ratePlans: Array.from({ length: rates }, (_, number) => {
          const id = `${room}${number + 1}`;
          return { id: id as RatePlanId, adjustment: drawAdjustment(chance), shownAs: id };
        }),
        requestsPerSecond: chance.happens(0.3) ? 5 : null,
        pollMinutes: 5,
      };
    },
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
        {
          id: CREDENTIAL,
          tenantId: null,
          channel: CHANNEL,
          kind: 'token_exchange' as const,
          clientId: MACHINE_ACCOUNT,
          clientSecret: MACHINE_SECRET,
          accessToken: null,
          refreshToken: null,
          expiresAt: null,
        },
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
