import type { Environment } from '../../runtime/ports.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { CalendarSnapshot, Origin, PmsEvent } from '../../schemas/generated/types.ts';
import { eventMessage } from '../../storage/ports/outbox.ts';
import type { PropertySnapshot, PropertySnapshotSource } from '../../storage/ports/snapshots.ts';

/** Publishes what the PMS knows of a property from a date on, as the PMS's import does. */
export function publishSnapshot(
  source: PropertySnapshotSource,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
  tenantId: TenantId,
  propertyId: PropertyId,
  from: PlainDate,
): Promise<void> {
  return source.publish(tenantId, propertyId, from, async (snapshot, sequences) => {
    const event = (
      sequence: number,
      type: string,
      payload: PmsEvent['payload'],
      origin: Origin | null = null,
    ) =>
      eventMessage({
        event_id: random.uuid(),
        event_type: type,
        tenant_id: tenantId,
        property_id: propertyId,
        sequence,
        occurred_at: Math.floor(clock.now()),
        origin,
        payload,
      });
    const messages = [
      event(sequences.first, 'calendar.snapshot', {
        'parity.pms.CalendarSnapshot': calendarOf(snapshot, propertyId, from),
      }),
      event(await sequences.next(), 'property.updated', {
        'parity.pms.PropertyUpdated': snapshot.property,
      }),
    ];
    return messages;
  });
}

function calendarOf(
  { property, bookings, blocks, prices, restrictions }: PropertySnapshot,
  propertyId: PropertyId,
  from: PlainDate,
): CalendarSnapshot {
  return {
    property_id: propertyId,
    first_date: from,
    currency: property.currency,
    bookings: bookings.map(({ bookingId, checkIn, checkOut, origin }) => ({
      booking_id: bookingId,
      check_in: checkIn,
      check_out: checkOut,
      origin,
    })),
    blocks: blocks.map(({ start, end, blockId, expiresAt }) => ({
      start,
      end,
      block_id: blockId,
      expires_at: expiresAt,
    })),
    prices: prices
      .filter(({ currency }) => currency === property.currency)
      .map(({ start, end, amount }) => ({ start, end, amount })),
    restrictions: restrictions.map((span) => ({ ...span })),
  };
}
