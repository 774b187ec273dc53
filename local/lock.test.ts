import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

const LOCK = new URL('./lock.mjs', import.meta.url).href;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parity-lock-'));
});
afterAll(() => rm(dir, { recursive: true }));

it('lets one process in at a time', async () => {
  const file = join(dir, 'many.lock');
  const log = join(dir, 'many.log');
  const script = `
    const { withLock } = await import(${JSON.stringify(LOCK)});
    const { appendFileSync } = await import('node:fs');
    const { setTimeout: sleep } = await import('node:timers/promises');
    await withLock(${JSON.stringify(file)}, () => undefined, async () => {
      appendFileSync(${JSON.stringify(log)}, 'in ');
      await sleep(30);
      appendFileSync(${JSON.stringify(log)}, 'out ');
    });`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  await Promise.all(Array.from({ length: 5 }, run));
  expect(await readFile(log, 'utf8')).toBe('in out '.repeat(5));
  expect(existsSync(file)).toBe(false);
});

it('breaks the lock of a process that is gone', async () => {
  const file = join(dir, 'stale.lock');
  const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
  await writeFile(file, stdout.trim());
  expect(
    await withLock(
      file,
      () => undefined,
      async () => 'done',
    ),
  ).toBe('done');
});

it('lets go after a failure', async () => {
  const file = join(dir, 'failure.lock');
  const failing = withLock(
    file,
    () => undefined,
    async () => {
      throw new Error('no');
    },
  );
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(file)).toBe(false);
});
