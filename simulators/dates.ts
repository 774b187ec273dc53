/** Calendar dates as ISO text `yyyy-mm-dd`. Written again here so that the simulators share no date bug with the product. */
export type Night = string;

const DAY = 86_400_000;

/** The date itself when `text` names a date that exists, else undefined. */
export function readDate(text: unknown): Night | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined;
}

export function plusDays(date: Night, days: number): Night {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** Whole days from `first` to `last`. */
export function daysFrom(first: Night, last: Night): number {
  return (Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY;
}

/** The nights of a stay: `checkOut` is none of them. */
export function nightsBetween(checkIn: Night, checkOut: Night): Night[] {
  return Array.from({ length: Math.max(0, daysFrom(checkIn, checkOut)) }, (_, day) =>
    plusDays(checkIn, day),
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The date at an instant (ms) in an IANA time zone. */
export function dateAt(timeZone: string, now: number): Night {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(
    format.formatToParts(now).map(({ type, value }) => [type, value]),
  );
  return `${part.year}-${part.month}-${part.day}`;
}

/** `2026-11-01T09:30:00` in UTC. */
export function toSecond(time: number): string {
  return new Date(time).toISOString().slice(0, 19);
}

/** By ISO 4217; all others have two. */
const WITHOUT_DECIMALS = new Set(
  'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '),
);
const WITH_THREE = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

/** Decimals of an ISO 4217 currency: JPY 0, EUR 2, KWD 3. */
export function currencyDigits(currency: string): number {
  if (WITHOUT_DECIMALS.has(currency)) return 0;
  return WITH_THREE.has(currency) ? 3 : 2;
}

/** `14050` minor units of EUR → `140.50`. */
export function decimalOf(minor: number, currency: string): string {
  return (minor / 10 ** currencyDigits(currency)).toFixed(currencyDigits(currency));
}

/** `140.5` of EUR → 14050 minor units; undefined when it is no amount or has too many decimals. */
export function minorOf(text: string, currency: string): number | undefined {
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(text.trim());
  const digits = currencyDigits(currency);
  const fraction = (match?.[2] ?? '').replace(/0+$/, '');
  if (!match || fraction.length > digits) return undefined;
  return Number(`${match[1]}${fraction.padEnd(digits, '0')}`);
}
