import { ParityError } from '../../schemas/errors.ts';
import { isTooManyRequests } from '../answers/http-outcome.ts';
import type {
  ChannelRequest,
  ChannelResponse,
  InboundCodec,
  ParsedReservation,
  PollQuestion,
} from '../contract.ts';
import type { UnreadableReservation } from '../inbound/unreadable.ts';
import { child, childrenOf, parseXml, xml } from '../notation/xml.ts';
import { errorsOf, noticesOf, refusal } from './notices.ts';
import { hotelOf, readExpediaBooking } from './reservation.ts';
import { eqcRequest, isLimitInBody, readRoot } from './wire.ts';

/** Most bookings of one answer. */
const LARGEST_PAGE = 125;

/** Longest `confirmNumber`; a longer one has the whole message refused (3010). */
const LONGEST_CONFIRM_NUMBER = 35;

/** `pending` hands out each transaction once; `retrieved` repeats what was handed out and not confirmed, so that a lost answer loses nothing. */
const FEEDS = ['retrieved', 'pending'] as const;
type Feed = (typeof FEEDS)[number];

/**
 * Booking Retrieval and Booking Confirmation. Each hotel is asked for by name: a question without one would take the bookings of all hotels of
 * the user, other tenants' too. Of several transactions of one booking the next is handed out when the one before is confirmed. What
 * cannot be stored is never confirmed: Expedia then writes to the hotel, which is what should happen. The notifications that Expedia can push exclude this path
 * for a hotel; none is accepted. Source: Expedia developer portal, "Booking Retrieval and Booking Confirmation".
 */
export const expediaInbound: InboundCodec = {
  verify: () => 'invalid',
  parseWebhook: () => {
    throw new ParityError('REQUEST_MALFORMED', 'no message of Expedia comes this way');
  },
  feeds: FEEDS,
  poll(feed, account, cursor) {
    const hotel = positionOf(cursor, account.listings).hotel;
    return eqcRequest('br', [
      ...(hotel === undefined ? [] : [xml('Hotel', { id: hotel })]),
      xml('ParamSet', {}, [xml('Status', { value: feedOf(feed) })]),
    ]);
  },
  parsePoll: (feed, response, asked) =>
    parseBookings(feedOf(feed), response, asked ?? { listings: [], cursor: null }),
  fetchReservation: () => null,
  parseReservation: () => null,
  listReservations: () => null,
  parseList: () => ({ reservations: [], unreadable: [], next: null }),
  acknowledge: confirmation,
  isRateLimited: (response) => isTooManyRequests(response) || isLimitInBody(response),
  interpretAcknowledgement,
};

function parseBookings(feed: Feed, response: ChannelResponse, asked: PollQuestion) {
  if (isLimitInBody(response))
    throw new ParityError('CHANNEL_RATE_LIMITED', 'Expedia asks to slow down');
  const root = parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  const { hotel, following } = positionOf(asked.cursor, asked.listings);
  const [error] = errorsOf(root);
  if (error) {
    // A hotel that the user has no access to must not hide those after it.
    if (error.meaning.code !== 'CHANNEL_LISTING_UNKNOWN' || asked.listings.length < 2)
      throw refusal(error);
    const message = `no bookings of hotel ${hotel ?? ''}: ${refusal(error).message}`;
    const unreadable = [{ reservationId: null, messageKind: null, message }];
    return { reservations: [], unreadable, next: startOf(following), cursor: null };
  }
  if (root.name !== 'BookingRetrievalRS')
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', `<${root.name}> instead of bookings`);
  const bookings = childrenOf(child(root, 'Bookings'), 'Booking');
  const reservations: ParsedReservation[] = [];
  const unreadable: UnreadableReservation[] = [];
  // The newest comes first.
  for (const booking of [...bookings].reverse()) {
    const { id, type = '' } = booking.attributes;
    try {
      const reservation = readExpediaBooking(booking);
      reservations.push({ reservation, messageKind: `${type} ${hotelOf(booking)}` });
    } catch (error) {
      if (!(error instanceof ParityError)) throw error;
      unreadable.push({ reservationId: id ?? null, messageKind: null, message: error.message });
    }
  }
  // More of `retrieved` cannot be asked for: what is confirmed makes room.
  const isFull = feed === 'pending' && bookings.length >= LARGEST_PAGE;
  const last = bookings[bookings.length - 1]?.attributes.id ?? '';
  const next = isFull ? `${hotel ?? ''} ${last}` : startOf(following);
  return { reservations, unreadable, next, cursor: null };
}

function feedOf(name: string): Feed {
  const feed = FEEDS.find((one) => one === name);
  if (!feed) throw new ParityError('COMMAND_INVALID', `"${name}" is no feed of Expedia`);
  return feed;
}

/** A cursor is a hotel and, within it, the booking that came last. A hotel that is gone begins from the first. */
function positionOf(cursor: string | null, listings: readonly string[]) {
  const at = Math.max(0, listings.indexOf(cursor?.split(' ')[0] ?? ''));
  return { hotel: listings[at], following: listings[at + 1] };
}

function startOf(hotel: string | undefined): string | null {
  return hotel === undefined ? null : `${hotel} `;
}

/** `BookingConfirmRQ`. Null for a refusal: there is no message for it. The kind of the message holds type and hotel of the booking. */
function confirmation(message: Parameters<InboundCodec['acknowledge']>[0]): ChannelRequest | null {
  if (message.outcome === 'refused') return null;
  const [bookingType = '', hotel = message.listing] = message.messageKind.split(' ');
  const number = xml('BookingConfirmNumber', {
    bookingID: message.reservationId,
    bookingType,
    confirmNumber: confirmNumberOf(message.bookingReference),
    confirmTime: new Date(message.decidedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
  });
  return eqcRequest('bc', [
    xml('Hotel', { id: hotel }),
    xml('BookingConfirmNumbers', {}, [number]),
  ]);
}

/** Ids of ours are UUIDs of 36 characters: without the hyphens they fit, and can still be found. */
function confirmNumberOf(reference: string): string {
  return reference.length <= LONGEST_CONFIRM_NUMBER
    ? reference
    : reference.replaceAll('-', '').slice(0, LONGEST_CONFIRM_NUMBER);
}

/** Warnings within `Success` mean that this booking was not confirmed. */
const WARNINGS: Readonly<Record<number, 'outdated' | 'gone'>> = {
  // Not known, of another hotel, or its guest has left.
  10080: 'gone',
  10081: 'gone',
  10101: 'gone',
  // Another type: a newer transaction waits.
  10100: 'outdated',
};

function interpretAcknowledgement(
  response: ChannelResponse,
): 'done' | 'outdated' | 'retry' | 'gone' {
  const { status } = response;
  if (status === 403 || status === 404 || status === 410) return 'gone';
  if (status === 401 || status === 408 || status === 425 || status === 429 || status >= 500)
    return 'retry';
  if (isLimitInBody(response)) return 'retry';
  const root = readRoot(response);
  const [error] = errorsOf(root);
  if (error) {
    const { blame } = error.meaning;
    return blame === 'credential' || blame === 'later' || blame === 'busy' ? 'retry' : 'gone';
  }
  const success = root?.name === 'BookingConfirmRS' ? child(root, 'Success') : undefined;
  if (!success || status >= 300) return 'retry';
  const [warning] = noticesOf(success, 'Warning');
  return warning ? (WARNINGS[warning.number] ?? 'gone') : 'done';
}
