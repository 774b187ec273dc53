import { toDecimal } from '../../schemas/domain/money.ts';
import { monthOf } from '../../schemas/domain/plain-date.ts';
import type { Connection, FieldName } from '../../schemas/generated/types.ts';
import type { Change, Plan, PlanContext, PlannedRequest } from '../contract.ts';
import { xml } from '../notation/xml.ts';
import { screen } from '../planning/screening.ts';
import { bookingManifest, MAX_UPDATES_PER_REQUEST } from './manifest.ts';
import { XML_DECLARATION, XML_HEADERS } from './wire.ts';

/**
 * One `<date>` of the message: one night of the room (availability), or of one rate plan (all else). The platform takes or
 * refuses it as a whole.
 */
interface Update {
  readonly key: string;
  readonly night: string;
  readonly ratePlanId: string | null;
  readonly changes: Change[];
}

/**
 * B.XML availability: one request per month, cut at 1,000 updates. Every night stands alone (`value`): whether `to` is part of a
 * range is not settled, so `from`/`to` is never written. A night's availability is one update of the room, without a rate plan,
 * since rooms to sell belong to the room; prices and restrictions are one update per rate plan. No update appears twice, as the
 * first of two would count. Source: developers.booking.com, connectivity docs, "Rates and availability"; the limit of 1,000 as other
 * clients keep it, not published.
 */
export function planBooking(
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
): Plan {
  const room = connection.room_id;
  if (room === null) {
    const advice = 'the connection names no room';
    return {
      requests: [],
      refused: changes.map((change) => ({ change, code: 'CHANNEL_LISTING_UNKNOWN', advice })),
    };
  }
  const { sendable, refused } = screen(bookingManifest, connection, changes, context);
  const months = new Map<string, Map<string, Update>>();
  for (const change of sendable) {
    const month = monthOf(change.night);
    const updates = months.get(month) ?? new Map<string, Update>();
    months.set(month, updates);
    const key = updateKey(change);
    const known = updates.get(key);
    if (known) known.changes.push(change);
    else
      updates.set(key, {
        key,
        night: change.night,
        ratePlanId: change.ratePlanId,
        changes: [change],
      });
  }
  const requests = [...months]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, updates]) =>
      chunks([...updates.values()].sort(byNightAndRank), MAX_UPDATES_PER_REQUEST),
    )
    .map((updates) => requestOf(room, updates, context.currency));
  return { requests, refused };
}

/** The update that carries a change: the room's night, or the night of a rate plan. */
export function updateKey(change: Change): string {
  return JSON.stringify([change.night, change.ratePlanId]);
}

/** By night; within it what closes, then prices and restrictions, then what opens. */
function byNightAndRank(a: Update, b: Update): number {
  if (a.night !== b.night) return a.night < b.night ? -1 : 1;
  return rank(a) - rank(b) || ((a.ratePlanId ?? '') < (b.ratePlanId ?? '') ? -1 : 1);
}

function rank(update: Update): number {
  if (update.ratePlanId !== null) return 1;
  return update.changes.some(({ value }) => value > 0) ? 2 : 0;
}

function requestOf(room: string, updates: readonly Update[], currency: string): PlannedRequest {
  const dates = updates.map((update) => dateElement(update, currency));
  return {
    endpoint: 'availability',
    method: 'POST',
    host: 'ari',
    path: '/hotels/xml/availability',
    headers: XML_HEADERS,
    body: `${XML_DECLARATION}${xml('request', {}, [xml('room', { id: room }, dates)])}`,
    changes: updates.flatMap(({ changes }) => changes),
  };
}

/** Elements in the order of Booking.com's tutorial: rate, roomstosell, price, closed, then stays and arrival rules. */
const ORDER: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_through',
  'min_stay_arrival',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

const ELEMENTS: Readonly<Record<Exclude<FieldName, 'availability' | 'price'>, string>> = {
  min_stay_through: 'minimumstay',
  min_stay_arrival: 'minimumstay_arrival',
  max_stay: 'maximumstay',
  closed_to_arrival: 'closedonarrival',
  closed_to_departure: 'closedondeparture',
};

function dateElement({ night, ratePlanId, changes }: Update, currency: string): string {
  const values = new Map(changes.map(({ field, value }) => [field, value]));
  const content = ratePlanId === null ? [] : [xml('rate', { id: ratePlanId })];
  for (const field of ORDER) {
    const value = values.get(field);
    if (value !== undefined) content.push(...fieldElements(field, value, currency));
  }
  return xml('date', { value: night }, content);
}

/**
 * Availability is two elements: rooms to sell, and whether the room is closed. The second keeps a night shut when the platform
 * puts the rooms of a cancelled booking back, and takes back a closing that somebody made on the platform when we open.
 */
function fieldElements(field: FieldName, value: number, currency: string): string[] {
  switch (field) {
    case 'availability':
      return [xml('roomstosell', {}, String(value)), xml('closed', {}, value > 0 ? '0' : '1')];
    case 'price':
      return [xml('price', {}, toDecimal({ amount: value, currency }))];
    default:
      return [xml(ELEMENTS[field], {}, String(value))];
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
