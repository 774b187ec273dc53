import type { AccountId, ChannelType, RatePlanId, TenantId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Account, Connection } from '../../schemas/generated/types.ts';
import {
  accountIdOf,
  type ConnectionChange,
  type ConnectionRow,
  type ConnectionStore,
  type NewConnection,
  phaseOf,
} from '../ports/connections.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryTransaction } from './database.ts';
import { appendMessages, firstOfEra } from './outbox.ts';

export function createMemoryConnections(client: MemoryClient): ConnectionStore {
  return {
    list: (tenantId) =>
      client.run('connections.list', tenantId, async (tx) =>
        tx
          .table('channel_connections')
          .values()
          .map(({ row }) => row),
      ),
    get: (tenantId, id) =>
      client.run(
        'connections.get',
        tenantId,
        async (tx) => tx.table('channel_connections').get(id)?.row ?? null,
      ),
    create: (tenantId, connection) =>
      client.run('connections.create', tenantId, async (tx) =>
        create(client, tx, tenantId, connection),
      ),
    change: (tenantId, id, decide) =>
      client.run('connections.change', tenantId, async (tx) => {
        const before = tx.table('channel_connections').get(id)?.row;
        if (before === undefined)
          throw new ParityError('CONNECTION_UNKNOWN', `The tenant has no connection ${id}`);
        const change = decide(before);
        const after = saveConnection(client, tx, before, change.set);
        appendMessages(client, tx, change.messages ?? []);
        return after;
      }),
    webhookSecret: (tenantId, id) =>
      client.run(
        'connections.secret',
        tenantId,
        async (tx) => tx.table('channel_connections').get(id)?.webhookSecret ?? null,
      ),
    replaceWebhookSecret: (tenantId, id, previous, next) =>
      client.run('connections.secret', tenantId, async (tx) => {
        const present = tx.table('channel_connections').get(id);
        if (present === undefined || present.webhookSecret !== previous) return false;
        tx.table('channel_connections').set(id, { ...present, webhookSecret: next });
        return true;
      }),
  };
}

function create(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
  connection: NewConnection,
): ConnectionRow {
  if (tx.table('properties').get(connection.propertyId) === undefined)
    throw new ParityError(
      'CONNECTION_UNKNOWN',
      `The tenant has no property ${connection.propertyId}`,
    );
  const taken = tx
    .table('channel_connections')
    .values()
    .some(
      ({ row }) => row.propertyId === connection.propertyId && row.channel === connection.channel,
    );
  if (taken)
    throw new ParityError(
      'CONNECTION_STATE_INVALID',
      'The property is already connected to this channel',
    );
  const row: ConnectionRow = {
    ...connection,
    tenantId,
    accountId: accountIdOf(tenantId, connection.channel, connection.channelAccountId),
    status: 'pending',
    setupPhase: 'pending',
    phase: 'pending',
    incarnation: 1,
    listingSince: 0,
    rowVersion: firstOfEra(client.database),
    errorMessage: null,
    errorCount: 0,
    lastErrorAt: null,
    lastSyncAt: null,
    lastSuccessfulSyncAt: null,
  };
  checkCredential(tx, row);
  claim(tx, row);
  tx.table('channel_connections').set(row.id, { tenantId, row, webhookSecret: null });
  publish(client, tx, row);
  return row;
}

/** Writes a connection and publishes what that changes; `parity_connection_updated` and its chain in SQL. */
export function saveConnection(
  client: MemoryClient,
  tx: MemoryTransaction,
  before: ConnectionRow,
  set: ConnectionChange['set'] & Partial<ConnectionRow>,
): ConnectionRow {
  const changed: ConnectionRow = { ...before, ...set };
  checkCredential(tx, changed);
  const otherListing = before.listing !== changed.listing;
  const otherRoom = before.roomId !== changed.roomId;
  const next: ConnectionRow = {
    ...changed,
    listingSince:
      otherListing || otherRoom ? Math.floor(client.environment.clock.now()) : before.listingSince,
    incarnation:
      (set.incarnation ?? before.incarnation + (otherRoom ? 1 : 0)) + (otherListing ? 1 : 0),
    accountId: accountIdOf(changed.tenantId, changed.channel, changed.channelAccountId),
    phase: phaseOf(changed.status, changed.setupPhase, changed.syncEnabled),
  };
  const visible =
    JSON.stringify([connectionValue(next), accountEntry(next)]) !==
    JSON.stringify([connectionValue(before), accountEntry(before)]);
  const row = visible
    ? { ...next, rowVersion: Math.max(before.rowVersion + 1, firstOfEra(client.database)) }
    : next;
  if (visible) claim(tx, row);
  const stored = tx.table('channel_connections').get(row.id);
  tx.table('channel_connections').set(row.id, {
    tenantId: row.tenantId,
    row,
    webhookSecret: stored?.webhookSecret ?? null,
  });
  if (visible) {
    publish(client, tx, row);
    if (before.accountId !== row.accountId)
      publishAccount(
        client,
        tx,
        before.tenantId,
        before.accountId,
        before.channel,
        before.channelAccountId,
      );
  }
  return row;
}

