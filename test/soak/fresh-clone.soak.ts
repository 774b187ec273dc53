import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../e2e/running.ts';
import { runToEnd } from './run-to-end.ts';

let folder: string;
let clone: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parity-clone-'));
  clone = join(folder, 'parity');
  const { code, output } = await runToEnd('git', ['clone', '--quiet', ROOT, clone], {
    cwd: folder,
    timeoutMs: 60_000,
  });
  expect(code, output).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('tells the whole story with nothing installed by hand', async () => {
  expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  const { code, lastLine, output } = await runToEnd('npm', ['start', '--', '--once'], {
    cwd: clone,
    env: { ...process.env, PARITY_STACK: 'process' },
    timeoutMs: 900_000,
  });
  expect(code, output).toBe(0);
  expect(JSON.parse(lastLine)).toMatchObject({
    parity: true,
    differences: 0,
    rateLimited: 0,
    violations: 0,
    reopenedNights: 0,
    duplicateBookings: 0,
    missingBookings: 0,
  });
});

it('passes its unit tests', async () => {
  const { code, lastLine, output } = await runToEnd('npm', ['test', '--', '--project', 'unit'], {
    cwd: clone,
    timeoutMs: 900_000,
  });
  expect(code, output.slice(-5_000)).toBe(0);
  expect(lastLine).toMatch(/^[1-9]\d+ passed, 0 failed, /);
});

it('has written nothing into the checkout but what is ignored', async () => {
  const status = await runToEnd('git', ['status', '--porcelain'], {
    cwd: clone,
    timeoutMs: 10_000,
  });
  expect(status.output).toBe('');
});
