import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { reasonOf } from './last-words.ts';

/** Where a running pipeline listens. */
export interface PipelineAddresses {
  readonly ingressUrl: string;
  readonly healthUrl: string;
}

/** The pipeline beside the stack: started, killed without a word, and started again. */
export interface PipelineHost {
  readonly addresses: PipelineAddresses;
  /** Ends it as kill -9 does, and starts it again on the same addresses. */
  crash(): Promise<void>;
  stop(): Promise<void>;
  /** Rejects when it ends by itself. */
  readonly failed: Promise<never>;
}

const ENTRY = fileURLToPath(new URL('../parity.mjs', import.meta.url));
const LAST_WORDS = 40_000;
/** Longer than a graceful stop may take: what it waits for may itself be gone. */
const STOP_MS = 20_000;

/** A pipeline in a process of its own, configured by environment variables; it ends when this process does. */
export class PipelineChild implements PipelineHost {
  readonly failed: Promise<never>;
  readonly #environment: Readonly<Record<string, string>>;
  #fail: (error: unknown) => void = () => undefined;
  #child: ChildProcess | null = null;
  #addresses: PipelineAddresses = { ingressUrl: '', healthUrl: '' };
  #lastWords = '';
  /** Children whose end was asked for. */
  readonly #asked = new WeakSet<ChildProcess>();

  private constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** @throws ParityError with which it ended, else STACK_FAILED with its last output, when it does not come up. */
  static async start(environment: Readonly<Record<string, string>>): Promise<PipelineChild> {
    const host = new PipelineChild(environment);
    await host.#start({});
    return host;
  }

  get addresses(): PipelineAddresses {
    return this.#addresses;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async crash(): Promise<void> {
    await this.#end('SIGKILL');
    const port = (url: string) => new URL(url).port;
    await this.#start({
      PARITY_INGRESS_PORT: port(this.#addresses.ingressUrl),
      PARITY_HEALTH_PORT: port(this.#addresses.healthUrl),
    });
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #start(ports: Readonly<Record<string, string>>): Promise<void> {
    const child = spawn(process.execPath, [ENTRY, 'run'], {
      env: { ...process.env, ...this.#environment, ...ports },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
      });
    }
    const ended = once(child, 'close').then(([code, signal]) => {
      const error = reasonOf(this.#lastWords, signal ?? `exit code ${code}`);
      if (!this.#asked.has(child)) this.#fail(error);
      throw error;
    });
    ended.catch(() => undefined);
    const [message] = await Promise.race([once(child, 'message'), ended]);
    this.#addresses = message as PipelineAddresses;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.#asked.add(child);
    const exit = once(child, 'exit');
    child.kill(signal);
    const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(insist);
  }
}
