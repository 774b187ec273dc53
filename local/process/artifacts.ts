import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ParityError } from '../../schemas/errors.ts';
import { withLock } from '../lock.mjs';

const KAFKA_POM = fileURLToPath(new URL('./kafka-pom.xml', import.meta.url));
/** As in `kafka-pom.xml`. */
const KAFKA_VERSION = '4.4.0';
const REGISTRY_VERSION = '3.0.9';
const PROGRESS_MS = 5_000;

/**
 * 2.8 reads no descriptor of a lone artifact, so a parent that cannot be had does not stop it; the
 * newer one is for a Maven that no longer runs 2.8.
 */
const DEPENDENCY_PLUGINS = ['2.8', '3.8.1'].map(
  (version) => `org.apache.maven.plugins:maven-dependency-plugin:${version}`,
);

/** Where the downloaded programs lie. */
export interface Artifacts {
  /** Folder with the jars of Kafka. */
  kafkaLibs: string;
  /** The runnable jar of Apicurio Registry. */
  registryJar: string;
}

/** The folder for downloads: outside the checkout, shared by all checkouts of this user. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME;
  const home = env.HOME ?? homedir();
  return join(base === undefined || base === '' ? join(home, '.cache') : base, 'parity');
}

function locations(env: NodeJS.ProcessEnv): { kafka: string; registry: string } {
  const cache = cacheDir(env);
  return {
    kafka: join(cache, `kafka-${KAFKA_VERSION}`),
    registry: join(cache, `apicurio-registry-${REGISTRY_VERSION}`),
  };
}

export function artifactsAreCached(env: NodeJS.ProcessEnv): boolean {
  return Object.values(locations(env)).every((dir) => existsSync(dir));
}

/**
 * Kafka and the registry, downloaded with Maven unless they were before. A download appears in the
 * cache whole or not at all; a second start at the same time waits for the first.
 *
 * @throws ParityError `STACK_FAILED` with Maven's own words
 */
export async function ensureArtifacts(
  env: NodeJS.ProcessEnv,
  onProgress: (line: string) => void,
): Promise<Artifacts> {
  const { kafka, registry } = locations(env);
  if (!artifactsAreCached(env)) {
    const onWait = () => onProgress('Waiting for a download that another start is doing ...');
    await withLock(join(cacheDir(env), 'download.lock'), onWait, async () => {
      await fill(kafka, `Kafka ${KAFKA_VERSION} (43 MB)`, onProgress, (dir) => kafkaInto(dir, env));
      await fill(registry, `Apicurio Registry ${REGISTRY_VERSION} (109 MB)`, onProgress, (dir) =>
        registryInto(dir, env),
      );
    });
  }
  return {
    kafkaLibs: join(kafka, 'libs'),
    registryJar: join(registry, `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`),
  };
}

/** Lets `work` fill a folder beside the target and renames it when it is complete. */
async function fill(
  target: string,
  what: string,
  onProgress: (line: string) => void,
  work: (dir: string) => Promise<void>,
): Promise<void> {
  if (existsSync(target)) return;
  const partial = `${target}.partial-${randomUUID()}`;
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  onProgress(`Downloading ${what}, once ...`);
  const progress = setInterval(() => onProgress(`  ${what}: ${seconds()} s ...`), PROGRESS_MS);
  try {
    await mkdir(partial, { recursive: true });
    await work(partial);
    await rename(partial, target);
    onProgress(`  ${what}: done in ${seconds()} s`);
  } finally {
    clearInterval(progress);
    await rm(partial, { recursive: true, force: true });
  }
}

async function kafkaInto(dir: string, env: NodeJS.ProcessEnv): Promise<void> {
  const libs = join(dir, 'libs');
  await maven(env, dir, 'copy-dependencies', [
    '-f',
    KAFKA_POM,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${libs}`,
  ]);
  const jars = await readdir(libs);
  if (!jars.includes(`kafka_2.13-${KAFKA_VERSION}.jar`)) {
    throw new ParityError('STACK_FAILED', `Maven copied no Kafka ${KAFKA_VERSION} to ${libs}.`);
  }
}

async function registryInto(dir: string, env: NodeJS.ProcessEnv): Promise<void> {
  await maven(env, dir, 'copy', [
    `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`,
    `-DoutputDirectory=${dir}`,
  ]);
  const archive = join(dir, `apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`);
  await run('tar', ['-xzf', archive, '-C', dir], env, dir);
  await rm(archive);
}

/** Runs a goal of Maven's dependency plugin; `-C` fails on a wrong checksum. */
async function maven(
  env: NodeJS.ProcessEnv,
  cwd: string,
  goal: string,
  args: string[],
): Promise<void> {
  let failure: unknown;
  for (const plugin of DEPENDENCY_PLUGINS) {
    try {
      await run('mvn', ['-B', '-q', '-C', ...args, `${plugin}:${goal}`], env, cwd);
      return;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, cwd, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else {
        const words = (stderr + stdout).trim().split('\n').slice(0, 12).join('\n');
        const message = `${command} failed: ${words === '' ? error.message : words}`;
        reject(new ParityError('STACK_FAILED', message, { cause: error }));
      }
    });
  });
}
