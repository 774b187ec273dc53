import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../schemas/domain/ids.ts';
import type { Connection, InboxMessage } from '../schemas/generated/types.ts';
import { MemoryDatabase } from '../storage/memory/database.ts';
import { createMemoryStorage, type MemoryStorage } from '../storage/memory/storage.ts';
import { instantEnvironment } from '../storage/testing/environment.ts';
import { Connections } from './connections.ts';
import { type LifecycleStep, TRANSITIONS } from './lifecycle.ts';
import { createVault } from './vault/vault.ts';
import { createWebhookSecrets } from './webhook-secrets.ts';

const TENANT = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
const OTHER = '7d0a1c52-0000-4000-8000-000000000002' as TenantId;
const HOUSE = 'a0000000-0000-4000-8000-000000000001' as PropertyId;
const BARN = 'a0000000-0000-4000-8000-000000000002' as PropertyId;
const CHANNEL = 'northwind' as ChannelType;

let database: MemoryDatabase;
let storage: MemoryStorage;
let connections: Connections;

beforeEach(async () => {
  database = new MemoryDatabase();
  const environment = instantEnvironment();
  storage = createMemoryStorage({ database, environment });
  connections = new Connections({
    store: storage.connections,
    platformFamilyOf: (channel) => (channel === CHANNEL ? 'northwind' : undefined),
    environment,
  });
  for (const [tenant, id] of [
    [TENANT, HOUSE],
    [OTHER, BARN],
  ] as const) {
    await storage.desk.registerTenant(tenant, 'tenant');
    await storage.desk.registerProperty(tenant, {
      id,
      name: id,
      timeZone: 'UTC',
      currency: 'EUR',
      maxGuests: 2,
    });
  }
});

async function published<T>(topic: string): Promise<readonly T[]> {
  return database.transaction(null, async (tx) =>
    tx
      .table('outbox')
      .values()
      .filter(({ row }) => row.topic === topic)
      .map(({ row }) => row.value as T),
  );
}

