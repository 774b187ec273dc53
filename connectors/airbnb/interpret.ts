import { codeOf } from '../../schemas/errors.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import {
  culprits,
  type Named,
  nightsInRanges,
  readable,
  readNames,
  searchable,
} from '../answers/attribution.ts';
import { outcomeOfStatus, shorten } from '../answers/http-outcome.ts';
import type { ChannelResponse, Outcome, PlannedRequest, Refusal } from '../contract.ts';
import { isObject, type JsonObject, parseJsonObject, textOf } from '../notation/json.ts';

/** The platform's words for our fields, in reasons and messages. */
const WORDS: readonly (readonly [RegExp, FieldName])[] = [
  [/daily_?price|\bprice\b/i, 'price'],
  [/availab|busy_?subtype/i, 'availability'],
  [/min_?nights|minimum (?:stay|nights)/i, 'min_stay_arrival'],
  [/max_?nights|maximum (?:stay|nights)/i, 'max_stay'],
  [/closed_?to_?arrival/i, 'closed_to_arrival'],
  [/closed_?to_?departure/i, 'closed_to_departure'],
];
/** Dates as an operation names them, and so a complaint about it: both ends and all between. */
const RANGE = /(\d{4}-\d{2}-\d{2}):(\d{4}-\d{2}-\d{2})/g;
const WHOLE_NIGHT = /date_out_of_range|date out of range|in the past/i;

/**
 * What an answer to `calendar_operations` means. A call is taken whole or refused whole (400 with `error_details[]`); the
 * details are read for the night and field that they mean. Source: `error_details[]` from
 * Airbnb's public page "API Versions" (2024.06.30); its wording is not public, so the patterns are a guess from client code.
 */
export function interpretAirbnb(request: PlannedRequest, response: ChannelResponse): Outcome {
  const body = readBody(response);
  const byStatus = outcomeOfStatus(response, body ? messageOf(body) : '');
  // Two writes of one listing at once: nobody else is meant.
  if (byStatus?.kind === 'rate_limited' && body?.error_class === 'ConcurrencyLimitError')
    return { ...byStatus, scope: 'connection' };
  if (byStatus) return byStatus;
  if (response.status >= 300) return refusal(request, body);
  if (!body)
    return {
      kind: 'unknown',
      code: 'CHANNEL_RESPONSE_MALFORMED',
      message: 'the answer is no JSON object',
    };
  const failed =
    body.error_code !== undefined || body.error !== undefined || body.error_details !== undefined;
  if (failed)
    return {
      kind: 'unknown',
      code: 'CHANNEL_RESPONSE_MALFORMED',
      message: shorten(`success with an error: ${messageOf(body)}`),
    };
  return { kind: 'applied' };
}

function refusal(request: PlannedRequest, body: JsonObject | undefined): Outcome {
  const found = new Map<string, Refusal>();
  const ratePlans = [...new Set(request.changes.flatMap(({ ratePlanId }) => ratePlanId ?? []))];
  for (const text of readable(detailsOf(body)).read.map(searchable)) {
    for (const change of culprits(
      request.changes,
      withRanges(readNames(text, WORDS, ratePlans), text, request.changes),
      WHOLE_NIGHT.test(text),
    )) {
      found.set(`${change.night}/${change.field}`, {
        change,
        code: 'CHANNEL_VALUE_REFUSED',
        advice: shorten(text),
      });
    }
  }
  const message = shorten(body ? messageOf(body) : 'refused without a readable reason');
  return { kind: 'refused', refused: [...found.values()], code: 'CHANNEL_VALUE_REFUSED', message };
}

function withRanges(named: Named, text: string, changes: PlannedRequest['changes']): Named {
  const between = nightsInRanges(text, RANGE, changes);
  return between.size === 0 ? named : { ...named, nights: new Set([...named.nights, ...between]) };
}

/** One text per problem: reason and message of `error_details[]`, else the message of the whole. */
function detailsOf(body: JsonObject | undefined): string[] {
  if (!body) return ['refused without a readable reason'];
  const details = Array.isArray(body.error_details) ? body.error_details.filter(isObject) : [];
  const texts = details.map((detail) =>
    [textOf(detail.error_reason), textOf(detail.error_message)].filter(Boolean).join(': '),
  );
  return texts.length > 0 ? texts : [messageOf(body)];
}

function messageOf(body: JsonObject): string {
  const parts = [
    body.error_type ?? body.error_class,
    body.error_message ?? body.error,
    body.error_id,
  ].map(textOf);
  return parts.filter(Boolean).join(': ');
}

function readBody(response: ChannelResponse): JsonObject | undefined {
  try {
    return parseJsonObject(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
