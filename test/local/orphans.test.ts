import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { descendantsOf, eventually, isAlive } from '../processes.ts';

const PARENT = fileURLToPath(new URL('./parent.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Stands in for /tmp, so that everything left in there is seen. */
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'parity-orphans-'));
  // PostgreSQL may run as another user, who must be able to pass through.
  execFileSync('chmod', ['711', temporary]);
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

interface Stack {
  parent: ChildProcess;
  pids: number[];
  broker: string;
}

async function startParent(behaviour: 'wait' | 'crash'): Promise<Stack> {
  const parent = spawn(process.execPath, ['--import', 'tsx', PARENT, behaviour], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A process group of its own, as a terminal gives: Ctrl-C signals all of it.
    detached: true,
  });
  for await (const line of createInterface({ input: parent.stdout! })) {
    const { pids, brokers } = JSON.parse(line) as { pids: number[]; brokers: string[] };
    return { parent, pids, broker: brokers[0]! };
  }
  throw new Error('the parent ended before its stack was up');
}

function accepts(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) });
    socket.once('connect', () => socket.destroy());
    socket.once('close', (failed) => resolve(!failed));
    socket.once('error', () => undefined);
  });
}

async function expectNothingLeft({ parent, broker }: Stack, processes: number[]): Promise<void> {
  await eventually('the parent is gone', () => !isAlive(parent.pid!));
  await eventually(
    `no process is left of ${processes.join(',')}`,
    () => processes.filter(isAlive).length === 0,
  );
  expect(await accepts(broker)).toBe(false);
  await eventually('the temporary data are gone', async () => {
    const left = await readdir(temporary);
    return left.filter((name) => name.startsWith('parity-stack-')).length === 0;
  });
}

describe('a process that started the stack leaves nothing behind', () => {
  it.each<['SIGINT' | 'SIGKILL', string]>([
    ['SIGINT', 'Ctrl-C'],
    ['SIGKILL', 'kill -9'],
  ])('%s (%s)', async (signal) => {
    const stack = await startParent('wait');
    const processes = descendantsOf(stack.pids);
    // The watcher, Kafka, the registry, PostgreSQL and its backends.
    expect(processes.length).toBeGreaterThan(6);
    expect(processes.every(isAlive)).toBe(true);
    expect(await accepts(stack.broker)).toBe(true);
    process.kill(signal === 'SIGINT' ? -stack.parent.pid! : stack.parent.pid!, signal);
    await expectNothingLeft(stack, processes);
  });

  it('a crash', async () => {
    const stack = await startParent('crash');
    await expectNothingLeft(stack, descendantsOf(stack.pids));
  });
});
