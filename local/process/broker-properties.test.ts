import { describe, expect, it } from 'vitest';
import { asEnvironment } from '../containers.ts';
import { brokerProperties } from './broker-properties.ts';

const three = [0, 1, 2].map((at) => ({ port: 20_000 + at, controllerPort: 21_000 + at }));

function parsed(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/=(.*)/s)),
  );
}

describe('broker properties', () => {
  it('of three brokers: each a voter, replication 3 with two in sync', () => {
    const properties = parsed(brokerProperties({ cluster: three, index: 1, logDir: '/data' }));
    expect(properties).toMatchObject({
      'node.id': '2',
      'controller.quorum.voters': '1@127.0.0.1:21000,2@127.0.0.1:21001,3@127.0.0.1:21002',
      listeners: 'PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:21001',
      'advertised.listeners': 'PLAINTEXT://127.0.0.1:20001',
      'log.dirs': '/data',
      'offsets.topic.replication.factor': '3',
      'min.insync.replicas': '2',
      'transaction.state.log.min.isr': '2',
    });
  });

  it('of one broker: replication 1', () => {
    const cluster = three.slice(0, 1);
    const properties = parsed(brokerProperties({ cluster, index: 0, logDir: '/data' }));
    expect(properties).toMatchObject({
      'offsets.topic.replication.factor': '1',
      'min.insync.replicas': '1',
      'auto.create.topics.enable': 'false',
    });
  });

  it('become the environment of the container image', () => {
    expect(asEnvironment({ 'process.roles': 'broker,controller', 'node.id': 1 })).toEqual({
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_NODE_ID: '1',
    });
  });
});
