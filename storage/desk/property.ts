import type { PropertyUpdated } from '../../schemas/generated/types.ts';
import type { PropertyRegistration } from '../ports/pms-desk.ts';

/** A registered property as its event and its snapshot say it. */
export function describedProperty({
  id,
  name,
  timeZone,
  currency,
  maxGuests,
  details,
}: PropertyRegistration): PropertyUpdated {
  return {
    property_id: id,
    name,
    time_zone: timeZone,
    currency,
    max_guests: maxGuests,
    address: details?.address ?? null,
    fees: details?.fees ?? [],
    taxes: details?.taxes ?? [],
    landing_url: details?.landing_url ?? null,
    content: details?.content ?? null,
  };
}
