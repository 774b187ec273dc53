import type { PropertyDetails } from '../../storage/ports/pms-desk.ts';

/** What guests read of the home of the story, and agree to: all that its channels ask for. */
export const HOME_DETAILS: PropertyDetails = {
  address: {
    street: 'Seeweg 1',
    city: 'Konstanz',
    postal_code: '78462',
    country: 'DE',
    latitude: 47.66,
    longitude: 9.18,
  },
  fees: [{ name: 'Final cleaning', basis: 'per_stay', amount: 9_000 }],
  taxes: [{ name: 'Visitor tax', percent_hundredths: 350 }],
  landing_url: null,
  content: {
    texts: [
      {
        language: 'en',
        headline: 'House by the lake with a pier of its own',
        description: [
          'A wooden house with two bedrooms, twenty steps from the water. The terrace has the sun until late, the pier is yours alone, and a rowing boat lies',
          'beside it. The kitchen has what a family needs for a week; the bakery and the ferry are a walk of ten minutes away. In the evening there is a stove, and',
          'wood for it. Two bicycles stand in the shed, more can be rented in the village. Children learn to swim here in a day, their parents in a weekend.',
        ].join(' '),
      },
    ],
    photos: ['https://photos.example/haus-am-see/1.jpg'],
    property_type: 'house',
    bedrooms: 2,
    bathrooms: 1,
    check_in_time: '15:00',
    check_out_time: '10:00',
    house_rules: {
      children_allowed: true,
      events_allowed: false,
      pets_allowed: true,
      smoking_allowed: false,
      minimum_age: null,
    },
    cancellation: { free_until_days: 14 },
  },
};
