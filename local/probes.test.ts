import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dockerAddresses, machineProbes, majorOf } from './probes.ts';

describe('the version of Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25" 2025-09-16', 25],
    ['java version "1.8.0_402"', 8],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', null],
    [null, null],
  ])('%s is %s', (text, major) => {
    expect(majorOf(text)).toBe(major);
  });

  it('is null where JAVA_HOME names nothing', async () => {
    expect(await machineProbes({ JAVA_HOME: '/nowhere' }).javaMajor()).toBeNull();
  });
});

describe('the Docker engine', () => {
  it('is looked for where DOCKER_HOST says', () => {
    expect(dockerAddresses({ DOCKER_HOST: 'unix:///x/y.sock' })).toEqual([
      { socketPath: '/x/y.sock' },
    ]);
    expect(dockerAddresses({ DOCKER_HOST: 'tcp://127.0.0.1:2375' })).toEqual([
      { host: '127.0.0.1', port: 2375 },
    ]);
  });

  it('counts only if it answers the ping', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'parity-docker-'));
    const socket = join(dir, 'docker.sock');
    const probes = machineProbes({ DOCKER_HOST: `unix://${socket}` });
    expect(await probes.dockerAnswers()).toBe(false);

    let status = 503;
    const engine = createServer((request, response) => {
      response.statusCode = request.url === '/_ping' ? status : 404;
      response.end('OK');
    });
    await new Promise<void>((resolve) => engine.listen(socket, resolve));
    expect(await probes.dockerAnswers()).toBe(false);
    status = 200;
    expect(await probes.dockerAnswers()).toBe(true);
    await new Promise((resolve) => engine.close(resolve));
    await rm(dir, { recursive: true });
  });
});
