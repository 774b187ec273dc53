import kafkajs, { type Kafka } from 'kafkajs';
import { expect, it } from 'vitest';
import type { Broker, ConsumerCluster, ProtocolRequest } from './internals.ts';
import { encodeProduceRequestsOf } from './produce-encoding.ts';
import { encodeProduceRequest, type ProduceRequest } from './wire/produce-request.ts';

const FETCH = 1;
const PRODUCE = 0;

const request: ProduceRequest = {
  acks: -1,
  timeout: 1_000,
  producerId: 7,
  producerEpoch: 0,
  topicData: [
    {
      topic: 't',
      partitions: [
        {
          partition: 0,
          firstSequence: 3,
          messages: [{ key: 'k', value: Buffer.from('v'), timestamp: '1700000000000' }],
        },
      ],
    },
  ],
};

/** A client whose only broker encodes everything as "kafkajs", in the given version of the API. */
async function brokerOf(apiVersion: number): Promise<Broker[]> {
  const encoded = Buffer.from('kafkajs');
  const broker = {
    lookupRequest: (apiKey: number) => () => ({
      request: { apiKey, apiVersion, encode: async () => ({ buf: encoded, buffer: encoded }) },
      response: {},
    }),
  } as unknown as Broker;
  const cluster = { findBroker: async () => broker } as unknown as ConsumerCluster;
  const createCluster = Symbol('private:Kafka:createCluster');
  const kafka = { [createCluster]: () => cluster };
  encodeProduceRequestsOf(kafka as unknown as Kafka);
  kafka[createCluster]!();
  return [await cluster.findBroker({ nodeId: '1' }), await cluster.findBroker({ nodeId: '1' })];
}

async function body(protocol: ProtocolRequest): Promise<Buffer> {
  return (await protocol.request.encode()).buffer;
}

it('encodes what a producer sends, and nothing else', async () => {
  const [broker, again] = await brokerOf(7);
  expect(await body(broker!.lookupRequest(PRODUCE, null)(request))).toEqual(
    encodeProduceRequest(request),
  );
  expect(String(await body(broker!.lookupRequest(FETCH, null)(request)))).toBe('kafkajs');
  // kafkajs tells brokers apart by their objects.
  expect(again).toBe(broker);
});

it('leaves to kafkajs what it was not made for', async () => {
  const [broker] = await brokerOf(7);
  const compressed = { ...request, compression: 1 };
  expect(String(await body(broker!.lookupRequest(PRODUCE, null)(compressed)))).toBe('kafkajs');
  const [newer] = await brokerOf(8);
  expect(String(await body(newer!.lookupRequest(PRODUCE, null)(request)))).toBe('kafkajs');
});

it('knows the client of the kafkajs that is installed', () => {
  const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'] });
  expect(() => encodeProduceRequestsOf(kafka)).not.toThrow();
  expect(() => encodeProduceRequestsOf({} as Kafka)).toThrow('made for kafkajs');
});
