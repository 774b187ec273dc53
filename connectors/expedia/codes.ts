import type { ErrorCode } from '../../schemas/errors.ts';
import type { FieldName } from '../../schemas/generated/types.ts';

/**
 * What a code is about:
 * - `credential`: user or password are wrong. `connection`: hotel, room type or the interface, no single field.
 * - `later`: Expedia cannot take it now; whether it was stored is not said. `busy`: not looked at, to be repeated.
 * - `plan`: everything of the rate plan that is named. `prices`: prices, of the rate plan that is named or of all.
 * - `night`: all of the night that is named. `field`: the field that the text names. `size`: the message was too large, which no field is guilty of.
 */
export type Blame =
  | 'credential'
  | 'connection'
  | 'later'
  | 'busy'
  | 'plan'
  | 'prices'
  | 'night'
  | 'field'
  | 'size';

export interface Meaning {
  readonly blame: Blame;
  /** Of ours. */
  readonly code: ErrorCode;
  /** What the owner or the operator does about it. */
  readonly advice: string;
  /** The only field that the code can be about, whatever its text says. */
  readonly field?: FieldName;
}

/**
 * Codes of EQC: under `Error` nothing of the message was stored, under `Warning` (7xxx) everything but the named parts. The numbers and what
 * they say are from Expedia's developer portal ("Availability and Rates", error handling; simulator guide); the table in `README.md` is this one.
 */
export const MEANINGS: Readonly<Record<number, Meaning>> = {
  1000: {
    blame: 'connection',
    code: 'CHANNEL_FORBIDDEN',
    advice: 'Have Expedia allow the user to use this interface',
  },
  1001: {
    blame: 'credential',
    code: 'CHANNEL_UNAUTHORIZED',
    advice: 'Enter user and password again',
  },
  1003: {
    blame: 'connection',
    code: 'CHANNEL_FORBIDDEN',
    advice: 'Choose this system as connectivity provider in Partner Central',
  },
  2002: {
    blame: 'later',
    code: 'CHANNEL_UNAVAILABLE',
    advice: 'The message did not arrive whole; it is repeated',
  },
  2010: {
    blame: 'connection',
    code: 'CHANNEL_FORBIDDEN',
    advice: 'Expedia has retired this version of the interface: deploy a newer build',
  },
  3010: {
    blame: 'field',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'The value is outside what the message can say',
  },
  3015: {
    blame: 'field',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'The maximum stay is below the minimum stay, or nothing is updated',
  },
  3020: {
    blame: 'night',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'The night has passed',
  },
  3021: {
    blame: 'night',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'The range ends before it begins',
  },
  3090: {
    blame: 'prices',
    code: 'CONNECTION_UNSUPPORTED',
    advice: 'Have Expedia set the hotel to prices per day: other pricing models are not supported',
  },
  3102: {
    blame: 'prices',
    code: 'PRICE_CURRENCY_MISMATCH',
    advice: 'Set the currency of the connection',
  },
  3103: {
    blame: 'prices',
    code: 'PRICE_CURRENCY_MISMATCH',
    advice: 'Property and hotel must have the same currency',
  },
  3107: {
    blame: 'size',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'The message holds too many updates; it is divided',
  },
  3123: {
    blame: 'prices',
    code: 'CONNECTION_UNSUPPORTED',
    advice: 'The rate plan has prices per length of stay: use one with prices per day',
  },
  3124: {
    blame: 'prices',
    code: 'CONNECTION_UNSUPPORTED',
    advice: 'The rate plan has no prices per length of stay',
  },
  3135: {
    blame: 'field',
    field: 'min_stay_arrival',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'Have the market manager raise the longest minimum stay of the hotel, or shorten it',
  },
  3202: {
    blame: 'connection',
    code: 'CHANNEL_LISTING_UNKNOWN',
    advice: 'Check the hotel id, and that the hotel is assigned to this user',
  },
  3203: {
    blame: 'connection',
    code: 'CHANNEL_LISTING_UNKNOWN',
    advice: 'Check the room type id',
  },
  3204: {
    blame: 'plan',
    code: 'RATE_PLAN_UNKNOWN',
    advice: 'Check the rate plan id',
  },
  3205: {
    blame: 'plan',
    code: 'RATE_PLAN_UNKNOWN',
    advice: 'The rate plan belongs to another room type',
  },
  3210: {
    blame: 'busy',
    code: 'CHANNEL_RATE_LIMITED',
    advice: 'Another message of this hotel is being worked on; it is repeated',
  },
  3405: {
    blame: 'size',
    code: 'CHANNEL_VALUE_REFUSED',
    advice: 'The message is too large; it is divided',
  },
  7010: { blame: 'field', code: 'CHANNEL_VALUE_REFUSED', advice: 'Expedia ignored this part' },
  7013: {
    blame: 'field',
    code: 'CHANNEL_VALUE_REFUSED',
    advice:
      'Outside the thresholds that Expedia keeps for the room type: correct it or have them moved',
  },
  7014: { blame: 'field', code: 'CHANNEL_VALUE_REFUSED', advice: 'Expedia ignored this part' },
  7019: { blame: 'field', code: 'CHANNEL_VALUE_REFUSED', advice: 'Expedia ignored this part' },
};

/** Codes from here on, up to the warnings, are Expedia's own troubles: repeat. */
const FIRST_OF_EXPEDIA = 4_000;
const FIRST_WARNING = 7_000;

/** What a code means; unknown ones by their range. */
export function meaningOf(code: number): Meaning {
  const known = MEANINGS[code];
  if (known) return known;
  if (code >= 1_000 && code < 2_000)
    return { blame: 'connection', code: 'CHANNEL_FORBIDDEN', advice: 'Ask Expedia about the user' };
  if (code >= FIRST_OF_EXPEDIA && code < FIRST_WARNING)
    return { blame: 'later', code: 'CHANNEL_UNAVAILABLE', advice: 'It is repeated' };
  return { blame: 'field', code: 'CHANNEL_VALUE_REFUSED', advice: 'Ask Expedia about the code' };
}
