import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfiguration, parseConfiguration } from './load.ts';

const REQUIRED = {
  PARITY_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
  PARITY_REGISTRY_URL: 'http://127.0.0.1:8081/apis/ccompat/v7',
  PARITY_POSTGRES_URL: 'postgres://parity@127.0.0.1/parity',
  PARITY_VAULT_KEYS: 'a,b',
};

it('reads what is required and has a default for everything else', () => {
  const configuration = parseConfiguration(REQUIRED);
  expect(configuration).toMatchObject({
    brokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
    replication: 3,
    kafkaTls: false,
    vaultKeys: ['a', 'b'],
    channelUrls: {},
    ingressPort: 8_080,
    logLevel: 'info',
  });
});

it('lists all problems at once', () => {
  const wrong = {
    ...REQUIRED,
    PARITY_BROKERS: undefined,
    PARITY_REPLICATION: '2',
    PARITY_INGRESS_PORT: 'x',
    PARITY_CHANNEL_URLS: '{',
    PARITY_LOGLEVEL: 'info',
  };
  expect(() => parseConfiguration(wrong)).toThrow(
    /PARITY_BROKERS is missing.*PARITY_REPLICATION.*PARITY_CHANNEL_URLS is not JSON.*PARITY_INGRESS_PORT.*PARITY_LOGLEVEL is not a setting/,
  );
});

it('takes a file, below the environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parity-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'parity.conf');
  await writeFile(file, '# local\nPARITY_LOG_LEVEL=warn\nPARITY_INGRESS_PORT=1\n');
  const configuration = await loadConfiguration({
    ...REQUIRED,
    PARITY_CONFIG: file,
    PARITY_INGRESS_PORT: '2',
  });
  expect([configuration.logLevel, configuration.ingressPort]).toEqual(['warn', 2]);
});
