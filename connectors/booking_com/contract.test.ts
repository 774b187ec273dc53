import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { BookingComPlatform } from '../../simulators/booking_com/platform.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import type { InboundRequest } from '../contract.ts';
import { describeConnectorContract, type Subject } from '../contract-suite/index.ts';
import { cellName } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { inboundRequest } from '../testing/harness.ts';
import { bookingAuthenticator } from './auth.ts';
import { bookingConnector } from './index.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const SECRET = 'webhook secret';
const ROOM = '700101';

function start(
  rangeEnd: 'inclusive' | 'exclusive',
  culprits: 'named' | 'unnamed' = 'named',
): Subject {
  const time = new VirtualTime(START);
  let received: InboundRequest[] = [];
  const platform = new BookingComPlatform(
    time,
    (url, headers, body) => {
      received.push(inboundRequest(url, headers, body));
      return Promise.resolve(200);
    },
    {
      culprits,
      rangeEnd,
      accounts: { ours: 'secret' },
      hotelLimit: { limit: 10_000, windowMs: 1_000 },
    },
  );
  platform.createHotel({
    id: '500',
    rooms: [{ id: ROOM, rates: [{ id: '9001' }, { id: '9002' }] }],
  });
  platform.webhooks.subscribe({ scope: null, url: '/webhooks/booking_com', secret: SECRET });
  const connection = testConnection('booking_com', '500', ROOM, ['9001', '9002']);
  const room = ({ checkIn, checkOut }: { checkIn: PlainDate; checkOut: PlainDate }) => ({
    unit: ROOM,
    checkIn,
    checkOut,
  });
  return {
    connector: bookingConnector,
    authenticator: bookingAuthenticator,
    connection,
    secrets: { clientId: 'ours', clientSecret: 'secret', refreshToken: null },
    platform: {
      clock: time.clock,
      timers: time.timers,
      advance: (ms) => time.advance(ms),
      handle: (request) => platform.handle(request),
    },
    today: '2026-11-01' as PlainDate,
    currency: 'EUR',
    webhookSecret: SECRET,
    calendar(first, end) {
      const cells = new Map<string, number | null>();
      for (const view of platform.calendar(ROOM, first, end)) {
        const night = view.night as PlainDate;
        const rooms = view.closed ? 0 : view.availability;
        cells.set(cellName({ night, field: 'availability', ratePlanId: null }), rooms);
        for (const [ratePlanId, rate] of Object.entries(view.rates)) {
          const put = (field: Parameters<typeof cellName>[0]['field'], value: number | null) =>
            cells.set(cellName({ night, field, ratePlanId }), value);
          put('price', rate.price);
          put('min_stay_arrival', rate.minStayArrival ?? 0);
          put('min_stay_through', rate.minStayThrough ?? 0);
          put('max_stay', rate.maxStay ?? 0);
          put('closed_to_arrival', Number(rate.closedToArrival));
          put('closed_to_departure', Number(rate.closedToDeparture));
        }
      }
      return cells;
    },
    fault: (spec) => {
      platform.faults.arm(spec);
    },
    violations: () => platform.report().violations,
    book(stay) {
      const result = platform.book({
        rooms: [room(stay)],
        force: true,
        ...(stay.guest ? { guest: stay.guest } : {}),
      });
      if (!result.ok) throw new Error(result.reason);
      return result.reservation;
    },
    modify(reservation, stay) {
      const result = platform.modify(reservation, {
        rooms: [{ ...room(stay), index: '1' }],
        force: true,
      });
      if (!result.ok) throw new Error(result.reason);
    },
    cancel(reservation) {
      platform.cancel(reservation);
    },
    async webhooks() {
      await time.advance(0);
      const messages = received;
      received = [];
      return messages;
    },
    expireTokens: () => platform.expireTokens(),
  };
}

// Whether `to` belongs to a range is not settled: whatever it means, the product must be right.
for (const rangeEnd of ['inclusive', 'exclusive'] as const) {
  describeConnectorContract(`Booking.com (range end ${rangeEnd})`, {
    start: (culprits) => start(rangeEnd, culprits),
    fullSyncRequests: 17,
  });
}
