import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type {
  ConnectionPhase,
  PriceAdjustment,
  RatePlan,
  SyncDirection,
} from '../../schemas/generated/types.ts';
import type { Database, Transaction } from '../database.ts';
import type {
  ConnectionChange,
  ConnectionRow,
  ConnectionStatus,
  ConnectionStore,
  NewConnection,
  SetupPhase,
} from '../ports/connections.ts';
import { constraintOf, sqlStateOf } from '../postgres-errors.ts';
import { jsonb } from './jsonb.ts';
import { appendMessages } from './outbox.ts';

export function createPostgresConnections(database: Database): ConnectionStore {
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw asConnectionError(error);
    }
  };
  return {
    list: (tenantId) => database.withTenant(tenantId, (tx) => rowsOf(tx, 'TRUE ORDER BY c.id')),
    get: async (tenantId, id) =>
      (await database.withTenant(tenantId, (tx) => rowsOf(tx, 'c.id = $1', [id])))[0] ?? null,
    create: (tenantId, connection) =>
      guarded(database.withTenant(tenantId, (tx) => create(tx, connection))),
    change: (tenantId, id, decide) =>
      guarded(
        database.withTenant(tenantId, async (tx) => {
          const before = await lock(tx, id);
          const change = decide(before);
          if (change.set.roomId !== undefined && change.set.roomId !== before.roomId)
            await markListing(tx, id);
          await apply(tx, id, change.set);
          await appendMessages(tx, change.messages ?? []);
          return one(tx, id);
        }),
      ),
    webhookSecret: async (tenantId, id) => {
      const rows = await database.withTenant(tenantId, (tx) =>
        tx.query<{ webhook_secret: string | null }>(
          'SELECT webhook_secret FROM channel_connections WHERE id = $1',
          [id],
        ),
      );
      return rows[0]?.webhook_secret ?? null;
    },
    replaceWebhookSecret: async (tenantId, id, previous, next) => {
      const rows = await database.withTenant(tenantId, (tx) =>
        tx.query(
          'UPDATE channel_connections SET webhook_secret = $3 WHERE id = $1 AND webhook_secret IS NOT DISTINCT FROM $2 RETURNING id',
          [id, previous, next],
        ),
      );
      return rows.length === 1;
    },
  };
}

function asConnectionError(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === '23505' && constraintOf(error) === 'connection_details_claim')
    return new ParityError(
      'LISTING_TAKEN',
      'The listing and room already belong to another connection',
      { cause: error },
    );
  if (state === '23505')
    return new ParityError(
      'CONNECTION_STATE_INVALID',
      'The property is already connected to this channel',
      { cause: error },
    );
  if (state === '23503' || state === '42501')
    return new ParityError('CONNECTION_UNKNOWN', 'The tenant has no such property or credential', {
      cause: error,
    });
  return error;
}

interface ConnectionRecord {
  readonly id: ConnectionId;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  readonly channel_type: ChannelType;
  readonly platform_family: string;
  readonly account_id: AccountId;
  readonly channel_property_id: string;
  readonly channel_account_id: string | null;
  readonly channel_listing_url: string | null;
  readonly room_id: string | null;
  readonly rate_plans: readonly RatePlan[];
  readonly currency: string | null;
  readonly adjustment_kind: string | null;
  readonly adjustment_hundredths: number | null;
  readonly requests_per_second: number | null;
  readonly credential_id: string | null;
  readonly sync_enabled: boolean;
  readonly sync_direction: SyncDirection;
  readonly sync_availability: boolean;
  readonly sync_pricing: boolean;
  readonly sync_bookings: boolean;
  readonly sync_frequency_minutes: number;
  readonly webhook_url: string | null;
  readonly status: ConnectionStatus;
  readonly setup_phase: SetupPhase;
  readonly phase: ConnectionPhase;
  readonly incarnation: number;
  readonly listing_since: number;
  readonly row_version: number;
  readonly error_message: string | null;
  readonly error_count: number;
  readonly last_error_at: number | null;
  readonly last_sync_at: number | null;
  readonly last_successful_sync_at: number | null;
}

