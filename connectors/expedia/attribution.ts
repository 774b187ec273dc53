import type { FieldName } from '../../schemas/generated/types.ts';
import { culprits, type Named, nightsInRanges, readNames } from '../answers/attribution.ts';
import type { Change } from '../contract.ts';
import type { Meaning } from './codes.ts';

const WORDS: readonly (readonly [RegExp, FieldName])[] = [
  [/\bcosts?\b|\bprices?\b|\brates?\b/i, 'price'],
  [/\binventory\b|\ballocation\b|\bnumber of rooms\b|\broom status\b/i, 'availability'],
  [/\bmin(?:imum)?[ _-]?(?:LOS|length[ -]of[ -]stay)\b/i, 'min_stay_arrival'],
  [/\bmax(?:imum)?[ _-]?(?:LOS|length[ -]of[ -]stay)\b/i, 'max_stay'],
  [/\bclosed ?to ?arrival\b/i, 'closed_to_arrival'],
  [/\bclosed ?to ?departure\b/i, 'closed_to_departure'],
];
const PLAN = /\brate ?plan(?: ?id)?[:=]? ?["'(]?([A-Za-z]*\d[\w-]*)/gi;
/** Words of labels that look like words for fields. */
const LABELS = /\brate ?plans?(?: ?ids?)?\b|\broom ?types?(?: ?ids?)?\b|\binventory date\b/gi;
const RANGE = /(\d{4}-\d{2}-\d{2})\s*(?:to|through|until|and|[-–])\s*(\d{4}-\d{2}-\d{2})/gi;
/** `MinLOS value (5) exceeds … threshold (4)`. */
const THRESHOLD = /value \(?(\d+)\)?.*threshold \(?(\d+)\)?/i;

/** The changes that an error or a warning can only mean; empty: it does not tell. */
export function blame(
  changes: readonly Change[],
  meaning: Meaning,
  text: string,
): readonly Change[] {
  if (meaning.blame === 'size') return [];
  if (changes.length === 1) return changes;
  const named = namesIn(text, changes);
  switch (meaning.blame) {
    case 'plan':
      return changes.filter(({ ratePlanId }) => isNamed(named.plans, ratePlanId));
    case 'prices':
      return pricesOf(changes, named);
    case 'night':
    case 'field':
      return fieldsOf(changes, meaning, named, text);
    default:
      return [];
  }
}

interface Names {
  readonly plans: ReadonlySet<string>;
  readonly cell: Named;
}

/** A text that names a range means every night of it. */
function namesIn(text: string, changes: readonly Change[]): Names {
  const plans = new Set([...text.matchAll(PLAN)].map((found) => found[1] ?? ''));
  const { nights, fields } = readNames(text.replace(LABELS, ''), WORDS, []);
  const between = nightsInRanges(text, RANGE, changes);
  return {
    plans,
    cell: { nights: new Set([...nights, ...between]), fields, ratePlans: plans },
  };
}

/** The pricing model and the currency are those of the hotel; a rate plan or a night that is named narrows it down. */
function pricesOf(changes: readonly Change[], { plans, cell }: Names): readonly Change[] {
  return changes.filter(
    ({ field, ratePlanId, night }) =>
      field === 'price' &&
      (plans.size === 0 || isNamed(plans, ratePlanId)) &&
      (cell.nights.size === 0 || cell.nights.has(night)),
  );
}

function fieldsOf(
  changes: readonly Change[],
  { blame: about, field }: Meaning,
  { plans, cell }: Names,
  text: string,
): readonly Change[] {
  if (plans.size > 0 && !changes.some(({ ratePlanId }) => isNamed(plans, ratePlanId))) return [];
  const threshold = field === undefined ? null : THRESHOLD.exec(text);
  const fields = field === undefined ? cell.fields : new Set([field]);
  if (field !== undefined && cell.nights.size === 0) {
    // It counts for the hotel, so every value above it is meant, wherever it stands.
    const limit = Number(threshold?.[2] ?? Number.NaN);
    return changes.filter((one) => one.field === field && one.value > limit);
  }
  const inPlan =
    plans.size === 0 ? changes : changes.filter(({ ratePlanId }) => isNamed(plans, ratePlanId));
  return culprits(inPlan, { ...cell, fields }, about === 'night');
}

function isNamed(plans: ReadonlySet<string>, ratePlanId: string | null): boolean {
  return ratePlanId !== null && plans.has(ratePlanId);
}
