import type { Connector } from '../../../connectors/contract.ts';
import type { Environment } from '../../../runtime/ports.ts';
import { MemoryDatabase } from '../../../storage/memory/database.ts';
import { createMemoryStorage } from '../../../storage/memory/storage.ts';
import { Budgets } from '../budgets.ts';

/** The budgets of one process over a database in memory. */
export function memoryBudgets(
  environment: Environment,
  connectorOf: (channel: Connector['manifest']['channel']) => Connector | undefined,
  database = new MemoryDatabase(),
): Budgets {
  const { budgets: store } = createMemoryStorage({ database, environment });
  return new Budgets({
    store,
    environment,
    manifestOf: (channel) => connectorOf(channel)?.manifest,
  });
}
