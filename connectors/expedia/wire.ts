import { codeOf } from '../../schemas/errors.ts';
import type { ChannelRequest, ChannelResponse } from '../contract.ts';
import { parseXml, type XmlElement, xml } from '../notation/xml.ts';

/**
 * The four XML interfaces of Expedia QuickConnect (EQC) with the namespaces that a request must have. Answers to AR come in the namespace
 * AR/2007/02, answers to BC in BC/2007/08: names are read without their namespace. Source: Expedia developer portal, "Availability and Rates", "Booking
 * Retrieval and Booking Confirmation", "Product, Availability and Rate Retrieval".
 */
const INTERFACES = {
  ar: { root: 'AvailRateUpdateRQ', namespace: 'AR/2011/06' },
  br: { root: 'BookingRetrievalRQ', namespace: 'BR/2014/01' },
  bc: { root: 'BookingConfirmRQ', namespace: 'BC/2007/09' },
  parr: { root: 'ProductAvailRateRetrievalRQ', namespace: 'PAR/2013/07' },
} as const;

const XML_HEADERS: Readonly<Record<string, string>> = {
  accept: 'text/xml',
  'content-type': 'text/xml; charset=utf-8',
};

/** A message of one interface, still without the identity that transport puts in. */
export function eqcRequest(
  name: keyof typeof INTERFACES,
  content: readonly string[],
): ChannelRequest {
  const { root, namespace } = INTERFACES[name];
  const body = xml(root, { xmlns: `http://www.expediaconnect.com/EQC/${namespace}` }, content);
  return {
    endpoint: name,
    method: 'POST',
    host: 'eqc',
    path: `/eqc/${name}`,
    headers: XML_HEADERS,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

/** The root element of an answer; undefined for what is no XML. */
export function readRoot(response: ChannelResponse): XmlElement | undefined {
  try {
    return parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** The limit of a single capability comes in the body of a 200, in whatever notation. */
export function isLimitInBody({ status, body }: ChannelResponse): boolean {
  return status < 300 && /\bRATE_LIMIT_EXCEEDED\b/.test(body.slice(0, 4_096));
}
