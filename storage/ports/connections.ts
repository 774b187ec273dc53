import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type {
  ConnectionPhase,
  PriceAdjustment,
  RatePlan,
  SyncDirection,
} from '../../schemas/generated/types.ts';
import type { OutboxMessage } from './outbox.ts';

/** `channel_connections.status` of the specification. */
export type ConnectionStatus =
  | 'pending'
  | 'active'
  | 'paused'
  | 'error'
  | 'disconnected'
  | 'expired';

/** Refines the status `pending`. */
export type SetupPhase = 'pending' | 'importing' | 'preview';

/** What may be set of a connection. */
export interface ConnectionSettings {
  readonly listing: string;
  readonly channelAccountId: string | null;
  readonly listingUrl: string | null;
  readonly roomId: string | null;
  readonly ratePlans: readonly RatePlan[];
  /** Currency of the listing; null: that of the property. */
  readonly currency: string | null;
  /** For rate plans without one of their own. */
  readonly priceAdjustment: PriceAdjustment | null;
  readonly requestsPerSecond: number | null;
  /** Of the same tenant, or one that all share. */
  readonly credentialId: string | null;
  readonly syncEnabled: boolean;
  readonly syncDirection: SyncDirection;
  readonly syncAvailability: boolean;
  readonly syncPricing: boolean;
  readonly syncBookings: boolean;
  readonly pollMinutes: number;
  readonly webhookUrl: string | null;
}

export interface ConnectionRow extends ConnectionSettings {
  readonly id: ConnectionId;
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly channel: ChannelType;
  readonly platformFamily: string;
  readonly accountId: AccountId;
  readonly status: ConnectionStatus;
  readonly setupPhase: SetupPhase;
  /** What `channel.connections` shows, made of status, setup phase and sync_enabled. */
  readonly phase: ConnectionPhase;
  readonly incarnation: number;
  /** Since when it names this listing and room, ms; 0: it never named another. Every change of them sets it, an edit by PMS-Core too. */
  readonly listingSince: number;
  readonly rowVersion: number;
  readonly errorMessage: string | null;
  readonly errorCount: number;
  readonly lastErrorAt: number | null;
  readonly lastSyncAt: number | null;
  readonly lastSuccessfulSyncAt: number | null;
}

export interface NewConnection extends ConnectionSettings {
  readonly id: ConnectionId;
  readonly propertyId: PropertyId;
  readonly channel: ChannelType;
  readonly platformFamily: string;
}

export interface ConnectionChange {
  readonly set: Partial<
    ConnectionSettings &
      Pick<ConnectionRow, 'status' | 'setupPhase' | 'incarnation' | 'errorMessage' | 'errorCount'>
  >;
  readonly messages?: readonly OutboxMessage[];
}

/** Every change of what `channel.connections` or `channel.accounts` shows is an outbox row of the same transaction. */
export interface ConnectionStore {
  list(tenantId: TenantId): Promise<readonly ConnectionRow[]>;
  get(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow | null>;
  /**
   * @throws ParityError LISTING_TAKEN; CONNECTION_UNKNOWN when the tenant has no such property or may not use the credential;
   * CONNECTION_STATE_INVALID when the property has a connection of this channel already.
   */
  create(tenantId: TenantId, connection: NewConnection): Promise<ConnectionRow>;
  /**
   * One transaction: `decide` sees the locked row and says what to set, or throws.
   * @throws ParityError CONNECTION_UNKNOWN (for a credential that the tenant may not use too), LISTING_TAKEN, and whatever `decide` throws.
   */
  change(
    tenantId: TenantId,
    id: ConnectionId,
    decide: (row: ConnectionRow) => ConnectionChange,
  ): Promise<ConnectionRow>;
  /** `webhook_secret` as it is stored: a Fernet token, or plain text that PMS-Core wrote. */
  webhookSecret(tenantId: TenantId, id: ConnectionId): Promise<string | null>;
  /** Replaces `webhook_secret` if it is still `previous`. */
  replaceWebhookSecret(
    tenantId: TenantId,
    id: ConnectionId,
    previous: string | null,
    next: string | null,
  ): Promise<boolean>;
}

/** `parity_account_id` in SQL. */
export function accountIdOf(
  tenantId: TenantId,
  channel: ChannelType,
  channelAccountId: string | null,
): AccountId {
  return `${tenantId}/${channel}/${channelAccountId ?? '-'}` as AccountId;
}

/** `parity_phase` in SQL. */
export function phaseOf(
  status: ConnectionStatus,
  setupPhase: SetupPhase,
  syncEnabled: boolean,
): ConnectionPhase {
  if (status === 'pending') return setupPhase;
  if ((status === 'active' || status === 'error') && !syncEnabled) return 'paused';
  return status;
}
