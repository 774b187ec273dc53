import type { ErrorCode } from '../../schemas/errors.ts';

/**
 * What a refusal is about.
 * - `field`: cells of the message; the text may name them, else the message is halved until one is alone.
 * - `package`: a rate plan, whole.
 * - `connection`: property, room, account or the message as such; every cell would be refused.
 * - `platform`: Google's own trouble; the same message is repeated.
 */
export type RefusalClass = 'field' | 'package' | 'connection' | 'platform';

interface Meaning {
  readonly class: RefusalClass;
  readonly code: ErrorCode;
  /** What the owner or operator does; of a field it stands beside Google's own words. */
  readonly advice: string;
}

const SEND_AGAIN = 'Google could not process the message; it is sent again.';
const CHECK_ACCESS =
  'Google does not accept our partner key or address for this property. Have both checked in Hotel Center.';
const SEND_PROPERTY_DATA =
  'Google does not know the room of this property. A full sync sends its property data again.';
const DEFECT = 'Google cannot read the message: a defect. Report it.';

/** OTA error codes (`Error@Code`): the OpenTravel code list ERR, as far as it can concern ARI. */
export const OTA_CODES: Readonly<Record<string, Meaning>> = {
  '187': { class: 'platform', code: 'CHANNEL_UNAVAILABLE', advice: SEND_AGAIN },
  '249': {
    class: 'package',
    code: 'RATE_PLAN_UNKNOWN',
    advice: 'Google does not know the rate plan. A full sync sends the property data again.',
  },
  '375': {
    class: 'connection',
    code: 'CHANNEL_LISTING_UNKNOWN',
    advice: 'The property is not active at Google. Check it in Hotel Center.',
  },
  '392': {
    class: 'connection',
    code: 'CHANNEL_LISTING_UNKNOWN',
    advice: 'Google does not know the property. Its id must be in the hotel list feed.',
  },
  '402': { class: 'connection', code: 'CHANNEL_LISTING_UNKNOWN', advice: SEND_PROPERTY_DATA },
  '448': { class: 'platform', code: 'CHANNEL_UNAVAILABLE', advice: SEND_AGAIN },
  '783': {
    class: 'package',
    code: 'RATE_PLAN_UNKNOWN',
    advice:
      'Google does not know the room or rate plan. A full sync sends the property data again.',
  },
};

/** OTA error types (`Error@Type`, code list EWT), where the code says nothing. */
export const OTA_TYPES: Readonly<Record<string, Meaning>> = {
  '1': { class: 'platform', code: 'CHANNEL_UNAVAILABLE', advice: SEND_AGAIN },
  '4': { class: 'connection', code: 'CHANNEL_FORBIDDEN', advice: CHECK_ACCESS },
  '6': { class: 'connection', code: 'CHANNEL_FORBIDDEN', advice: CHECK_ACCESS },
  '7': { class: 'connection', code: 'CHANNEL_VALUE_REFUSED', advice: DEFECT },
  '12': { class: 'platform', code: 'CHANNEL_UNAVAILABLE', advice: SEND_AGAIN },
  '13': { class: 'platform', code: 'CHANNEL_UNAVAILABLE', advice: SEND_AGAIN },
};

const ABOUT_VALUE: Meaning = {
  class: 'field',
  code: 'CHANNEL_VALUE_REFUSED',
  advice: 'Google refuses the value of this night. Correct it in the PMS.',
};

/**
 * The meaning of an `Error`. The code decides; where it is not in the table, the type; what neither knows is about values, since then the
 * search for the culprit settles it without parking an innocent cell.
 */
export function meaningOfError(type: string, code: string): Meaning {
  return OTA_CODES[code] ?? OTA_TYPES[type] ?? ABOUT_VALUE;
}
