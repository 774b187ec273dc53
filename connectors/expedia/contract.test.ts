import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import type { ExpediaSettings } from '../../simulators/expedia/settings.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import { describeConnectorContract, type Subject } from '../contract-suite/index.ts';
import { cellName } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { expediaAuthenticator } from './auth.ts';
import { expediaConnector } from './index.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const ROOM = '5001';
const PASSWORD = 's$& <"ö';

function start(plans: readonly string[], settings: Partial<ExpediaSettings>): Subject {
  const time = new VirtualTime(START);
  const platform = new ExpediaPlatform(time, () => Promise.resolve(200), {
    users: { ours: PASSWORD },
    userLimit: { limit: 10_000, windowMs: 1_000 },
    ...settings,
  });
  platform.createHotel({ id: '500', rooms: [{ id: ROOM, rates: plans.map((id) => ({ id })) }] });
  const room = ({ checkIn, checkOut }: { checkIn: PlainDate; checkOut: PlainDate }) => ({
    unit: ROOM,
    checkIn,
    checkOut,
  });
  const done = (result: ReturnType<ExpediaPlatform['book']>): string => {
    if (!result.ok) throw new Error(result.reason);
    return result.reservation;
  };
  return {
    connector: expediaConnector,
    authenticator: expediaAuthenticator,
    connection: testConnection('expedia', '500', ROOM, plans),
    secrets: { clientId: 'ours', clientSecret: PASSWORD, refreshToken: null },
    platform: {
      clock: time.clock,
      timers: time.timers,
      advance: (ms) => time.advance(ms),
      handle: (request) => platform.handle(request),
    },
    today: '2026-11-01' as PlainDate,
    currency: 'EUR',
    webhookSecret: null,
    expireTokens: () => platform.expireTokens(),
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
          put('min_stay_arrival', rate.minStayArrival ?? rate.minStayThrough ?? 0);
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
    book: (stay) =>
      done(
        platform.book({
          rooms: [room(stay)],
          force: true,
          ...(stay.guest ? { guest: stay.guest } : {}),
        }),
      ),
    modify: (reservation, stay) => {
      done(platform.modify(reservation, { rooms: [room(stay)], force: true }));
    },
    cancel: (reservation) => {
      done(platform.cancel(reservation));
    },
    webhooks: () => Promise.resolve([]),
  };
}

// A night of two rate plans is 12 updates, of one 7: 5,000 of them to a message.
describeConnectorContract('Expedia (two rate plans)', {
  start: (culprits = 'named') => start(['50011', '50012'], { culprits }),
  fullSyncRequests: 2,
});
describeConnectorContract('Expedia (one rate plan, length of stay through every night)', {
  start: (culprits = 'named') => start(['50011A'], { culprits, lengthOfStay: 'stay_through' }),
  fullSyncRequests: 1,
});
