import fc from 'fast-check';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection, FieldName } from '../../schemas/generated/types.ts';
import type { Change, Manifest, PlanContext } from '../contract.ts';

/** Values of a calendar by `night field rate plan`. */
export type ModelCalendar = ReadonlyMap<string, number | null>;

export function cellName(cell: Pick<Change, 'night' | 'field' | 'ratePlanId'>): string {
  return `${cell.night} ${cell.field} ${cell.ratePlanId ?? '-'}`;
}

/** The calendar after the changes, and nothing but them. */
export function withChanges(
  before: ModelCalendar,
  changes: readonly Change[],
  manifest: Manifest,
): Map<string, number | null> {
  const after = new Map(before);
  for (const change of changes) after.set(cellName(change), shownValue(change, manifest));
  return after;
}

/** What the channel shows of a change: a restriction at the value that removes it is none. */
export function shownValue({ field, value }: Change, { resetValues }: Manifest): number {
  return value === resetValues[field] ? 0 : value;
}

/** The context of a plan that is made at 08:30 UTC of `today`. */
export function contextOf(
  today: PlainDate,
  currency: string,
  desired: readonly Change[] = [],
  guests = 2,
): PlanContext {
  const values = new Map(desired.map((change) => [cellName(change), change.value]));
  return {
    today,
    now: Date.parse(`${today}T08:30:00Z`),
    currency,
    guests: () => guests,
    desired: (night, field, ratePlanId) =>
      values.get(cellName({ night, field, ratePlanId })) ?? null,
  };
}

/** A value that every platform takes. A minimum of one night is none, so mapping never wants it. */
function acceptableValue(field: FieldName): fc.Arbitrary<number> {
  switch (field) {
    case 'availability':
    case 'closed_to_arrival':
    case 'closed_to_departure':
      return fc.constantFrom(0, 1);
    case 'price':
      return fc.constantFrom(9_900, 14_000, 14_050, 230_099);
    case 'min_stay_arrival':
    case 'min_stay_through':
      return fc.constantFrom(0, 2, 3, 7);
    case 'max_stay':
      return fc.constantFrom(0, 14, 28);
  }
}

/** Spans of nights with values of one field each, laid over one another: realistic edits, each cell once. */
export function changesOf(
  manifest: Manifest,
  connection: Connection,
  today: PlainDate,
  days: number,
): fc.Arbitrary<Change[]> {
  const span = fc.constantFrom(...manifest.fields).chain((field) =>
    fc.record({
      field: fc.constant(field),
      value: acceptableValue(field),
      start: fc.nat(days - 1),
      length: fc.integer({ min: 1, max: 40 }),
      plan: fc.constantFrom(...connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id)),
    }),
  );
  return fc.array(span, { minLength: 1, maxLength: 12 }).map((spans) => {
    const cells = new Map<string, Change>();
    for (const { field, value, start, length, plan } of spans) {
      for (let day = start; day < Math.min(days, start + length); day += 1) {
        const night = addDays(today, day);
        const change: Change = {
          night,
          field,
          ratePlanId: field === 'availability' ? null : plan,
          value,
        };
        cells.set(cellName(change), change);
      }
    }
    return [...cells.values()];
  });
}

/** Every field of every night, with values that vary: what a connection sends when it goes live. */
export function fullSync(
  manifest: Manifest,
  connection: Connection,
  today: PlainDate,
  days: number,
): Change[] {
  const changes: Change[] = [];
  for (let day = 0; day < days; day += 1) {
    const night = addDays(today, day);
    for (const field of manifest.fields) {
      const plans =
        field === 'availability'
          ? [null]
          : connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id);
      for (const ratePlanId of plans)
        changes.push({ night, field, ratePlanId, value: variedValue(field, day) });
    }
  }
  return changes;
}

function variedValue(field: FieldName, day: number): number {
  switch (field) {
    case 'availability':
      return day % 9 < 3 ? 0 : 1;
    case 'price':
      return 10_000 + (day % 7) * 550;
    case 'min_stay_arrival':
    case 'min_stay_through':
      return day % 5 === 0 ? 0 : 2;
    case 'max_stay':
      return day % 11 === 0 ? 28 : 0;
    case 'closed_to_arrival':
      return day % 7 === 6 ? 1 : 0;
    case 'closed_to_departure':
      return day % 7 === 5 ? 1 : 0;
  }
}
