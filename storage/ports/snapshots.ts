import type { BookingId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Origin, PropertyUpdated, RestrictionSet } from '../../schemas/generated/types.ts';
import type { OutboxMessage } from './outbox.ts';

/** Everything the PMS knows of a property's calendar from a date on, as the import views show it. */
export interface PropertySnapshot {
  readonly property: PropertyUpdated;
  readonly bookings: readonly SnapshotBookingRow[];
  /** Given up by the PMS, still held by their channel. */
  readonly awaiting: readonly AwaitingBookingRow[];
  readonly blocks: readonly SnapshotBlockRow[];
  readonly prices: readonly SnapshotPriceRow[];
  readonly restrictions: readonly SnapshotRestrictionRow[];
}

export interface SnapshotBookingRow extends Stay {
  readonly bookingId: BookingId;
  readonly origin: Origin | null;
}

export interface AwaitingBookingRow extends Stay {
  readonly bookingId: BookingId;
  readonly origin: Origin;
}

export interface Stay {
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
}

export interface SnapshotBlockRow extends DateRange {
  readonly blockId: string | null;
  readonly expiresAt: number | null;
  readonly reason: string | null;
}

export interface SnapshotPriceRow extends DateRange {
  readonly currency: string;
  /** Minor units per night. */
  readonly amount: number;
}

export interface SnapshotRestrictionRow extends DateRange {
  readonly restrictions: RestrictionSet;
}

export interface PropertySnapshotSource {
  properties(tenantId: TenantId): Promise<readonly PropertyId[]>;
  /**
   * Reads a property while holding its counter and appends what `build` makes of it, all in one transaction.
   * `from`: the first night; rows that end before it are left out. `next` raises the counter once more.
   * @throws ParityError EVENT_VALUE_INVALID for a property that the tenant does not have.
   */
  publish(
    tenantId: TenantId,
    propertyId: PropertyId,
    from: PlainDate,
    build: (
      snapshot: PropertySnapshot,
      sequences: { readonly first: number; next(): Promise<number> },
    ) => Promise<readonly OutboxMessage[]>,
  ): Promise<void>;
}
