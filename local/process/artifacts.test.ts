import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { artifactsAreCached, ensureArtifacts, ensureJars, jarsAreCached } from './artifacts.ts';
import { Children } from './children.ts';

let dir: string;
let children: Children;
let env: NodeJS.ProcessEnv;

/** In the place of Maven: a program that notes its call and makes the files that were asked for. */
const MAVEN = `#!/bin/sh
echo "$*" >> "$CALLS"
sleep 0.1
case "$*" in *$REFUSE*) echo '[ERROR] no such artifact'; exit 1;; esac
for word in "$@"; do case "$word" in -DoutputDirectory=*) out="\${word#*=}";; esac; done
mkdir -p "$out"
case "$*" in
  *copy-dependencies*) : > "$out/kafka_2.13-4.4.0.jar";;
  *) cd "$CALLS.dir" && tar -czf "$out/apicurio-registry-app-3.0.9-all.tar.gz" apicurio-registry-app-3.0.9-runner.jar;;
esac
`;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parity-artifacts-'));
  const calls = join(dir, 'calls');
  await mkdir(`${calls}.dir`);
  await writeFile(join(`${calls}.dir`, 'apicurio-registry-app-3.0.9-runner.jar'), '');
  await writeFile(join(dir, 'mvn'), MAVEN);
  await chmod(join(dir, 'mvn'), 0o755);
  children = new Children(null);
  env = {
    PATH: `${dir}:${process.env.PATH}`,
    XDG_CACHE_HOME: join(dir, 'cache'),
    CALLS: calls,
    REFUSE: 'nothing-is-refused',
  };
});
afterEach(async () => {
  await children.stop();
  await rm(dir, { recursive: true });
});

function ensure(owner = children) {
  const lines: string[] = [];
  const log = join(dir, 'download.log');
  const onProgress = (line: string) => lines.push(line);
  return ensureArtifacts({ env, onProgress, children: owner, log }).then((found) => ({
    found,
    lines,
  }));
}

async function calls(): Promise<string[]> {
  return (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n');
}

it('downloads both once, says so, and nothing the next time', async () => {
  const first = await ensure();
  expect(first.lines[0]).toBe('Downloading Kafka 4.4.0 (43 MB), once ...');
  expect(await readdir(first.found.kafkaLibs)).toEqual(['kafka_2.13-4.4.0.jar']);
  expect(await readFile(first.found.registryJar, 'utf8')).toBe('');
  expect(artifactsAreCached(env)).toBe(true);
  expect((await ensure()).lines).toEqual([]);
  expect(await calls()).toHaveLength(2);
});

it('downloads once when two start at the same time', async () => {
  const other = new Children(null);
  const [one, two] = await Promise.all([ensure(), ensure(other)]);
  await other.stop();
  expect(two.found).toEqual(one.found);
  expect(await calls()).toHaveLength(2);
});

it('leaves nothing half done, and nothing that a killed download left', async () => {
  const cache = join(dir, 'cache', 'parity');
  await mkdir(join(cache, 'kafka-4.4.0.partial-killed'), { recursive: true });
  env.REFUSE = 'apicurio';
  await expect(ensure()).rejects.toMatchObject({
    code: 'STACK_FAILED',
    message: expect.stringContaining('no such artifact'),
  });
  expect(await readdir(cache)).toEqual(['kafka-4.4.0']);
  expect(artifactsAreCached(env)).toBe(false);
  env.REFUSE = 'nothing-is-refused';
  await ensure();
  expect(artifactsAreCached(env)).toBe(true);
});

it('tries a newer plugin where the first does not run', async () => {
  env.REFUSE = 'dependency-plugin:2.8';
  await ensure();
  expect(await calls()).toHaveLength(4);
});

it('keeps jars for something beside the stack in a folder of their own', async () => {
  const jars = {
    folder: 'other-1',
    what: 'Other 1',
    pom: 'other.xml',
    jar: 'kafka_2.13-4.4.0.jar',
  };
  const lines: string[] = [];
  const options = {
    env,
    onProgress: (line: string) => lines.push(line),
    children,
    log: join(dir, 'download.log'),
  };
  expect(jarsAreCached(jars, env)).toBe(false);
  const libs = await ensureJars(jars, options);
  expect(await readdir(libs)).toEqual([jars.jar]);
  expect(jarsAreCached(jars, env)).toBe(true);
  expect(lines[0]).toBe('Downloading Other 1, once ...');
  await ensureJars(jars, options);
  expect(await calls()).toEqual([expect.stringContaining('-f other.xml')]);
  const wrong = { ...jars, folder: 'wrong-1', jar: 'missing.jar' };
  await expect(ensureJars(wrong, options)).rejects.toMatchObject({
    code: 'STACK_FAILED',
    message: expect.stringContaining('Maven copied no Other 1'),
  });
  expect(jarsAreCached(wrong, env)).toBe(false);
});
