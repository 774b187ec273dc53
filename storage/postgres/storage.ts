import type { Environment } from '../../runtime/ports.ts';
import type { Database } from '../database.ts';
import { createDesk } from '../desk.ts';
import type { Storage } from '../ports/storage.ts';
import { createPostgresBookings } from './bookings.ts';
import { createPostgresBudgets } from './budgets.ts';
import { createPostgresConnections } from './connections.ts';
import { createPostgresCredentials } from './credentials.ts';
import { postgresDesk } from './desk.ts';
import { createPostgresOutbox } from './outbox.ts';
import { createPostgresRelayStore } from './relay.ts';
import { createPostgresSnapshots } from './snapshots.ts';
import { createPostgresSyncHistory } from './sync-history.ts';
import { createPostgresJournal } from './sync-logs.ts';

/** The ports over a migrated PostgreSQL. `close` closes the database. */
export function createPostgresStorage(database: Database, environment: Environment): Storage {
  return {
    bookings: createPostgresBookings(database),
    budgets: createPostgresBudgets(database),
    connections: createPostgresConnections(database),
    credentials: createPostgresCredentials(database),
    history: createPostgresSyncHistory(database),
    journal: createPostgresJournal(database),
    outbox: createPostgresOutbox(database),
    relay: createPostgresRelayStore(database),
    snapshots: createPostgresSnapshots(database),
    desk: createDesk(postgresDesk(database), environment),
    close: () => database.close(),
  };
}
