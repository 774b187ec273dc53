import type { PmsEvent } from '../../schemas/generated/types.ts';
import type { MemoryDatabase, TableName } from '../../storage/memory/database.ts';
import type { MemoryTables } from '../../storage/memory/tables.ts';

/** All rows of a table, over all tenants. */
export function rowsOf<Name extends TableName>(
  database: MemoryDatabase,
  name: Name,
): Promise<readonly MemoryTables[Name][]> {
  return database.transaction(null, async (tx) => tx.table(name).values());
}

/** Every event that a transaction of the PMS or of the bookings stage has published, published or not yet. */
export async function allFacts(database: MemoryDatabase): Promise<readonly PmsEvent[]> {
  const waiting = await rowsOf(database, 'outbox');
  const published = await rowsOf(database, 'published_outbox');
  return [...published, ...waiting]
    .filter(({ row }) => row.topic === 'pms.events')
    .map(({ row }) => row.value as PmsEvent);
}
