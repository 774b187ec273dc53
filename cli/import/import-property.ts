import type { Environment } from '../../runtime/ports.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays, dateIn } from '../../schemas/domain/plain-date.ts';
import type { PropertySnapshotSource } from '../../storage/ports/snapshots.ts';
import { snapshotMessages } from './snapshot-messages.ts';

interface ImportedProperty {
  readonly propertyId: PropertyId;
  readonly firstDate: PlainDate;
  readonly bookings: number;
  readonly blocks: number;
  readonly pricedSpans: number;
}

/**
 * Reads a property by the import views while holding its counter and publishes its snapshot. Repeatable, and safe while events flow.
 * @throws ParityError EVENT_VALUE_INVALID for a property that the tenant does not have.
 */
export async function importProperty(
  source: PropertySnapshotSource,
  tenantId: TenantId,
  propertyId: PropertyId,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
): Promise<ImportedProperty> {
  const now = clock.now();
  // Yesterday by UTC: the first night that may still be today somewhere.
  const firstDate = addDays(dateIn('UTC', now), -1);
  let imported: ImportedProperty | undefined;
  await source.publish(tenantId, propertyId, firstDate, async (snapshot, sequences) => {
    imported = {
      propertyId,
      firstDate,
      bookings: snapshot.bookings.length,
      blocks: snapshot.blocks.length,
      pricedSpans: snapshot.prices.length,
    };
    return snapshotMessages({ tenantId, propertyId, firstDate, now, random }, snapshot, sequences);
  });
  if (!imported) throw new Error(`the snapshot of ${propertyId} was not built`);
  return imported;
}
