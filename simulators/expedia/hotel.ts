import type { Hotel } from '../hotels/hotel.ts';
import type { HotelRoom, RateTerms } from '../hotels/room.ts';
import type { RateView } from '../platform.ts';
import { type ExpediaSettings, LONGEST_STAY } from './settings.ts';

export interface RateValues extends RateTerms {
  readonly minLos?: number;
  readonly maxLos?: number;
  readonly closedToArrival?: boolean;
  readonly closedToDeparture?: boolean;
}

export type ExpediaHotel = Hotel<RateValues>;
export type RoomType = HotelRoom<RateValues>;

/** What was written, with what stands where nothing was. */
export function inForce(
  values: Partial<RateValues>,
): Required<Omit<RateValues, 'price'>> & { readonly price?: number } {
  return {
    closed: false,
    minLos: 1,
    maxLos: LONGEST_STAY,
    closedToArrival: false,
    closedToDeparture: false,
    ...values,
  };
}

/** @param lengthOfStay how the hotels count lengths of stay */
export function rateView(
  written: Partial<RateValues>,
  lengthOfStay: ExpediaSettings['lengthOfStay'],
): RateView {
  const values = inForce(written);
  const minimum = values.minLos <= 1 ? null : values.minLos;
  const isByArrival = lengthOfStay === 'arrival';
  return {
    price: values.price ?? null,
    closed: values.closed,
    minStayArrival: isByArrival ? minimum : null,
    minStayThrough: isByArrival ? null : minimum,
    maxStay: values.maxLos >= LONGEST_STAY ? null : values.maxLos,
    closedToArrival: values.closedToArrival,
    closedToDeparture: values.closedToDeparture,
  };
}