async function rowsOf(
  tx: Transaction,
  where: string,
  parameters: readonly unknown[] = [],
): Promise<readonly ConnectionRow[]> {
  const records = await tx.query<ConnectionRecord>(
    `SELECT c.id, c.tenant_id, c.property_id, c.channel_type, d.platform_family, d.account_id, c.channel_property_id, c.channel_account_id,
       c.channel_listing_url, d.room_id, d.rate_plans, d.currency, c.price_adjustment_type AS adjustment_kind,
       round(c.price_adjustment_value * 100)::bigint AS adjustment_hundredths, d.requests_per_second, d.credential_id, c.sync_enabled,
       c.sync_direction, coalesce(c.sync_availability, true) AS sync_availability, coalesce(c.sync_pricing, true) AS sync_pricing,
       coalesce(c.sync_bookings, true) AS sync_bookings, coalesce(c.sync_frequency_minutes, 15) AS sync_frequency_minutes, c.webhook_url,
       c.status, d.phase AS setup_phase, parity_phase(c.status, d.phase, c.sync_enabled) AS phase, d.incarnation, d.listing_since,
       d.row_version,
       c.error_message, coalesce(c.error_count, 0) AS error_count, c.last_error_at, c.last_sync_at, c.last_successful_sync_at
     FROM channel_connections c JOIN connection_details d ON d.connection_id = c.id WHERE ${where}`,
    parameters,
  );
  return records.map(rowOf);
}

function rowOf(r: ConnectionRecord): ConnectionRow {
  return {
    id: r.id,
    tenantId: r.tenant_id,
    propertyId: r.property_id,
    channel: r.channel_type,
    platformFamily: r.platform_family,
    accountId: r.account_id,
    listing: r.channel_property_id,
    channelAccountId: r.channel_account_id,
    listingUrl: r.channel_listing_url,
    roomId: r.room_id,
    ratePlans: r.rate_plans.map((plan) => ({ ...plan, adjustment: plan.adjustment ?? null })),
    currency: r.currency,
    priceAdjustment: adjustmentOf(r),
    requestsPerSecond: r.requests_per_second,
    credentialId: r.credential_id,
    syncEnabled: r.sync_enabled,
    syncDirection: r.sync_direction,
    syncAvailability: r.sync_availability,
    syncPricing: r.sync_pricing,
    syncBookings: r.sync_bookings,
    pollMinutes: r.sync_frequency_minutes,
    webhookUrl: r.webhook_url,
    status: r.status,
    setupPhase: r.setup_phase,
    phase: r.phase,
    incarnation: r.incarnation,
    listingSince: r.listing_since,
    rowVersion: r.row_version,
    errorMessage: r.error_message,
    errorCount: r.error_count,
    lastErrorAt: r.last_error_at,
    lastSyncAt: r.last_sync_at,
    lastSuccessfulSyncAt: r.last_successful_sync_at,
  };
}

function adjustmentOf({
  adjustment_kind: kind,
  adjustment_hundredths: hundredths,
}: ConnectionRecord): PriceAdjustment | null {
  return (kind === 'percentage' || kind === 'fixed') && hundredths !== null
    ? { kind, hundredths }
    : null;
}

async function one(tx: Transaction, id: ConnectionId): Promise<ConnectionRow> {
  const [row] = await rowsOf(tx, 'c.id = $1', [id]);
  if (row === undefined)
    throw new ParityError('CONNECTION_UNKNOWN', `The tenant has no connection ${id}`);
  return row;
}

async function lock(tx: Transaction, id: ConnectionId): Promise<ConnectionRow> {
  await tx.query('SELECT FROM channel_connections WHERE id = $1 FOR UPDATE', [id]);
  return one(tx, id);
}

