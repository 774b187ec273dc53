/** The ports of one broker on 127.0.0.1. */
export interface BrokerAddress {
  port: number;
  controllerPort: number;
}

export interface BrokerPlan {
  /** All brokers; each is a voter of the controller quorum too. */
  cluster: readonly BrokerAddress[];
  /** Which of them this is, from 0. */
  index: number;
  /** Folder of its data. */
  logDir: string;
}

/** `server.properties` of a broker: one process that is broker and controller. */
export function brokerProperties({ cluster, index, logDir }: BrokerPlan): string {
  const own = cluster[index];
  if (own === undefined)
    throw new RangeError(`no broker ${index} in a cluster of ${cluster.length}`);
  const voters = cluster.map((broker, at) => `${at + 1}@127.0.0.1:${broker.controllerPort}`);
  const settings: BrokerSettings = {
    'node.id': index + 1,
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${own.port},CONTROLLER://127.0.0.1:${own.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${own.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    ...commonSettings(cluster.length),
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

export type BrokerSettings = Record<string, string | number | boolean>;

/**
 * What every local broker has, as process or container: production-like where it matters, small
 * where it does not. With three brokers replication is 3 with two in sync, else 1.
 */
export function commonSettings(brokers: number): BrokerSettings {
  const inSync = brokers === 1 ? 1 : brokers - 1;
  return {
    'process.roles': 'broker,controller',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',

    // Topics come from the declared topology alone.
    'auto.create.topics.enable': false,
    'default.replication.factor': brokers,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': brokers,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': brokers,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': brokers,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 4,

    // Joining a group is immediate, and a test may let a member die quickly.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A killed broker is noticed after 4 s instead of 9.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 500,

    // Compaction and retention act within seconds where a topic asks for it.
    'log.cleaner.min.cleanable.ratio': 0.01,
    'log.cleaner.backoff.ms': 500,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'log.retention.check.interval.ms': 1_000,
    'log.segment.delete.delay.ms': 500,

    // Two cores, shared with everything else.
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
  };
}
