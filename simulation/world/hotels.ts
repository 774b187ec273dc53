import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { HotelSpec } from '../../simulators/hotels/hotel.ts';
import { allProperties, type Plan } from './plan.ts';

interface PlannedRoom {
  readonly id: string;
  readonly rates: readonly { readonly id: string }[];
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
