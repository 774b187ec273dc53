import { createHash } from 'node:crypto';
import type { ChannelRequest } from '../contract.ts';
import { escapeXml } from '../notation/xml.ts';

const HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/xml' };
const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const OTA_NAMESPACE = 'http://www.opentravel.org/OTA/2003/05';

/** Where the authenticator puts the partner key. */
export const EMPTY_REQUESTOR = '<RequestorID ID=""/>';
export const EMPTY_PARTNER = ' partner=""';

/** A rate message takes about 5 MB; what remains is for envelope and key. Source: Google's guide to ARI, as public connectors quote it. */
export const MAX_CONTENT_BYTES = 4_990_000;

/** The three kinds of message that carry a calendar. The name is the endpoint and the end of the path. */
export type MessageKind = 'hotel_avail_notif' | 'hotel_rate_amount_notif' | 'hotel_inv_count_notif';

interface Shape {
  readonly root: string;
  /** Element that names the property and holds the content. */
  readonly container: string;
}

const SHAPES: Readonly<Record<MessageKind, Shape>> = {
  hotel_avail_notif: { root: 'OTA_HotelAvailNotifRQ', container: 'AvailStatusMessages' },
  hotel_rate_amount_notif: { root: 'OTA_HotelRateAmountNotifRQ', container: 'RateAmountMessages' },
  hotel_inv_count_notif: { root: 'OTA_HotelInvCountNotifRQ', container: 'Inventories' },
};

/**
 * An OTA message about one property in the shape of Google's XML reference (OTA 2003/05, version 3.0).
 * @param content finished elements of the container
 * @param attributes of the root, behind the standard ones
 * @param now time of creation, ms since the epoch
 */
export function otaRequest(
  kind: MessageKind,
  hotelCode: string,
  content: string,
  attributes: string,
  now: number,
): ChannelRequest {
  const { root, container } = SHAPES[kind];
  const inner = `<POS><Source>${EMPTY_REQUESTOR}</Source></POS><${container} HotelCode="${escapeXml(hotelCode)}">${content}</${container}>`;
  const time = instant(now);
  const echo = echoToken(root, attributes, time, inner);
  return {
    endpoint: kind,
    method: 'POST',
    host: 'uploads',
    path: `/ota/${kind}`,
    headers: HEADERS,
    body: `${XML_DECLARATION}<${root} xmlns="${OTA_NAMESPACE}" EchoToken="${echo}" TimeStamp="${time}" Version="3.0"${attributes}>${inner}</${root}>`,
  };
}

/** A `Transaction` (own namespace of Google, none in the document). */
export function transactionRequest(content: string, now: number): ChannelRequest {
  const time = instant(now);
  const id = echoToken('Transaction', time, content);
  return {
    endpoint: 'property_data',
    method: 'POST',
    host: 'uploads',
    path: '/property_data',
    headers: HEADERS,
    body: `${XML_DECLARATION}<Transaction timestamp="${time}" id="${id}"${EMPTY_PARTNER}>${content}</Transaction>`,
  };
}

/** `2026-12-01T08:00:00Z`: the form of Google's examples. */
function instant(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** The token of a message that `otaRequest` wrote. */
export function echoTokenOf(body: string): string | undefined {
  return /EchoToken="([^"]*)"/.exec(body)?.[1];
}

/** Names the message by what it says, so that the same plan is the same bytes. Google takes letters, digits, `_` and `-`. */
function echoToken(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22);
}
