import fc from 'fast-check';
import { addDays, type PlainDate } from '../../../schemas/domain/plain-date.ts';
import type { DesiredContent, FieldName } from '../../../schemas/generated/types.ts';
import type { DocumentView } from '../../documents.ts';
import { HORIZON_DAYS } from '../manifest.ts';

export const TODAY = '2026-11-01' as PlainDate;
export const PLAN = 'standard';

/** Values of one night; what is left out is unknown. */
export type NightValues = Partial<Record<FieldName, number>>;

/** A view with these nights; all others are unknown. */
export function viewOf(
  nights: Readonly<Record<string, NightValues>>,
  currency = 'EUR',
  today = TODAY,
  content: DesiredContent | null = null,
): DocumentView {
  return {
    today,
    days: HORIZON_DAYS,
    currency,
    value: (night, field, ratePlanId) =>
      (field === 'availability') === (ratePlanId === null)
        ? (nights[night]?.[field] ?? null)
        : null,
    content: () => content,
    terms: content,
    last: () => null,
  };
}

/** Spans of nights that say the same, anywhere in the horizon, as mapping may want them. */
export const anyNights: fc.Arbitrary<Record<string, NightValues>> = fc
  .array(
    fc.record({
      start: fc.nat(729),
      length: fc.integer({ min: 1, max: 60 }),
      values: fc.record(
        {
          availability: fc.constantFrom(0, 1, 2, 999),
          price: fc.constantFrom(1, 9_900, 14_050, 230_099),
          min_stay_arrival: fc.constantFrom(0, 2, 7, 90),
          max_stay: fc.constantFrom(0, 1, 14, 89),
          closed_to_arrival: fc.constantFrom(0, 1),
          closed_to_departure: fc.constantFrom(0, 1),
        },
        { requiredKeys: [] },
      ),
    }),
    { maxLength: 12 },
  )
  .map((spans) => {
    const nights: Record<string, NightValues> = {};
    for (const { start, length, values } of spans)
      for (let day = start; day < Math.min(730, start + length); day += 1) {
        const night = addDays(TODAY, day);
        nights[night] = { ...nights[night], ...values };
      }
    return nights;
  });
