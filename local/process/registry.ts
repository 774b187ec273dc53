import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ParityError } from '../../schemas/errors.ts';
import { freePorts } from '../ports.ts';
import { tailOf, waitFor } from '../wait.ts';
import type { Artifacts } from './artifacts.ts';
import type { Child, Children } from './children.ts';
import { javaCommand, javaOptions } from './java.ts';
import type { LocalPostgres } from './postgres.ts';

const MAX_HEAP_MB = 384;
const START_MS = 60_000;
const START_ATTEMPTS = 3;

/** The database of the registry: its own in-memory store would forget all ids at a restart. */
export const REGISTRY_DATABASE = 'registry';

interface LocalRegistry {
  /** The base of the Confluent API. */
  url: string;
  /** Kills it and starts it again at the same address. */
  restart(): Promise<void>;
}

export interface RegistryOptions {
  children: Children;
  artifacts: Artifacts;
  dataDir: string;
  durable: boolean;
  postgres: LocalPostgres;
  env: NodeJS.ProcessEnv;
}

/**
 * Starts Apicurio Registry with its storage in the local PostgreSQL.
 *
 * @throws ParityError `STACK_FAILED` with the last lines of its log
 */
export async function startRegistry(options: RegistryOptions): Promise<LocalRegistry> {
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
    let child = await spawnRegistry(options, port);
    const failure = await ready(url, child);
    if (failure === undefined) {
      return {
        url,
        restart: async () => {
          options.children.signal(child.id, 'SIGKILL');
          await child.exited;
          child = await spawnRegistry(options, port);
          const again = await ready(url, child);
          if (again !== undefined) throw again;
        },
      };
    }
    const portTaken = /Address already in use|already bound/.test(failure.message);
    if (!portTaken || attempt === START_ATTEMPTS) throw failure;
  }
}

async function spawnRegistry(options: RegistryOptions, port: number): Promise<Child> {
  const { children, artifacts, dataDir, postgres, env } = options;
  const home = join(dataDir, 'registry');
  await mkdir(home, { recursive: true });
  const properties = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.http.access-log.enabled': false,
    'quarkus.log.level': 'WARN',
    'quarkus.banner.enabled': false,
    'apicurio.rules.global.compatibility': 'BACKWARD',
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'postgresql',
    'apicurio.datasource.url': `jdbc:postgresql://127.0.0.1:${postgres.port}/${REGISTRY_DATABASE}`,
    'apicurio.datasource.username': postgres.user,
  };
  return await children.spawn({
    id: 'registry',
    command: javaCommand(env),
    args: [
      ...javaOptions(MAX_HEAP_MB, home),
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-jar',
      artifacts.registryJar,
    ],
    cwd: home,
    // By the environment: arguments can be read by everybody on the machine.
    env: { ...env, APICURIO_DATASOURCE_PASSWORD: postgres.password },
    log: join(dataDir, 'logs', 'registry.log'),
    stopSignal: options.durable ? 'SIGTERM' : 'SIGKILL',
  });
}

async function ready(url: string, child: Child): Promise<ParityError | undefined> {
  const outcome = await waitFor(
    'The start of the schema registry',
    START_MS,
    async () => {
      if (child.ended()) {
        const tail = await tailOf(child.log);
        return {
          failure: new ParityError('STACK_FAILED', `The schema registry did not start. ${tail}`),
        };
      }
      return (await answers(`${url}/subjects`)) ? {} : undefined;
    },
    () => tailOf(child.log),
  );
  return 'failure' in outcome ? outcome.failure : undefined;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not yet: the caller asks again and gives up by its own deadline.
    return false;
  }
}
