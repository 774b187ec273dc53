import pg from 'pg';
import type { Environment } from '../runtime/ports.ts';
import { sleep } from '../runtime/ports.ts';
import type { TenantId } from '../schemas/domain/ids.ts';
import { ParityError } from '../schemas/errors.ts';
import { asParityError, isRepeatable } from './postgres-errors.ts';

/** What runs inside one transaction. Rows come as objects: dates as `yyyy-mm-dd`, instants as ms since the epoch, int8 as number. */
export interface Transaction {
  query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A role that sees rows of all tenants, each for one purpose. */
export type CrossTenantRole = 'parity_relay' | 'parity_vault' | 'parity_limits';

export interface TransactionOptions {
  /** Parity itself decides about the bookings it writes: the promotion trigger stays still. */
  readonly writesBookings?: boolean;
}

/**
 * The way to PostgreSQL. There is no query without a transaction and no transaction without a role: a tenant's, in which row-level
 * security shows that tenant alone, or one of the narrow roles that see all. A deadlock, a serialization failure or an overlap that
 * was committed first repeats the whole `work`, so it has no effect but its queries.
 * Errors: TENANT_NOT_SET, DATABASE_UNAVAILABLE (whether a commit under way took effect is then unknown); others as the driver throws them.
 */
export interface Database {
  withTenant<T>(
    tenantId: TenantId,
    work: (tx: Transaction) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  withRole<T>(role: CrossTenantRole, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A connection of its own, for what must live and die with it: advisory locks and LISTEN. */
  openSession(role: CrossTenantRole): Promise<DatabaseSession>;
  close(): Promise<void>;
}

export interface DatabaseSession extends Transaction {
  /** Runs `work` in a transaction of this connection. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  listen(channel: string, notified: () => void): Promise<void>;
  /** Aborted when the connection has ended, by whichever side. */
  readonly ended: AbortSignal;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Most connections of the pool. */
  readonly maxConnections?: number;
  /** TLS of the driver; undefined: as the connection string says. */
  readonly ssl?: pg.PoolConfig['ssl'];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_ATTEMPTS = 12;
const CONNECT_TIMEOUT_MS = 5_000;
/** A transaction that hangs (a lost network, a lock never given back) ends on the server's side. */
const IDLE_IN_TRANSACTION_MS = 30_000;
const LOCK_TIMEOUT_MS = 20_000;

const OID = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184 } as const;

/** Parsers without the driver's surprises: int8 is a number, a date stays text, an instant is ms since the epoch. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === OID.int8) return toSafeInteger;
      if (oid === OID.date) return (text: string) => text;
      if (oid === OID.timestamptz)
        return (text: string) => Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
    }
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${text} does not fit a JavaScript integer`);
  return value;
}

/** An instant (ms since the epoch) as a parameter for a TIMESTAMPTZ. */
export function instant(ms: number): string;
export function instant(ms: number | null): string | null;
export function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function openDatabase(options: DatabaseOptions, environment: Environment): Database {
  const config: pg.PoolConfig = {
    connectionString: options.connectionString,
    types,
    application_name: 'parity',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
  };
  const pool = new pg.Pool({
    ...config,
    max: options.maxConnections ?? 10,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  pool.on('error', (error) =>
    environment.logger.warn({ error: error.message }, 'an idle PostgreSQL connection broke'),
  );

  async function attempt<T>(opening: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      return await inTransaction(client, opening, work);
    } catch (error) {
      if (asParityError(error) !== error)
        broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function repeat<T>(opening: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt(opening, work);
      } catch (error) {
        if (!isRepeatable(error) || attempts === MAX_ATTEMPTS) throw asParityError(error);
        environment.metrics.count('parity_database_transactions_repeated_total');
        await sleep(environment.timers, environment.random.next() * 5 * 2 ** Math.min(attempts, 6));
      }
    }
  }

  return {
    withTenant: (tenantId, work, transactionOptions = {}) => {
      if (!UUID.test(tenantId))
        return Promise.reject(new ParityError('TENANT_NOT_SET', `"${tenantId}" is no tenant id`));
      const writer =
        transactionOptions.writesBookings === true ? "; SET LOCAL parity.writer = 'parity'" : '';
      return repeat(
        `BEGIN; SET LOCAL ROLE parity_app; SET LOCAL parity.tenant_id = '${tenantId}'${writer}`,
        work,
      );
    },
    withRole: (role, work) => repeat(`BEGIN; SET LOCAL ROLE ${role}`, work),
    openSession: async (role) => {
      try {
        return await openSession(config, role);
      } catch (error) {
        throw asParityError(error);
      }
    },
    close: () => pool.end(),
  };
}

async function inTransaction<T>(
  client: pg.ClientBase,
  opening: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  await client.query(opening);
  try {
    const result = await work(asTransaction(client));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A broken connection cannot roll back, and need not: its end does.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function asTransaction(client: pg.ClientBase): Transaction {
  return {
    query: async <Row extends object>(text: string, parameters?: readonly unknown[]) =>
      (await client.query<Row>(text, parameters === undefined ? undefined : [...parameters])).rows,
  };
}

async function openSession(
  config: pg.ClientConfig,
  role: CrossTenantRole,
): Promise<DatabaseSession> {
  const client = new pg.Client(config);
  const ended = new AbortController();
  const end = (cause?: unknown) =>
    ended.abort(
      new ParityError('DATABASE_UNAVAILABLE', 'The PostgreSQL session has ended', { cause }),
    );
  client.on('error', end);
  client.on('end', () => end());
  await client.connect();
  try {
    await client.query(`SET ROLE ${role}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw asParityError(error);
    }
  };
  const { query } = asTransaction(client);
  return {
    query: (text, parameters) => guarded(() => query(text, parameters)),
    transaction: (work) => guarded(() => inTransaction(client, 'BEGIN', work)),
    listen: (channel, notified) =>
      guarded(async () => {
        client.on('notification', (message) => {
          if (message.channel === channel) notified();
        });
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      }),
    ended: ended.signal,
    close: () => client.end(),
  };
}
