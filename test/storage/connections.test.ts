import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Connections } from '../../accounts/connections.ts';
import type { ChannelType, ConnectionId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { Account, Connection, SyncLogEntry } from '../../schemas/generated/types.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { createPostgresStorage } from '../../storage/postgres/storage.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const TENANT = randomUUID() as TenantId;
const OTHER = randomUUID() as TenantId;
const AIRBNB = 'airbnb' as ChannelType;

let postgres: MigratedDatabase;
let storage: Storage;
let connections: Connections;
beforeAll(async () => {
  postgres = await migratedDatabase();
  const environment = realEnvironment();
  storage = createPostgresStorage(postgres.database, environment);
  connections = new Connections({
    store: storage.connections,
    platformFamilyOf: (channel) => channel,
    environment,
  });
  for (const tenant of [TENANT, OTHER]) await storage.desk.registerTenant(tenant, 'tenant');
});
afterAll(() => postgres?.drop());

async function newProperty(tenant: TenantId = TENANT): Promise<PropertyId> {
  const id = randomUUID() as PropertyId;
  await storage.desk.registerProperty(tenant, {
    id,
    name: 'p',
    timeZone: 'UTC',
    currency: 'EUR',
    maxGuests: 2,
  });
  return id;
}

async function last<T>(topic: string, key: string): Promise<T | null | undefined> {
  const [row] = await postgres.query<{ payload: T | null }>(
    'SELECT payload FROM outbox WHERE topic = $1 AND key = $2 ORDER BY id DESC LIMIT 1',
    [topic, key],
  );
  return row?.payload;
}

describe('PMS-Core edits channel_connections directly', () => {
  test('every change that others see is published, with a higher row version; its account follows; a bookkeeping column is not', async () => {
    const property = await newProperty();
    const [created] = await postgres.query<{ id: ConnectionId }>(
      `INSERT INTO channel_connections (tenant_id, property_id, channel_type, channel_property_id, channel_account_id, price_adjustment_type,
         price_adjustment_value) VALUES ($1, $2, 'airbnb', '1001', 'host-7', 'percentage', 12.5) RETURNING id`,
      [TENANT, property],
    );
    const id = created?.id ?? ('' as ConnectionId);
    const account = `${TENANT}/airbnb/host-7`;
    const first = await last<Connection>('channel.connections', id);
    expect(first).toMatchObject({
      tenant_id: TENANT,
      property_id: property,
      account_id: account,
      listing: '1001',
      phase: 'pending',
      incarnation: 1,
      rate_plans: [
        { rate_plan_id: 'standard', adjustment: { kind: 'percentage', hundredths: 1_250 } },
      ],
    });
    expect(await last<Account>('channel.accounts', account)).toMatchObject({
      connections: [{ connection_id: id, inbound: false, poll_minutes: 15 }],
    });

    await postgres.query(
      "UPDATE channel_connections SET status = 'active', sync_frequency_minutes = 5 WHERE id = $1",
      [id],
    );
    const active = await last<Connection>('channel.connections', id);
    expect(active).toMatchObject({ phase: 'active' });
    expect(active?.row_version).toBeGreaterThan(first?.row_version ?? Number.POSITIVE_INFINITY);
    expect(await last<Account>('channel.accounts', account)).toMatchObject({
      connections: [{ inbound: true, poll_minutes: 5 }],
    });

    await postgres.query('UPDATE channel_connections SET sync_enabled = false WHERE id = $1', [id]);
    expect(await last<Connection>('channel.connections', id)).toMatchObject({ phase: 'paused' });

    const rows = () => postgres.query('SELECT id FROM outbox');
    const before = (await rows()).length;
    await postgres.query(
      "UPDATE channel_connections SET last_sync_at = now(), error_count = 3, access_token_encrypted = 'x' WHERE id = $1",
      [id],
    );
    expect(await rows()).toHaveLength(before);

    await postgres.query(
      "UPDATE channel_connections SET channel_account_id = 'host-8' WHERE id = $1",
      [id],
    );
    expect(await last<Account>('channel.accounts', account)).toMatchObject({ connections: [] });
    expect(await last<Account>('channel.accounts', `${TENANT}/airbnb/host-8`)).toMatchObject({
      connections: [{ connection_id: id }],
    });
    await expect(
      postgres.query('UPDATE channel_connections SET property_id = $2 WHERE id = $1', [
        id,
        await newProperty(),
      ]),
    ).rejects.toMatchObject({ code: 'PT003' });

    await postgres.query('DELETE FROM channel_connections WHERE id = $1', [id]);
    expect(await last('channel.connections', id)).toBeNull();
    expect(await last<Account>('channel.accounts', `${TENANT}/airbnb/host-8`)).toMatchObject({
      connections: [],
    });
  });
});

describe('connections over SQL', () => {
  test('the lifecycle, with rate plans of their own, and one transaction for each step', async () => {
    const { id } = await connections.create(TENANT, {
      propertyId: await newProperty(),
      channel: AIRBNB,
      listing: '2001',
      roomId: '7',
      currency: 'CHF',
      requestsPerSecond: 9,
      priceAdjustment: { kind: 'fixed', hundredths: -500 },
      ratePlans: [
        { rate_plan_id: 'flex' as never, adjustment: null },
        { rate_plan_id: 'saver' as never, adjustment: { kind: 'percentage', hundredths: -1_000 } },
      ],
    });
    await connections.startImport(TENANT, id);
    await connections.finishImport(TENANT, id);
    const row = await connections.activate(TENANT, id);
    expect(row).toMatchObject({
      phase: 'active',
      roomId: '7',
      currency: 'CHF',
      requestsPerSecond: 9,
      priceAdjustment: { kind: 'fixed', hundredths: -500 },
    });
    expect(await last<Connection>('channel.connections', id)).toMatchObject({
      row_version: row.rowVersion,
      rate_plans: [
        { rate_plan_id: 'flex', adjustment: { kind: 'fixed', hundredths: -500 } },
        { rate_plan_id: 'saver', adjustment: { kind: 'percentage', hundredths: -1_000 } },
      ],
    });
    await connections.disconnect(TENANT, id);
    expect(await connections.attach(TENANT, id, { listing: '2001', roomId: '7' })).toMatchObject({
      phase: 'pending',
      incarnation: 2,
      listingSince: 0,
    });
    await expect(connections.activate(TENANT, id)).rejects.toMatchObject({
      code: 'CONNECTION_STATE_INVALID',
    });
  });

  test('another listing or room is another life, remembered with its time, whoever writes it', async () => {
    const draft = { channel: AIRBNB, listing: '2101', roomId: '1' };
    const { id } = await connections.create(TENANT, { ...draft, propertyId: await newProperty() });
    const since = async () =>
      (await last<Connection>('channel.connections', id))?.listing_since ?? Number.NaN;
    const incarnation = async () =>
      (await last<Connection>('channel.connections', id))?.incarnation ?? Number.NaN;
    expect(await since()).toBe(0);
    expect(await incarnation()).toBe(1);
    const room = await connections.change(TENANT, id, { roomId: '2' });
    expect(room.listingSince).toBeGreaterThan(0);
    expect(await since()).toBe(room.listingSince);
    expect(await incarnation()).toBe(2);
    await postgres.query(
      'UPDATE connection_details SET listing_since = 0 WHERE connection_id = $1',
      [id],
    );
    await postgres.query(
      "UPDATE channel_connections SET channel_property_id = '2102' WHERE id = $1",
      [id],
    );
    const listing = await since();
    expect(listing).toBeGreaterThanOrEqual(room.listingSince);
    expect(await incarnation()).toBe(3);
    await connections.change(TENANT, id, { listing: '2102', pollMinutes: 7 });
    expect(await since()).toBe(listing);
    expect(await incarnation()).toBe(3);
  });

  test('a listing and room belong to one connection over all tenants; a foreign property is unknown', async () => {
    const draft = { channel: AIRBNB, listing: '3001' };
    const mine = await connections.create(TENANT, { ...draft, propertyId: await newProperty() });
    const theirs = await newProperty(OTHER);
    await expect(connections.create(OTHER, { ...draft, propertyId: theirs })).rejects.toMatchObject(
      { code: 'LISTING_TAKEN' },
    );
    await expect(
      connections.create(TENANT, { ...draft, listing: '3002', propertyId: theirs }),
    ).rejects.toMatchObject({ code: 'CONNECTION_UNKNOWN' });
    await expect(
      connections.create(TENANT, { ...draft, listing: '3003', propertyId: mine.propertyId }),
    ).rejects.toMatchObject({ code: 'CONNECTION_STATE_INVALID' });
    await connections.disconnect(TENANT, mine.id);
    const other = await connections.create(OTHER, { ...draft, propertyId: theirs });
    await expect(connections.attach(TENANT, mine.id)).rejects.toMatchObject({
      code: 'LISTING_TAKEN',
    });
    expect(await storage.connections.get(TENANT, other.id)).toBeNull();
  });
});

describe('journal over SQL', () => {
  test('rows, counters and status once for each id, whatever is repeated', async () => {
    const { id } = await connections.create(TENANT, {
      propertyId: await newProperty(),
      channel: AIRBNB,
      listing: '4001',
    });
    for (const step of ['startImport', 'finishImport', 'activate'] as const)
      await connections[step](TENANT, id);
    const entry = (
      at: number,
      status: SyncLogEntry['status'],
      extra: Partial<SyncLogEntry> = {},
    ): SyncLogEntry => ({
      id: randomUUID(),
      connection_id: id,
      tenant_id: TENANT,
      sync_type: 'availability_export',
      direction: 'outbound',
      status,
      records_processed: 1,
      records_created: 0,
      records_updated: 1,
      records_failed: 0,
      records_skipped: 0,
      error_message: null,
      error_details: null,
      request_data: '{"a":1}',
      response_data: 'cut off in the middl',
      started_at: at,
      completed_at: at + 5,
      duration_ms: 5,
      trace_id: null,
      connection_status: null,
      ...extra,
    });
    const base = Date.UTC(2030, 0, 1);
    const failed = {
      status: 'error',
      error_code: 'CHANNEL_UNAVAILABLE',
      error_message: 'HTTP 503',
    };
    const entries = [
      entry(base, 'success'),
      entry(base + 10, 'failure', { error_message: 'bad \u0000 byte' }),
      entry(base + 20, 'failure', { connection_status: failed }),
      entry(base + 30, 'success', { connection_id: randomUUID() as ConnectionId }),
    ];
    await storage.journal.log(TENANT, entries);
    await storage.journal.log(TENANT, [...entries].reverse());
    expect(await storage.connections.get(TENANT, id)).toMatchObject({
      status: 'error',
      phase: 'error',
      errorCount: 2,
      errorMessage: 'HTTP 503',
      lastSyncAt: base + 25,
      lastErrorAt: base + 25,
      lastSuccessfulSyncAt: base + 5,
    });
    await storage.journal.log(TENANT, [
      entry(base + 40, 'success', {
        connection_status: { status: 'active', error_code: null, error_message: null },
      }),
    ]);
    expect(await storage.connections.get(TENANT, id)).toMatchObject({
      status: 'active',
      errorCount: 0,
      errorMessage: null,
    });
    const [logs] = await postgres.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM channel_sync_logs WHERE channel_connection_id = $1',
      [id],
    );
    expect(logs?.count).toBe(4);

    const alert = {
      alert_id: randomUUID(),
      connection_id: id,
      property_id: null,
      tenant_id: TENANT,
      code: 'BOOKING_CONFLICT',
      severity: 'critical' as const,
      message: 'm',
      context: '{}',
      raised_at: base,
    };
    await storage.journal.alert(TENANT, [alert, alert]);
    await storage.journal.alert(TENANT, [alert]);
    await storage.journal.alert(randomUUID() as TenantId, [{ ...alert, alert_id: randomUUID() }]);
    expect(await postgres.query('SELECT code FROM alerts')).toEqual([{ code: 'BOOKING_CONFLICT' }]);
  });

  test('a full sync under way is one row that moves on; the newest of each connection is told', async () => {
    const { id } = await connections.create(TENANT, {
      propertyId: await newProperty(),
      channel: AIRBNB,
      listing: '4002',
    });
    const begunAt = Date.UTC(2030, 0, 2);
    const row = (sync: string, started: number, extra: Partial<SyncLogEntry>): SyncLogEntry => ({
      id: sync,
      connection_id: id,
      tenant_id: TENANT,
      sync_type: 'full_sync',
      direction: 'outbound',
      status: 'started',
      records_processed: 100,
      records_created: 0,
      records_updated: 0,
      records_failed: 0,
      records_skipped: 0,
      error_message: null,
      error_details: null,
      request_data: null,
      response_data: null,
      started_at: started,
      completed_at: null,
      duration_ms: null,
      trace_id: null,
      connection_status: null,
      ...extra,
    });
    const told = async () => (await storage.history.fullSyncs(TENANT)).get(id);
    expect(await told()).toBeUndefined();
    const [old, sync] = [randomUUID(), randomUUID()];
    await storage.journal.log(TENANT, [row(old, begunAt - 1_000, { status: 'skipped' })]);
    for (const records_updated of [0, 60])
      await storage.journal.log(TENANT, [row(sync, begunAt, { records_updated })]);
    expect(await told()).toEqual({ begunAt, finishedAt: null, total: 100, done: 60, refused: 0 });
    expect(await storage.connections.get(TENANT, id)).toMatchObject({ lastSyncAt: null });
    const finishedAt = begunAt + 9_000;
    const end = { records_updated: 98, records_failed: 2, completed_at: finishedAt };
    await storage.journal.log(TENANT, [row(sync, begunAt, { ...end, status: 'partial_success' })]);
    // A repeat of what was told before changes nothing.
    await storage.journal.log(TENANT, [row(sync, begunAt, { records_updated: 60 })]);
    expect(await told()).toEqual({ begunAt, finishedAt, total: 100, done: 98, refused: 2 });
    expect(await storage.connections.get(TENANT, id)).toMatchObject({
      lastSyncAt: finishedAt,
      lastSuccessfulSyncAt: finishedAt,
    });
    expect((await storage.history.fullSyncs(OTHER)).get(id)).toBeUndefined();
  });

  test.each(['PostgreSQL', 'the twin'])(
    '%s: old rows of a connection go when something new of it is written',
    async (which) => {
      const other = createMemoryStorage({
        database: new MemoryDatabase(),
        environment: realEnvironment(),
      });
      const { connections: home, journal, history } = which === 'PostgreSQL' ? storage : other;
      const propertyId = await newProperty();
      if (which !== 'PostgreSQL') {
        await other.desk.registerTenant(TENANT, 'tenant');
        await other.desk.registerProperty(TENANT, {
          id: propertyId,
          name: 'house',
          timeZone: 'UTC',
          currency: 'EUR',
          maxGuests: 2,
        });
      }
      const use = new Connections({
        store: home,
        platformFamilyOf: () => 'airbnb',
        environment: realEnvironment(),
      });
      const { id } = await use.create(TENANT, { propertyId, channel: AIRBNB, listing: '4003' });
      const day = 86_400_000;
      const row = (ago: number, updated: number): SyncLogEntry => ({
        id: randomUUID(),
        connection_id: id,
        tenant_id: TENANT,
        sync_type: 'full_sync',
        direction: 'outbound',
        status: 'success',
        records_processed: 1,
        records_created: 0,
        records_updated: updated,
        records_failed: 0,
        records_skipped: 0,
        error_message: null,
        error_details: null,
        request_data: null,
        response_data: null,
        started_at: Math.floor(Date.now() - ago * day),
        completed_at: null,
        duration_ms: null,
        trace_id: null,
        connection_status: null,
      });
      await journal.log(TENANT, [row(91, 1)]);
      expect((await history.fullSyncs(TENANT)).get(id)).toBeUndefined();
      await journal.log(TENANT, [row(89, 2)]);
      expect((await history.fullSyncs(TENANT)).get(id)).toMatchObject({ done: 2 });
    },
  );
});
