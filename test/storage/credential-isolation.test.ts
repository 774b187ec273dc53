import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Connections } from '../../accounts/connections.ts';
import type { ChannelType, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { codeOf } from '../../schemas/errors.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { createPostgresStorage } from '../../storage/postgres/storage.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const MINE = randomUUID() as TenantId;
const THEIRS = randomUUID() as TenantId;
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
  for (const tenant of [MINE, THEIRS]) await storage.desk.registerTenant(tenant, 'tenant');
});
afterAll(() => postgres?.drop());

async function credentialOf(tenant: TenantId | null): Promise<string> {
  const id = randomUUID();
  await postgres.query(
    "INSERT INTO credentials (id, tenant_id, channel_type, kind) VALUES ($1, $2, 'airbnb', 'oauth_refresh')",
    [id, tenant],
  );
  return id;
}

let propertyId: PropertyId;
beforeEach(async () => {
  propertyId = randomUUID() as PropertyId;
  await storage.desk.registerProperty(MINE, {
    id: propertyId,
    name: 'p',
    timeZone: 'UTC',
    currency: 'EUR',
    maxGuests: 2,
  });
});

const create = (credentialId: string) =>
  connections.create(MINE, { propertyId, channel: AIRBNB, listing: randomUUID(), credentialId });
const codeFrom = (work: Promise<unknown>) => work.then(() => 'accepted', codeOf);

describe('a connection is signed with a credential of its tenant or with one that all share (I8)', () => {
  test.each([
    ['its own', MINE],
    ['a shared one', null],
  ])('%s is accepted', async (_name, tenant) => {
    const credentialId = await credentialOf(tenant);
    expect(await create(credentialId)).toMatchObject({ credentialId });
  });

  test('that of another tenant is refused like one that does not exist, at creation and at a change', async () => {
    const own = await credentialOf(MINE);
    for (const credentialId of [await credentialOf(THEIRS), randomUUID()])
      expect(await codeFrom(create(credentialId))).toBe('CONNECTION_UNKNOWN');
    const { id } = await create(own);
    for (const credentialId of [await credentialOf(THEIRS), randomUUID()])
      expect(await codeFrom(connections.change(MINE, id, { credentialId }))).toBe(
        'CONNECTION_UNKNOWN',
      );
    expect(await connections.get(MINE, id)).toMatchObject({ credentialId: own });
  });

  test('the database refuses it from whoever writes, past row-level security too; and no credential changes hands', async () => {
    const own = await credentialOf(MINE);
    const foreign = await credentialOf(THEIRS);
    const { id } = await create(own);
    await expect(
      postgres.query('UPDATE connection_details SET credential_id = $2 WHERE connection_id = $1', [
        id,
        foreign,
      ]),
    ).rejects.toMatchObject({ code: '23503' });
    await expect(
      postgres.query('UPDATE credentials SET tenant_id = $2 WHERE id = $1', [own, THEIRS]),
    ).rejects.toMatchObject({ code: 'PT003' });
  });
});
