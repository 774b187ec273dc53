import type { RestrictionSet } from '../../schemas/generated/types.ts';
import type { Night } from '../dates.ts';
import type { NightView, SimulatedPlatform } from '../platform.ts';
import type { PmsProperty } from './pms.ts';
import type { TruthNight } from './truth.ts';

/** What of a night is compared. Stay rules are those that the platform can say. */
export type ComparedField =
  | 'availability'
  | 'price'
  | 'min_stay_arrival'
  | 'min_stay_through'
  | 'max_stay'
  | 'closed_to_arrival'
  | 'closed_to_departure';

export interface ComparedUnit {
  readonly unit: string;
  /** Rate plan; default: the first. */
  readonly rate?: string;
  /** What the platform should ask for a night of this price (adjustment of the rate plan). Minor units; default: the same. */
  readonly priceOf?: (price: number) => number;
  readonly fields: readonly ComparedField[];
}

export interface Difference {
  readonly channel: string;
  readonly unit: string;
  readonly night: Night;
  readonly field: ComparedField;
  readonly pms: number | boolean | null;
  readonly platform: number | boolean | null;
}

/** What each platform can say of stay rules, and how it sells. */
export const COMPARED_FIELDS = {
  airbnb: [
    'availability',
    'price',
    'min_stay_arrival',
    'max_stay',
    'closed_to_arrival',
    'closed_to_departure',
  ],
  booking_com: [
    'availability',
    'price',
    'min_stay_arrival',
    'min_stay_through',
    'max_stay',
    'closed_to_arrival',
    'closed_to_departure',
  ],
  expedia: [
    'availability',
    'price',
    'min_stay_arrival',
    'max_stay',
    'closed_to_arrival',
    'closed_to_departure',
  ],
  fewo_direkt: [
    'availability',
    'price',
    'min_stay_arrival',
    'max_stay',
    'closed_to_arrival',
    'closed_to_departure',
  ],
  google: [
    'availability',
    'price',
    'min_stay_arrival',
    'min_stay_through',
    'max_stay',
    'closed_to_arrival',
    'closed_to_departure',
  ],
  vrbo: [
    'availability',
    'price',
    'min_stay_arrival',
    'max_stay',
    'closed_to_arrival',
    'closed_to_departure',
  ],
} as const satisfies Record<string, readonly ComparedField[]>;

/**
 * Where the platform shows something else than the PMS means, from `first` up to, not including, `end`. A night that the PMS does
 * not sell must not be sellable, by whatever way (an own booking is one). Prices and stay rules are compared on the nights that a
 * snapshot covers and that have a price.
 */
export function differences(
  property: PmsProperty,
  platform: SimulatedPlatform,
  compared: ComparedUnit,
  first: Night,
  end: Night,
): Difference[] {
  const views = new Map(
    platform.calendar(compared.unit, first, end).map((view) => [view.night, view]),
  );
  return property.truth(first, end).flatMap((truth) => {
    const view = views.get(truth.night);
    return view ? compareNight(truth, view, platform.channel, compared) : [];
  });
}

function compareNight(
  truth: TruthNight,
  view: NightView,
  channel: string,
  compared: ComparedUnit,
): Difference[] {
  const rate = view.rates[compared.rate ?? Object.keys(view.rates)[0] ?? ''];
  const shown: Record<ComparedField, number | boolean | null> = {
    availability: view.sellable,
    price: rate?.price ?? null,
    min_stay_arrival: rate?.minStayArrival ?? null,
    min_stay_through: rate?.minStayThrough ?? null,
    max_stay: rate?.maxStay ?? null,
    closed_to_arrival: rate?.closedToArrival ?? false,
    closed_to_departure: rate?.closedToDeparture ?? false,
  };
  const meant = meantBy(truth, compared);
  return compared.fields
    .filter((field) => field === 'availability' || (truth.covered && truth.price !== null))
    .filter((field) => shown[field] !== meant[field])
    .map((field) => ({
      channel,
      unit: compared.unit,
      night: truth.night,
      field,
      pms: meant[field],
      platform: shown[field],
    }));
}

function meantBy(
  truth: TruthNight,
  { fields, priceOf }: ComparedUnit,
): Record<ComparedField, number | boolean | null> {
  const { restrictions, price } = truth;
  return {
    availability: truth.open,
    price: price === null ? null : (priceOf?.(price) ?? price),
    min_stay_arrival: minimumOf(restrictions, 'min_stay_arrival', 'min_stay_through', fields),
    min_stay_through: minimumOf(restrictions, 'min_stay_through', 'min_stay_arrival', fields),
    max_stay: ruleOf(restrictions.max_stay, 0),
    closed_to_arrival: restrictions.closed_to_arrival,
    closed_to_departure: restrictions.closed_to_departure,
  };
}

/** A platform with one kind of minimum stay shows the longer of both. */
function minimumOf(
  set: RestrictionSet,
  own: 'min_stay_arrival' | 'min_stay_through',
  other: 'min_stay_arrival' | 'min_stay_through',
  fields: readonly ComparedField[],
): number | null {
  const alone = !fields.includes(other);
  return ruleOf(Math.max(set[own] ?? 0, alone ? (set[other] ?? 0) : 0), 1);
}

function ruleOf(value: number | null, none: number): number | null {
  return value === null || value <= none ? null : value;
}
