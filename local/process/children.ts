import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ParityError } from '../../schemas/errors.ts';

/** How to start one process of the stack. */
export interface ChildSpec {
  /** Unique among the living children; names the child in messages. */
  id: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** File that takes stdout and stderr; appended to. */
  log: string;
  /** Sent first when the stack ends; SIGKILL follows if it is not obeyed. */
  stopSignal: NodeJS.Signals;
  /** User and group to run as; needs root. */
  user?: { uid: number; gid: number };
}

export interface Child {
  id: string;
  pid: number;
  log: string;
  /** True once the process has ended. */
  ended(): boolean;
  /** Resolves with the exit code, or null after a signal. */
  exited: Promise<number | null>;
}

type FromWatcher =
  | { type: 'spawned'; id: string; pid: number }
  | { type: 'exit'; id: string; code: number | null; signal: string | null }
  | { type: 'failed'; id: string; message: string };

interface Entry {
  child: Child | undefined;
  ended: boolean;
  started: PromiseWithResolve<Child>;
  exit: PromiseWithResolve<number | null>;
}

interface PromiseWithResolve<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function promiseWithResolve<T>(): PromiseWithResolve<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

const WATCHER = fileURLToPath(new URL('./watcher.mjs', import.meta.url));

/**
 * The processes of one stack, seen from the process that asked for it. They are spawned and owned
 * by `watcher.mjs`, which outlives this process just long enough to end them.
 *
 * States: running → stopping (by `stop`) → ended; running → ended (the watcher itself was killed:
 * then this side ends the children).
 */
export class Children {
  readonly #watcher: ChildProcess;
  readonly #temporaryDir: string | null;
  readonly #entries = new Map<string, Entry>();
  readonly #watcherExit: Promise<void>;
  #stopping = false;
  #ended = false;

  /** @param temporaryDir removed when the stack ends; null keeps the data */
  constructor(temporaryDir: string | null) {
    this.#temporaryDir = temporaryDir;
    this.#watcher = spawn(process.execPath, [WATCHER, temporaryDir ?? ''], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Out of the terminal's process group: Ctrl-C must not end the watcher before its work.
      detached: true,
      // Options meant for this process (loaders, inspectors) are none of the watcher's.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#watcher.on('message', (message) => this.#receive(message as FromWatcher));
    this.#watcherExit = new Promise((resolve) => {
      this.#watcher.once('error', (error) => this.#watcherGone(error).then(resolve));
      this.#watcher.once('exit', () =>
        this.#watcherGone(new Error('the watcher of the stack ended')).then(resolve),
      );
    });
  }

  /** Starts a process; rejects with `STACK_FAILED` when there is nothing to execute. */
  async spawn(spec: ChildSpec): Promise<Child> {
    if (this.#stopping || this.#ended) throw stopped(spec.id);
    const entry: Entry = {
      child: undefined,
      ended: false,
      started: promiseWithResolve(),
      exit: promiseWithResolve(),
    };
    this.#entries.set(spec.id, entry);
    const { user, ...rest } = spec;
    this.#watcher.send({ type: 'spawn', ...rest, ...user }, (error) => {
      if (error !== null) entry.started.reject(stopped(spec.id));
    });
    const child = await entry.started.promise;
    return { ...child, log: spec.log };
  }

  /** Sends a signal to the process group of a child; nothing if it has ended. */
  signal(id: string, signal: NodeJS.Signals): void {
    if (!this.#ended) this.#watcher.send({ type: 'signal', id, signal });
  }

  /** The process ids of the living children and of the watcher. */
  pids(): number[] {
    const pids = [...this.#entries.values()].flatMap((entry) =>
      entry.child !== undefined && !entry.ended ? [entry.child.pid] : [],
    );
    return this.#watcher.pid === undefined ? pids : [this.#watcher.pid, ...pids];
  }

  /** Ends all children and the watcher; the temporary directory is gone afterwards. */
  async stop(): Promise<void> {
    if (!this.#stopping && !this.#ended) {
      this.#stopping = true;
      this.#watcher.send({ type: 'stop' }, () => undefined);
    }
    await this.#watcherExit;
  }

  #receive(message: FromWatcher): void {
    const entry = this.#entries.get(message.id);
    if (entry === undefined) return;
    if (message.type === 'spawned') {
      entry.child = {
        id: message.id,
        pid: message.pid,
        log: '',
        ended: () => entry.ended,
        exited: entry.exit.promise,
      };
      entry.started.resolve(entry.child);
    } else if (message.type === 'exit') {
      entry.ended = true;
      entry.exit.resolve(message.code);
    } else {
      entry.ended = true;
      entry.started.reject(
        new ParityError('STACK_FAILED', `${message.id} could not be started: ${message.message}.`),
      );
    }
  }

  async #watcherGone(cause: Error): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const [id, entry] of this.#entries) {
      entry.started.reject(new ParityError('STACK_FAILED', `${id} has ended.`, { cause }));
      if (!entry.ended && entry.child !== undefined && !this.#stopping) killGroup(entry.child.pid);
      entry.ended = true;
      entry.exit.resolve(null);
    }
    if (this.#temporaryDir !== null) {
      await rm(this.#temporaryDir, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

function stopped(id: string): ParityError {
  return new ParityError('STACK_FAILED', `${id} was not started: the stack is being stopped.`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