async function create(tx: Transaction, connection: NewConnection): Promise<ConnectionRow> {
  // The foreign key would accept a property of another tenant: it looks past row-level security.
  const owned = await tx.query('SELECT FROM properties WHERE id = $1', [connection.propertyId]);
  if (owned.length === 0)
    throw new ParityError(
      'CONNECTION_UNKNOWN',
      `The tenant has no property ${connection.propertyId}`,
    );
  await tx.query(
    `INSERT INTO channel_connections (id, tenant_id, property_id, channel_type, channel_property_id, channel_account_id)
     VALUES ($1, parity_tenant(), $2, $3, $4, $5)`,
    [
      connection.id,
      connection.propertyId,
      connection.channel,
      connection.listing,
      connection.channelAccountId,
    ],
  );
  await tx.query('UPDATE connection_details SET platform_family = $2 WHERE connection_id = $1', [
    connection.id,
    connection.platformFamily,
  ]);
  await apply(tx, connection.id, connection);
  return one(tx, connection.id);
}

/** It is another room from now on, in another life. A trigger sees to another listing, whoever writes it. */
async function markListing(tx: Transaction, id: ConnectionId): Promise<void> {
  await tx.query(
    'UPDATE connection_details SET listing_since = parity_now(), incarnation = incarnation + 1 WHERE connection_id = $1',
    [id],
  );
}

type Settable = ConnectionChange['set'];

/** Columns of each settable value, by table; encoders turn a value into parameters. */
const SOURCE_COLUMNS: readonly (readonly [keyof Settable, string])[] = [
  ['listing', 'channel_property_id'],
  ['channelAccountId', 'channel_account_id'],
  ['listingUrl', 'channel_listing_url'],
  ['syncEnabled', 'sync_enabled'],
  ['syncDirection', 'sync_direction'],
  ['syncAvailability', 'sync_availability'],
  ['syncPricing', 'sync_pricing'],
  ['syncBookings', 'sync_bookings'],
  ['pollMinutes', 'sync_frequency_minutes'],
  ['webhookUrl', 'webhook_url'],
  ['status', 'status'],
  ['errorMessage', 'error_message'],
  ['errorCount', 'error_count'],
];
const DETAIL_COLUMNS: readonly (readonly [keyof Settable, string])[] = [
  ['roomId', 'room_id'],
  ['currency', 'currency'],
  ['requestsPerSecond', 'requests_per_second'],
  ['credentialId', 'credential_id'],
  ['setupPhase', 'phase'],
  ['incarnation', 'incarnation'],
];

/** Details first: a raised incarnation is published no later than the status that needs it. */
async function apply(tx: Transaction, id: ConnectionId, set: Settable): Promise<void> {
  const details = columnsOf(set, DETAIL_COLUMNS);
  if (set.ratePlans !== undefined) details.push(['rate_plans', jsonb(set.ratePlans.map(planOf))]);
  await update(tx, 'connection_details', 'connection_id', id, details);
  const source = columnsOf(set, SOURCE_COLUMNS);
  if (set.priceAdjustment !== undefined) {
    source.push(['price_adjustment_type', set.priceAdjustment?.kind ?? null]);
    source.push([
      'price_adjustment_value',
      set.priceAdjustment === null ? null : set.priceAdjustment.hundredths / 100,
    ]);
  }
  await update(tx, 'channel_connections', 'id', id, source);
}

/** A plan without an adjustment of its own follows the connection's. */
function planOf(plan: RatePlan): object {
  return plan.adjustment === null ? { rate_plan_id: plan.rate_plan_id } : plan;
}

function columnsOf(
  set: Settable,
  columns: readonly (readonly [keyof Settable, string])[],
): [string, unknown][] {
  return columns.flatMap(([name, column]) =>
    set[name] === undefined ? [] : [[column, set[name]] as [string, unknown]],
  );
}

async function update(
  tx: Transaction,
  table: string,
  key: string,
  id: string,
  columns: readonly (readonly [string, unknown])[],
): Promise<void> {
  if (columns.length === 0) return;
  const assignments = columns.map(([column], at) => `${column} = $${at + 2}`).join(', ');
  await tx.query(`UPDATE ${table} SET ${assignments} WHERE ${key} = $1`, [
    id,
    ...columns.map(([, value]) => value),
  ]);
}
