import { daysBetween, type PlainDate, plainDate } from '../../schemas/domain/plain-date.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { ChannelRequest, ChannelResponse, Observation } from '../contract.ts';
import { integerOf } from '../notation/json.ts';
import { child, childrenOf, parseXml, type XmlElement, xml } from '../notation/xml.ts';
import { XML_DECLARATION, XML_HEADERS } from './wire.ts';

/** `POST /hotels/xml/roomrateavailability`: rooms left and closings of a whole hotel; no prices, no restrictions. */
export function readBackBooking(
  connection: Connection,
  nights: { readonly start: PlainDate; readonly end: PlainDate },
): ChannelRequest {
  const content = [
    xml('hotel_id', {}, connection.listing),
    xml('start_date', {}, nights.start),
    xml('number_of_days', {}, String(daysBetween(nights.start, nights.end))),
  ];
  return {
    endpoint: 'roomrateavailability',
    method: 'POST',
    host: 'ari',
    path: '/hotels/xml/roomrateavailability',
    headers: XML_HEADERS,
    body: XML_DECLARATION + xml('request', {}, content),
  };
}

/**
 * Availability of the connection's room: 0 where the room is closed, or every rate plan of the connection is; else rooms left.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED
 */
export function parseReadBackBooking(
  connection: Connection,
  response: ChannelResponse,
): readonly Observation[] {
  const root = parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  if (root.name !== 'roomrates') throw malformed(`<${root.name}> instead of room rates`);
  const rooms = childrenOf(root, 'room').filter(
    (room) => (room.attributes.room_id ?? room.attributes.id) === connection.room_id,
  );
  const plans = new Set<string>(connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id));
  return rooms
    .flatMap((room) => childrenOf(room, 'date'))
    .map((date) => ({
      night: nightOf(date),
      field: 'availability',
      ratePlanId: null,
      value: availabilityOf(date, plans),
    }));
}

function availabilityOf(date: XmlElement, plans: ReadonlySet<string>): number | null {
  if (isClosed(date)) return 0;
  const own = childrenOf(date, 'rate').filter(({ attributes }) =>
    plans.has(attributes.id ?? attributes.rate_id ?? ''),
  );
  if (own.length > 0 && own.every(isClosed)) return 0;
  const left =
    date.attributes.rooms_to_sell ??
    date.attributes.rooms_left ??
    child(date, 'rooms_to_sell')?.text;
  return integerOf(left) ?? null;
}

function isClosed(element: XmlElement): boolean {
  const value = element.attributes.closed ?? child(element, 'closed')?.text;
  return value === '1' || value === 'true';
}

function nightOf(date: XmlElement): PlainDate {
  try {
    return plainDate(date.attributes.value ?? '');
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a date without a value', { cause });
  }
}

function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', what);
}
