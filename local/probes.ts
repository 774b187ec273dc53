import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { artifactsAreCached } from './process/artifacts.ts';
import { javaCommand } from './process/java.ts';

const DOCKER_ANSWER_MS = 2_000;

/** What `chooseStack` asks the machine; a test answers in its place. */
export interface MachineProbes {
  /** True if a Docker engine (not just its client) answers. */
  dockerAnswers(): Promise<boolean>;
  /** The major version of the Java on this machine, null if there is none. */
  javaMajor(): Promise<number | null>;
  mavenRuns(): Promise<boolean>;
  /** True if Kafka and the registry were downloaded before, so that Maven is not needed. */
  artifactsCached(): Promise<boolean>;
}

/** The real probes, under the given environment (`DOCKER_HOST`, `JAVA_HOME`, `PATH`, caches). */
export function machineProbes(env: NodeJS.ProcessEnv): MachineProbes {
  return {
    dockerAnswers: async () => {
      const answers = await Promise.all(dockerAddresses(env).map(pingDocker));
      return answers.includes(true);
    },
    javaMajor: async () => majorOf(await output(javaCommand(env), ['-version'], env)),
    mavenRuns: async () => (await output('mvn', ['-v'], env)) !== null,
    artifactsCached: async () => artifactsAreCached(env),
  };
}

/** The major version in what `java -version` prints: `"17.0.15"` is 17, the old `"1.8.0_402"` is 8. */
export function majorOf(versionText: string | null): number | null {
  const match = versionText?.match(/version "(?:1\.)?(\d+)/);
  return match?.[1] === undefined ? null : Number(match[1]);
}

type DockerAddress = { socketPath: string } | { host: string; port: number };

/** Where the engine may listen: what `DOCKER_HOST` says, else the usual sockets of this system. */
export function dockerAddresses(env: NodeJS.ProcessEnv): DockerAddress[] {
  const configured = env.DOCKER_HOST;
  if (configured !== undefined && configured !== '') {
    const socket = configured.match(/^unix:\/\/(.+)$/)?.[1];
    if (socket !== undefined) return [{ socketPath: socket }];
    const tcp = configured.match(/^tcp:\/\/([^:/]+):(\d+)/);
    return tcp?.[1] === undefined ? [] : [{ host: tcp[1], port: Number(tcp[2]) }];
  }
  const home = env.HOME ?? homedir();
  const runtimeDir = env.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    ...(runtimeDir === undefined ? [] : [join(runtimeDir, 'docker.sock')]),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
  ]
    .filter((socketPath) => existsSync(socketPath))
    .map((socketPath) => ({ socketPath }));
}

function pingDocker(address: DockerAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ ...address, path: '/_ping', timeout: DOCKER_ANSWER_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy(new Error('no answer')));
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

/** stdout and stderr of a command that succeeded, else null. */
function output(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, args, { env }, (error, stdout, stderr) => {
      resolve(error === null ? stdout + stderr : null);
    });
  });
}
