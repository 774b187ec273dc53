import { readable } from '../answers/attribution.ts';
import { outcomeOfStatus, shorten } from '../answers/http-outcome.ts';
import type { Change, ChannelResponse, Outcome, PlannedRequest, Refusal } from '../contract.ts';
import { child } from '../notation/xml.ts';
import { blame } from './attribution.ts';
import type { Meaning } from './codes.ts';
import { errorsOf, type Notice, noticesOf } from './notices.ts';
import { isLimitInBody, readRoot } from './wire.ts';

/** So many warnings of one code come at most: what they name is refused, of the rest nothing is known. */
const MOST_WARNINGS_OF_A_CODE = 20;

/**
 * What the answer to an `AvailRateUpdateRQ` means. `Success`: all is stored; `Success` with warnings: all but the named parts; `Error`:
 * nothing. Whatever is not proven is unknown, an unreadable answer first. Source: Expedia developer portal, "Availability and Rates", response and
 * error handling.
 */
export function interpretExpedia(request: PlannedRequest, response: ChannelResponse): Outcome {
  const root = readRoot(response);
  const errors = errorsOf(root);
  const byStatus = outcomeOfStatus(response, errors[0]?.text ?? '');
  if (byStatus) return byStatus;
  if (isLimitInBody(response)) return { kind: 'rate_limited', retryAfterMs: null };
  if (errors.length > 0) return outcomeOfErrors(request.changes, errors);
  const success = root?.name === 'AvailRateUpdateRS' ? child(root, 'Success') : undefined;
  if (!success || response.status >= 300)
    return malformed(root ? `<${root.name}> is no answer to an update` : 'the answer is no XML');
  const warnings = noticesOf(success, 'Warning');
  return warnings.length === 0 ? { kind: 'applied' } : outcomeOfWarnings(request.changes, warnings);
}

function outcomeOfErrors(changes: readonly Change[], errors: readonly Notice[]): Outcome {
  const message = shorten(errors.map(({ text }) => text).join(' | '));
  const first = (blamed: Meaning['blame']) =>
    errors.find(({ meaning }) => meaning.blame === blamed)?.meaning;
  if (first('credential')) return { kind: 'unauthorized' };
  const fault = first('connection');
  if (fault)
    return { kind: 'connection_fault', code: fault.code, message: `${message}. ${fault.advice}.` };
  if (first('busy')) return { kind: 'rate_limited', retryAfterMs: null, scope: 'connection' };
  const later = first('later');
  if (later) return { kind: 'unknown', code: later.code, message };
  return {
    kind: 'refused',
    refused: refusalsOf(changes, errors).refused,
    code: errors[0]?.meaning.code ?? 'CHANNEL_VALUE_REFUSED',
    message,
  };
}

function outcomeOfWarnings(changes: readonly Change[], warnings: readonly Notice[]): Outcome {
  const { refused, areAll } = refusalsOf(changes, warnings);
  if (areAll && !isCutOff(warnings)) return { kind: 'partial', refused };
  return {
    kind: 'refused',
    refused,
    code: warnings[0]?.meaning.code ?? 'CHANNEL_VALUE_REFUSED',
    message: shorten(warnings.map(({ text }) => text).join(' | ')),
    // The valid parts are stored; which ones these are, the warnings do not tell.
    partlyApplied: true,
  };
}

function isCutOff(warnings: readonly Notice[]): boolean {
  const counts = new Map<number, number>();
  for (const { number } of warnings) counts.set(number, (counts.get(number) ?? 0) + 1);
  return (
    [...counts.values()].some((count) => count >= MOST_WARNINGS_OF_A_CODE) ||
    warnings.some(({ text }) => /\bwill not be returned\b/i.test(text))
  );
}

/** What the notices name; `areAll`: each of them names something. */
function refusalsOf(
  changes: readonly Change[],
  notices: readonly Notice[],
): { readonly refused: readonly Refusal[]; readonly areAll: boolean } {
  const refused = new Map<Change, Refusal>();
  const { read, areAll } = readable(notices);
  let silent = 0;
  for (const { meaning, text } of read) {
    const advice = shorten(`${text} ${meaning.advice}.`);
    const blamed = blame(changes, meaning, text);
    if (blamed.length === 0) silent += 1;
    for (const change of blamed) refused.set(change, { change, code: meaning.code, advice });
  }
  return { refused: [...refused.values()], areAll: areAll && silent === 0 };
}

function malformed(message: string): Outcome {
  return { kind: 'unknown', code: 'CHANNEL_RESPONSE_MALFORMED', message: shorten(message) };
}
