import { randomBytes } from 'node:crypto';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { prepareCluster, topicSpecs } from '../../topology/cluster.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import type { World } from '../world.ts';
import type { Simulators } from './simulators.ts';

/** Where a pipeline has its topics and rows; without: where the stack has them for everybody. */
export interface Premises {
  readonly topicPrefix?: string;
  readonly postgresUrl?: string;
}

/** Settings of a pipeline that speaks with the simulated platforms, as environment variables. */
export function pipelineSettings(
  { stack }: World,
  simulators: Simulators,
  { topicPrefix = '', postgresUrl = stack.postgresUrl }: Premises = {},
): Record<string, string> {
  const url = (channel: string) => simulators.side(channel).url;
  const booking = url('booking_com');
  const hosts = {
    airbnb: { api: url('airbnb') },
    booking_com: { ari: booking, reservations: booking, auth: booking },
    expedia: { eqc: url('expedia') },
    google: { uploads: url('google') },
  };
  return {
    PARITY_BROKERS: stack.brokers.join(','),
    PARITY_TOPIC_PREFIX: topicPrefix,
    PARITY_REGISTRY_URL: stack.registryUrl ?? '',
    PARITY_POSTGRES_URL: postgresUrl,
    PARITY_REPLICATION: '1',
    PARITY_VAULT_KEYS: randomBytes(32).toString('base64url').padEnd(44, '='),
    PARITY_CHANNEL_URLS: JSON.stringify(hosts),
    PARITY_INGRESS_PORT: '0',
    PARITY_HEALTH_PORT: '0',
    PARITY_LOG_LEVEL: 'error',
  };
}

/** Creates the topics of the whole topology. */
export async function createTopics({ environment, stack }: World, topicPrefix = ''): Promise<void> {
  const options = { brokers: stack.brokers, clientId: 'bench', topicPrefix };
  const log = new KafkaEventLog(options, environment);
  try {
    await prepareCluster(log.admin, topicSpecs(TOPOLOGY, 1));
  } finally {
    await log.close();
  }
}
