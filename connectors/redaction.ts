import { isObject, parseJson } from './json.ts';
import { parseXml, writeElement, type XmlElement } from './xml.ts';

/** What stands where something was taken out. */
const REDACTED = '[redacted]';

/** Groups of digits with single blanks or hyphens between them, long enough to hold a card number; no decimals. */
const DIGIT_GROUPS = /(?<!\d|\d\.)\d(?:[ \u00a0-]?\d){12,}/g;
const CARD_LENGTH = { min: 13, max: 19 } as const;

/** Names of elements, attributes and keys whose whole content goes. Compared in lower case without `_` and `-`. */
const CARD_NAMES = new Set([
  'paymentcard',
  'paymentform',
  'creditcard',
  'card',
  'cardnumber',
  'cardholdername',
  'cardholder',
  'cardcode',
  'seriescode',
  'cardseriescode',
  'cvc',
  'cvv',
  'cvv2',
  'cvc2',
  'cvn',
  'cid',
  'pan',
  'expiredate',
  'expirationdate',
  'expirydate',
  'cardexpiry',
  'ccnumber',
  'ccname',
  'cccvc',
  'ccexpirationdate',
  'cctype',
  'iban',
  'magneticstripe',
  'track1',
  'track2',
]);
const SECRET_NAMES = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'password',
  'passwd',
  'secret',
  'clientsecret',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'token',
  'jwt',
  'apikey',
  'xairbnbapikey',
  'xairbnboauthtoken',
  'xairbnbsignature',
  'xbookingsignature',
  'signature',
  'webhooksecret',
  'authentication',
]);

/** Whether the digits of `text` satisfy the checksum of card numbers (ISO/IEC 7812). */
export function isLuhnValid(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const weighed = at % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** Takes card numbers out of any text, written with blanks or hyphens too, and beside other numbers. */
export function redactCardNumbers(text: string): string {
  return text.replace(DIGIT_GROUPS, redactGroups);
}

/** A card number fills whole groups; which ones, the checksum has to tell. */
function redactGroups(run: string): string {
  const groups = [...run.matchAll(/\d+/g)];
  let redacted = '';
  let kept = 0;
  for (let first = 0; first < groups.length; first += 1) {
    const start = groups[first]?.index ?? 0;
    const end = cardEnd(groups, first);
    if (end === undefined || end <= kept) continue;
    if (start >= kept) redacted += run.slice(kept, start) + REDACTED;
    kept = end;
  }
  return redacted + run.slice(kept);
}

/** Where the longest card number that begins with this group ends; undefined: none does. */
function cardEnd(groups: readonly RegExpExecArray[], first: number): number | undefined {
  let digits = '';
  let end: number | undefined;
  for (const group of groups.slice(first, first + CARD_LENGTH.max)) {
    digits += group[0];
    if (digits.length > CARD_LENGTH.max) break;
    const card = digits.length >= CARD_LENGTH.min && /^[2-6]/.test(digits) && isLuhnValid(digits);
    if (card) end = group.index + group[0].length;
  }
  return end;
}

/** Card data and secrets taken out of a parsed XML element; names of the structure stay. */
export function redactElement(element: XmlElement): XmlElement {
  if (isHidden(element.name))
    return { name: element.name, attributes: {}, children: [], text: REDACTED };
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(element.attributes)) {
    attributes[key] = isHidden(key) ? REDACTED : redactCardNumbers(value);
  }
  return {
    name: element.name,
    attributes,
    children: element.children.map(redactElement),
    text: redactCardNumbers(element.text),
  };
}

/** Card data and secrets taken out of a JSON value. */
export function redactJson(value: unknown): unknown {
  if (typeof value === 'string') return redactCardNumbers(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && redactCardNumbers(String(value)) === REDACTED
      ? REDACTED
      : value;
  if (Array.isArray(value)) return value.map(redactJson);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      isHidden(key) && inner !== null ? REDACTED : redactJson(inner),
    ]),
  );
}

/**
 * A body as it may be logged or kept: XML and JSON by structure, anything else by pattern alone.
 * @param limit longest result in characters; the rest is counted, not kept
 */
export function redactBody(body: string, limit = 16_384): string {
  const redacted = redactedBody(body);
  return redacted.length <= limit
    ? redacted
    : `${redacted.slice(0, limit)}… (${redacted.length - limit} characters more)`;
}

/** A path with query as it may be logged: tokens in it are hidden. */
export function redactPath(path: string): string {
  return path
    .replace(/(\/oauth2\/authorizations\/)[^/?]+/, `$1${REDACTED}`)
    .replace(
      /([?&](?:access_token|refresh_token|client_secret|token|code|key)=)[^&]*/g,
      `$1${REDACTED}`,
    );
}

function redactedBody(body: string): string {
  const start = body.trimStart()[0];
  try {
    if (start === '<') {
      // Behind the root element Booking.com gives the id that its support asks for.
      const comment = LAST_COMMENT.exec(body)?.[0] ?? '';
      return writeElement(redactElement(parseXml(body, 'REQUEST_MALFORMED'))) + redactText(comment);
    }
    if (start === '{' || start === '[')
      return JSON.stringify(redactJson(parseJson(body, 'REQUEST_MALFORMED')));
    return redactText(body);
  } catch {
    // Not what it looks like: nothing is known about its structure, so the patterns must do.
    return redactText(body);
  }
}

const LAST_COMMENT = /\s*<!--(?:(?!-->)[\s\S])*-->\s*$/;
const NAMED_VALUE =
  /((?:card_?number|cvc2?|cvv2?|series_?code|password|client_secret|access_token|refresh_token|jwt|authorization)["']?\s*[=:>]\s*["']?)[^"'<&\s]+/gi;

/** For text without a structure that we know. */
function redactText(text: string): string {
  return redactCardNumbers(text).replace(NAMED_VALUE, `$1${REDACTED}`);
}

function isHidden(name: string): boolean {
  const folded = name.toLowerCase().replace(/[_-]/g, '');
  return CARD_NAMES.has(folded) || SECRET_NAMES.has(folded);
}
