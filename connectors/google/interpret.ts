import type { FieldName } from '../../schemas/generated/types.ts';
import { culprits, readable, readNames } from '../answers/attribution.ts';
import { outcomeOfStatus, shorten } from '../answers/http-outcome.ts';
import type { Change, ChannelResponse, Outcome, PlannedRequest, Refusal } from '../contract.ts';
import { meaningOfError } from './errors.ts';
import { type OtaError, readReply } from './reply.ts';
import { echoTokenOf } from './wire.ts';

const WORDS: readonly (readonly [RegExp, FieldName])[] = [
  [/\bprices?\b|\bamount(?:after|before)tax\b/i, 'price'],
  [/\binv(?:entory )?counts?\b|\bbookinglimit\b/i, 'availability'],
  [/\bSetMinLOS\b/i, 'min_stay_arrival'],
  [/\bSetForwardMinStay\b/i, 'min_stay_through'],
  [/\bSetMaxLOS\b/i, 'max_stay'],
  [/\bArrival\b/, 'closed_to_arrival'],
  [/\bDeparture\b/, 'closed_to_departure'],
];
/** Two dates that mean those between them too. */
const SPAN = /\d{4}-\d{2}-\d{2}\D{1,20}?(?:to|until|through|end)\D{1,20}?\d{4}-\d{2}-\d{2}/i;

/**
 * What an answer to an OTA message means. A status of 200 says that it arrived; `Success` or `Errors` in the body decide, for the message as
 * a whole. A reply that names another message than ours by its `EchoToken` proves nothing. Source: developers.google.com/hotels, XML reference of the three messages, and Google's type file `ota_response_types`.
 */
export function interpretGoogle(request: PlannedRequest, response: ChannelResponse): Outcome {
  const reply = readReply(response);
  const errors = reply?.kind === 'ota' ? reply.errors : [];
  const words = errors.map(({ text }) => text).join(' | ');
  const byStatus = outcomeOfStatus(response, words);
  if (byStatus) return byStatus;
  if (reply?.kind !== 'ota' || (!reply.success && errors.length === 0)) return unreadable(response);
  if (reply.echoToken !== undefined && reply.echoToken !== echoTokenOf(request.body ?? ''))
    return unproven('the answer belongs to another message');
  if (errors.length === 0) {
    return response.status < 300 ? { kind: 'applied' } : unreadable(response);
  }
  return outcomeOfErrors(request.changes, errors, reply.success);
}

/** @param alsoSuccess the reply says both, so some of the rest may be stored */
function outcomeOfErrors(
  changes: readonly Change[],
  errors: readonly OtaError[],
  alsoSuccess: boolean,
): Outcome {
  const read = errors.map((error) => ({ error, meaning: meaningOfError(error.type, error.code) }));
  const words = errors.map(({ type, code, text }) => `${type}/${code} ${text}`).join(' | ');
  // What concerns the whole message goes first: every cell would be refused for it.
  for (const kind of ['connection', 'platform'] as const) {
    const found = read.find(({ meaning }) => meaning.class === kind)?.meaning;
    if (!found) continue;
    const message = shorten(`${found.advice} (${words})`);
    return kind === 'connection'
      ? { kind: 'connection_fault', code: found.code, message }
      : { kind: 'unknown', code: found.code, message };
  }
  const refused = new Map<Change, Refusal>();
  for (const { error, meaning } of readable(read).read) {
    const blamed =
      meaning.class === 'package' ? ofPackage(changes, error) : ofCells(changes, error);
    for (const change of blamed)
      refused.set(change, { change, code: meaning.code, advice: shorten(error.text) });
  }
  return {
    kind: 'refused',
    refused: [...refused.values()],
    code: read[0]?.meaning.code ?? 'CHANNEL_VALUE_REFUSED',
    message: shorten(words),
    ...(alsoSuccess ? { partlyApplied: true } : {}),
  };
}

function ofCells(changes: readonly Change[], { text }: OtaError): readonly Change[] {
  if (changes.length > 1 && SPAN.test(text)) return [];
  const named = readNames(text, WORDS, ratePlansOf(changes));
  const kinds = new Set(changes.map(({ field }) => field));
  // A message of prices, or of units, cannot mean anything else.
  const fields = kinds.size === 1 ? kinds : named.fields;
  return culprits(changes, { ...named, fields });
}

function ofPackage(changes: readonly Change[], { text }: OtaError): readonly Change[] {
  const plans = ratePlansOf(changes);
  const [only] = plans;
  if (only !== undefined && plans.length === 1) return changes;
  const { ratePlans } = readNames(text, WORDS, plans);
  return changes.filter(({ ratePlanId }) => ratePlanId !== null && ratePlans.has(ratePlanId));
}

function ratePlansOf(changes: readonly Change[]): string[] {
  return [...new Set(changes.flatMap(({ ratePlanId }) => ratePlanId ?? []))];
}

/** 400, 413 and 422 refuse the message, so it is halved; anything else may have been applied. */
function unreadable({ status }: ChannelResponse): Outcome {
  return status >= 300
    ? {
        kind: 'refused',
        refused: [],
        code: 'CHANNEL_VALUE_REFUSED',
        message: `HTTP ${status} without a readable reason`,
      }
    : unproven('the answer is no reply to an OTA message');
}

function unproven(message: string): Outcome {
  return { kind: 'unknown', code: 'CHANNEL_RESPONSE_MALFORMED', message };
}
