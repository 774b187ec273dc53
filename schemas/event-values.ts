import { daysBetween, type PlainDate } from './domain/plain-date.ts';
import { ParityError } from './errors.ts';

/** Longest range that one fact, stay or command may span. */
export const MAX_NIGHTS = 1_500;
/** Longest text, in UTF-16 units. */
const MAX_TEXT = 2_000;
/** Fields that may be longer. */
const LONG_TEXTS: Readonly<Record<string, number>> = { description: 10_000 };
/** Largest amount in minor units: a percentage in hundredths of it is still an exact integer. */
const MAX_AMOUNT = 100_000_000_000;
const MAX_STAY = 32_767;
/** Last instant that a JavaScript Date has, ms. */
const LAST_INSTANT = 8_640_000_000_000_000;

const currencies = new Set(Intl.supportedValuesOf('currency'));
const timeZones = new Map<string, boolean>();

function invalid(message: string): ParityError {
  return new ParityError('EVENT_VALUE_INVALID', message);
}

/** @throws ParityError EVENT_DATES_INVALID when the range holds no night or more than MAX_NIGHTS. */
export function checkRange(start: PlainDate, end: PlainDate, place: string): void {
  const nights = daysBetween(start, end);
  if (nights < 1)
    throw new ParityError('EVENT_DATES_INVALID', `${place}: ${end} is not after ${start}`);
  if (nights > MAX_NIGHTS)
    throw new ParityError(
      'EVENT_DATES_INVALID',
      `${place}: ${start} to ${end} spans more than ${MAX_NIGHTS} nights`,
    );
}

/** Checks each span, and that no night lies in two. @throws ParityError EVENT_DATES_INVALID. */
export function checkSpans(
  spans: readonly { readonly start: PlainDate; readonly end: PlainDate }[],
  place: string,
): void {
  for (const span of spans) checkRange(span.start, span.end, place);
  const sorted = [...spans].sort((a, b) => (a.start < b.start ? -1 : 1));
  for (const [at, span] of sorted.entries()) {
    const next = sorted[at + 1];
    if (next !== undefined && next.start < span.end)
      throw new ParityError(
        'EVENT_DATES_INVALID',
        `${place}: two of them hold the night ${next.start}`,
      );
  }
}

export function checkAmount(amount: number, place: string): void {
  if (!Number.isSafeInteger(amount) || amount < 0 || amount > MAX_AMOUNT)
    throw invalid(`${place}: ${amount} is no price`);
}

/** A length of stay in nights; null: none. */
export function checkStay(nights: number | null, place: string): void {
  if (nights !== null) checkInteger(nights, 0, MAX_STAY, place);
}

export function checkInteger(value: number, least: number, greatest: number, place: string): void {
  if (!Number.isInteger(value) || value < least || value > greatest)
    throw invalid(`${place}: ${value} is not within ${least} and ${greatest}`);
}

/** A degree of latitude (`limit` 90) or longitude (180); null: unknown. */
export function checkDegree(value: number | null, limit: number, place: string): void {
  if (value !== null && !(Math.abs(value) <= limit))
    throw invalid(`${place}: ${value} is not within ±${limit}`);
}

/** An instant, ms since the epoch; null: none. */
export function checkTime(time: number | null, place: string): void {
  if (time !== null && (time < 0 || time > LAST_INSTANT))
    throw invalid(`${place}: ${time} is no time in ms since 1970`);
}

export function checkId(id: string | null, place: string): void {
  if (id === '') throw invalid(`${place} is empty`);
}

export function checkUnique(ids: readonly string[], place: string): void {
  if (new Set(ids).size !== ids.length) throw invalid(`${place}: an id occurs twice`);
}

/** ISO 4217, as the ICU data of this Node know it. */
export function checkCurrency(currency: string): void {
  if (!currencies.has(currency))
    throw invalid(`"${currency.slice(0, 20)}" is no currency of ISO 4217`);
}

/** IANA name. */
export function checkTimeZone(name: string): void {
  let known = timeZones.get(name);
  if (known === undefined) {
    known = /^[A-Za-z]/.test(name) && isTimeZone(name);
    if (known) timeZones.set(name, known);
  }
  if (!known) throw invalid(`"${name.slice(0, 50)}" is no time zone of the IANA database`);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** An absolute http or https address; null: none. */
export function checkUrl(url: string | null, place: string): void {
  if (url !== null && (!/^https?:\/\//i.test(url) || !URL.canParse(url)))
    throw invalid(`${place} is no http address`);
}

/** Every text below `value`: no longer than MAX_TEXT or what its field may have, and without NUL, which PostgreSQL cannot store. */
export function checkTexts(value: unknown, place = ''): void {
  if (typeof value === 'string') {
    const most = LONG_TEXTS[place.slice(place.lastIndexOf('.') + 1)] ?? MAX_TEXT;
    if (value.length > most)
      throw invalid(`${place} has ${value.length} characters; ${most} are allowed`);
    if (value.includes('\0')) throw invalid(`${place} contains a NUL character`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value))
      checkTexts(part, place === '' ? name : `${place}.${name}`);
  }
}
