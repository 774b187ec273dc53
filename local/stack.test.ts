import { describe, expect, it } from 'vitest';
import { codeOf } from '../schemas/errors.ts';
import { externalStack } from './external.ts';
import type { MachineProbes } from './probes.ts';
import { chooseStack, startStack } from './stack.ts';

interface Machine {
  docker?: boolean;
  java?: number | null;
  maven?: boolean;
  cached?: boolean;
}

function machine({
  docker = false,
  java = null,
  maven = false,
  cached = false,
}: Machine): MachineProbes {
  return {
    dockerAnswers: async () => docker,
    javaMajor: async () => java,
    mavenRuns: async () => maven,
    artifactsCached: async () => cached,
  };
}

async function refusal(
  work: Promise<unknown>,
): Promise<{ code: string | undefined; message: string }> {
  const error = await work.then(
    () => undefined,
    (caught: Error) => caught,
  );
  return { code: codeOf(error), message: error?.message ?? 'it was not refused' };
}

describe('chooseStack without PARITY_STACK', () => {
  it.each<[string, Machine, string]>([
    ['a Docker engine', { docker: true, java: 21, maven: true }, 'containers'],
    ['a JDK and Maven', { java: 17, maven: true }, 'process'],
    ['a JDK and a filled cache', { java: 21, cached: true }, 'process'],
    ['a JDK alone', { java: 21 }, 'memory'],
    ['an old JDK', { java: 11, maven: true }, 'memory'],
    ['nothing', {}, 'memory'],
  ])('%s gives %j -> %s', async (_name, has, kind) => {
    expect(await chooseStack({}, machine(has))).toBe(kind);
  });

  it('takes the given addresses before anything on the machine', async () => {
    const env = { PARITY_BROKERS: 'kafka:9092' };
    expect(await chooseStack(env, machine({ docker: true }))).toBe('external');
  });
});

describe('chooseStack with PARITY_STACK', () => {
  it('takes what is asked for if it fits', async () => {
    const everything = machine({ docker: true, java: 17, maven: true });
    for (const kind of ['external', 'containers', 'process', 'memory']) {
      expect(await chooseStack({ PARITY_STACK: kind }, everything)).toBe(kind);
    }
  });

  it('says what to install if it does not fit', async () => {
    const bare = machine({});
    const process = await refusal(chooseStack({ PARITY_STACK: 'process' }, bare));
    expect(process.code).toBe('STACK_UNAVAILABLE');
    expect(process.message).toContain('install a JDK 17 or newer and Maven');
    const old = machine({ java: 11, maven: true });
    const oldJava = await refusal(chooseStack({ PARITY_STACK: 'process' }, old));
    expect(oldJava.message).toContain('this one is 11');
    expect(oldJava.message).not.toContain('Maven');
    const containers = await refusal(chooseStack({ PARITY_STACK: 'containers' }, bare));
    expect(containers.code).toBe('STACK_UNAVAILABLE');
    expect(containers.message).toContain('no Docker engine answers');
  });

  it('refuses a name that it does not know', async () => {
    const { code, message } = await refusal(chooseStack({ PARITY_STACK: 'docker' }, machine({})));
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain('external, containers, process, memory');
  });
});

describe('an external stack', () => {
  const given = {
    PARITY_BROKERS: 'a:9092, b:9092',
    PARITY_REGISTRY_URL: 'http://registry:8080/apis/ccompat/v7/',
    PARITY_POSTGRES_URL: 'postgres://u:secret@db/parity',
  };

  it('is the addresses that were given', async () => {
    const stack = await startStack({ env: given });
    expect(stack).toMatchObject({
      kind: 'external',
      brokers: ['a:9092', 'b:9092'],
      registryUrl: 'http://registry:8080/apis/ccompat/v7',
      postgresUrl: 'postgres://u:secret@db/parity',
    });
    await stack.stop();
    expect((await refusal(stack.killBroker(0))).code).toBe('STACK_UNAVAILABLE');
  });

  it('names every setting that is missing', () => {
    expect(() => externalStack({ env: { PARITY_BROKERS: 'a:1' } })).toThrow(
      /missing: PARITY_REGISTRY_URL, PARITY_POSTGRES_URL/,
    );
  });

  it('names a malformed setting, and never prints a database address', () => {
    expect(() => externalStack({ env: { ...given, PARITY_BROKERS: 'a:9092,b' } })).toThrow(/"b"/);
    const wrong = { ...given, PARITY_POSTGRES_URL: 'mysql://u:secret@db/parity' };
    expect(() => externalStack({ env: wrong })).toThrow(/^(?!.*secret).*PARITY_POSTGRES_URL/);
  });
});

it('refuses a number of brokers other than 1 and 3', async () => {
  const env = { PARITY_STACK: 'memory', PARITY_STACK_BROKERS: '2' };
  expect((await refusal(startStack({ env }))).code).toBe('CONFIG_INVALID');
});
