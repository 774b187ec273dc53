import { z } from 'zod';
import { fromDecimal } from '../../schemas/domain/money.ts';
import type { PropertyUpdated } from '../../schemas/generated/types.ts';

const text = z.string().default('');
const count = z.number().int().min(0).nullable().default(null);
const time = z.string().nullable().default(null);
const amount = z.union([z.string(), z.number()]).transform(String);

const content = z.strictObject({
  texts: z
    .array(z.strictObject({ language: z.string(), headline: text, description: text }))
    .default([]),
  photos: z.array(z.string()).default([]),
  property_type: z.string().nullable().default(null),
  bedrooms: count,
  bathrooms: count,
  check_in_time: time,
  check_out_time: time,
  house_rules: z
    .strictObject({
      children_allowed: z.boolean(),
      events_allowed: z.boolean(),
      pets_allowed: z.boolean(),
      smoking_allowed: z.boolean(),
      minimum_age: count,
    })
    .nullable()
    .default(null),
  cancellation: z.strictObject({ free_until_days: count }).nullable().default(null),
});

/** What a file may say of a property besides its calendar (docs/import.md). */
export const PROPERTY_DETAILS = {
  address: z
    .strictObject({
      street: z.string(),
      city: z.string(),
      postal_code: z.string(),
      country: z.string().length(2),
      latitude: z.number().nullable().default(null),
      longitude: z.number().nullable().default(null),
    })
    .nullable()
    .default(null),
  fees: z
    .array(
      z.strictObject({
        name: z.string(),
        basis: z.enum(['per_stay', 'per_night', 'per_guest', 'per_guest_night']),
        amount,
      }),
    )
    .default([]),
  taxes: z
    .array(z.strictObject({ name: z.string(), percent: z.number().min(0).max(100) }))
    .default([]),
  landing_url: z.string().nullable().default(null),
  content: content.nullable().default(null),
};

type Details = z.output<z.ZodObject<typeof PROPERTY_DETAILS>>;

/** The same as an event says it: money in minor units, percentages in hundredths. @throws ParityError EVENT_VALUE_INVALID */
export function detailsOf(
  { address, fees, taxes, landing_url, content }: Details,
  currency: string,
): Pick<PropertyUpdated, 'address' | 'fees' | 'taxes' | 'landing_url' | 'content'> {
  return {
    address,
    fees: fees.map((fee) => ({ ...fee, amount: fromDecimal(fee.amount, currency).amount })),
    taxes: taxes.map(({ name, percent }) => ({
      name,
      percent_hundredths: Math.round(percent * 100),
    })),
    landing_url,
    content,
  };
}
