import type { FieldName, RestrictionSet } from '../../../schemas/generated/types.ts';

/** A field of `RestrictionSet`. */
export type RestrictionField = Exclude<FieldName, 'availability' | 'price'>;

export const RESTRICTION_FIELDS: readonly RestrictionField[] = [
  'min_stay_arrival',
  'min_stay_through',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

export function isRestriction(field: FieldName): field is RestrictionField {
  return field !== 'availability' && field !== 'price';
}

/**
 * The value of a restriction field at a channel that has `fields`: nights (0 none), or 0 and 1. Where the channel has one kind of minimum stay
 * alone, it shows the longer of both: the nearest it can say that never lets a stay in that the PMS would refuse on this night. A longest stay
 * that is no shorter than what the channel sells at all is no rule there; where the shortest is longer than that, nobody may arrive.
 * @param longest longest stay that the channel sells, nights
 */
export function restrictionValue(
  field: RestrictionField,
  set: RestrictionSet,
  fields: readonly FieldName[],
  longest = Number.POSITIVE_INFINITY,
): number {
  switch (field) {
    case 'min_stay_arrival':
      return fields.includes('min_stay_through')
        ? Math.min(longest, set.min_stay_arrival ?? 0)
        : Math.min(longest, longestMinimum(set));
    case 'min_stay_through':
      return fields.includes('min_stay_arrival')
        ? Math.min(longest, set.min_stay_through ?? 0)
        : Math.min(longest, longestMinimum(set));
    case 'max_stay':
      return (set.max_stay ?? 0) < longest ? (set.max_stay ?? 0) : 0;
    case 'closed_to_arrival':
      return set.closed_to_arrival || longestMinimum(set) > longest ? 1 : 0;
    case 'closed_to_departure':
      return set.closed_to_departure ? 1 : 0;
    default:
      return field satisfies never;
  }
}

/** The restrictions of a night that the channel cannot say exactly. */
export function inexpressible(
  set: RestrictionSet,
  fields: readonly FieldName[],
  longest = Number.POSITIVE_INFINITY,
): RestrictionField[] {
  return RESTRICTION_FIELDS.filter((field) => {
    const value = set[field];
    if (value === null || value === false || value === 0) return false;
    return !fields.includes(field) || (typeof value === 'number' && value > longest);
  });
}

function longestMinimum(set: RestrictionSet): number {
  return Math.max(set.min_stay_arrival ?? 0, set.min_stay_through ?? 0);
}
