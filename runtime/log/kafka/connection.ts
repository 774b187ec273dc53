import kafkajs, { type Kafka, type SASLOptions } from 'kafkajs';
import { ParityError } from '../../../schemas/errors.ts';
import type { Environment } from '../../ports.ts';
import { KAFKAJS_LOG_LEVEL, logTo } from './logging.ts';
import { Naming } from './naming.ts';
import { encodeProduceRequestsOf } from './produce-encoding.ts';
import { patchTimers } from './timer-patch.ts';

/** How to reach a cluster. */
export interface KafkaOptions {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Before every topic and group name; '' for none. */
  readonly topicPrefix: string;
  /** TLS: true for the system's authorities, or options of `tls.connect`. */
  readonly ssl?: boolean | Record<string, unknown>;
  readonly sasl?: SASLOptions;
  /** How long a produce is tried before LOG_UNAVAILABLE, ms. */
  readonly deliveryTimeoutMs?: number;
}

export const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTION_TIMEOUT_MS = 3_000;
export const RETRY = {
  initialRetryTime: 50,
  multiplier: 2,
  factor: 0.2,
  maxRetryTime: 500,
  retries: 10,
} as const;

/** What the parts of the adapter share. */
export interface KafkaContext {
  readonly environment: Environment;
  readonly naming: Naming;
  /** A new kafkajs client: consumers must not share one, since kafkajs keeps committed offsets per client and group. */
  client(): Kafka;
}

export function kafkaContext(options: KafkaOptions, environment: Environment): KafkaContext {
  patchTimers();
  const { brokers, clientId, ssl, sasl, topicPrefix } = options;
  return {
    environment,
    naming: new Naming(topicPrefix),
    client: () => {
      const kafka = new kafkajs.Kafka({
        brokers: [...brokers],
        clientId,
        ...(ssl === undefined ? {} : { ssl }),
        ...(sasl === undefined ? {} : { sasl }),
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        retry: RETRY,
        logLevel: KAFKAJS_LOG_LEVEL,
        logCreator: logTo(environment.logger),
      });
      encodeProduceRequestsOf(kafka);
      return kafka;
    },
  };
}

export function unavailable(what: string, cause: unknown): ParityError {
  if (cause instanceof ParityError) return cause;
  return new ParityError(
    'LOG_UNAVAILABLE',
    `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
}
