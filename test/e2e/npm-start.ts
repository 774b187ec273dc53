import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { addressesOf } from '../../cli/up/addresses.ts';
import { descendantsOf, eventually, isAlive } from '../processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const WATCH_MS = 1_000;

export type Addresses = ReturnType<typeof addressesOf>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `npm start` as a person runs it: npm, its shell, the program, and everything that it starts. */
export class NpmStart {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Stands in for /tmp, so that everything left in there is seen. */
  readonly #temporary: string;
  readonly #seen = new Set<number>();
  #watch: NodeJS.Timeout | undefined;

  private constructor(child: ChildProcess, temporary: string) {
    this.child = child;
    this.#temporary = temporary;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** @param cwd the checkout; default: this one */
  static async spawn(
    args: readonly string[],
    { env = {}, cwd = ROOT }: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
  ): Promise<NpmStart> {
    const temporary = await mkdtemp(join(tmpdir(), 'parity-start-'));
    // PostgreSQL may run as another user, who must be able to pass through.
    chmodSync(temporary, 0o711);
    const child = spawn('npm', ['start', '--', ...args], {
      cwd,
      env: { ...process.env, TMPDIR: temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, as a terminal gives: Ctrl-C signals all of it.
      detached: true,
    });
    return new NpmStart(child, temporary);
  }

  /** The addresses, once everything is up. */
  async addresses(timeoutMs = 120_000): Promise<Addresses> {
    await eventually(
      'npm start prints its addresses',
      () => this.jsonLines().length > 0 || this.hasEnded,
      timeoutMs,
    );
    const [first] = this.jsonLines();
    if (first === undefined) throw new Error(`npm start ended:\n${this.stdout}\n${this.stderr}`);
    return first as Addresses;
  }

  /** What stdout holds of whole JSON lines. */
  jsonLines(): object[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as object);
  }

  lastLine(): string {
    return this.stdout.trimEnd().split('\n').at(-1) ?? '';
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** npm and everything below it, the backends of PostgreSQL too. Remembered: what has lost its parent is still known later. */
  tree(): number[] {
    for (const pid of descendantsOf([this.pid, ...this.#seen])) this.#seen.add(pid);
    return [...this.#seen];
  }

  /** Looks at the tree again and again: for a run that ends by itself. */
  watch(): void {
    this.#watch = setInterval(() => this.tree(), WATCH_MS);
    void this.ended.finally(() => clearInterval(this.#watch));
  }

  /** Fails unless every process of the tree ends, and the data of the stack are gone. */
  async nothingLeft(timeoutMs = 30_000): Promise<void> {
    await eventually(
      `every process of npm start ends: ${[...this.#seen]}`,
      () => [...this.#seen].every((pid) => !isAlive(pid)),
      timeoutMs,
    ).catch((error: unknown) => {
      const left = [...this.#seen].filter(isAlive);
      throw new Error(`${String(error)}; left: ${left}\n${this.stdout}\n${this.stderr}`);
    });
    await eventually('the data of the stack are gone', async () => {
      const names = await readdir(this.#temporary);
      return names.every((name) => !name.startsWith('parity-stack-'));
    });
  }

  /** Ends whatever of it still runs. For `finally`. */
  async destroy(): Promise<void> {
    for (const pid of this.tree()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await this.ended;
    await rm(this.#temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}
