import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import type { HotelSpec } from '../../simulators/hotels/hotel.ts';
import type { Chance } from '../chance.ts';
import { allProperties, type ConnectionPlan, drawAdjustment, type Plan } from './plan.ts';

interface PlannedRoom {
  readonly id: string;
  readonly rates: readonly { readonly id: string }[];
}

/** The room of a hotel that a property is, at one rate plan, or at two. @param index of the property @param two chance of two, 0 to 1 */
export function drawRoom(
  hotel: string,
  index: number,
  two: number,
  chance: Chance,
): Pick<ConnectionPlan, 'listing' | 'roomId' | 'unit' | 'ratePlans'> {
  const room = `${hotel}${String(index).padStart(2, '0')}`;
  const ratePlans = Array.from({ length: chance.happens(two) ? 2 : 1 }, (_, number) => {
    const id = `${room}${number + 1}`;
    return { id: id as RatePlanId, adjustment: drawAdjustment(chance), shownAs: id };
  });
  return { listing: hotel, roomId: room, unit: room, ratePlans };
}

/** Sets the hotels of a channel up at its platform, each with the rooms that the plan sells there. @returns the rooms */
export function createHotels(
  platform: { createHotel(spec: HotelSpec): unknown },
  channel: ChannelType,
  plan: Plan,
): readonly string[] {
  const hotels = new Map<string, { readonly currency: string; readonly rooms: PlannedRoom[] }>();
  for (const { currency, connections } of allProperties(plan))
    for (const { channel: sold, listing, unit, ratePlans } of connections) {
      if (sold !== channel) continue;
      const hotel = hotels.get(listing) ?? { currency, rooms: [] };
      hotel.rooms.push({ id: unit, rates: ratePlans.map(({ shownAs }) => ({ id: shownAs })) });
      hotels.set(listing, hotel);
    }
  for (const [id, hotel] of hotels) platform.createHotel({ id, ...hotel });
  return [...hotels.values()].flatMap(({ rooms }) => rooms.map(({ id }) => id));
}
