import { describe, expect, it } from 'vitest';
import type { FieldName, RestrictionSet } from '../../../schemas/generated/types.ts';
import { restrictionValue } from './restrictions.ts';

const NONE: RestrictionSet = {
  min_stay_arrival: null,
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
};
const ONE_MINIMUM: readonly FieldName[] = ['min_stay_arrival', 'max_stay', 'closed_to_arrival'];
const LONGEST = 28;

describe('a shortest stay that is longer than the longest that the channel sells', () => {
  const value = (
    field: 'min_stay_arrival' | 'max_stay' | 'closed_to_arrival',
    set: Partial<RestrictionSet>,
  ) => restrictionValue(field, { ...NONE, ...set }, ONE_MINIMUM, LONGEST);

  it.each(['min_stay_arrival', 'min_stay_through'] as const)(
    'is shown as no arrival (%s)',
    (field) => {
      expect(value('closed_to_arrival', { [field]: 30 })).toBe(1);
      expect(value('min_stay_arrival', { [field]: 30 })).toBe(LONGEST);
    },
  );

  it('is none when the channel sells just that', () => {
    expect(value('closed_to_arrival', { min_stay_arrival: LONGEST })).toBe(0);
    expect(value('min_stay_arrival', { min_stay_arrival: LONGEST })).toBe(LONGEST);
  });
});
