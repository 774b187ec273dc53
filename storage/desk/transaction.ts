import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type { RestrictionSet } from '../../schemas/generated/types.ts';
import type { BookingRow, BookingsTransaction } from '../ports/bookings.ts';
import type { PropertyRegistration } from '../ports/pms-desk.ts';

/**
 * What the desk does to the tables; the rules stand in this folder, once for both implementations. A booking's event comes before its row:
 * the row may promote a waiting booking, whose event is the later one.
 */
export interface DeskTransaction
  extends Pick<BookingsTransaction, 'nextSequence' | 'occupancy' | 'append'> {
  saveTenant(name: string): Promise<void>;
  saveProperty(property: PropertyRegistration): Promise<void>;
  saveBooking(row: BookingRow): Promise<void>;
  setBlocked(propertyId: PropertyId, nights: DateRange, blocked: boolean): Promise<void>;
  setPrice(
    propertyId: PropertyId,
    nights: DateRange,
    currency: string,
    amount: number | null,
  ): Promise<void>;
  setRestrictions(
    propertyId: PropertyId,
    nights: DateRange,
    restrictions: RestrictionSet,
  ): Promise<void>;
}

export interface DeskTransactions {
  run<T>(tenantId: TenantId, work: (tx: DeskTransaction) => Promise<T>): Promise<T>;
}
