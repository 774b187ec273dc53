import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Connections } from '../../accounts/connections.ts';
import { Credentials } from '../../accounts/credentials/credentials.ts';
import { createVault } from '../../accounts/vault/vault.ts';
import type { TokenAuthenticator } from '../../connectors/authentication.ts';
import type { ChannelType, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { type Database, openDatabase } from '../../storage/database.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { createPostgresStorage } from '../../storage/postgres/storage.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const TENANT = randomUUID() as TenantId;
const AIRBNB = 'airbnb' as ChannelType;
const LIMIT = 4;
const key = randomBytes(32).toString('base64url');

let postgres: MigratedDatabase;
let storage: Storage;
const databases: Database[] = [];
beforeAll(async () => {
  postgres = await migratedDatabase();
  storage = createPostgresStorage(postgres.database, realEnvironment());
  await storage.desk.registerTenant(TENANT, 'tenant');
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await postgres?.drop();
});

class Endpoint {
  requests = 0;
  refuses = false;
  readonly authenticator: TokenAuthenticator = {
    kind: 'oauth_refresh',
    tokenLimit: { requests: LIMIT, windowMs: 3_600_000 },
    buildRefresh: ({ refreshToken }) => ({
      endpoint: 'token',
      method: 'POST',
      host: 'api',
      path: '/token',
      headers: {},
      body: refreshToken,
    }),
    parseRefresh: ({ status, body }, now) =>
      status === 200
        ? { kind: 'tokens', accessToken: body, refreshToken: null, expiresAt: now + 3_600_000 }
        : { kind: 'refused', message: 'revoked by the host' },
    authorise: (_secrets, accessToken) => ({ headers: { 'x-token': accessToken } }),
  };

  /** Each process has a pool of its own. */
  process(): Credentials {
    const environment = realEnvironment();
    const database = openDatabase(
      { connectionString: postgres.url, maxConnections: 2 },
      environment,
    );
    databases.push(database);
    return new Credentials({
      store: createPostgresStorage(database, environment).credentials,
      environment,
      vault: createVault([key], { clock: environment.clock, randomBytes }),
      authenticatorOf: () => this.authenticator,
      send: async (_channel, request) => {
        expect(request.body).toBe('refresh-me');
        this.requests += 1;
        const token = `token-${this.requests}`;
        await new Promise((resolve) => setTimeout(resolve, 30));
        return this.refuses
          ? { status: 401, headers: {}, body: '' }
          : { status: 200, headers: {}, body: token };
      },
    });
  }
}

async function activeConnection(credentialId: string, listing: string) {
  const environment = realEnvironment();
  const connections = new Connections({
    store: storage.connections,
    platformFamilyOf: (channel) => channel,
    environment,
  });
  const propertyId = randomUUID() as PropertyId;
  await storage.desk.registerProperty(TENANT, {
    id: propertyId,
    name: 'p',
    timeZone: 'UTC',
    currency: 'EUR',
    maxGuests: 2,
  });
  const { id } = await connections.create(TENANT, {
    propertyId,
    channel: AIRBNB,
    listing,
    credentialId,
  });
  for (const step of ['startImport', 'finishImport', 'activate'] as const)
    await connections[step](TENANT, id);
  return id;
}

describe('credentials over SQL', () => {
  test('single flight over processes, mirrored into the columns of the specification, limited by the platform', async () => {
    const endpoint = new Endpoint();
    const id = randomUUID();
    const [first, second, third] = [endpoint.process(), endpoint.process(), endpoint.process()];
    await first.create({
      id,
      tenantId: TENANT,
      channel: AIRBNB,
      clientId: null,
      clientSecret: null,
      refreshToken: 'refresh-me',
    });
    const connection = await activeConnection(id, 'c-1');
    const granted = await Promise.all(
      [first, second, third].flatMap((process) => [
        process.authorisationFor(id),
        process.authorisationFor(id),
      ]),
    );
    expect(granted).toEqual(
      Array.from({ length: 6 }, () => ({ headers: { 'x-token': 'token-1' } })),
    );
    expect(endpoint.requests).toBe(1);

    const [mirrored] = await postgres.query<{ access: string; refresh: string; expires: Date }>(
      'SELECT access_token_encrypted AS access, refresh_token_encrypted AS refresh, token_expires_at AS expires FROM channel_connections WHERE id = $1',
      [connection],
    );
    const vault = createVault([key], { clock: realEnvironment().clock, randomBytes });
    expect([vault.open(mirrored?.access ?? ''), vault.open(mirrored?.refresh ?? '')]).toEqual([
      'token-1',
      'refresh-me',
    ]);
    expect(mirrored?.expires.getTime()).toBeGreaterThan(Date.now());

    for (let number = 2; number <= LIMIT; number++) {
      const process = endpoint.process();
      process.refused(id, await process.authorisationFor(id));
      expect(await process.authorisationFor(id)).toEqual({
        headers: { 'x-token': `token-${number}` },
      });
    }
    const process = endpoint.process();
    process.refused(id, await process.authorisationFor(id));
    await expect(process.authorisationFor(id)).rejects.toMatchObject({
      code: 'CHANNEL_RATE_LIMITED',
    });
    expect(endpoint.requests).toBe(LIMIT);
  });

  test('a pause that the platform asks for is kept with the credential; a failure without one leaves none', async () => {
    const endpoint = new Endpoint();
    const id = randomUUID();
    await endpoint.process().create({
      id,
      tenantId: TENANT,
      channel: AIRBNB,
      clientId: null,
      clientSecret: null,
      refreshToken: 'refresh-me',
    });
    const begin = (lease: string) =>
      storage.credentials.beginRefresh(id, {
        tokenVersion: 0,
        lease,
        leaseMs: 30_000,
        limit: null,
      });
    const [first, second] = [randomUUID(), randomUUID()];
    expect(await begin(first)).toMatchObject({ kind: 'granted' });
    await storage.credentials.abandonRefresh(id, first, null);
    expect(await begin(second)).toMatchObject({ kind: 'granted' });
    await storage.credentials.abandonRefresh(id, second, 60_000);
    const permit = await begin(randomUUID());
    expect(permit.kind).toBe('limited');
    const retryInMs = permit.kind === 'limited' ? permit.retryInMs : 0;
    expect(retryInMs).toBeGreaterThan(50_000);
    expect(retryInMs).toBeLessThanOrEqual(60_000);
  });

  test('a refused refresh expires the credential and its connections; new tokens make it usable again', async () => {
    const endpoint = new Endpoint();
    const id = randomUUID();
    const process = endpoint.process();
    await process.create({
      id,
      tenantId: TENANT,
      channel: AIRBNB,
      clientId: null,
      clientSecret: null,
      refreshToken: 'refresh-me',
    });
    const connection = await activeConnection(id, 'c-2');
    endpoint.refuses = true;
    await expect(process.authorisationFor(id)).rejects.toMatchObject({
      code: 'CREDENTIAL_EXPIRED',
    });
    expect(await storage.connections.get(TENANT, connection)).toMatchObject({
      phase: 'expired',
      errorMessage: expect.stringContaining('revoked by the host'),
    });
    const [published] = await postgres.query<{ phase: string }>(
      "SELECT payload ->> 'phase' AS phase FROM outbox WHERE key = $1 ORDER BY id DESC LIMIT 1",
      [connection],
    );
    expect(published).toEqual({ phase: 'expired' });
    await expect(process.authorisationFor(id)).rejects.toMatchObject({
      code: 'CREDENTIAL_EXPIRED',
    });
    expect(endpoint.requests).toBe(1);

    const vault = createVault([key], { clock: realEnvironment().clock, randomBytes });
    await storage.credentials.replace(id, {
      accessToken: vault.seal('by-hand'),
      refreshToken: vault.seal('refresh-me'),
      expiresAt: Date.now() + 3_600_000,
    });
    expect(await process.authorisationFor(id)).toEqual({ headers: { 'x-token': 'by-hand' } });
  });

  test('a token of ours, shared by tenants, is mirrored to none of them', async () => {
    const endpoint = new Endpoint();
    const id = randomUUID();
    const process = endpoint.process();
    await process.create({
      id,
      tenantId: null,
      channel: AIRBNB,
      clientId: null,
      clientSecret: null,
      refreshToken: 'refresh-me',
    });
    const connection = await activeConnection(id, 'c-3');
    await process.authorisationFor(id);
    expect(
      await postgres.query(
        'SELECT access_token_encrypted AS access FROM channel_connections WHERE id = $1',
        [connection],
      ),
    ).toEqual([{ access: null }]);
    expect(
      await postgres.database.withTenant(TENANT, (tx) =>
        tx.query('SELECT id FROM credentials WHERE id = $1', [id]),
      ),
    ).toEqual([]);
  });
});
