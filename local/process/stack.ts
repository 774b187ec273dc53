import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ResolvedOptions, StackHandle } from '../handle.ts';
import { ensureArtifacts } from './artifacts.ts';
import { Children } from './children.ts';
import { startKafka } from './kafka.ts';
import { startPostgres } from './postgres.ts';
import { REGISTRY_DATABASE, startRegistry } from './registry.ts';

/** Where a stack keeps its data, and whether that is only until it stops. */
interface DataDir {
  path: string;
  temporary: boolean;
}

/** The given folder, or a new temporary one. */
export async function openDataDir(given: string | undefined): Promise<DataDir> {
  const path =
    given === undefined ? await mkdtemp(join(tmpdir(), 'parity-stack-')) : resolve(given);
  await mkdir(join(path, 'logs'), { recursive: true });
  // PostgreSQL may have to run as another user, who must be able to pass through.
  if (given === undefined) await chmod(path, 0o711);
  return { path, temporary: given === undefined };
}

/**
 * Kafka, Apicurio Registry and PostgreSQL as processes of this machine, all started side by side;
 * only the registry waits for its database.
 *
 * @throws ParityError `STACK_FAILED`; nothing is left running then
 */
export async function startProcessStack(options: ResolvedOptions): Promise<StackHandle> {
  const { env, onProgress } = options;
  const dataDir = await openDataDir(options.dataDir);
  const children = new Children(dataDir.temporary ? dataDir.path : null);
  try {
    const log = join(dataDir.path, 'logs', 'download.log');
    const artifacts = await ensureArtifacts({ env, onProgress, children, log });
    const common = { children, artifacts, dataDir: dataDir.path, durable: !dataDir.temporary, env };
    onProgress('Starting Kafka, a schema registry and PostgreSQL as processes of this machine ...');
    const startedAt = performance.now();
    const report = (what: string) =>
      onProgress(`  ${what} is up (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
    const [kafka, { postgres, registry }] = await Promise.all([
      startKafka({ ...common, brokers: options.brokers }).then((started) => {
        report(`Kafka at ${started.brokers.join(',')}`);
        return started;
      }),
      startDatabaseAndRegistry(common, report),
    ]);
    return {
      kind: 'process',
      brokers: kafka.brokers,
      registryUrl: registry.url,
      postgresUrl: postgres.url('parity'),
      pids: () => children.pids(),
      stop: () => children.stop(),
      killBroker: kafka.killBroker,
      startBroker: kafka.startBroker,
      restartRegistry: registry.restart,
    };
  } catch (error) {
    await children.stop();
    throw error;
  }
}

async function startDatabaseAndRegistry(
  common: Omit<Parameters<typeof startRegistry>[0], 'postgres'>,
  report: (what: string) => void,
) {
  const postgres = await startPostgres({ ...common, databases: ['parity', REGISTRY_DATABASE] });
  report(`PostgreSQL at 127.0.0.1:${postgres.port}`);
  const registry = await startRegistry({ ...common, postgres });
  report(`The schema registry at ${registry.url}`);
  return { postgres, registry };
}
