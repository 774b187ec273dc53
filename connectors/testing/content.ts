import type { PropertyId } from '../../schemas/domain/ids.ts';
import type {
  DesiredContent,
  PropertyContent,
  PropertyUpdated,
} from '../../schemas/generated/types.ts';

const PROPERTY = '3f6c1f8e-0000-4000-8000-000000000003' as PropertyId;

/** All that a platform may ask for. */
export const FULL_CONTENT: PropertyContent = {
  texts: [
    {
      language: 'en',
      headline: 'House by the lake with a "pier"',
      description: `Two bedrooms & a garden.\n${'Morning sun on the terrace, the water at the door. '.repeat(9).trim()}`,
    },
    {
      language: 'de',
      headline: 'Haus am See mit eigenem Steg',
      description: `Zwei Schlafzimmer und ein Garten.\n${'Morgens Sonne auf der Terrasse, das Wasser vor der Tür. '.repeat(8).trim()}`,
    },
  ],
  photos: ['https://photos.example/lake/1.jpg?w=2000&h=1500', 'https://photos.example/lake/2.jpg'],
  property_type: 'townhouse',
  bedrooms: 2,
  bathrooms: 1,
  check_in_time: '15:00',
  check_out_time: '10:30',
  house_rules: {
    children_allowed: true,
    events_allowed: false,
    pets_allowed: true,
    smoking_allowed: false,
    minimum_age: 21,
  },
  cancellation: { free_until_days: 14 },
};

/** A home by a lake as the PMS describes it, and how it is sold. */
export function testContent(
  changes: Partial<PropertyUpdated> = {},
  ratePlans: readonly string[] = ['standard'],
): DesiredContent {
  return {
    property: {
      property_id: PROPERTY,
      name: 'Lakeside',
      time_zone: 'Europe/Berlin',
      currency: 'EUR',
      max_guests: 4,
      address: {
        street: 'Seeweg 1',
        city: 'Konstanz',
        postal_code: '78462',
        country: 'DE',
        latitude: 47.66,
        longitude: 9.18,
      },
      fees: [
        { name: 'Final cleaning', basis: 'per_stay', amount: 9_000 },
        { name: 'Linen', basis: 'per_guest', amount: 1_250 },
      ],
      taxes: [{ name: 'Visitor tax', percent_hundredths: 350 }],
      landing_url: 'https://lakeside.example/book',
      content: FULL_CONTENT,
      ...changes,
    },
    rate_plans: ratePlans,
  };
}
