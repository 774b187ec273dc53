import { codeOf, type ErrorCode } from '../../schemas/errors.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import { readable, readNames, searchable } from '../answers/attribution.ts';
import { outcomeOfStatus, shorten } from '../answers/http-outcome.ts';
import type { Change, ChannelResponse, Outcome, PlannedRequest, Refusal } from '../contract.ts';
import { child, descendants, parseXml, type XmlElement } from '../notation/xml.ts';
import { updateKey } from './plan.ts';

interface PlatformError {
  readonly code: string;
  /** Code and message, for attribution. */
  readonly text: string;
}

const WORDS: readonly (readonly [RegExp, FieldName])[] = [
  [/\bprice1?\b/i, 'price'],
  [/roomstosell|rooms to sell|\bclosed\b/i, 'availability'],
  [/minimumstay_arrival/i, 'min_stay_arrival'],
  [/minimumstay(?!_arrival)|\bminimum stay\b/i, 'min_stay_through'],
  [/maximumstay|\bmaximum stay\b/i, 'max_stay'],
  [/closedonarrival|closed on arrival/i, 'closed_to_arrival'],
  [/closedondeparture|closed on departure/i, 'closed_to_departure'],
];
/** Errors about the room itself. A request names one room, so the connection is at fault. */
const ABOUT_ROOM = /^ROOM_(?:ID_MISSING|ID_INVALID|ELEMENT_REQUIRED)/;
const ABOUT_DATE = /^(?:NOT_A_VALID_DATE|FROM_DATE_)/;
/** Errors about the rate plan itself, whatever room, date or field they name beside it. */
const ABOUT_RATE = /RATE_?(?:ID|PLAN)|RATE_.*(?:INVALID|UNKNOWN)/;
const ROOM = /\broom(?: id)? ?['"][^'"]*['"]/gi;
/** Warnings about parts that we never send. */
const HARMLESS = /^WARN_UNPROCESSED_ADDITIONAL_GUEST/;

/**
 * What an answer to B.XML availability means. 200: at least one update went through, *even with errors inside*; 400: none did;
 * `<ok/>`: all. An update (one `<date>`) is taken or refused whole, so a refusal that names one of several fields leaves the
 * others of its update unsent. Source: developers.booking.com, connectivity docs,
 * "Rates and availability" (version 1.1).
 */
export function interpretBooking(request: PlannedRequest, response: ChannelResponse): Outcome {
  const root = readRoot(response);
  const byStatus = outcomeOfStatus(response, root ? faultText(root) : '');
  if (byStatus) return byStatus;
  if (!root)
    return response.status >= 300 ? unreadableRefusal() : malformed('the answer is no XML');
  if (root.name === 'fault') return outcomeOfFault(root) ?? malformed(faultText(root));
  const errors = errorsOf(root);
  if (response.status < 300 && errors.length === 0) {
    const clean =
      root.name === 'ok' ||
      child(root, 'ok') !== undefined ||
      descendants(root, 'warning').length > 0;
    return clean ? { kind: 'applied' } : malformed(`<${root.name}> is no answer to an update`);
  }
  if (response.status >= 300) {
    const room = errors.find(({ code }) => ABOUT_ROOM.test(code));
    if (room)
      return {
        kind: 'connection_fault',
        code: 'CHANNEL_LISTING_UNKNOWN',
        message: shorten(room.text),
      };
  }
  return attribute(request.changes, errors, response.status < 300);
}

