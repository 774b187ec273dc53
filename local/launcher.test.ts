import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../test/processes.ts';

const FIXTURE = fileURLToPath(new URL('./launcher-fixture.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs the fixture as npm would run a script, below a process that stands in for npm. */
function launch(command: string): { npm: ChildProcess; output: () => string } {
  const launcher = `require('node:child_process').spawn('sh', ['-c', ${JSON.stringify(command)}], { stdio: 'inherit' }); setInterval(() => undefined, 1000);`;
  const npm = spawn(process.execPath, ['-e', launcher], {
    cwd: ROOT,
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  npm.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  return { npm, output: () => output };
}

it.each([
  [
    'directly below the shell that npm started',
    `${process.execPath} --import tsx ${FIXTURE}; true`,
  ],
  ['in place of that shell', `exec ${process.execPath} --import tsx ${FIXTURE}`],
])('notices a kill -9 of npm: %s', async (_name, command) => {
  const { npm, output } = launch(command);
  await eventually('the program runs', () => output().includes('ready'));
  expect(output()).not.toContain('gone');
  npm.kill('SIGKILL');
  await eventually('the program has noticed', () => output().includes('gone'));
});
