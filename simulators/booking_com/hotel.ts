import type { Hotel as AnyHotel } from '../hotels/hotel.ts';
import type { HotelRoom, RateTerms } from '../hotels/room.ts';
import type { RateView } from '../platform.ts';

export interface RateValues extends RateTerms {
  readonly minStayThrough?: number;
  readonly minStayArrival?: number;
  readonly maxStay?: number;
  readonly closedToArrival?: boolean;
  readonly closedToDeparture?: boolean;
}

export type Hotel = AnyHotel<RateValues>;
export type Room = HotelRoom<RateValues>;

export function rateView(values: Partial<RateValues>): RateView {
  return {
    price: values.price ?? null,
    closed: values.closed ?? false,
    minStayArrival: ruleOf(values.minStayArrival, 1),
    minStayThrough: ruleOf(values.minStayThrough, 1),
    maxStay: ruleOf(values.maxStay, 0),
    closedToArrival: values.closedToArrival ?? false,
    closedToDeparture: values.closedToDeparture ?? false,
  };
}

/** A rule that equals `none` says nothing. */
function ruleOf(value: number | undefined, none: number): number | null {
  return value === undefined || value <= none ? null : value;
}
