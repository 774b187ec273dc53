import { ParityError } from '../schemas/errors.ts';
import type { ResolvedOptions, StackHandle } from './handle.ts';
import { Children } from './process/children.ts';
import { startPostgres } from './process/postgres.ts';
import { openDataDir } from './process/stack.ts';

/**
 * For a first look on a machine with Node alone: PostgreSQL is real, the log lives in the process
 * of the pipeline and is gone with it.
 */
export async function startMemoryStack(options: ResolvedOptions): Promise<StackHandle> {
  options.onProgress(
    'Stack "memory": the log lives in this process alone. NOTHING IS DURABLE: what was published is lost when it ends. For real Kafka: a Docker engine, or a JDK 17 and Maven.',
  );
  const dataDir = await openDataDir(options.dataDir);
  const children = new Children(dataDir.temporary ? dataDir.path : null);
  try {
    const postgres = await startPostgres({
      children,
      dataDir: dataDir.path,
      durable: !dataDir.temporary,
      databases: ['parity'],
    });
    options.onProgress(`PostgreSQL at 127.0.0.1:${postgres.port} is up`);
    return {
      kind: 'memory',
      brokers: [],
      registryUrl: null,
      postgresUrl: postgres.url('parity'),
      pids: () => children.pids(),
      stop: () => children.stop(),
      killBroker: noSuchProcess,
      startBroker: noSuchProcess,
      restartRegistry: noSuchProcess,
    };
  } catch (error) {
    await children.stop();
    throw error;
  }
}

async function noSuchProcess(): Promise<never> {
  throw new ParityError('STACK_UNAVAILABLE', 'The memory stack has no broker and no registry.');
}
