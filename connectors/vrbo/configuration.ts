import type {
  Connection,
  DesiredContent,
  HouseRules,
  PropertyContent,
} from '../../schemas/generated/types.ts';
import { xml } from '../notation/xml.ts';
import { document, leaf, unitIds } from './wire.ts';

/** What the platform cannot do without, in words for the owner. */
export function missingInConfiguration({ property: { content } }: DesiredContent): string[] {
  return [
    ...(content?.check_in_time ? [] : ['a check-in time']),
    ...(content?.check_out_time ? [] : ['a check-out time']),
    ...(content?.cancellation ? [] : ['cancellation terms']),
  ];
}

/**
 * Policies of a unit, elements in the order of the alphabet, as everywhere in these documents. Two follow from how Parity works: bookings are
 * confirmed at once, and the price of a quote holds. Payment forms and the rental agreement stand in the defaults of the advertiser at the platform.
 */
export function configurationDocument(
  connection: Connection,
  { property: { content, max_guests } }: DesiredContent,
): string {
  const elements: Readonly<Record<string, string | null>> = {
    bookingPolicy: leaf('policy', 'INSTANT'),
    cancellationPolicy: cancellationPolicy(content?.cancellation ?? null),
    checkInTime: content?.check_in_time ?? null,
    checkOutTime: content?.check_out_time ?? null,
    ...rulesOf(content?.house_rules ?? null),
    locale: content?.texts[0]?.language.slice(0, 2) ?? null,
    maximumOccupancyRule: leaf('guests', String(max_guests)),
    pricingPolicy: leaf('policy', 'GUARANTEED'),
  };
  const configuration = Object.entries(elements)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, inner]) => (inner === null ? [] : [xml(name, {}, [inner])]));
  return document(
    xml('lodgingConfigurationContent', {}, [
      ...unitIds(connection),
      xml('lodgingConfiguration', {}, configuration),
    ]),
  );
}

/** All back until so many nights before, and nothing after: none of the platform's named policies says that, so it is one of our own. */
function cancellationPolicy(terms: PropertyContent['cancellation']): string | null {
  if (terms === null) return null;
  const { free_until_days: days } = terms;
  if (days === null) return leaf('policy', 'NO_REFUND');
  const period = xml('policyPeriod', {}, [
    leaf('nightsBeforeCheckin', String(Math.max(1, days))),
    leaf('refundPercent', '100'),
  ]);
  return leaf('policy', 'CUSTOM') + xml('policyPeriods', {}, [period]);
}

function rulesOf(rules: HouseRules | null): Readonly<Record<string, string | null>> {
  if (rules === null) return {};
  const allowed = (is: boolean) => leaf('allowed', String(is));
  const { minimum_age: age } = rules;
  return {
    childrenAllowedRule: allowed(rules.children_allowed),
    eventsAllowedRule: allowed(rules.events_allowed),
    minimumAgeRule: age === null ? null : leaf('age', String(age)),
    petsAllowedRule: allowed(rules.pets_allowed),
    smokingAllowedRule: allowed(rules.smoking_allowed),
  };
}
