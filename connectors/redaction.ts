import { codeOf } from '../schemas/errors.ts';
import { isObject, parseJson } from './notation/json.ts';
import { parseXml, writeElement, type XmlElement } from './notation/xml.ts';

/** What stands where something was taken out. */
const REDACTED = '[redacted]';

/** Digits of a card number. */
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

/** Whether digits satisfy the checksum of card numbers (ISO/IEC 7812). */
export function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 0x30;
    const weighed = at % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** Takes card numbers out of any text, written with blanks or hyphens too, and beside other numbers. One walk, whatever the text. */
export function redactCardNumbers(text: string): string {
  let redacted = '';
  let kept = 0;
  for (let at = 0; at < text.length; ) {
    if (!isDigit(text, at)) {
      at += 1;
      continue;
    }
    const groups = digitGroups(text, at);
    const end = groups.at(-1)?.end ?? at + 1;
    // Decimals of an amount are none.
    const first = text[at - 1] === '.' && isDigit(text, at - 2) ? 1 : 0;
    for (let group = first; group < groups.length; group += 1) {
      const start = groups[group]?.start ?? end;
      const card = start < kept ? undefined : cardEnd(text, groups, group);
      if (card === undefined) continue;
      redacted += text.slice(kept, start) + REDACTED;
      kept = card;
    }
    at = end;
  }
  return redacted + text.slice(kept);
}

/** Where digits stand without a break: the end lies behind the last. */
interface DigitGroup {
  readonly start: number;
  readonly end: number;
}

/** The groups from here on that have a single blank or hyphen between them. */
function digitGroups(text: string, from: number): readonly DigitGroup[] {
  const groups: DigitGroup[] = [];
  for (let start = from; isDigit(text, start); ) {
    let end = start + 1;
    while (isDigit(text, end)) end += 1;
    groups.push({ start, end });
    start = isSeparator(text[end]) ? end + 1 : end;
  }
  return groups;
}

/** Where the longest card number that begins with this group ends; undefined: none does. It fills whole groups; which ones, the checksum has to tell. */
function cardEnd(text: string, groups: readonly DigitGroup[], first: number): number | undefined {
  let digits = '';
  let end: number | undefined;
  if (!isMajorIndustry(text[groups[first]?.start ?? 0])) return undefined;
  for (let at = first; at < groups.length; at += 1) {
    const group = groups[at];
    if (group === undefined || digits.length + group.end - group.start > CARD_LENGTH.max) break;
    digits += text.slice(group.start, group.end);
    if (digits.length >= CARD_LENGTH.min && isLuhnValid(digits)) end = group.end;
  }
  return end;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** Cards begin with these digits. */
function isMajorIndustry(character: string | undefined): boolean {
  return character !== undefined && character >= '2' && character <= '6';
}

function isSeparator(character: string | undefined): boolean {
  return character === ' ' || character === '\u00a0' || character === '-';
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
 * A body as it may be logged or kept: XML and JSON by structure, anything else by pattern alone. What is too long to be read for that is
 * counted alone.
 * @param limit longest result in characters; the rest is counted, not kept
 */
export function redactBody(body: string, limit = 16_384): string {
  const form = formOf(body);
  if (form !== 'text' && body.length > LONGEST_STRUCTURE)
    return `(${body.length} characters, too long to be kept)`;
  const redacted = form === 'text' ? undefined : redactedStructure(body, form);
  if (redacted === undefined) return redactBeginning(body, limit);
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

function formOf(body: string): 'xml' | 'json' | 'text' {
  const start = /\S/.exec(body)?.[0];
  if (start === '<') return 'xml';
  return start === '{' || start === '[' ? 'json' : 'text';
}

/** Undefined: it is not what it looks like, nothing is known about its structure, and the patterns must do. */
function redactedStructure(body: string, form: 'xml' | 'json'): string | undefined {
  try {
    return form === 'xml'
      ? writeElement(redactElement(parseXml(body, 'REQUEST_MALFORMED'))) + lastComment(body)
      : JSON.stringify(redactJson(parseJson(body, 'REQUEST_MALFORMED')));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Behind the root element Booking.com gives the id that its support asks for. */
function lastComment(body: string): string {
  const text = body.trimEnd();
  const start = text.endsWith('-->') ? text.lastIndexOf('<!--') : -1;
  if (start < 0) return '';
  return redactText(body.slice(text.slice(0, start).trimEnd().length));
}

/** The first `limit` characters of a text. A card number at the cut would be half a number, which no checksum finds. */
function redactBeginning(text: string, limit: number): string {
  const beginning = text.slice(0, limit + LONGEST_WRITTEN_CARD);
  const redacted = redactText(beginning);
  if (text.length <= limit) return redacted;
  const whole = redacted.length - (beginning.length < text.length ? LONGEST_WRITTEN_CARD : 0);
  return `${redacted.slice(0, Math.min(limit, whole))}… (${text.length - limit} characters more)`;
}

/** Longest XML or JSON that is read to be kept, characters: beyond it no row of a log is worth the time. */
const LONGEST_STRUCTURE = 1_048_576;
const LONGEST_WRITTEN_CARD = 2 * CARD_LENGTH.max;
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
