import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ParityError } from '../../schemas/errors.ts';
import { withLock } from '../lock.mjs';
import { tailOf } from '../wait.ts';
import type { Children } from './children.ts';

const KAFKA_POM = fileURLToPath(new URL('./kafka-pom.xml', import.meta.url));
/** As in `kafka-pom.xml`. */
const KAFKA_VERSION = '4.4.0';
const REGISTRY_VERSION = '3.0.9';
const PROGRESS_MS = 5_000;
const PARTIAL = '.partial-';

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

export interface DownloadOptions {
  env: NodeJS.ProcessEnv;
  onProgress: (line: string) => void;
  /** Owns the programs that download: they end with the process that wanted them. */
  children: Children;
  /** Takes what they print. */
  log: string;
}

/**
 * Kafka and the registry, downloaded with Maven unless they were before. A download appears in the
 * cache whole or not at all; a second start at the same time waits for the first.
 *
 * @throws ParityError `STACK_FAILED` with Maven's own words
 */
export async function ensureArtifacts(options: DownloadOptions): Promise<Artifacts> {
  const { env, onProgress } = options;
  const { kafka, registry } = locations(env);
  if (!artifactsAreCached(env)) {
    const onWait = () => onProgress('Waiting for a download that another start is doing ...');
    await withLock(join(cacheDir(env), 'download.lock'), onWait, async () => {
      await fill(kafka, `Kafka ${KAFKA_VERSION} (43 MB)`, options, kafkaInto);
      await fill(registry, `Apicurio Registry ${REGISTRY_VERSION} (109 MB)`, options, registryInto);
    });
  }
  return {
    kafkaLibs: join(kafka, 'libs'),
    registryJar: join(registry, `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`),
  };
}

/** Jars that something beside the stack needs. */
export interface JarSet {
  /** Folder in the cache, named after what is in it and its version. */
  readonly folder: string;
  /** In words, for progress and errors. */
  readonly what: string;
  /** POM whose runtime dependencies they are. */
  readonly pom: string;
  /** One that must be among them. */
  readonly jar: string;
}

export function jarsAreCached({ folder }: JarSet, env: NodeJS.ProcessEnv): boolean {
  return existsSync(join(cacheDir(env), folder));
}

/**
 * A folder with the jars, downloaded as Kafka's are unless they were before.
 * @throws ParityError `STACK_FAILED` with Maven's own words
 */
export async function ensureJars(jars: JarSet, options: DownloadOptions): Promise<string> {
  const { env, onProgress } = options;
  const target = join(cacheDir(env), jars.folder);
  if (!jarsAreCached(jars, env)) {
    const onWait = () => onProgress('Waiting for a download that another start is doing ...');
    await withLock(join(cacheDir(env), 'download.lock'), onWait, () =>
      fill(target, jars.what, options, (dir) => jarsInto(dir, jars, options)),
    );
  }
  return join(target, 'libs');
}

/** Lets `work` fill a folder beside the target and renames it when it is complete. */
async function fill(
  target: string,
  what: string,
  options: DownloadOptions,
  work: (dir: string, options: DownloadOptions) => Promise<void>,
): Promise<void> {
  if (existsSync(target)) return;
  await removePartials(target);
  const { onProgress } = options;
  const partial = `${target}${PARTIAL}${randomUUID()}`;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  onProgress(`Downloading ${what}, once ...`);
  const progress = setInterval(() => onProgress(`  ${what}: ${seconds()} s ...`), PROGRESS_MS);
  try {
    await mkdir(partial, { recursive: true });
    await work(partial, options);
    await rename(partial, target);
    onProgress(`  ${what}: done in ${seconds()} s`);
  } finally {
    clearInterval(progress);
    await rm(partial, { recursive: true, force: true });
  }
}

/** What a killed download left; the lock says that no other is under way. */
async function removePartials(target: string): Promise<void> {
  const cache = dirname(target);
  for (const name of await readdir(cache)) {
    if (name.startsWith(`${basename(target)}${PARTIAL}`)) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

function kafkaInto(dir: string, options: DownloadOptions): Promise<void> {
  const what = `Kafka ${KAFKA_VERSION}`;
  return jarsInto(dir, { what, pom: KAFKA_POM, jar: `kafka_2.13-${KAFKA_VERSION}.jar` }, options);
}

/** Copies the runtime dependencies of a POM into `libs`. */
async function jarsInto(
  dir: string,
  { what, pom, jar }: Omit<JarSet, 'folder'>,
  options: DownloadOptions,
): Promise<void> {
  const libs = join(dir, 'libs');
  await maven(options, dir, 'copy-dependencies', [
    '-f',
    pom,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${libs}`,
  ]);
  if (!(await readdir(libs)).includes(jar)) {
    throw new ParityError('STACK_FAILED', `Maven copied no ${what} to ${libs}.`);
  }
}

async function registryInto(dir: string, options: DownloadOptions): Promise<void> {
  await maven(options, dir, 'copy', [
    `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`,
    `-DoutputDirectory=${dir}`,
  ]);
  const archive = join(dir, `apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`);
  await run(options, dir, 'tar', ['-xzf', archive, '-C', dir]);
  await rm(archive);
}

/** Runs a goal of Maven's dependency plugin; `-C` fails on a wrong checksum. */
async function maven(
  options: DownloadOptions,
  cwd: string,
  goal: string,
  args: string[],
): Promise<void> {
  let failure: unknown;
  for (const plugin of DEPENDENCY_PLUGINS) {
    try {
      await run(options, cwd, 'mvn', ['-B', '-q', '-C', ...args, `${plugin}:${goal}`]);
      return;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function run(
  { children, env, log }: DownloadOptions,
  cwd: string,
  command: string,
  args: string[],
): Promise<void> {
  const id = `download-${command}`;
  const child = await children.spawn({ id, command, args, cwd, env, log, stopSignal: 'SIGKILL' });
  const code = await child.exited;
  if (code !== 0) {
    throw new ParityError(
      'STACK_FAILED',
      `${command} ended with code ${code}. ${await tailOf(log)}`,
    );
  }
}
