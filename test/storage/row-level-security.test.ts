import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const A = randomUUID() as TenantId;
const B = randomUUID() as TenantId;
const PROPERTIES = { [A]: randomUUID(), [B]: randomUUID() } as Record<TenantId, PropertyId>;

/** Tables without a tenant, and why nobody's rows are in them. */
const WITHOUT_TENANT = new Set([
  'parity_migrations',
  'sequence_era',
  'relay_epoch',
  'token_requests',
  // Names of budgets and numbers; their own role alone reads them (budgets.test.ts).
  'budgets',
  'budget_processes',
  'budget_shares',
  'budget_slices',
]);

let postgres: MigratedDatabase;
beforeAll(async () => {
  postgres = await migratedDatabase();
  for (const tenant of [A, B]) await fill(tenant);
});
afterAll(() => postgres?.drop());

/** A row of the tenant in every table. */
async function fill(tenant: TenantId): Promise<void> {
  const property = PROPERTIES[tenant];
  const connection = randomUUID();
  const statements: [string, unknown[]][] = [
    ['INSERT INTO tenants (id, name) VALUES ($1, $2)', [tenant, 't']],
    ["INSERT INTO properties (id, tenant_id, name) VALUES ($1, $2, 'p')", [property, tenant]],
    ['SELECT parity_next_sequence($1)', [property]],
    [
      "INSERT INTO bookings (tenant_id, property_id, source, check_in, check_out) VALUES ($1, $2, 'direct', '2030-01-01', '2030-01-02')",
      [tenant, property],
    ],
    ["INSERT INTO pms_blocks VALUES ($1, $2, '2030-01-05')", [tenant, property]],
    ["INSERT INTO pms_property_contents VALUES ($1, $2, '{}')", [tenant, property]],
    [
      "INSERT INTO pms_nightly_prices VALUES ($1, $2, '2030-01-05', 'EUR', 100)",
      [tenant, property],
    ],
    [
      "INSERT INTO pms_nightly_restrictions (tenant_id, property_id, night) VALUES ($1, $2, '2030-01-05')",
      [tenant, property],
    ],
    [
      "INSERT INTO channel_connections (id, tenant_id, property_id, channel_type, channel_property_id) VALUES ($1, $2, $3, 'airbnb', $4)",
      [connection, tenant, property, connection],
    ],
    [
      "INSERT INTO channel_sync_logs (channel_connection_id, sync_type, direction, status) VALUES ($1, 'webhook', 'inbound', 'success')",
      [connection],
    ],
    ['INSERT INTO tenant_settings (tenant_id) VALUES ($1)', [tenant]],
    [
      "INSERT INTO credentials (tenant_id, channel_type, kind) VALUES ($1, 'airbnb', 'oauth_refresh')",
      [tenant],
    ],
    [
      "INSERT INTO channel_reservations VALUES ('f', $1, 'R', $2, 'airbnb')",
      [`${tenant}/airbnb/-`, tenant],
    ],
    [
      `INSERT INTO reservation_stays VALUES ('f', $1, 'R', '1', $2, gen_random_uuid(), 'R', NULL, $3, 'l', NULL, 'held', '2030-01-01', '2030-01-02', 1)`,
      [`${tenant}/airbnb/-`, tenant, property],
    ],
    [
      `INSERT INTO booking_conflicts (id, tenant_id, property_id, connection_id, reservation_id, room_stay, revised_at, detected_at, source, status, check_in, check_out)
       VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), 'R', '1', 1, now(), 'airbnb', 'confirmed', '2030-01-01', '2030-01-02')`,
      [tenant, property],
    ],
    [
      "INSERT INTO calendar_blocks VALUES ($1, $2, 'b', '2030-01-01', '2030-01-02')",
      [tenant, property],
    ],
    [
      'INSERT INTO acknowledged_deliveries (delivery_id, tenant_id) VALUES (gen_random_uuid(), $1)',
      [tenant],
    ],
    [
      "INSERT INTO alerts (id, tenant_id, code, severity, message, raised_at) VALUES (gen_random_uuid(), $1, 'X', 'info', 'm', now())",
      [tenant],
    ],
  ];
  for (const [text, parameters] of statements) await postgres.query(text, parameters);
}

interface Table {
  readonly name: string;
  readonly forced: boolean;
  readonly tenant_column: string | null;
}