/** The trigger parity_credential_of_tenant: a connection is signed with a credential of its tenant, or with one that all share. */
function checkCredential(tx: MemoryTransaction, { credentialId, tenantId }: ConnectionRow): void {
  if (credentialId === null) return;
  const owner = tx.ownerOf('credentials', credentialId);
  if (owner !== null && owner !== tenantId)
    throw new ParityError('CONNECTION_UNKNOWN', 'The tenant has no such property or credential');
}

/**
 * One listing and room belongs to one connection, over all tenants; the unique index looks past row-level security, and so does the key
 * of this row, which names no tenant.
 */
function claim(tx: MemoryTransaction, row: ConnectionRow): void {
  const claims = tx.table('listing_claims');
  for (const { key } of claims.values().filter((own) => own.connectionId === row.id))
    claims.delete(key);
  if (row.status === 'disconnected') return;
  const key = JSON.stringify([
    row.platformFamily,
    row.channelAccountId ?? '',
    row.listing,
    row.roomId ?? '',
  ]);
  const present = claims.get(key);
  if (present !== undefined && present.connectionId !== row.id)
    throw new ParityError(
      'LISTING_TAKEN',
      'The listing and room already belong to another connection',
    );
  try {
    claims.set(key, { tenantId: row.tenantId, key, connectionId: row.id });
  } catch (cause) {
    throw new ParityError(
      'LISTING_TAKEN',
      'The listing and room already belong to another connection',
      { cause },
    );
  }
}

/** `parity_connection_json` in SQL. */
export function connectionValue(row: ConnectionRow): Connection {
  const plans = row.ratePlans.map((plan) => ({
    ...plan,
    adjustment: plan.adjustment ?? row.priceAdjustment,
  }));
  return {
    connection_id: row.id,
    tenant_id: row.tenantId,
    property_id: row.propertyId,
    account_id: row.accountId,
    credential_id: row.credentialId,
    channel: row.channel,
    listing: row.listing,
    room_id: row.roomId,
    rate_plans:
      plans.length > 0
        ? plans
        : [{ rate_plan_id: 'standard' as RatePlanId, adjustment: row.priceAdjustment }],
    currency: row.currency,
    sync_direction: row.syncDirection,
    sync_availability: row.syncAvailability,
    sync_pricing: row.syncPricing,
    sync_bookings: row.syncBookings,
    phase: row.phase,
    incarnation: row.incarnation,
    listing_since: row.listingSince,
    row_version: row.rowVersion,
    requests_per_second: row.requestsPerSecond,
  };
}

function accountEntry(row: ConnectionRow): Account['connections'][number] {
  return {
    connection_id: row.id,
    property_id: row.propertyId,
    listing: row.listing,
    room_id: row.roomId,
    inbound: row.syncBookings && row.syncDirection !== 'outbound_only' && row.phase !== 'pending',
    poll_minutes: row.pollMinutes,
  };
}

function publish(client: MemoryClient, tx: MemoryTransaction, row: ConnectionRow): void {
  appendMessages(client, tx, [
    {
      topic: 'channel.connections',
      tenantId: row.tenantId,
      key: row.id,
      placement: row.propertyId,
      value: connectionValue(row),
    },
  ]);
  publishAccount(client, tx, row.tenantId, row.accountId, row.channel, row.channelAccountId);
}

/** `parity_publish_account` in SQL. */
function publishAccount(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
  accountId: AccountId,
  channel: ChannelType,
  channelAccountId: string | null,
): void {
  const rows = tx
    .table('channel_connections')
    .values()
    .map(({ row }) => row)
    .filter((row) => row.accountId === accountId && row.status !== 'disconnected');
  const body = {
    credential_id: rows.find(({ credentialId }) => credentialId !== null)?.credentialId ?? null,
    connections: rows.map(accountEntry),
  };
  const before = tx.table('channel_accounts').get(accountId)?.row;
  if (
    before !== undefined &&
    JSON.stringify([before.credential_id, before.connections]) ===
      JSON.stringify([body.credential_id, body.connections])
  )
    return;
  const account: Account = {
    account_id: accountId,
    tenant_id: tenantId,
    channel,
    channel_account_id: channelAccountId,
    row_version: Math.max((before?.row_version ?? 0) + 1, firstOfEra(client.database)),
    ...body,
  };
  tx.table('channel_accounts').set(accountId, { tenantId, row: account });
  appendMessages(client, tx, [
    { topic: 'channel.accounts', tenantId, key: accountId, placement: accountId, value: account },
  ]);
}
