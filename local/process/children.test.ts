import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { eventually, isAlive } from '../../test/processes.ts';
import { Children, type ChildSpec } from './children.ts';

const opened: Children[] = [];

afterEach(async () => {
  for (const children of opened.splice(0)) await children.stop();
});

async function open(): Promise<{ children: Children; dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'parity-children-'));
  const children = new Children(dir);
  opened.push(children);
  return { children, dir };
}

function node(id: string, dir: string, script: string): ChildSpec {
  return {
    id,
    command: process.execPath,
    args: ['-e', script],
    cwd: '/',
    env: process.env,
    log: join(dir, `${id}.log`),
    stopSignal: 'SIGTERM',
  };
}

const FOREVER = 'setInterval(() => undefined, 1000)';

it('stops all children and removes the directory', async () => {
  const { children, dir } = await open();
  const child = await children.spawn(node('a', dir, FOREVER));
  const pids = children.pids();
  expect(pids).toContain(child.pid);
  expect(pids.every(isAlive)).toBe(true);
  await children.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(dir)).toBe(false);
});

it('ends a child that ignores its stop signal, and what that child has spawned', async () => {
  const { children, dir } = await open();
  const stubborn = `
    process.on('SIGTERM', () => undefined);
    const grandchild = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`process.on('SIGTERM', () => undefined); ${FOREVER}`)}], { stdio: 'ignore' });
    require('node:fs').writeFileSync(${JSON.stringify(join(dir, 'pid'))}, String(grandchild.pid));
    ${FOREVER}`;
  const child = await children.spawn(node('stubborn', dir, stubborn));
  await eventually('the grandchild is known', () => existsSync(join(dir, 'pid')));
  const { readFileSync } = await import('node:fs');
  const grandchild = Number(readFileSync(join(dir, 'pid'), 'utf8'));
  await children.stop();
  expect(isAlive(child.pid)).toBe(false);
  await eventually('the grandchild is gone', () => !isAlive(grandchild));
});

it('ends the children itself when the watcher is killed', async () => {
  const { children, dir } = await open();
  const child = await children.spawn(node('a', dir, FOREVER));
  const watcher = children.pids()[0]!;
  process.kill(watcher, 'SIGKILL');
  await child.exited;
  await eventually('the child is gone', () => !isAlive(child.pid));
  await eventually('the directory is gone', () => !existsSync(dir));
  await expect(children.spawn(node('b', dir, FOREVER))).rejects.toThrow(/was not started/);
});

it('tells how a child ended, and refuses one that cannot be executed', async () => {
  const { children, dir } = await open();
  const child = await children.spawn(node('short', dir, 'process.exit(3)'));
  expect(await child.exited).toBe(3);
  expect(child.ended()).toBe(true);
  const nothing = { ...node('nothing', dir, ''), command: join(dir, 'no-such-program') };
  await expect(children.spawn(nothing)).rejects.toMatchObject({ code: 'STACK_FAILED' });
});

it('keeps a directory that is not temporary', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'parity-kept-'));
  const children = new Children(null);
  opened.push(children);
  await children.spawn(node('a', dir, FOREVER));
  await children.stop();
  expect(existsSync(join(dir, 'a.log'))).toBe(true);
  await rm(dir, { recursive: true });
});
