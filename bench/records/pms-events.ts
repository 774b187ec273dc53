import type { BookingId } from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { eventOf } from '../../schemas/pms-event.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { PreparedRecord } from '../bulk.ts';
import { prepared } from './prepared.ts';
import { numbered, type PlacedProperty, TENANT } from './properties.ts';

const STAY_NIGHTS = 3;

/**
 * Bookings of the PMS, `each` per property, one after the other in its calendar. Every one has a register of its own: intake writes as many
 * records as it reads, like the loop it is compared with.
 */
export function bookingEvents(
  serde: Serde,
  properties: readonly PlacedProperty[],
  each: number,
  firstNight: PlainDate,
): PreparedRecord[] {
  const records: PreparedRecord[] = [];
  for (let round = 0; round < each; round += 1) {
    const checkIn = addDays(firstNight, round * STAY_NIGHTS);
    for (const { propertyId, partition } of properties) {
      const number = records.length + 1;
      const event = eventOf({
        type: 'booking.confirmed',
        event_id: numbered('e0000000', number),
        tenant_id: TENANT,
        property_id: propertyId,
        sequence: round + 1,
        occurred_at: Date.now(),
        origin: null,
        payload: {
          booking_id: numbered('b0000000', number) as BookingId,
          property_id: propertyId,
          check_in: checkIn,
          check_out: addDays(checkIn, STAY_NIGHTS),
        },
      });
      records.push(prepared(serde, 'pms.events', partition, propertyId, event));
    }
  }
  return records;
}
