import type { RatePlanId } from '../../../schemas/domain/ids.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { dayIndex, daysIn, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { Connection, DesiredPage, FieldName } from '../../../schemas/generated/types.ts';

export type Values = Partial<Record<FieldName, number | null>>;

/** Marks of a night beside its values. */
export interface Marks {
  readonly released?: number;
  readonly impliedAt?: number | null;
}

/** The page after one night changed; all else stays as it was. Values of rate plans are those of every plan. */
export function withNight(
  before: DesiredPage | undefined,
  connection: Connection,
  timeZone: string,
  night: PlainDate,
  values: Values,
  marks: Marks,
): DesiredPage {
  const month = monthOf(night);
  const days = daysIn(month);
  const columns = new Map(
    (before?.columns ?? []).map((column) => [
      `${column.field} ${column.rate_plan_id}`,
      { ...column, values: [...column.values] },
    ]),
  );
  for (const [field, value] of Object.entries(values) as [FieldName, number | null][]) {
    const plans: readonly (RatePlanId | null)[] =
      field === 'availability'
        ? [null]
        : connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id);
    for (const plan of plans) {
      const key = `${field} ${plan}`;
      const column = columns.get(key) ?? {
        field,
        rate_plan_id: plan,
        values: Array.from({ length: days }, () => null as number | null),
      };
      column.values[dayIndex(night)] = value;
      columns.set(key, column);
    }
  }
  const replaced = <T>(list: readonly T[] | undefined, fill: T, value: T | undefined) => {
    const copy = list ? [...list] : Array.from({ length: days }, () => fill);
    if (value !== undefined) copy[dayIndex(night)] = value;
    return copy;
  };
  return {
    connection_id: connection.connection_id,
    tenant_id: connection.tenant_id,
    property_id: connection.property_id,
    month,
    incarnation: connection.incarnation,
    time_zone: timeZone,
    currency: connection.currency ?? 'EUR',
    released: replaced(before?.released, 0, marks.released),
    implied_at: replaced<number | null>(before?.implied_at, null, marks.impliedAt),
    columns: [...columns.values()],
    guests: before?.guests ?? 0,
    content: null,
  };
}