function tables(): Promise<readonly Table[]> {
  return postgres.query<Table>(
    `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS tenant_column
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
}

describe('I8: row-level security', () => {
  test('is forced on every table that has a tenant, and on sync logs through their connection', async () => {
    for (const { name, forced, tenant_column: column } of await tables()) {
      if (WITHOUT_TENANT.has(name)) expect({ name, column }).toEqual({ name, column: null });
      else expect({ name, forced }).toEqual({ name, forced: true });
    }
  });

  test('a tenant reads its own rows of every table and none of another, views included', async () => {
    const names = (await tables())
      .map(({ name }) => name)
      .filter((name) => !WITHOUT_TENANT.has(name));
    for (const name of names) {
      const [everyone] = await postgres.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM ${name}`,
      );
      expect({ name, rows: everyone?.count }).toEqual({
        name,
        rows: expect.toSatisfy((count: number) => count >= 2),
      });
      const own = await postgres.database.withTenant(A, (tx) =>
        tx.query<Record<string, unknown>>(`SELECT * FROM ${name}`),
      );
      expect({ name, own: own.length }).toEqual({
        name,
        own: expect.toSatisfy((count: number) => count >= 1),
      });
      expect(JSON.stringify(own)).not.toContain(B);
      expect(JSON.stringify(own)).not.toContain(PROPERTIES[B]);
    }
    for (const view of ['properties', 'bookings', 'awaiting', 'blocks', 'prices', 'restrictions']) {
      const rows = await postgres.database.withTenant(A, (tx) =>
        tx.query<{ property_id: string }>(`SELECT property_id FROM parity_import_${view}`),
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ property_id: id }) => id))).toEqual(new Set([PROPERTIES[A]]));
    }
  });

  test('a tenant neither changes, deletes nor plants rows of another, nor raises its counters', async () => {
    const before = await postgres.query('SELECT * FROM bookings ORDER BY id');
    await postgres.database.withTenant(A, (tx) =>
      tx.query("UPDATE bookings SET status = 'cancelled' WHERE tenant_id = $1", [B]),
    );
    await postgres.database.withTenant(A, (tx) =>
      tx.query('DELETE FROM bookings WHERE tenant_id = $1', [B]),
    );
    expect(await postgres.query('SELECT * FROM bookings ORDER BY id')).toEqual(before);
    const plant = (text: string, parameters: unknown[]) =>
      postgres.database.withTenant(A, (tx) => tx.query(text, parameters));
    await expect(
      plant("INSERT INTO calendar_blocks VALUES ($1, $2, 'x', '2030-01-01', '2030-01-02')", [
        B,
        PROPERTIES[B],
      ]),
    ).rejects.toThrow(/row-level security/);
    await expect(
      plant(
        "INSERT INTO outbox (tenant_id, topic, key, placement) VALUES ($1, 'pms.events', 'k', 'k')",
        [B],
      ),
    ).rejects.toThrow(/row-level security/);
    await expect(plant('UPDATE bookings SET tenant_id = $1', [B])).rejects.toThrow(
      /row-level security/,
    );
    await expect(plant('SELECT parity_next_sequence($1)', [PROPERTIES[B]])).rejects.toThrow(
      /unknown to this tenant/,
    );
    await expect(plant('SELECT parity_connection_json($1)', [randomUUID()])).rejects.toThrow(
      /permission denied/,
    );
  });

  test('without a tenant nothing is readable, and the error says so', async () => {
    await expect(postgres.database.withTenant('' as TenantId, async () => 1)).rejects.toMatchObject(
      { code: 'TENANT_NOT_SET' },
    );
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      await client.query('SET ROLE parity_app');
      await expect(client.query('SELECT * FROM bookings')).rejects.toMatchObject({ code: 'PT001' });
      await client.query(`SET parity.tenant_id = ''`);
      await expect(client.query('SELECT * FROM bookings')).rejects.toMatchObject({ code: 'PT001' });
    } finally {
      await client.end();
    }
  });

  test('the narrow roles see all tenants, and only what they are for', async () => {
    const relay = <T extends object>(text: string) =>
      postgres.database.withRole('parity_relay', (tx) => tx.query<T>(text));
    expect(
      new Set(
        (await relay<{ tenant_id: string }>('SELECT tenant_id FROM outbox')).map(
          ({ tenant_id: id }) => id,
        ),
      ),
    ).toEqual(new Set([A, B]));
    for (const name of ['bookings', 'credentials', 'channel_connections', 'alerts'])
      await expect(relay(`SELECT * FROM ${name}`)).rejects.toThrow(/permission denied/);
    const vault = (text: string) =>
      postgres.database.withRole('parity_vault', (tx) => tx.query(text));
    expect(await vault('SELECT id FROM credentials')).toHaveLength(2);
    for (const name of ['bookings', 'alerts', 'channel_sync_logs'])
      await expect(vault(`SELECT * FROM ${name}`)).rejects.toThrow(/permission denied/);
  });
});
