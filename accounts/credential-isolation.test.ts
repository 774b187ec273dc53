import { beforeEach, describe, expect, test } from 'vitest';
import type { ChannelType, PropertyId, TenantId } from '../schemas/domain/ids.ts';
import { codeOf } from '../schemas/errors.ts';
import { MemoryDatabase } from '../storage/memory/database.ts';
import { createMemoryStorage } from '../storage/memory/storage.ts';
import { instantEnvironment } from '../storage/testing/environment.ts';
import { type ConnectionDraft, Connections } from './connections.ts';

const MINE = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
const THEIRS = '7d0a1c52-0000-4000-8000-000000000002' as TenantId;
const HOUSE = 'a0000000-0000-4000-8000-000000000001' as PropertyId;
const CHANNEL = 'northwind' as ChannelType;
const OWN = 'c0000000-0000-4000-8000-000000000001';
const SHARED = 'c0000000-0000-4000-8000-000000000002';
const FOREIGN = 'c0000000-0000-4000-8000-000000000003';
const NOBODYS = 'c0000000-0000-4000-8000-000000000004';
const DRAFT: ConnectionDraft = { propertyId: HOUSE, channel: CHANNEL, listing: '1001' };

let connections: Connections;
beforeEach(async () => {
  const environment = instantEnvironment();
  const storage = createMemoryStorage({ database: new MemoryDatabase(), environment });
  connections = new Connections({
    store: storage.connections,
    platformFamilyOf: () => 'northwind',
    environment,
  });
  await storage.desk.registerTenant(MINE, 'mine');
  await storage.desk.registerTenant(THEIRS, 'theirs');
  await storage.desk.registerProperty(MINE, {
    id: HOUSE,
    name: 'House',
    timeZone: 'UTC',
    currency: 'EUR',
    maxGuests: 2,
  });
  const owners = [
    [OWN, MINE],
    [SHARED, null],
    [FOREIGN, THEIRS],
  ] as const;
  for (const [id, tenantId] of owners)
    await storage.credentials.create({
      id,
      tenantId,
      channel: CHANNEL,
      kind: 'identity',
      clientId: null,
      clientSecret: null,
      refreshToken: null,
      accessToken: null,
      expiresAt: null,
    });
});

const codeFrom = (work: Promise<unknown>) => work.then(() => 'accepted', codeOf);

describe('a connection is signed with a credential of its tenant or with one that all share (I8)', () => {
  test.each([OWN, SHARED])('%s is accepted', async (credentialId) => {
    expect(await connections.create(MINE, { ...DRAFT, credentialId })).toMatchObject({
      credentialId,
    });
  });

  test.each([FOREIGN, NOBODYS])(
    '%s is refused, in the same words whether there is one or not',
    async (credentialId) => {
      expect(await codeFrom(connections.create(MINE, { ...DRAFT, credentialId }))).toBe(
        'CONNECTION_UNKNOWN',
      );
      const { id } = await connections.create(MINE, { ...DRAFT, credentialId: OWN });
      expect(await codeFrom(connections.change(MINE, id, { credentialId }))).toBe(
        'CONNECTION_UNKNOWN',
      );
      await connections.disconnect(MINE, id);
      expect(await codeFrom(connections.attach(MINE, id, { credentialId }))).toBe(
        'CONNECTION_UNKNOWN',
      );
      expect(await connections.get(MINE, id)).toMatchObject({ credentialId: OWN });
    },
  );
});
