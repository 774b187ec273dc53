import { createDesk } from '../desk.ts';
import type { Storage } from '../ports/storage.ts';
import { createMemoryBookings } from './bookings.ts';
import { createMemoryBudgets } from './budgets.ts';
import { MemoryClient, type MemoryClientOptions } from './client.ts';
import { createMemoryConnections } from './connections.ts';
import { createMemoryCredentials } from './credentials.ts';
import { memoryDesk } from './desk.ts';
import { createMemoryJournal } from './journal.ts';
import { createMemoryOutbox } from './outbox.ts';
import { createMemoryRelayStore } from './relay.ts';
import { createMemorySnapshots } from './snapshots.ts';
import { createMemorySyncHistory } from './sync-history.ts';

export interface MemoryStorage extends Storage {
  /** The process died: whatever its connection held is free. Its calls under way are the fault hook's to stop. */
  kill(): void;
}

/** One process's ports over the shared in-memory twin. */
export function createMemoryStorage(options: MemoryClientOptions): MemoryStorage {
  const client = new MemoryClient(options);
  const relay = createMemoryRelayStore(client);
  return {
    bookings: createMemoryBookings(client),
    budgets: createMemoryBudgets(client),
    connections: createMemoryConnections(client),
    credentials: createMemoryCredentials(client),
    history: createMemorySyncHistory(client),
    journal: createMemoryJournal(client),
    outbox: createMemoryOutbox(client),
    relay,
    snapshots: createMemorySnapshots(client),
    desk: createDesk(memoryDesk(client), options.environment),
    kill: () => relay.kill(),
    close: async () => relay.kill(),
  };
}
