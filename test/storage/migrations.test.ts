import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../storage/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../stack.ts';

let created: TestDatabase;
beforeEach(async () => {
  created = await createTestDatabase();
});
afterEach(() => created?.drop());

async function query<Row extends object>(text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: created.url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  test('applies each once, whoever starts at the same time', async () => {
    const results = await Promise.all([
      migrate(created.url),
      migrate(created.url),
      migrate(created.url),
    ]);
    const all = (await readMigrations()).map(({ name }) => name);
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(all);
    expect((await migrate(created.url)).present).toEqual(all);
  });

  test('refuses a migration that was changed, that comes too late, and a database newer than the build', async () => {
    const [first, second, third] = [
      { name: '001_a.sql', sql: 'CREATE TABLE a ()', checksum: '1' },
      { name: '002_b.sql', sql: 'CREATE TABLE b ()', checksum: '2' },
      { name: '003_c.sql', sql: 'CREATE TABLE c ()', checksum: '3' },
    ];
    await migrate(created.url, [first!, third!]);
    await expect(
      migrate(created.url, [{ ...first!, checksum: 'x' }, third!]),
    ).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('changed'),
    });
    await expect(migrate(created.url, [first!, second!, third!])).rejects.toMatchObject({
      message: expect.stringContaining('002_b.sql'),
    });
    await expect(migrate(created.url, [first!])).rejects.toMatchObject({
      message: expect.stringContaining('does not know'),
    });
  });

  test('a failing migration leaves nothing behind and is named', async () => {
    const broken = {
      name: '001_a.sql',
      sql: 'CREATE TABLE half (); SELECT nonsense',
      checksum: '1',
    };
    await expect(migrate(created.url, [broken])).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('001_a.sql'),
    });
    expect(await query("SELECT to_regclass('half') AS table")).toEqual([{ table: null }]);
  });

  test('takes the tables of PMS-Core as they are, corrects the defects, and adopts its connections', async () => {
    await query(`
      CREATE TABLE tenants (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL, plan TEXT);
      CREATE TABLE properties (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id UUID NOT NULL REFERENCES tenants(id), name TEXT NOT NULL,
        time_zone TEXT NOT NULL DEFAULT 'UTC', currency CHAR(3) NOT NULL DEFAULT 'EUR', max_guests INT NOT NULL DEFAULT 2, address JSONB,
        fees JSONB NOT NULL DEFAULT '[]', taxes JSONB NOT NULL DEFAULT '[]', landing_url TEXT);
      CREATE TABLE bookings (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id UUID NOT NULL, property_id UUID NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('direct', 'airbnb', 'booking_com', 'expedia', 'fewo_direkt', 'google', 'other')),
        channel_booking_id TEXT, channel_guest_id TEXT, channel_data JSONB DEFAULT '{}', status TEXT NOT NULL DEFAULT 'confirmed',
        check_in DATE NOT NULL, check_out DATE NOT NULL, guest_first_name TEXT, guest_last_name TEXT, guest_email TEXT, guest_phone TEXT,
        guest_country TEXT, adults INT NOT NULL DEFAULT 0, children INT NOT NULL DEFAULT 0, currency CHAR(3), total_minor BIGINT,
        payment_kind TEXT NOT NULL DEFAULT 'unknown', special_requests TEXT, updated_at TIMESTAMPTZ NOT NULL DEFAULT now(), internal_note TEXT,
        CONSTRAINT check_channel_id UNIQUE NULLS NOT DISTINCT (source, channel_booking_id));
      CREATE TABLE channel_connections (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id UUID NOT NULL, property_id UUID NOT NULL,
        channel_type TEXT NOT NULL, access_token_encrypted TEXT, refresh_token_encrypted TEXT, token_expires_at TIMESTAMPTZ,
        channel_property_id TEXT NOT NULL, channel_account_id TEXT, channel_listing_url TEXT, sync_enabled BOOLEAN NOT NULL DEFAULT true,
        sync_direction TEXT NOT NULL DEFAULT 'bidirectional', sync_availability BOOLEAN DEFAULT true, sync_pricing BOOLEAN DEFAULT true,
        sync_bookings BOOLEAN DEFAULT true, price_adjustment_type TEXT, price_adjustment_value NUMERIC(10,2), last_sync_at TIMESTAMPTZ,
        last_successful_sync_at TIMESTAMPTZ, sync_frequency_minutes INT DEFAULT 15, status TEXT NOT NULL DEFAULT 'pending', error_message TEXT,
        error_count INT DEFAULT 0, last_error_at TIMESTAMPTZ, webhook_url TEXT, webhook_secret TEXT);
      INSERT INTO tenants (name) VALUES ('t'); INSERT INTO properties (tenant_id, name) SELECT id, 'p' FROM tenants;
      INSERT INTO channel_connections (tenant_id, property_id, channel_type, channel_property_id) SELECT tenant_id, id, 'airbnb', '1' FROM properties;
    `);
    await migrate(created.url);
    expect(
      await query("SELECT relforcerowsecurity AS forced FROM pg_class WHERE relname = 'bookings'"),
    ).toEqual([{ forced: false }]);
    await query(`INSERT INTO bookings (tenant_id, property_id, source, check_in, check_out)
      SELECT tenant_id, id, 'direct', day, day + 1 FROM properties, unnest(ARRAY['2030-01-01'::date, '2030-01-02'::date]) AS days(day)`);
    await query(`INSERT INTO bookings (tenant_id, property_id, source, channel_booking_id, check_in, check_out)
      SELECT tenant_id, id, 'vrbo', 'V1', '2030-02-01', '2030-02-02' FROM properties`);
    await expect(
      query(`INSERT INTO bookings (tenant_id, property_id, source, channel_booking_id, check_in, check_out)
        SELECT tenant_id, id, 'vrbo', 'V1', '2030-03-01', '2030-03-02' FROM properties`),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await query('SELECT phase, incarnation::int, listing FROM connection_details')).toEqual([
      { phase: 'pending', incarnation: 1, listing: '1' },
    ]);
  });
});
