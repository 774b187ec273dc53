import { addDays, type PlainDate, plainDate } from '../../schemas/domain/plain-date.ts';
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
import { isObject, type JsonObject, parseJsonObject, textOf } from '../notation/json.ts';
import { readAirbnbReservation } from './reservation.ts';
import { API_HEADERS } from './wire.ts';

const PAGE_SIZE = 50;
/** The list is bounded by arrival, so a poll looks back over stays that may still be changed or cancelled. */
const LOOK_BACK_DAYS = 90;
/** Going live wants stays under way, however long ago they began. */
const IMPORT_LOOK_BACK_DAYS = 366;

/** Kinds of notification that concern a reservation. Source: names seen in public client code. */
const RESERVATION_ACTION = /^reservation_/;

/**
 * Webhooks name little more than a confirmation code, so the reservation is fetched. The list of reservations is the safety net.
 * Confirmations want no acknowledgement but the answer 200.
 */
export const airbnbInbound: InboundCodec = {
  verify: (request, secrets, now) => verifyHmac(request, 'x-airbnb-signature', secrets, now),
  parseWebhook,
  feeds: ['reservations'],
  poll: (_feed, account, cursor) => listRequest(account, readCursor(cursor)),
  parsePoll(_feed, response) {
    const { reservations, unreadable, page } = parsePage(response);
    const from = lookBackFrom(response);
    return {
      reservations,
      unreadable,
      next: page === null ? null : writeCursor({ from, page }),
      cursor: writeCursor({ from, page: null }),
    };
  },
  fetchReservation: (reservationId) =>
    get('reservation', `/v2/reservations/${encodeURIComponent(reservationId)}`),
  parseReservation(response) {
    if (response.status === 404) return null;
    const body = parseJsonObject(response.body, 'CHANNEL_RESPONSE_MALFORMED');
    if (!isObject(body.reservation))
      throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'the answer holds no reservation');
    return parsed(body.reservation);
  },
  listReservations: (listing, from, cursor) =>
    listRequest(
      { listings: [listing], channelAccountId: null },
      { from: addDays(from, -IMPORT_LOOK_BACK_DAYS), page: cursor },
    ),
  parseList(response) {
    const { reservations, unreadable, page } = parsePage(response);
    return { reservations, unreadable, next: page };
  },
  acknowledge: () => null,
  isRateLimited: isTooManyRequests,
  interpretAcknowledgement: () => 'gone',
};

function parseWebhook(request: InboundRequest): WebhookContent {
  const body = parseJsonObject(new TextDecoder().decode(request.body), 'REQUEST_MALFORMED');
  const eventType = textOf(body.action);
  if (eventType === undefined)
    throw new ParityError('REQUEST_MALFORMED', 'the notification names no action');
  const inner = isObject(body.reservation) ? body.reservation : {};
  const reservationId = textOf(body.confirmation_code) ?? textOf(inner.confirmation_code);
  if (!RESERVATION_ACTION.test(eventType)) return { kind: 'ignored', eventType };
  if (reservationId === undefined)
    throw new ParityError('REQUEST_MALFORMED', `${eventType} without a confirmation code`);
  const listing =
    [body.listing_id_str, body.listing_id, inner.listing_id_str, inner.listing_id]
      .map(textOf)
      .find(Boolean) ?? null;
  return { kind: 'fetch', eventType, reservationId, listing };
}

interface ListCursor {
  /** First arrival; null: no bound. */
  readonly from: PlainDate | null;
  /** The platform's own cursor of the next page. */
  readonly page: string | null;
}

function listRequest(
  account: { readonly listings: readonly string[]; readonly channelAccountId: string | null },
  { from, page }: ListCursor,
): ChannelRequest {
  const query = new URLSearchParams();
  const [listing] = account.listings;
  if (account.channelAccountId !== null) query.set('host_id', account.channelAccountId);
  else if (listing !== undefined && account.listings.length === 1) query.set('listing_id', listing);
  else
    throw new ParityError(
      'CONFIG_INVALID',
      'an Airbnb account of several listings needs the id of its host (channel_account_id)',
    );
  if (from !== null) query.set('start_date', from);
  query.set('all_status', 'true');
  query.set('_limit', String(PAGE_SIZE));
  if (page !== null) query.set('_cursor', page);
  return get('reservations', `/v2/reservations?${query}`);
}

function parsePage(response: ChannelResponse) {
  const body = parseJsonObject(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  if (!Array.isArray(body.reservations))
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'the answer holds no reservations');
  const reservations: ParsedReservation[] = [];
  const unreadable: UnreadableReservation[] = [];
  for (const raw of body.reservations) {
    try {
      if (!isObject(raw))
        throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a reservation is no object');
      reservations.push(parsed(raw));
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      const reservationId = isObject(raw) ? (textOf(raw.confirmation_code) ?? null) : null;
      unreadable.push({
        reservationId,
        messageKind: null,
        message: (error as ParityError).message,
      });
    }
  }
  const paging = isObject(body.paging) ? body.paging : {};
  return {
    reservations,
    unreadable,
    page: textOf(paging.next_cursor) ?? textOf(paging.next_offset) ?? null,
  };
}

function parsed(raw: JsonObject): ParsedReservation {
  return { reservation: readAirbnbReservation(raw), messageKind: null };
}

/** The connector has no clock; the answer's own date says what day it is. Null where it has none: the next poll lists all. */
function lookBackFrom(response: ChannelResponse): PlainDate | null {
  const time = Date.parse(response.headers.date ?? '');
  return Number.isNaN(time)
    ? null
    : addDays(new Date(time).toISOString().slice(0, 10) as PlainDate, -LOOK_BACK_DAYS);
}

function writeCursor({ from, page }: ListCursor): string | null {
  return from === null && page === null ? null : `${from ?? ''}/${page ?? ''}`;
}

function readCursor(cursor: string | null): ListCursor {
  const [from = '', ...page] = (cursor ?? '').split('/');
  return { from: from === '' ? null : plainDate(from), page: page.join('/') || null };
}

function get(endpoint: string, path: string): ChannelRequest {
  return { endpoint, method: 'GET', host: 'api', path, headers: API_HEADERS, body: null };
}
