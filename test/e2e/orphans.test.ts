import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../processes.ts';
import { NpmStart } from './npm-start.ts';

let start: NpmStart | undefined;
afterEach(() => start?.destroy());

function commandOf(pid: number): string {
  return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
}

/** npm, its shell, the program, the pipeline, the watcher, Kafka, the registry, PostgreSQL and its backends. */
async function up(): Promise<NpmStart & { readonly program: number }> {
  start = await NpmStart.spawn(['--json', '--quiet'], { env: { PARITY_STACK: 'process' } });
  await start.addresses();
  const tree = start.tree().map((pid) => ({ pid, command: commandOf(pid) }));
  const find = (part: RegExp) => tree.find(({ command }) => part.test(command))?.pid ?? 0;
  expect(find(/kafka\.Kafka/)).toBeGreaterThan(0);
  expect(find(/apicurio/)).toBeGreaterThan(0);
  expect(find(/postgres/)).toBeGreaterThan(0);
  expect(find(/^\S*node .*cli\/parity\.mjs run$/)).toBeGreaterThan(0);
  const program = find(/^\S*node .*cli\/parity\.ts up /);
  expect(program).toBeGreaterThan(0);
  return Object.assign(start, { program });
}

// A crash of the pipeline: `clients.test.ts`, whose last test makes it stop.
describe('npm start leaves nothing behind', () => {
  it('after Ctrl-C', async () => {
    const { pid, ended } = await up();
    process.kill(-pid, 'SIGINT');
    await ended;
    await start!.nothingLeft();
  });

  it('after Ctrl-C while it is starting', async () => {
    start = await NpmStart.spawn(['--json', '--quiet'], { env: { PARITY_STACK: 'process' } });
    await eventually('a part is up', () => /PostgreSQL .* is up/.test(start!.stderr), 60_000);
    start.tree();
    process.kill(-start.pid, 'SIGINT');
    const { code, signal } = await start.ended;
    expect(code === 130 || signal === 'SIGINT').toBe(true);
    await start.nothingLeft();
  });

  it('after kill -9 of npm', async () => {
    const { pid, ended } = await up();
    process.kill(pid, 'SIGKILL');
    await ended;
    await start!.nothingLeft();
  });

  it('after kill -9 of the program', async () => {
    const { program, ended } = await up();
    process.kill(program, 'SIGKILL');
    expect((await ended).code).not.toBe(0);
    await start!.nothingLeft();
  });
});