describe('lifecycle', () => {
  test('goes live in order; every step is published with a higher row version', async () => {
    const { id } = await connections.create(TENANT, {
      propertyId: HOUSE,
      channel: CHANNEL,
      listing: '1001',
    });
    await connections.startImport(TENANT, id);
    await connections.finishImport(TENANT, id);
    await connections.activate(TENANT, id);
    await connections.pause(TENANT, id);
    await connections.resume(TENANT, id);
    const rows = await published<Connection>('channel.connections');
    expect(rows.map(({ phase }) => phase)).toEqual([
      'pending',
      'importing',
      'preview',
      'active',
      'paused',
      'active',
    ]);
    const versions = rows.map(({ row_version: version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    const [message] = await published<InboxMessage>('channel.inbox');
    expect(message?.message).toEqual({ 'parity.events.ImportReservations': { connection_id: id } });
  });

  test('attaching again raises the incarnation, and a disconnected listing is free for another tenant', async () => {
    const mine = await connections.create(TENANT, {
      propertyId: HOUSE,
      channel: CHANNEL,
      listing: '1001',
    });
    await expect(
      connections.create(OTHER, { propertyId: BARN, channel: CHANNEL, listing: '1001' }),
    ).rejects.toMatchObject({ code: 'LISTING_TAKEN' });
    await connections.disconnect(TENANT, mine.id);
    const theirs = await connections.create(OTHER, {
      propertyId: BARN,
      channel: CHANNEL,
      listing: '1001',
    });
    await expect(connections.attach(TENANT, mine.id)).rejects.toMatchObject({
      code: 'LISTING_TAKEN',
    });
    const again = await connections.attach(TENANT, mine.id, { listing: '1002' });
    expect(again).toMatchObject({ phase: 'pending', incarnation: 3, listing: '1002' });
    expect(mine.listingSince).toBe(0);
    expect(again.listingSince).toBeGreaterThan(0);
    expect((await published<Connection>('channel.connections')).at(-1)).toMatchObject({
      listing: '1002',
      listing_since: again.listingSince,
    });
    expect(theirs.phase).toBe('pending');
  });

  test('a step that the phase does not allow changes nothing', async () => {
    const { id } = await connections.create(TENANT, {
      propertyId: HOUSE,
      channel: CHANNEL,
      listing: '1001',
    });
    const before = await published('channel.connections');
    const forbidden = (Object.keys(TRANSITIONS) as LifecycleStep[]).filter(
      (step) => !TRANSITIONS[step].from.includes('pending'),
    );
    for (const step of forbidden)
      await expect(connections[step](TENANT, id)).rejects.toMatchObject({
        code: 'CONNECTION_STATE_INVALID',
      });
    expect(await published('channel.connections')).toEqual(before);
  });

  test('I8: another tenant neither sees nor moves it', async () => {
    const { id } = await connections.create(TENANT, {
      propertyId: HOUSE,
      channel: CHANNEL,
      listing: '1001',
    });
    expect(await connections.list(OTHER)).toEqual([]);
    await expect(connections.get(OTHER, id)).rejects.toMatchObject({ code: 'CONNECTION_UNKNOWN' });
    await expect(connections.startImport(OTHER, id)).rejects.toMatchObject({
      code: 'CONNECTION_UNKNOWN',
    });
    await expect(
      connections.create(OTHER, { propertyId: HOUSE, channel: CHANNEL, listing: '7' }),
    ).rejects.toMatchObject({ code: 'CONNECTION_UNKNOWN' });
  });
});

describe('webhook secrets', () => {
  test('plain text of PMS-Core is read once and sealed; another key seals it again', async () => {
    const clock = { now: () => 0, monotonic: () => 0 };
    const [old, fresh] = [
      randomBytes(32).toString('base64url'),
      randomBytes(32).toString('base64url'),
    ];
    const { id } = await connections.create(TENANT, {
      propertyId: HOUSE,
      channel: CHANNEL,
      listing: '1001',
    });
    await storage.connections.replaceWebhookSecret(TENANT, id, null, 'plain');
    expect(
      await createWebhookSecrets(
        storage.connections,
        createVault([old], { clock, randomBytes }),
      ).of(TENANT, id),
    ).toEqual(['plain']);
    const sealed = await storage.connections.webhookSecret(TENANT, id);
    expect(sealed).not.toContain('plain');
    expect(
      await createWebhookSecrets(
        storage.connections,
        createVault([fresh, old], { clock, randomBytes }),
      ).of(TENANT, id),
    ).toEqual(['plain']);
    const again = await storage.connections.webhookSecret(TENANT, id);
    expect(createVault([fresh], { clock, randomBytes }).open(again ?? '')).toBe('plain');
    await expect(
      createWebhookSecrets(storage.connections, createVault([fresh], { clock, randomBytes })).set(
        OTHER,
        id as ConnectionId,
        'x',
      ),
    ).rejects.toMatchObject({ code: 'CONNECTION_UNKNOWN' });
  });
});

describe('settings that make no sense', () => {
  const draft = (settings: object) => ({
    propertyId: HOUSE,
    channel: CHANNEL,
    listing: 'L1',
    ratePlans: [{ rate_plan_id: 'standard' as RatePlanId, adjustment: null }],
    ...settings,
  });
  const twice = { rate_plan_id: 'standard' as RatePlanId, adjustment: null };

  test.each([{ currency: 'eur' }, { currency: 'EU' }, { ratePlans: [twice, twice] }])(
    'are refused when a connection is made and when it is changed: %j',
    async (settings) => {
      const refusal = expect.objectContaining({ code: 'CONFIG_INVALID' });
      await expect(connections.create(TENANT, draft(settings))).rejects.toThrow(refusal);
      const { id } = await connections.create(TENANT, draft({}));
      await expect(connections.change(TENANT, id, settings)).rejects.toThrow(refusal);
      expect((await connections.get(TENANT, id)).currency).toBeNull();
    },
  );
});
