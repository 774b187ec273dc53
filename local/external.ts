import { ParityError } from '../schemas/errors.ts';
import type { ResolvedOptions, StackHandle } from './handle.ts';

/** The settings that give the addresses of a stack that somebody else runs. */
const SETTINGS = ['PARITY_BROKERS', 'PARITY_REGISTRY_URL', 'PARITY_POSTGRES_URL'] as const;

/** True if any address of an external stack is given: then all of them must be. */
export function externalIsConfigured(env: NodeJS.ProcessEnv): boolean {
  return SETTINGS.some((name) => (env[name] ?? '') !== '');
}

/**
 * A stack that somebody else runs: nothing is started, nothing is stopped.
 *
 * @throws ParityError `CONFIG_INVALID` naming the settings that are missing or malformed
 */
export function externalStack({ env }: Pick<ResolvedOptions, 'env'>): StackHandle {
  const missing = SETTINGS.filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) {
    throw new ParityError(
      'CONFIG_INVALID',
      `An external stack needs ${SETTINGS.join(', ')}; missing: ${missing.join(', ')}.`,
    );
  }
  const brokers = (env.PARITY_BROKERS ?? '').split(',').map((broker) => broker.trim());
  const malformed = brokers.filter((broker) => !/^[^\s:]+:\d+$|^\[[0-9a-f:]+\]:\d+$/i.test(broker));
  if (malformed.length > 0) {
    throw new ParityError(
      'CONFIG_INVALID',
      `PARITY_BROKERS is a list of host:port, separated by commas; this is not: "${malformed.join('", "')}".`,
    );
  }
  return {
    kind: 'external',
    brokers,
    registryUrl: url('PARITY_REGISTRY_URL', env, ['http:', 'https:']),
    postgresUrl: url('PARITY_POSTGRES_URL', env, ['postgres:', 'postgresql:']),
    pids: () => [],
    stop: async () => undefined,
    killBroker: notOurs,
    startBroker: notOurs,
    restartRegistry: notOurs,
  };
}

function url(name: string, env: NodeJS.ProcessEnv, protocols: string[]): string {
  const value = env[name] ?? '';
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    // Not the value itself: it may hold a password.
    throw new ParityError(
      'CONFIG_INVALID',
      `${name} is no address that begins with ${protocols[0]}//.`,
    );
  }
  return value.replace(/\/+$/, '');
}

async function notOurs(): Promise<never> {
  throw new ParityError('STACK_UNAVAILABLE', 'An external stack is not ours to break.');
}