function attribute(
  changes: readonly Change[],
  errors: readonly PlatformError[],
  partlyApplied: boolean,
): Outcome {
  const refused = new Map<Change, Refusal>();
  const { read, areAll } = readable(errors);
  let certain = errors.length > 0 && areAll;
  for (const error of read) {
    const blamed = blame(changes, error);
    if (blamed.length === 0) certain = false;
    for (const change of blamed)
      refused.set(change, { change, code: codeFor(error), advice: shorten(error.text) });
  }
  // An update with an innocent field in it was not stored either: that field has to go again.
  const touched = new Set([...refused.keys()].map(updateKey));
  if (changes.some((change) => touched.has(updateKey(change)) && !refused.has(change)))
    certain = false;
  if (partlyApplied && certain) return { kind: 'partial', refused: [...refused.values()] };
  const message = shorten(
    errors.map(({ text }) => text).join(' | ') || 'refused without a readable reason',
  );
  return {
    kind: 'refused',
    refused: [...refused.values()],
    code: 'CHANNEL_VALUE_REFUSED',
    message,
    // An innocent field in a refused update was not stored; others may have been. It is uncertain and goes again.
    ...(partlyApplied ? { partlyApplied: true } : {}),
  };
}

/** The changes that an error can only mean; empty: it does not tell. */
function blame(changes: readonly Change[], { code, text }: PlatformError): readonly Change[] {
  if (changes.length === 1) return changes;
  const ratePlans = [...new Set(changes.flatMap(({ ratePlanId }) => ratePlanId ?? []))];
  // The id of the room may look like that of a rate plan.
  const named = readNames(text.replace(ROOM, ''), WORDS, ratePlans);
  const ofPlans = changes.filter(
    ({ ratePlanId }) => ratePlanId !== null && named.ratePlans.has(ratePlanId),
  );
  if (ABOUT_RATE.test(code)) return ofPlans;
  if (named.nights.size === 0) return /RATE/.test(code) ? ofPlans : [];
  const nights = changes.filter(({ night }) => named.nights.has(night));
  const ofPlan = ofPlans.filter(({ night }) => named.nights.has(night));
  const ofRoom = nights.filter(({ ratePlanId }) => ratePlanId === null);
  const onlyPlan = new Set(nights.map(({ ratePlanId }) => ratePlanId)).size === 1;
  const candidates = named.ratePlans.size > 0 ? ofPlan : onlyPlan ? nights : ofRoom;
  if (ABOUT_DATE.test(code)) return named.ratePlans.size > 0 ? ofPlan : nights;
  const inField = candidates.filter(({ field }) => named.fields.has(field));
  if (inField.length > 0) return inField;
  return new Set(candidates.map(({ field }) => field)).size === 1 ? candidates : [];
}

function codeFor({ code }: PlatformError): ErrorCode {
  return ABOUT_RATE.test(code) ? 'RATE_PLAN_UNKNOWN' : 'CHANNEL_VALUE_REFUSED';
}

function errorsOf(root: XmlElement): PlatformError[] {
  const read = (one: XmlElement): PlatformError => {
    const code = (child(one, 'code')?.text ?? one.attributes.code ?? '').trim();
    const message = child(one, 'message')?.text ?? one.attributes.message ?? one.text;
    return { code, text: searchable([code, message].filter(Boolean).join(': ')) };
  };
  // `<errors>` holds `<error>`s; an `error` without children of its own is one too.
  const errors = descendants(root, 'error').map(read);
  const warnings = descendants(root, 'warning').map(read);
  return [...errors, ...warnings.filter(({ code }) => !HARMLESS.test(code))];
}

function outcomeOfFault(root: XmlElement): Outcome | undefined {
  const status = Number(root.attributes.code);
  if (!Number.isInteger(status) || status < 300) return undefined;
  return outcomeOfStatus({ status, headers: {}, body: '' }, faultText(root));
}

function faultText(root: XmlElement): string {
  return (
    root.attributes.string ??
    errorsOf(root)
      .map(({ text }) => text)
      .join(' | ')
  );
}

function unreadableRefusal(): Outcome {
  return {
    kind: 'refused',
    refused: [],
    code: 'CHANNEL_VALUE_REFUSED',
    message: 'refused without a readable reason',
  };
}

function malformed(message: string): Outcome {
  return { kind: 'unknown', code: 'CHANNEL_RESPONSE_MALFORMED', message: shorten(message) };
}

function readRoot(response: ChannelResponse): XmlElement | undefined {
  try {
    return parseXml(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
