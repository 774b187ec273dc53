import pg from 'pg';
import { type Database, openDatabase } from '../../storage/database.ts';
import { migrate } from '../../storage/migrate.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { createTestDatabase } from '../stack.ts';

export interface MigratedDatabase {
  readonly url: string;
  /** As the application uses it. */
  readonly database: Database;
  /** As the owner: past row-level security. */
  query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  drop(): Promise<void>;
}

/** A database of its own with the newest schema. */
export async function migratedDatabase(): Promise<MigratedDatabase> {
  const created = await createTestDatabase();
  await migrate(created.url);
  const owner = new pg.Client({ connectionString: created.url });
  await owner.connect();
  // By default PostgreSQL looks for deadlocks after a second.
  await owner.query(`ALTER DATABASE ${created.name} SET deadlock_timeout = '50ms'`);
  const database = openDatabase(
    { connectionString: created.url, maxConnections: 6 },
    realEnvironment(),
  );
  return {
    url: created.url,
    database,
    query: async <Row extends object>(text: string, parameters?: readonly unknown[]) =>
      (await owner.query<Row>(text, parameters === undefined ? undefined : [...parameters])).rows,
    drop: async () => {
      await owner.end();
      await database.close();
      await created.drop();
    },
  };
}
