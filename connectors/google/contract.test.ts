import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { GooglePlatform } from '../../simulators/google/platform.ts';
import { simRequest } from '../../simulators/http.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import { describeConnectorContract, type Subject } from '../contract-suite.ts';
import { cellName } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { googleAuthenticator } from './auth.ts';
import { googleConnector } from './index.ts';
import { propertyData } from './property-data.ts';
import { testProperty } from './testing/property.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const PROPERTY = 'h1';
const SECRETS = { clientId: 'parity-lakes_1', clientSecret: null, refreshToken: null };

/** Guests of Google book on our page. */
function booksElsewhere(): never {
  throw new Error('Google takes no bookings');
}

function start(culprits: 'named' | 'unnamed' = 'named'): Subject {
  const time = new VirtualTime(START);
  const platform = new GooglePlatform(time, () => Promise.resolve(200), {
    culprits,
    partners: [SECRETS.clientId],
    propertyLimit: { limit: 10_000, windowMs: 1_000 },
    accountLimit: { limit: 10_000, windowMs: 1_000 },
  });
  platform.createProperty({ id: PROPERTY });
  const { method, path, headers, body } = propertyData(
    [testProperty(PROPERTY, ['flexible', 'saver'])],
    'overlay',
    START,
  );
  const { sign } = googleAuthenticator.authorise(SECRETS);
  // Without answer times it is carried out in this turn.
  void platform.handle(simRequest(method, path, headers, sign?.(body ?? '')));
  return {
    connector: googleConnector,
    authenticator: googleAuthenticator,
    connection: testConnection('google', PROPERTY, null, ['flexible', 'saver']),
    secrets: SECRETS,
    platform: {
      clock: time.clock,
      timers: time.timers,
      advance: (ms) => time.advance(ms),
      handle: (request) => platform.handle(request),
    },
    today: '2026-11-01' as PlainDate,
    currency: 'EUR',
    webhookSecret: '',
    calendar(first, end) {
      const cells = new Map<string, number | null>();
      for (const view of platform.calendar(PROPERTY, first, end)) {
        const night = view.night as PlainDate;
        cells.set(cellName({ night, field: 'availability', ratePlanId: null }), view.availability);
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
    book: booksElsewhere,
    modify: booksElsewhere,
    cancel: booksElsewhere,
    webhooks: () => Promise.resolve([]),
    expireTokens: () => platform.expireTokens(),
  };
}

// Restrictions, prices, units: 330 nights are what Google takes.
describeConnectorContract('Google', { start, fullSyncRequests: 3 });
