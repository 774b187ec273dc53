import { activate, connect } from './connecting.ts';
import { CURRENCY, SPARE_SALES, TENANT, TIME_ZONE } from './home.ts';
import type { Telling } from './telling.ts';

/** Homes that are on sale nowhere until another client of the topics writes their events: rows in the PMS, connections active. */
export async function openSpareHomes(telling: Telling): Promise<void> {
  for (const sale of SPARE_SALES) {
    // Not by the desk, whose event would take the first sequence: these homes count by themselves.
    await telling.rows(
      'INSERT INTO properties (id, tenant_id, name, time_zone, currency) VALUES ($1, $2, $3, $4, $5)',
      [sale.property, TENANT, 'For other clients', TIME_ZONE, CURRENCY],
    );
  }
  await Promise.all(
    SPARE_SALES.map(async (sale) => {
      await connect(telling, sale);
      await activate(telling, sale);
    }),
  );
}
