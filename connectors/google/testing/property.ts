import type { PropertyContent } from '../property-data.ts';

/** A vacation rental for four with the packages named. */
export function testProperty(propertyId: string, packages: readonly string[]): PropertyContent {
  return {
    propertyId,
    roomId: null,
    name: [
      { language: 'en', text: 'House by the lake' },
      { language: 'de', text: 'Haus am See' },
    ],
    description: [{ language: 'en', text: 'Two bedrooms & a "pier"' }],
    guests: 4,
    packages: packages.map((ratePlanId, index) => ({
      ratePlanId,
      name: [{ language: 'en', text: `Rate ${ratePlanId}` }],
      description: [],
      guests: null,
      freeCancellationDays: index === 0 ? 14 : null,
    })),
  };
}
