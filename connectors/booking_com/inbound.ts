import { codeOf, ParityError } from '../../schemas/errors.ts';
import { isTooManyRequests } from '../answers/http-outcome.ts';
import type {
  ChannelRequest,
  ChannelResponse,
  InboundCodec,
  InboundRequest,
  ParsedReservation,
  WebhookContent,
} from '../contract.ts';
import { verifyHmac } from '../inbound/signature.ts';
import type { UnreadableReservation } from '../inbound/unreadable.ts';
import { isObject, parseJson, textOf } from '../notation/json.ts';
import { child, descendants, parseXml, type XmlElement, xml } from '../notation/xml.ts';
import { hotelOf, readBookingReservation, reservationIdOf } from './reservation.ts';
import { XML_DECLARATION, XML_HEADERS } from './wire.ts';

const OTA_NAMESPACE = 'http://www.opentravel.org/OTA/2003/05';

/** The two queues. A change before the first acknowledgement stays in the first. */
const FEEDS = {
  ResNotif: {
    message: 'OTA_HotelResNotif',
    list: 'HotelReservations',
    item: 'HotelReservation',
    status: 'new',
  },
  ResModifyNotif: {
    message: 'OTA_HotelResModifyNotif',
    list: 'HotelResModifies',
    item: 'HotelResModify',
    status: 'modified',
  },
} as const;
type Feed = keyof typeof FEEDS;

/** A message of a queue. `listing` is the hotel also where a cancellation has no rooms. */
interface QueuedReservation extends ParsedReservation {
  readonly listing: string;
}

/**
 * Both queues are polled; a message comes back until it is acknowledged on the path that gave it, so there is nothing to page:
 * what is left comes with the next poll. A notification only says that it is worth polling now.
 * Source: developers.booking.com, connectivity docs, "Reservations API" (retrieving, acknowledging).
 */
export const bookingInbound: InboundCodec = {
  verify: (request, secrets, now) => verifyHmac(request, 'x-booking-signature', secrets, now),
  parseWebhook: (request): WebhookContent => ({ kind: 'poll', eventType: eventTypeOf(request) }),
  feeds: Object.keys(FEEDS),
  poll(feed, account) {
    const query = new URLSearchParams();
    if (account.listings.length > 0) query.set('hotel_ids', account.listings.join(','));
    const suffix = query.size === 0 ? '' : `?${query}`;
    return {
      endpoint: `${feedOf(feed).message}_poll`,
      method: 'GET',
      host: 'reservations',
      path: `/hotels/ota/${feedOf(feed).message}${suffix}`,
      headers: { accept: XML_HEADERS.accept ?? '' },
      body: null,
    };
  },
  parsePoll: (feed, response) => ({
    ...parseQueue(feed as Feed, response),
    next: null,
    cursor: null,
  }),
  fetchReservation: () => null,
  parseReservation: () => null,
  listReservations: () => null,
  parseList: () => ({ reservations: [], unreadable: [], next: null }),
  acknowledge: acknowledgement,
  isRateLimited,
  interpretAcknowledgement,
};

function parseQueue(feed: Feed, response: ChannelResponse) {
  const { message, item, status } = feedOf(feed);
  const root = parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  if (root.name !== `${message}RQ`)
    throw new ParityError(
      'CHANNEL_RESPONSE_MALFORMED',
      `<${root.name}> is no answer to a poll of ${feed}`,
    );
  const reservations: QueuedReservation[] = [];
  const unreadable: UnreadableReservation[] = [];
  for (const element of itemsOf(root, item)) {
    try {
      const reservation = readBookingReservation(element, status);
      reservations.push({ reservation, messageKind: feed, listing: hotelOf(element) });
    } catch (error) {
      if (!(error instanceof ParityError)) throw error;
      unreadable.push({
        reservationId: reservationIdOf(element) ?? null,
        messageKind: feed,
        message: error.message,
      });
    }
  }
  return { reservations, unreadable };
}

function itemsOf(root: XmlElement, item: string): readonly XmlElement[] {
  return descendants(root, item);
}

/** `…RS` to the path that was polled: `Success`, or `Errors` where the reservation cannot be stored. */
function acknowledgement(message: Parameters<InboundCodec['acknowledge']>[0]): ChannelRequest {
  const { message: name, list, item } = feedOf(message.messageKind);
  const verdict =
    message.outcome === 'stored'
      ? xml('Success')
      : xml('Errors', {}, [
          xml('Error', { Type: '12', Code: '450', ShortText: 'The reservation cannot be stored' }),
        ]);
  const id = xml('HotelReservationID', {
    ResID_Value: message.reservationId,
    ResID_Source: 'PARITY',
  });
  const entry = xml(item, {}, [xml('ResGlobalInfo', {}, [xml('HotelReservationIDs', {}, [id])])]);
  return {
    endpoint: `${name}_acknowledge`,
    method: 'POST',
    host: 'reservations',
    path: `/hotels/ota/${name}`,
    headers: XML_HEADERS,
    body:
      XML_DECLARATION +
      xml(`${name}RS`, { xmlns: OTA_NAMESPACE }, [verdict, xml(list, {}, [entry])]),
  };
}

/** A `fault` may come inside a 200. */
function isRateLimited(response: ChannelResponse): boolean {
  const start = response.body.slice(0, 4_096);
  return isTooManyRequests(response) || /<fault\b[^>]*\bcode=["']429["']/.test(start);
}

/**
 * Repeated until the answer is no 5xx. 400 for a message of the wrong type: a newer one waits, so poll. 403 and 404: the
 * connection ended or the reservation is not known, repeating cannot help.
 */
function interpretAcknowledgement(
  response: ChannelResponse,
): 'done' | 'outdated' | 'retry' | 'gone' {
  const { status } = response;
  if (status === 403 || status === 404 || status === 410) return 'gone';
  if (status === 401 || status === 408 || status === 425 || status === 429 || status >= 500)
    return 'retry';
  const root = readRoot(response);
  if (status === 400) {
    const text = root ? errorTexts(root) : response.body;
    return root === undefined || /wrong type|outdated|already|newer/i.test(text)
      ? 'outdated'
      : 'gone';
  }
  if (status < 200 || status >= 300 || root === undefined) return 'retry';
  if (descendants(root, 'Error').length > 0)
    return /wrong type|outdated/i.test(errorTexts(root)) ? 'outdated' : 'gone';
  return child(root, 'Success') || root.name === 'ok' ? 'done' : 'retry';
}

function errorTexts(root: XmlElement): string {
  return descendants(root, 'Error')
    .map(({ attributes, text }) => `${attributes.ShortText ?? ''} ${text}`)
    .join(' ');
}

/** Only for the log: whatever a verified notification says, the queues are polled. */
function eventTypeOf(request: InboundRequest): string {
  try {
    const body = parseJson(new TextDecoder().decode(request.body), 'REQUEST_MALFORMED');
    const type = isObject(body)
      ? (textOf(body.type) ?? textOf(body.event_type) ?? textOf(body.event))
      : undefined;
    return type?.slice(0, 100) ?? 'notification';
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return 'notification';
  }
}

function feedOf(name: string): (typeof FEEDS)[Feed] {
  if (Object.hasOwn(FEEDS, name)) return FEEDS[name as Feed];
  throw new ParityError('COMMAND_INVALID', `"${name}" is no queue of Booking.com`);
}

function readRoot(response: ChannelResponse): XmlElement | undefined {
  try {
    return parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
