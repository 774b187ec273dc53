import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { AirbnbPlatform } from '../../simulators/airbnb/platform.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import type { InboundRequest } from '../contract.ts';
import { describeConnectorContract, type Subject } from '../contract-suite/index.ts';
import { cellName } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { inboundRequest } from '../testing/harness.ts';
import { airbnbAuthenticator } from './auth.ts';
import { airbnbConnector } from './index.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const SECRET = 'webhook secret';
const PLAN = 'standard';

function start(culprits: 'named' | 'unnamed' = 'named'): Subject {
  const time = new VirtualTime(START);
  let received: InboundRequest[] = [];
  const platform = new AirbnbPlatform(
    time,
    (url, headers, body) => {
      received.push(inboundRequest(url, headers, body));
      return Promise.resolve(200);
    },
    { culprits, listingLimit: { limit: 10_000, windowMs: 1_000 } },
  );
  const host = platform.createHost('7001');
  platform.createListing({ id: '1001', host: '7001' });
  platform.webhooks.subscribe({ scope: null, url: '/webhooks/airbnb', secret: SECRET });
  const connection = testConnection('airbnb', '1001', null, [PLAN]);
  const room = ({ checkIn, checkOut }: { checkIn: PlainDate; checkOut: PlainDate }) => ({
    unit: '1001',
    checkIn,
    checkOut,
  });
  return {
    connector: airbnbConnector,
    authenticator: airbnbAuthenticator,
    connection,
    secrets: {
      clientId: platform.settings.clientId,
      clientSecret: platform.settings.clientSecret,
      refreshToken: host.refreshToken,
    },
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
      for (const view of platform.calendar('1001', first, end)) {
        const night = view.night as PlainDate;
        const rate = Object.values(view.rates)[0];
        if (!rate) throw new Error('a listing has one rate');
        const put = (field: Parameters<typeof cellName>[0]['field'], value: number | null) =>
          cells.set(cellName({ night, field, ratePlanId: PLAN }), value);
        cells.set(
          cellName({ night, field: 'availability', ratePlanId: null }),
          view.closed ? 0 : 1,
        );
        put('price', rate.price);
        put('min_stay_arrival', rate.minStayArrival ?? 0);
        put('max_stay', rate.maxStay ?? 0);
        put('closed_to_arrival', Number(rate.closedToArrival));
        put('closed_to_departure', Number(rate.closedToDeparture));
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

describeConnectorContract('Airbnb', { start, fullSyncRequests: 1 });
