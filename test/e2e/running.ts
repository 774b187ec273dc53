import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { NightView, PlatformReport } from '../../simulators/index.ts';
import { eventually } from '../processes.ts';
import { type Addresses, NpmStart } from './npm-start.ts';
import { PlainClient } from './plain-client.ts';
import { day, type Subject } from './pms-events.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EFFECT_MS = 30_000;
const run = promisify(execFile);

/** A `npm start` that stays up, seen from outside: its topics, its database, the control API of the simulated Airbnb. */
export class Running {
  readonly start: NpmStart;
  readonly at: Addresses;
  readonly client: PlainClient;
  readonly #database: pg.Pool;

  private constructor(start: NpmStart, at: Addresses, client: PlainClient) {
    this.start = start;
    this.at = at;
    this.client = client;
    this.#database = new pg.Pool({ connectionString: at.postgresUrl, max: 2 });
    // That the database ends is part of the tests; a connection that breaks then is no failure.
    this.#database.on('error', () => undefined);
  }

  static async open(args: readonly string[]): Promise<Running> {
    const start = await NpmStart.spawn(args, { env: { PARITY_STACK: 'process' } });
    try {
      const at = await start.addresses();
      start.tree();
      return new Running(start, at, await PlainClient.connect(at));
    } catch (error) {
      await start.destroy();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.#database.end();
    await this.start.destroy();
  }

  calendar(unit: string, first: number, end: number): Promise<NightView[]> {
    return this.#control('calendar', { unit, from: day(first), to: day(end) });
  }

  report(): Promise<PlatformReport> {
    return this.#control('report', {});
  }

  /** Waits until all nights are sellable, or none. */
  sellable(unit: string, first: number, end: number, wanted: boolean): Promise<void> {
    return eventually(
      `nights ${first} to ${end} of ${unit} are ${wanted ? 'open' : 'closed'}`,
      async () =>
        (await this.calendar(unit, first, end)).every((night) => night.sellable === wanted),
      EFFECT_MS,
    );
  }

  /** When one of the nights was opened first, ms by the platform's clock; Infinity: none ever was. */
  async firstOpened(unit: string, first: number, end: number): Promise<number> {
    const nights = Array.from({ length: end - first }, (_, at) => day(first + at));
    const histories = await Promise.all(
      nights.map((night) =>
        this.#control<{ sellable: { from: number }[] }>('history', { unit, night }),
      ),
    );
    return Math.min(...histories.flatMap(({ sellable }) => sellable.map(({ from }) => from)));
  }

  alerted(code: string, propertyId: string): Promise<void> {
    const query = 'SELECT 1 FROM alerts WHERE code = $1 AND property_id = $2';
    return eventually(
      `an alert ${code}`,
      async () => (await this.#database.query(query, [code, propertyId])).rows.length > 0,
      EFFECT_MS,
    );
  }

  /** Sum over all labels of a counter of the pipeline. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.at.healthUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** A property with a connection to an Airbnb listing of its own, made active by the operator's command; nothing of it is open. */
  async connected(propertyId: string, listing: string): Promise<Subject> {
    const { tenantId } = this.at.home;
    await fetch(`${this.at.airbnbControlUrl}/listings`, {
      method: 'POST',
      body: JSON.stringify({ id: listing, host: '7001', initiallyOpen: false }),
    });
    await this.#database.query(
      'INSERT INTO properties (id, tenant_id, name, time_zone, currency) VALUES ($1, $2, $3, $4, $5)',
      [propertyId, tenantId, 'A home of a test', 'Europe/Berlin', 'EUR'],
    );
    const { rows } = await this.#database.query<{ id: string }>(
      "SELECT id FROM credentials WHERE channel_type = 'airbnb'",
    );
    const connection = {
      id: propertyId.replace(/^a/, 'c'),
      property_id: propertyId,
      channel: 'airbnb',
      listing,
      account: '7001',
      currency: 'EUR',
      rate_plans: [{ id: 'default' }],
      credential_id: rows[0]!.id,
      phase: 'active',
    };
    await this.#applySeed({ tenant_id: tenantId, connections: [connection] });
    return { tenantId, propertyId };
  }

  async #applySeed(seed: object): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'parity-seed-'));
    const file = join(folder, 'seed.json');
    await writeFile(file, JSON.stringify(seed));
    const anyKey = Buffer.alloc(32, 7).toString('base64url').padEnd(44, '=');
    const env = { PARITY_POSTGRES_URL: this.at.postgresUrl, PARITY_VAULT_KEYS: anyKey };
    await run(
      process.execPath,
      ['--import', 'tsx', 'cli/parity.ts', 'connections', 'apply', file],
      {
        cwd: ROOT,
        env: { ...process.env, ...env },
      },
    );
    await rm(folder, { recursive: true });
  }

  async #control<T>(what: string, query: Record<string, string>): Promise<T> {
    const answer = await fetch(`${this.at.airbnbControlUrl}/${what}?${new URLSearchParams(query)}`);
    return (await answer.json()) as T;
  }
}
