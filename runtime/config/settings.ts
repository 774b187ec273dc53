import { z } from 'zod';
import { LOG_LEVELS } from '../system/logger.ts';

/** One knob: what an operator may turn. Semantic numbers (windows, retries, quarantines) are constants beside their use. */
export interface Setting<T extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly type: T;
  /** As text, as it would stand in the environment; null: required; '': optional and unset. */
  readonly fallback: string | null;
  readonly unit: string;
  readonly about: string;
}

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().min(1)).min(1));
const optional = z.string().transform((text) => (text === '' ? null : text));
const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const url = (protocol: RegExp) => z.url({ protocol });

const optionalUrl = z
  .string()
  .transform((text) => (text === '' ? null : text.replace(/\/+$/, '')))
  .pipe(z.url({ protocol: /^https?$/ }).nullable());

const baseUrls = z
  .string()
  .transform((text, context): unknown => {
    try {
      return text === '' ? {} : JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.record(z.string(), z.url())));

function setting<T extends z.ZodType>(
  name: string,
  type: T,
  fallback: string | null,
  unit: string,
  about: string,
): Setting<T> {
  return { name, type, fallback, unit, about };
}

/** All knobs by the field of `Configuration` that they set. */
export const SETTINGS = {
  brokers: setting(
    'PARITY_BROKERS',
    list,
    null,
    'host:port, comma-separated',
    'Some brokers of the Kafka cluster.',
  ),
  topicPrefix: setting(
    'PARITY_TOPIC_PREFIX',
    z.string().regex(/^[a-z0-9._-]{0,60}$/),
    '',
    'text',
    'Before every topic, group and subject of this deployment.',
  ),
  replication: setting(
    'PARITY_REPLICATION',
    z.enum(['1', '3']).transform((text) => (text === '3' ? 3 : 1)),
    '3',
    'replicas',
    'Replicas of each topic; with 3 a write needs 2 of them.',
  ),
  kafkaTls: setting(
    'PARITY_KAFKA_TLS',
    flag,
    'false',
    'true or false',
    'TLS to the brokers, with the authorities of the system.',
  ),
  kafkaSaslMechanism: setting(
    'PARITY_KAFKA_SASL_MECHANISM',
    z.enum(['', 'plain', 'scram-sha-256', 'scram-sha-512']),
    '',
    'name',
    'SASL mechanism; empty: none.',
  ),
  kafkaUsername: setting('PARITY_KAFKA_USERNAME', z.string(), '', 'text', 'SASL user.'),
  kafkaPassword: setting('PARITY_KAFKA_PASSWORD', z.string(), '', 'text', 'SASL password.'),
  sessionTimeoutMs: setting(
    'PARITY_SESSION_TIMEOUT_MS',
    z.coerce.number().int().min(6_000).max(300_000),
    '30000',
    'ms',
    'How long the coordinator waits for a heartbeat before another process takes the partitions; also the lease of channel calls.',
  ),
  registryUrl: setting(
    'PARITY_REGISTRY_URL',
    url(/^https?$/),
    null,
    'URL',
    "Base of the schema registry's Confluent API.",
  ),
  registryUsername: setting(
    'PARITY_REGISTRY_USERNAME',
    optional,
    '',
    'text',
    'User of the registry; empty: none.',
  ),
  registryPassword: setting(
    'PARITY_REGISTRY_PASSWORD',
    z.string(),
    '',
    'text',
    'Password of the registry.',
  ),
  postgresUrl: setting(
    'PARITY_POSTGRES_URL',
    url(/^postgres(ql)?$/),
    null,
    'URL',
    'PostgreSQL, e.g. postgres://parity:…@host/parity?sslmode=verify-full.',
  ),
  postgresConnections: setting(
    'PARITY_POSTGRES_CONNECTIONS',
    z.coerce.number().int().min(2).max(200),
    '10',
    'connections',
    'Most connections of this process.',
  ),
  vaultKeys: setting(
    'PARITY_VAULT_KEYS',
    list,
    null,
    'Fernet keys, comma-separated',
    'Keys of the token vault; the first encrypts, all decrypt.',
  ),
  channelUrls: setting(
    'PARITY_CHANNEL_URLS',
    baseUrls,
    '',
    'JSON',
    'Base URLs that replace those of the platforms: {"channel": {"host": "url"}}.',
  ),
  ingressHost: setting(
    'PARITY_INGRESS_HOST',
    z.string().min(1),
    '127.0.0.1',
    'address',
    'Address on which webhooks are taken.',
  ),
  ingressPort: setting(
    'PARITY_INGRESS_PORT',
    port,
    '8080',
    'port',
    'Port for webhooks; 0: a free one.',
  ),
  publicUrl: setting(
    'PARITY_PUBLIC_URL',
    optionalUrl,
    '',
    'URL',
    'How platforms reach the ingress, for the addresses of documents in indexes; empty: as each call names it.',
  ),
  healthHost: setting(
    'PARITY_HEALTH_HOST',
    z.string().min(1),
    '127.0.0.1',
    'address',
    'Address of /metrics and /health.',
  ),
  healthPort: setting(
    'PARITY_HEALTH_PORT',
    port,
    '9090',
    'port',
    'Port of /metrics and /health; 0: a free one.',
  ),
  logLevel: setting(
    'PARITY_LOG_LEVEL',
    z.enum(LOG_LEVELS),
    'info',
    LOG_LEVELS.join(', '),
    'Least level of log lines.',
  ),
} as const satisfies Record<string, Setting>;

export type Configuration = {
  readonly [Field in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Field]['type']>;
};
