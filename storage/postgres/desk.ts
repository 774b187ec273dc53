import type { PropertyId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type { Database, Transaction } from '../database.ts';
import { describedProperty } from '../desk/property.ts';
import type { DeskTransaction, DeskTransactions } from '../desk/transaction.ts';
import { BOOKING_COLUMNS, recordOf } from './booking-records.ts';
import { bookingsTransaction, upsert } from './bookings.ts';
import { asUnknownProperty } from './sequence.ts';

/** Runs without `writesBookings`: what the desk frees is promoted by the trigger, as for PMS-Core. */
export function postgresDesk(database: Database): DeskTransactions {
  return {
    run: async (tenantId, work) => {
      try {
        return await database.withTenant(tenantId, (tx) => {
          const { nextSequence, occupancy, append } = bookingsTransaction(tx, tenantId);
          return work({ nextSequence, occupancy, append, ...tableWrites(tx) });
        });
      } catch (error) {
        throw asUnknownProperty(error);
      }
    },
  };
}

/** The driver would write an array as one of PostgreSQL. */
function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

const NIGHTS = 'SELECT parity_tenant(), $1::uuid, night::date';
const SERIES = "generate_series($2::date, $3::date - 1, interval '1 day') AS nights(night)";

function tableWrites(
  tx: Transaction,
): Omit<DeskTransaction, 'nextSequence' | 'occupancy' | 'append'> {
  const remove = async (table: string, propertyId: PropertyId, { start, end }: DateRange) => {
    await tx.query(`DELETE FROM ${table} WHERE property_id = $1 AND night >= $2 AND night < $3`, [
      propertyId,
      start,
      end,
    ]);
  };
  return {
    saveTenant: async (name) => {
      await tx.query(
        'INSERT INTO tenants (id, name) VALUES (parity_tenant(), $1) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
        [name],
      );
    },
    saveProperty: async (registration) => {
      const p = describedProperty(registration);
      await tx.query(
        `INSERT INTO properties (id, tenant_id, name, time_zone, currency, max_guests, address, fees, taxes, landing_url)
         VALUES ($1, parity_tenant(), $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone, currency = excluded.currency,
           max_guests = excluded.max_guests, address = excluded.address, fees = excluded.fees, taxes = excluded.taxes,
           landing_url = excluded.landing_url`,
        [
          ...[p.property_id, p.name, p.time_zone, p.currency, p.max_guests],
          ...[json(p.address), json(p.fees), json(p.taxes), p.landing_url],
        ],
      );
      await tx.query('DELETE FROM pms_property_contents WHERE property_id = $1', [p.property_id]);
      if (p.content !== null)
        await tx.query(
          'INSERT INTO pms_property_contents (tenant_id, property_id, content) VALUES (parity_tenant(), $1, $2)',
          [p.property_id, json(p.content)],
        );
    },
    saveBooking: (row) =>
      upsert(tx, 'bookings', BOOKING_COLUMNS, [recordOf(row)], ', updated_at = now()'),
    setBlocked: async (propertyId, nights, blocked) => {
      await remove('pms_blocks', propertyId, nights);
      if (blocked)
        await tx.query(
          `INSERT INTO pms_blocks (tenant_id, property_id, night) ${NIGHTS} FROM ${SERIES}`,
          [propertyId, nights.start, nights.end],
        );
    },
    setPrice: async (propertyId, nights, currency, amount) => {
      await remove('pms_nightly_prices', propertyId, nights);
      if (amount !== null)
        await tx.query(
          `INSERT INTO pms_nightly_prices (tenant_id, property_id, night, currency, amount_minor) ${NIGHTS}, $4, $5 FROM ${SERIES}`,
          [propertyId, nights.start, nights.end, currency, amount],
        );
    },
    setRestrictions: async (propertyId, nights, set) => {
      await remove('pms_nightly_restrictions', propertyId, nights);
      await tx.query(
        `INSERT INTO pms_nightly_restrictions (tenant_id, property_id, night, min_stay_arrival, min_stay_through, max_stay,
           closed_to_arrival, closed_to_departure) ${NIGHTS}, $4::int, $5::int, $6::int, $7::boolean, $8::boolean FROM ${SERIES}`,
        [
          propertyId,
          nights.start,
          nights.end,
          set.min_stay_arrival,
          set.min_stay_through,
          set.max_stay,
          set.closed_to_arrival,
          set.closed_to_departure,
        ],
      );
    },
  };
}
