import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureJars, type JarSet, jarsAreCached } from '../../local/process/artifacts.ts';
import { Children } from '../../local/process/children.ts';
import { javaCommand } from '../../local/process/java.ts';
import type { Faults } from './work.ts';

const FOLDER = fileURLToPath(new URL('./parallel-consumer', import.meta.url));
export const THEIR_VERSION = '0.5.3.3';
const JARS: JarSet = {
  folder: `parallel-consumer-${THEIR_VERSION}`,
  what: `Confluent's Parallel Consumer ${THEIR_VERSION} (19 MB)`,
  pom: join(FOLDER, 'pom.xml'),
  jar: `parallel-consumer-core-${THEIR_VERSION}.jar`,
};
const run = promisify(execFile);

/** One run of theirs. */
export interface TheirRun {
  /** As many works as were announced are done. */
  readonly done: Promise<{
    readonly ms: number;
    readonly processed: number;
    readonly faults: Faults;
  }>;
}

export interface RunOrder {
  /** Names on the cluster. */
  readonly topic: string;
  readonly group: string;
  readonly records: number;
  readonly partitions: number;
  /** Works at the same time, each in a thread of its own. */
  readonly maxConcurrency: number;
}

/** Why theirs cannot run here; null: it can. */
export async function whyNotTheirs(env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    await run(javacCommand(env), ['-version']);
  } catch {
    return 'there is no javac (a JDK of version 17 or later) on this machine';
  }
  if (jarsAreCached(JARS, env)) return null;
  try {
    await run('mvn', ['-v']);
    return null;
  } catch {
    return 'there is no mvn on this machine to fetch it with';
  }
}

/** Confluent's Parallel Consumer in one JVM for all runs, so that it is as warm as this process is. */
export class ParallelConsumer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #remove: () => Promise<void>;

  private constructor(
    child: ChildProcess,
    lines: AsyncIterator<string>,
    remove: () => Promise<void>,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#remove = remove;
  }

  /** @throws ParityError `STACK_FAILED` when it cannot be fetched; Error when it does not compile */
  static async start(
    brokers: readonly string[],
    onProgress: (line: string) => void,
  ): Promise<ParallelConsumer> {
    const { env } = process;
    const folder = await mkdtemp(join(tmpdir(), 'parity-keys-'));
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
      const libs = await fetched(folder, onProgress);
      const classes = join(folder, 'classes');
      const path = join(libs, '*');
      const source = join(FOLDER, 'KeyConcurrency.java');
      await run(javacCommand(env), ['-d', classes, '-cp', path, source]);
      const options = ['-Xmx512m', '-XX:-UsePerfData', '-cp', classes + delimiter + path];
      const child = spawn(javaCommand(env), [...options, 'KeyConcurrency', brokers.join(',')], {
        // What it logs, if anything, is about missing loggers; it ends with its input, and so with this process.
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      return new ParallelConsumer(child, lines, remove);
    } catch (error) {
      await remove();
      throw error;
    }
  }

  /** Resolves once it has all partitions. */
  async begin({ topic, group, records, partitions, maxConcurrency }: RunOrder): Promise<TheirRun> {
    const order = [topic, group, records, partitions, maxConcurrency].join(' ');
    this.#child.stdin?.write(`${order}\n`);
    const ready = await this.#line();
    if (ready !== 'ready') throw new Error(`the Parallel Consumer is not ready: ${ready}`);
    return { done: this.#result() };
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null) {
      this.#child.stdin?.end();
      await ended;
    }
    await this.#remove();
  }

  async #result() {
    const [ms = 0, processed = 0, repeated = 0, outOfOrder = 0, atOnce = 0] = (await this.#line())
      .split(' ')
      .map(Number);
    return { ms, processed, faults: { repeated, outOfOrder, atOnce } };
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the Parallel Consumer has ended');
    return value;
  }
}

async function fetched(folder: string, onProgress: (line: string) => void): Promise<string> {
  const children = new Children(null);
  try {
    return await ensureJars(JARS, {
      env: process.env,
      onProgress,
      children,
      log: join(folder, 'download.log'),
    });
  } finally {
    await children.stop();
  }
}

function javacCommand(env: NodeJS.ProcessEnv): string {
  const java = javaCommand(env);
  return java === 'java' ? 'javac' : join(dirname(java), 'javac');
}
