import { ParityError } from '../schemas/errors.ts';
import { startContainerStack } from './containers.ts';
import { externalIsConfigured, externalStack } from './external.ts';
import {
  type ResolvedOptions,
  STACK_KINDS,
  type StackAddresses,
  type StackHandle,
  type StackKind,
  type StackOptions,
} from './handle.ts';
import { startMemoryStack } from './memory.ts';
import { type MachineProbes, machineProbes } from './probes.ts';
import { startProcessStack } from './process/stack.ts';

export type { StackAddresses, StackHandle, StackKind, StackOptions };
export { STACK_KINDS };

const LOWEST_JAVA = 17;

/**
 * Which stack to use: `PARITY_STACK` if it is set; `external` if addresses are given; else the best
 * that this machine can run: containers, then processes, then memory.
 *
 * @throws ParityError `CONFIG_INVALID` for an unknown name, `STACK_UNAVAILABLE` if the machine
 *   lacks what the named stack needs; the message says what to install
 */
export async function chooseStack(
  env: NodeJS.ProcessEnv,
  probes: MachineProbes = machineProbes(env),
): Promise<StackKind> {
  const asked = env.PARITY_STACK ?? '';
  if (asked === '') {
    if (externalIsConfigured(env)) return 'external';
    if ((await lackingForContainers(probes)) === null) return 'containers';
    if ((await lackingForProcesses(probes)) === null) return 'process';
    return 'memory';
  }
  const kind = STACK_KINDS.find((name) => name === asked);
  if (kind === undefined) {
    throw new ParityError(
      'CONFIG_INVALID',
      `PARITY_STACK is "${asked}"; it may be ${STACK_KINDS.join(', ')}, or not set.`,
    );
  }
  const lacking =
    kind === 'containers'
      ? await lackingForContainers(probes)
      : kind === 'process'
        ? await lackingForProcesses(probes)
        : null;
  if (lacking !== null) {
    throw new ParityError('STACK_UNAVAILABLE', `PARITY_STACK=${kind} does not fit: ${lacking}`);
  }
  return kind;
}

async function lackingForContainers(probes: MachineProbes): Promise<string | null> {
  return (await probes.dockerAnswers())
    ? null
    : 'no Docker engine answers. Start one, or set DOCKER_HOST; or leave PARITY_STACK unset to use what this machine has.';
}

async function lackingForProcesses(probes: MachineProbes): Promise<string | null> {
  const [java, cached] = await Promise.all([probes.javaMajor(), probes.artifactsCached()]);
  const maven = cached || (await probes.mavenRuns());
  const lacking = [
    ...(java === null ? [`a JDK ${LOWEST_JAVA} or newer`] : []),
    ...(java !== null && java < LOWEST_JAVA
      ? [`a JDK ${LOWEST_JAVA} or newer (this one is ${java}; JAVA_HOME may name another)`]
      : []),
    ...(maven ? [] : ['Maven (the command mvn)']),
  ];
  return lacking.length === 0
    ? null
    : `install ${lacking.join(' and ')}; or use Docker; or PARITY_STACK=memory, which keeps nothing.`;
}

/**
 * Starts the stack and resolves when Kafka, the registry and PostgreSQL all answer. Whatever was
 * started ends when `stop` is called or when this process is gone, however it went.
 *
 * @throws ParityError `STACK_UNAVAILABLE`, `CONFIG_INVALID` or `STACK_FAILED`; nothing is left
 *   running then
 */
export async function startStack(options: StackOptions = {}): Promise<StackHandle> {
  const env = options.env ?? process.env;
  const resolved: ResolvedOptions = {
    brokers: options.brokers ?? brokersOf(env),
    dataDir: options.dataDir,
    onProgress: options.onProgress ?? ((line) => process.stderr.write(`${line}\n`)),
    env,
  };
  switch (options.kind ?? (await chooseStack(env))) {
    case 'external':
      return externalStack(resolved);
    case 'containers':
      return await startContainerStack(resolved);
    case 'process':
      return await startProcessStack(resolved);
    case 'memory':
      return await startMemoryStack(resolved);
  }
}

function brokersOf(env: NodeJS.ProcessEnv): 1 | 3 {
  const value = env.PARITY_STACK_BROKERS ?? '';
  if (value === '' || value === '1') return 1;
  if (value === '3') return 3;
  throw new ParityError('CONFIG_INVALID', `PARITY_STACK_BROKERS is "${value}"; it may be 1 or 3.`);
}
