import { expect, it } from 'vitest';
import { Naming } from '../naming.ts';
import { decodeFetchResponse, type FetchedPartition } from './fetch-response.ts';
import { encodeProduceRequest } from './produce-request.ts';

interface Answer {
  readonly partition: number;
  readonly errorCode?: number;
  readonly preferredReadReplica?: number;
  readonly records?: Buffer;
}

/** One record batch from base offset 0, cut out of a Produce request for a topic whose name has one letter. */
function batch(...values: string[]): Buffer {
  const messages = values.map((value) => ({
    key: null,
    value: Buffer.from(value),
    timestamp: '1700000000000',
  }));
  const request = encodeProduceRequest({
    acks: -1,
    timeout: 0,
    producerId: -1,
    producerEpoch: 0,
    topicData: [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages }] }],
  });
  const beforeBatch = 2 + 2 + 4 + 4 + 3 + 4 + 4 + 4;
  return request.subarray(beforeBatch);
}

function int(size: 2 | 4 | 8, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 2) bytes.writeInt16BE(value);
  else if (size === 4) bytes.writeInt32BE(value);
  else bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function response(topic: string, answers: readonly Answer[]): Buffer {
  const partitions = answers.flatMap(
    ({ partition, errorCode = 0, preferredReadReplica = -1, records = Buffer.alloc(0) }) => [
      int(4, partition),
      int(2, errorCode),
      int(8, 9),
      int(8, 9),
      int(8, 0),
      int(4, 0),
      int(4, preferredReadReplica),
      int(4, records.length),
      records,
    ],
  );
  return Buffer.concat([
    ...[int(4, 0), int(2, 0), int(4, 0), int(4, 1)],
    ...[int(2, topic.length), Buffer.from(topic), int(4, answers.length)],
    ...partitions,
  ]);
}

async function decode(bytes: Buffer, offset = 0) {
  const fetched: FetchedPartition[] = [];
  const { responses } = await decodeFetchResponse(
    bytes,
    new Naming('p-'),
    () => offset,
    (partition) => fetched.push(partition),
  );
  return { fetched, responses };
}

it('hands records over, and gives kafkajs one marker before the next offset', async () => {
  const { fetched, responses } = await decode(
    response('p-t', [{ partition: 3, records: batch('a', 'b') }]),
  );
  expect(fetched).toMatchObject([
    { topic: 't', partition: 3, offset: 0, nextOffset: 2, highWatermark: 9 },
  ]);
  expect(fetched[0]!.records.map(({ value }) => String(value))).toEqual(['a', 'b']);
  expect(responses).toMatchObject([
    { topicName: 'p-t', partitions: [{ partition: 3, messages: [{ offset: '1' }] }] },
  ]);
});

it('tells kafkajs of no partition without news', async () => {
  const { fetched, responses } = await decode(
    response('p-t', [{ partition: 0 }, { partition: 1, records: batch('a') }, { partition: 2 }]),
  );
  expect(fetched.map(({ partition }) => partition)).toEqual([1]);
  expect(responses.flatMap(({ partitions }) => partitions)).toHaveLength(1);
  expect((await decode(response('p-t', [{ partition: 0 }]))).responses).toEqual([]);
});

it('tells it of an error and of a better replica, with or without records', async () => {
  const { responses } = await decode(
    response('p-t', [
      { partition: 0, errorCode: 1 },
      { partition: 1, preferredReadReplica: 2 },
    ]),
  );
  expect(responses[0]!.partitions).toMatchObject([
    { partition: 0, errorCode: 1, messages: [] },
    { partition: 1, preferredReadReplica: 2, messages: [] },
  ]);
});

it('leaves a partition alone of which only a part of a batch came, or what was read already', async () => {
  const cut = batch('a').subarray(0, 30);
  expect((await decode(response('p-t', [{ partition: 0, records: cut }]))).responses).toEqual([]);
  const old = response('p-t', [{ partition: 0, records: batch('a') }]);
  expect((await decode(old, 1)).responses).toEqual([]);
});
