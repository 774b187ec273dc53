import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('.', import.meta.url));
let checkout: string;

/** A checkout with the real install.mjs, and in the place of npm a program that notes its calls. */
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'parity-install-'));
  await mkdir(join(checkout, 'local'));
  for (const file of ['install.mjs', 'lock.mjs']) {
    await cp(join(HERE, file), join(checkout, 'local', file));
  }
  await wanted({
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b-win32': { version: '1.0.0', optional: true },
  });
  await writeFile(
    join(checkout, 'npm-cli.js'),
    `const fs = require('node:fs');
     fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
     if (fs.existsSync('broken')) { console.error('npm error: no network'); process.exit(1); }
     setTimeout(() => {
       fs.mkdirSync('node_modules', { recursive: true });
       fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
     }, 200);`,
  );
});
afterEach(() => rm(checkout, { recursive: true }));

async function wanted(packages: object): Promise<void> {
  const lock = { packages: { '': { name: 'x' }, ...packages } };
  await writeFile(join(checkout, 'package-lock.json'), JSON.stringify(lock));
}

async function present(packages: object): Promise<void> {
  await mkdir(join(checkout, 'node_modules'), { recursive: true });
  await writeFile(
    join(checkout, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages }),
  );
}

async function calls(): Promise<string[]> {
  const text = await readFile(join(checkout, 'calls'), 'utf8').catch(() => '');
  return text.trim() === '' ? [] : text.trim().split('\n');
}

async function install(): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child: ChildProcess = spawn(process.execPath, [join(checkout, 'local', 'install.mjs')], {
    env: { PATH: process.env.PATH, npm_execpath: join(checkout, 'npm-cli.js') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

it('installs on a fresh clone, once, and writes nothing to stdout', async () => {
  const first = await install();
  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect(first.stderr).toContain('Installing dependencies');
  expect(await install()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await calls()).toEqual(['ci --no-audit --no-fund --loglevel=error']);
});

it('installs once when two start at the same time', async () => {
  const results = await Promise.all([install(), install()]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(await calls()).toHaveLength(1);
});

it('installs when a version changed or a package is missing, not for another platform', async () => {
  await present({ 'node_modules/a': { version: '1.0.0' } });
  await install();
  expect(await calls()).toHaveLength(0);
  await wanted({ 'node_modules/a': { version: '1.0.1' } });
  await install();
  expect(await calls()).toHaveLength(1);
  await wanted({ 'node_modules/a': { version: '1.0.1' }, 'node_modules/c': { version: '2.0.0' } });
  await install();
  expect(await calls()).toHaveLength(2);
});

it('fails with the words of npm', async () => {
  await writeFile(join(checkout, 'broken'), '');
  const { code, stderr } = await install();
  expect(code).toBe(1);
  expect(stderr).toContain('no network');
});
