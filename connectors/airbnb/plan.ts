import { toDecimal } from '../../schemas/domain/money.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { Change, ChannelRequest, Plan, PlanContext, PlannedRequest } from '../contract.ts';
import { byNight, packRuns, type Run, runsOf } from '../planning/ranges.ts';
import { type Objection, screen } from '../planning/screening.ts';
import { airbnbManifest, MAX_DATES_PER_CALL, NO_MAX_NIGHTS, NO_MIN_NIGHTS } from './manifest.ts';
import { API_HEADERS } from './wire.ts';

/** What one operation sets; absent fields keep their value. Keys in the order in which they are written. */
interface OperationValues {
  availability?: 'available' | 'unavailable';
  busy_subtype?: 'BLOCKED_BY_HOST';
  daily_price?: number;
  min_nights?: number;
  max_nights?: number;
  closed_to_arrival?: boolean;
  closed_to_departure?: boolean;
}

/**
 * One `calendar_operations` call per 731 nights. Nights with the same changed fields and values share an operation, as single
 * dates and `start:end` (both inclusive); no date is named twice, as the platform refuses overlaps (version 2024.06.30).
 * Source: Airbnb's public page "API Versions" for the overlaps; body and limit from public client code.
 */
export function planAirbnb(
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
): Plan {
  const { sendable, refused } = screen(
    airbnbManifest,
    connection,
    changes,
    context,
    objectionOf(connection),
  );
  const runs = runsOf(byNight(sendable)).sort((a, b) => rank(a) - rank(b));
  const requests = packRuns(runs, MAX_DATES_PER_CALL).map((group) =>
    requestOf(connection.listing, group, context.currency),
  );
  return { requests, refused };
}

function objectionOf(connection: Connection): Objection {
  const plan = connection.rate_plans[0]?.rate_plan_id;
  return ({ field, value, ratePlanId }) => {
    if (ratePlanId !== null && ratePlanId !== plan) {
      return { code: 'MAPPING_UNSUPPORTED', advice: 'an Airbnb listing has one rate plan' };
    }
    if ((field === 'min_stay_arrival' || field === 'max_stay') && value > NO_MAX_NIGHTS) {
      return { code: 'CHANNEL_VALUE_REFUSED', advice: `stays are at most ${NO_MAX_NIGHTS} nights` };
    }
    return undefined;
  };
}

/** Closings first, openings last, the rest between: should the platform stop half way, nothing is open that should not be. */
function rank(run: Run): number {
  const availability = run.nights[0]?.changes.find(({ field }) => field === 'availability');
  if (!availability) return 1;
  return availability.value === 0 ? 0 : 2;
}

function requestOf(listing: string, runs: readonly Run[], currency: string): PlannedRequest {
  const operations = new Map<string, { dates: string[]; values: OperationValues }>();
  for (const run of runs) {
    const dates = run.first === run.last ? run.first : `${run.first}:${run.last}`;
    const known = operations.get(run.key);
    if (known) known.dates.push(dates);
    else
      operations.set(run.key, {
        dates: [dates],
        values: valuesOf(run.nights[0]?.changes ?? [], currency),
      });
  }
  const list = [...operations.values()].map(({ dates, values }) =>
    JSON.stringify({ dates, ...values }),
  );
  return {
    ...calendarOperations(
      `{"listing_id":${listingNumber(listing)},"operations":[${list.join(',')}]}`,
    ),
    changes: runs.flatMap(({ nights }) => nights.flatMap((night) => night.changes)),
  };
}

function calendarOperations(body: string): ChannelRequest {
  return {
    endpoint: 'calendar_operations',
    method: 'POST',
    host: 'api',
    path: '/v2/calendar_operations',
    headers: { ...API_HEADERS, 'content-type': 'application/json' },
    body,
  };
}

function valuesOf(changes: readonly Change[], currency: string): OperationValues {
  const value = new Map(changes.map((change) => [change.field, change.value]));
  const values: OperationValues = {};
  const availability = value.get('availability');
  if (availability !== undefined) {
    values.availability = availability > 0 ? 'available' : 'unavailable';
    if (availability === 0) values.busy_subtype = 'BLOCKED_BY_HOST';
  }
  const price = value.get('price');
  if (price !== undefined) values.daily_price = Number(toDecimal({ amount: price, currency }));
  const minimum = value.get('min_stay_arrival');
  if (minimum !== undefined) values.min_nights = minimum === 0 ? NO_MIN_NIGHTS : minimum;
  const maximum = value.get('max_stay');
  if (maximum !== undefined) values.max_nights = maximum === 0 ? NO_MAX_NIGHTS : maximum;
  const toArrival = value.get('closed_to_arrival');
  if (toArrival !== undefined) values.closed_to_arrival = toArrival > 0;
  const toDeparture = value.get('closed_to_departure');
  if (toDeparture !== undefined) values.closed_to_departure = toDeparture > 0;
  return values;
}

/** Listing ids are numbers on the wire and may exceed a double, so their digits are written as they are. */
function listingNumber(listing: string): string {
  return /^[1-9]\d*$/.test(listing) ? listing : JSON.stringify(listing);
}
