import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { ParityError } from '../schemas/errors.ts';

/** A numbered file of `migrations/`: applied once, in order, never changed afterwards. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 (hex) of the text. */
  readonly checksum: string;
}

export interface MigrationResult {
  readonly applied: readonly string[];
  readonly present: readonly string[];
}

const DIRECTORY = new URL('./migrations/', import.meta.url);
/** Arbitrary, but the same for every process: one of them migrates, the others wait and find nothing to do. */
const ADVISORY_LOCK = 7_265_448_301;

export async function readMigrations(directory: URL = DIRECTORY): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, directory), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings a database to the newest schema, each migration in a transaction of its own. The login needs BYPASSRLS (or to be a superuser)
 * and the right to create roles.
 * @throws ParityError MIGRATION_FAILED when one fails, was changed after it was applied, or the database is newer than this build.
 */
export async function migrate(
  connectionString: string,
  migrations?: readonly Migration[],
): Promise<MigrationResult> {
  const wanted = migrations ?? (await readMigrations());
  const client = new pg.Client({ connectionString, application_name: 'parity-migrate' });
  try {
    await client.connect();
  } catch (error) {
    throw new ParityError(
      'DATABASE_UNAVAILABLE',
      `PostgreSQL is not available: ${messageOf(error)}`,
      { cause: error },
    );
  }
  try {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    return await applyAll(client, wanted);
  } finally {
    await client.end();
  }
}

async function applyAll(client: pg.Client, wanted: readonly Migration[]): Promise<MigrationResult> {
  await client.query(`CREATE TABLE IF NOT EXISTS parity_migrations (
    name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`);
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM parity_migrations ORDER BY name',
  );
  const missing = pendingOf(wanted, rows);
  for (const migration of missing) await apply(client, migration);
  return { applied: missing.map(({ name }) => name), present: rows.map(({ name }) => name) };
}

function pendingOf(
  wanted: readonly Migration[],
  applied: readonly { name: string; checksum: string }[],
): readonly Migration[] {
  const known = new Map(wanted.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of applied) {
    const migration = known.get(name);
    if (migration === undefined)
      throw new ParityError(
        'MIGRATION_FAILED',
        `The database has ${name}, which this build does not know`,
      );
    if (migration.checksum !== checksum)
      throw new ParityError('MIGRATION_FAILED', `${name} was changed after it was applied`);
  }
  const newest = applied.at(-1)?.name ?? '';
  const done = new Set(applied.map(({ name }) => name));
  const missing = wanted.filter(({ name }) => !done.has(name));
  const late = missing.find(({ name }) => name < newest);
  if (late !== undefined)
    throw new ParityError(
      'MIGRATION_FAILED',
      `${late.name} comes before ${newest}, which is applied already`,
    );
  return missing;
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query('INSERT INTO parity_migrations (name, checksum) VALUES ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('COMMIT');
  } catch (error) {
    throw new ParityError('MIGRATION_FAILED', `${migration.name}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
