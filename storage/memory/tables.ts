import type { ConnectionId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type {
  Account,
  Alert,
  RestrictionSet,
  SyncLogEntry,
} from '../../schemas/generated/types.ts';
import type { PauseRow, ShareRow, SliceRow } from '../budgets/rows.ts';
import type {
  BlockRow,
  BookingRow,
  ConflictRow,
  ReservationKey,
  ReservationRow,
  StayRow,
  TenantSettings,
} from '../ports/bookings.ts';
import type { BudgetAnswer } from '../ports/budgets.ts';
import type { ConnectionRow } from '../ports/connections.ts';
import type { StoredCredential } from '../ports/credentials.ts';
import type { PropertyRegistration } from '../ports/pms-desk.ts';
import type { OutboxRow } from '../ports/relay.ts';

interface Of<Row> {
  readonly tenantId: TenantId;
  readonly row: Row;
}

interface Night {
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly night: PlainDate;
}

/** Tables of the twin, named after those of the migrations. */
export interface MemoryTables {
  readonly tenants: { readonly tenantId: TenantId; readonly name: string };
  readonly properties: Of<PropertyRegistration>;
  readonly property_counters: { readonly tenantId: TenantId; readonly sequence: number };
  readonly tenant_settings: Of<TenantSettings>;
  readonly channel_reservations: Of<ReservationRow>;
  readonly reservation_stays: Of<StayRow> & { readonly key: ReservationKey };
  readonly bookings: Of<BookingRow>;
  readonly booking_conflicts: Of<ConflictRow>;
  readonly calendar_blocks: Of<BlockRow>;
  readonly acknowledged_deliveries: { readonly tenantId: TenantId };
  readonly outbox: OutboxTableRow;
  /** What the relay published: out of its way, since it looks at the rest all the time. */
  readonly published_outbox: OutboxTableRow;
  readonly channel_sync_logs: Of<SyncLogEntry>;
  readonly alerts: Of<Alert>;
  readonly channel_connections: Of<ConnectionRow> & { readonly webhookSecret: string | null };
  /** The unique index connection_details_claim. */
  readonly listing_claims: {
    readonly tenantId: TenantId;
    readonly key: string;
    readonly connectionId: ConnectionId;
  };
  readonly channel_accounts: Of<Account>;
  readonly credentials: {
    readonly tenantId: TenantId | null;
    readonly row: StoredCredential;
    readonly lease: Lease | null;
    /** ms of the clock; null: the platform has asked for no pause. */
    readonly notBefore: number | null;
  };
  readonly token_requests: {
    readonly tenantId: TenantId | null;
    readonly id: string;
    readonly credentialId: string;
    readonly requestedAt: number;
    readonly answeredAt: number | null;
  };
  readonly budget_processes: {
    readonly tenantId: null;
    readonly process: string;
    readonly turn: number;
    readonly leaseUntil: number;
    readonly answer: BudgetAnswer;
  };
  readonly budget_shares: { readonly tenantId: null; readonly row: ShareRow };
  readonly budget_slices: { readonly tenantId: null; readonly row: SliceRow };
  readonly budget_pauses: { readonly tenantId: null; readonly row: PauseRow };
  readonly pms_blocks: Night;
  readonly pms_nightly_prices: Night & { readonly currency: string; readonly amount: number };
  readonly pms_nightly_restrictions: Night & { readonly restrictions: RestrictionSet };
}

export interface Lease {
  readonly id: string;
  readonly until: number;
}

interface OutboxTableRow extends Of<OutboxRow> {
  readonly published: boolean;
  readonly error: string | null;
}
