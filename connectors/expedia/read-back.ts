import {
  addDays,
  daysBetween,
  type PlainDate,
  plainDate,
} from '../../schemas/domain/plain-date.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Connection, FieldName } from '../../schemas/generated/types.ts';
import type { ChannelRequest, ChannelResponse, Observation } from '../contract.ts';
import { parseAmount } from '../notation/amounts.ts';
import { integerOf } from '../notation/json.ts';
import { child, childrenOf, parseXml, type XmlElement, xml } from '../notation/xml.ts';
import { expediaManifest, LONGEST_STAY, NO_MIN_NIGHTS } from './manifest.ts';
import { errorsOf, refusal } from './notices.ts';
import { eqcRequest } from './wire.ts';

/**
 * PARR of the connection's rate plans. Both ends of its range are inclusive.
 * @throws RangeError for more nights than the manifest allows: the platform would leave the rest out without a word
 */
export function readBackExpedia(
  connection: Connection,
  nights: { readonly start: PlainDate; readonly end: PlainDate },
): ChannelRequest {
  if (daysBetween(nights.start, nights.end) > (expediaManifest.readBackNights ?? 0))
    throw new RangeError(`${nights.start} to ${nights.end} is more than PARR answers at once`);
  const plans = connection.rate_plans.map(({ rate_plan_id }) =>
    xml('RatePlan', { id: rate_plan_id }),
  );
  const retrieval = xml(
    'AvailRateRetrieval',
    { from: nights.start, to: addDays(nights.end, -1) },
    connection.room_id === null ? [] : [xml('RoomType', { id: connection.room_id }, plans)],
  );
  return eqcRequest('parr', [
    xml('Hotel', { id: connection.listing }),
    xml('ParamSet', {}, [retrieval]),
  ]);
}

/**
 * The calendar in our terms: 0 rooms where the room type is closed, or every rate plan of the connection is; no rule is 0. A price that is
 * not per day, or in another currency than the connection's, is null.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED; where the platform answered with an error, its code
 */
export function parseReadBackExpedia(
  connection: Connection,
  response: ChannelResponse,
): readonly Observation[] {
  const root = parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  const [error] = errorsOf(root);
  if (error) throw refusal(error);
  const list = root.name === 'ProductAvailRateRetrievalRS' && child(root, 'AvailRateList');
  if (!list) throw malformed(`<${root.name}> instead of availability and rates`);
  return childrenOf(list, 'AvailRate').flatMap((day) => {
    const night = nightOf(day);
    return childrenOf(day, 'RoomType')
      .filter(({ attributes }) => attributes.id === connection.room_id)
      .flatMap((room) => observe(connection, night, room));
  });
}

function observe(connection: Connection, night: PlainDate, room: XmlElement): Observation[] {
  const own = new Set<string>(connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id));
  const plans = childrenOf(room, 'RatePlan').filter(({ attributes }) =>
    own.has(attributes.id ?? ''),
  );
  const availability: Observation = {
    night,
    field: 'availability',
    ratePlanId: null,
    value: roomsOf(room, plans),
  };
  return [availability, ...plans.flatMap((plan) => observePlan(connection, night, plan))];
}

function roomsOf(room: XmlElement, plans: readonly XmlElement[]): number | null {
  if (isTrue(room.attributes.closed)) return 0;
  if (plans.length > 0 && plans.every(({ attributes }) => isTrue(attributes.closed))) return 0;
  return integerOf(child(room, 'Inventory')?.attributes.totalInventoryAvailable) ?? null;
}

function observePlan(connection: Connection, night: PlainDate, plan: XmlElement): Observation[] {
  const rules = child(plan, 'Restrictions')?.attributes ?? {};
  const minimum = integerOf(rules.minLOS);
  const maximum = integerOf(rules.maxLOS);
  const of = (field: FieldName, value: number | null): Observation => ({
    night,
    field,
    ratePlanId: plan.attributes.id ?? null,
    value,
  });
  return [
    of('price', priceOf(connection, plan)),
    of('min_stay_arrival', minimum === undefined ? null : minimum <= NO_MIN_NIGHTS ? 0 : minimum),
    of('max_stay', maximum === undefined ? null : maximum >= LONGEST_STAY ? 0 : maximum),
    of('closed_to_arrival', flagOf(rules.closedToArrival)),
    of('closed_to_departure', flagOf(rules.closedToDeparture)),
  ];
}

function priceOf({ currency }: Connection, plan: XmlElement): number | null {
  const rate = childrenOf(plan, 'Rate').find(
    ({ attributes }) => attributes.lengthOfStay === undefined,
  );
  const written = rate?.attributes.currency;
  if (written === undefined || !/^[A-Z]{3}$/.test(written)) return null;
  if (currency !== null && currency !== written) return null;
  return parseAmount(child(rate, 'PerDay')?.attributes.rate, null, written) ?? null;
}

function flagOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(isTrue(text));
}

function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === '1';
}

function nightOf(day: XmlElement): PlainDate {
  try {
    return plainDate(day.attributes.date ?? '');
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a day without a date', { cause });
  }
}

function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', what);
}
