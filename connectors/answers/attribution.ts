import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';

/** What a refusal of a platform names, as far as its text tells. */
export interface Named {
  readonly nights: ReadonlySet<string>;
  readonly fields: ReadonlySet<FieldName>;
  readonly ratePlans: ReadonlySet<string>;
}

/**
 * Problems of one answer that are read: more than the largest request has fields, and few enough to be read while others wait. What they
 * name is refused; of the rest nothing is known.
 */
const MOST_PROBLEMS = 5_000;
/** Longest text of a problem that is searched for names, characters. */
const LONGEST_PROBLEM = 1_000;

/** The problems of an answer that are read, and whether these are all. */
export function readable<Problem>(problems: readonly Problem[]): {
  readonly read: readonly Problem[];
  readonly areAll: boolean;
} {
  return { read: problems.slice(0, MOST_PROBLEMS), areAll: problems.length <= MOST_PROBLEMS };
}

/** The beginning of a text of the platform: patterns are searched in this alone. */
export function searchable(text: string): string {
  return text.slice(0, LONGEST_PROBLEM);
}

const DATE = /\d{4}-\d{2}-\d{2}/g;
const QUOTED = /'([^']*)'|"([^"]*)"|\b(\d+)\b/g;

/**
 * Reads dates, fields and rate plans out of an error text.
 * @param words the platform's words for our fields, each with its own pattern
 * @param ratePlans ids that may be named
 */
export function readNames(
  text: string,
  words: readonly (readonly [RegExp, FieldName])[],
  ratePlans: readonly string[],
): Named {
  const tokens = new Set(
    [...text.matchAll(QUOTED)].map((found) => found[1] ?? found[2] ?? found[3] ?? ''),
  );
  return {
    nights: new Set(text.match(DATE) ?? []),
    fields: new Set(words.filter(([word]) => word.test(text)).map(([, field]) => field)),
    ratePlans: new Set(ratePlans.filter((id) => tokens.has(id))),
  };
}

/**
 * Nights of the changes that lie in a range which the text names, both ends included.
 * @param range a global pattern with the two dates as groups
 */
export function nightsInRanges(
  text: string,
  range: RegExp,
  changes: readonly Change[],
): ReadonlySet<string> {
  const nights = new Set<string>();
  for (const [, from = '', to = ''] of text.matchAll(range))
    for (const { night } of changes) if (night >= from && night <= to) nights.add(night);
  return nights;
}

/**
 * The changes that an error can only mean. Empty when it is not certain: an innocent change must never be parked. Without a
 * named field a night is blamed only where it has a single change, or where the error is about the night itself (`wholeNight`).
 */
export function culprits(
  changes: readonly Change[],
  named: Named,
  wholeNight = false,
): readonly Change[] {
  const [only] = changes;
  if (only && changes.length === 1) return changes;
  if (named.nights.size === 0) return [];
  const candidates = changes.filter(
    ({ night, ratePlanId }) =>
      named.nights.has(night) &&
      (named.ratePlans.size === 0 || ratePlanId === null || named.ratePlans.has(ratePlanId)),
  );
  const blamed = candidates.filter(
    ({ field, ratePlanId }) =>
      named.fields.has(field) &&
      (ratePlanId === null || isOfNamedPlan(candidates, named, ratePlanId)),
  );
  if (blamed.length > 0) return blamed;
  if (wholeNight && named.fields.size === 0) return candidates;
  return named.fields.size === 0 && candidates.length === 1 ? candidates : [];
}

/** A rate plan counts as meant when it is named, or when the candidates have no other. */
function isOfNamedPlan(candidates: readonly Change[], named: Named, ratePlanId: string): boolean {
  if (named.ratePlans.size > 0) return named.ratePlans.has(ratePlanId);
  return candidates.every((one) => one.ratePlanId === null || one.ratePlanId === ratePlanId);
}
