import type { PmsBookings } from './bookings.ts';
import type { BudgetStore } from './budgets.ts';
import type { ConnectionStore } from './connections.ts';
import type { CredentialStore } from './credentials.ts';
import type { SyncLogSink } from './journal.ts';
import type { Outbox } from './outbox.ts';
import type { PmsDesk } from './pms-desk.ts';
import type { RelayStore } from './relay.ts';
import type { PropertySnapshotSource } from './snapshots.ts';
import type { SyncHistory } from './sync-history.ts';

/** All that product logic may ask of the database; PostgreSQL and the in-memory twin give the same answers (test/storage/contract). */
export interface Storage {
  readonly bookings: PmsBookings;
  readonly budgets: BudgetStore;
  readonly connections: ConnectionStore;
  readonly credentials: CredentialStore;
  readonly history: SyncHistory;
  readonly journal: SyncLogSink;
  readonly outbox: Outbox;
  readonly relay: RelayStore;
  readonly snapshots: PropertySnapshotSource;
  readonly desk: PmsDesk;
  close(): Promise<void>;
}
