import type { TopicSpec } from '../../runtime/event-log.ts';
import { topicSpecs } from '../cluster.ts';
import type { Stage, Topic, TopicName, Topology } from '../types.ts';
import { IMPLIED_OUTPUTS } from '../validate.ts';
import { describe } from './planned.ts';

const AVRO = 'application/vnd.apache.avro;version=1.9.0';
const CONTENT_TYPE = 'application/vnd.apache.avro';
const KAFKA_BINDING = '0.5.0';

export interface AsyncApiOptions {
  readonly version: string;
  /** Avro schema of each topic that has one. */
  readonly schemas: Readonly<Partial<Record<TopicName, object>>>;
}

/**
 * An AsyncAPI 3.0 document of the pipeline: a channel per topic, a receive or send operation per stage and topic.
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function renderAsyncApi(topology: Topology, options: AsyncApiOptions): string {
  const specs = new Map(topicSpecs(topology, 3).map((spec) => [spec.name, spec]));
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Parity',
      version: options.version,
      description:
        'Topics and stages of the channel manager. Keys are UTF-8 strings; partitions are murmur2 of the id that places a record.',
    },
    defaultContentType: CONTENT_TYPE,
    servers: {
      kafka: {
        host: '{bootstrap}',
        protocol: 'kafka',
        description: 'Kafka 4; topic names may carry a deployment prefix',
        variables: { bootstrap: { default: 'localhost:9092' } },
      },
    },
    channels: Object.fromEntries(
      topology.topics.map((topic) => [topic.name, channel(topic, specs.get(topic.name))]),
    ),
    operations: Object.fromEntries(topology.stages.flatMap(operations)),
    components: {
      messages: Object.fromEntries(
        topology.topics.map((topic) => [topic.name, message(topic, options.schemas[topic.name])]),
      ),
      messageTraits: {
        record: { headers: headers([]) },
        tableRecord: { headers: headers(['epoch', 'writer']) },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function channel(topic: Topic, spec: TopicSpec | undefined): object {
  return {
    address: topic.name,
    description: `${describe(topic)}. Key: ${topic.key}. Placed by ${topic.placedBy}.`,
    messages: { [topic.name]: { $ref: `#/components/messages/${topic.name}` } },
    bindings: {
      kafka: {
        topic: topic.name,
        partitions: spec?.partitions,
        replicas: spec?.replicationFactor,
        topicConfiguration: configuration(spec?.config ?? {}),
        bindingVersion: KAFKA_BINDING,
      },
    },
  };
}

/** The part of a topic's configuration that the Kafka binding has words for. */
function configuration(config: Readonly<Record<string, string>>): object {
  const known = ['retention.ms', 'delete.retention.ms', 'max.message.bytes'].filter(
    (name) => name in config,
  );
  return {
    'cleanup.policy': config['cleanup.policy']?.split(','),
    ...Object.fromEntries(known.map((name) => [name, Number(config[name])])),
  };
}

function message(topic: Topic, schema: object | undefined): object {
  return {
    name: topic.name,
    title: describe(topic),
    contentType: schema === undefined ? 'application/octet-stream' : CONTENT_TYPE,
    ...(schema === undefined ? {} : { payload: { schemaFormat: AVRO, schema } }),
    traits: [
      { $ref: `#/components/messageTraits/${topic.kind === 'table' ? 'tableRecord' : 'record'}` },
    ],
    bindings: {
      kafka: {
        key: { type: 'string', description: topic.key },
        ...(schema === undefined
          ? {}
          : { schemaIdLocation: 'payload', schemaIdPayloadEncoding: 'confluent' }),
        bindingVersion: KAFKA_BINDING,
      },
    },
  };
}

function operations(stage: Stage): [string, object][] {
  const group =
    stage.partitionedBy === 'none'
      ? {}
      : {
          bindings: {
            kafka: {
              groupId: { type: 'string', enum: [stage.name] },
              bindingVersion: KAFKA_BINDING,
            },
          },
        };
  const receives = stage.inputs.map((topic): [string, object] => [
    `${stage.name}-reads-${topic}`,
    operation('receive', stage, topic, group),
  ]);
  const sends = [...stage.outputs, ...IMPLIED_OUTPUTS].map((topic): [string, object] => [
    `${stage.name}-writes-${topic}`,
    operation('send', stage, topic),
  ]);
  return [...receives, ...sends];
}

function operation(
  action: 'send' | 'receive',
  stage: Stage,
  topic: TopicName,
  more: object = {},
): object {
  return {
    action,
    summary: describe(stage),
    channel: { $ref: `#/channels/${topic}` },
    messages: [{ $ref: `#/channels/${topic}/messages/${topic}` }],
    ...more,
  };
}

const HEADERS: Readonly<Record<string, string>> = {
  traceparent: 'W3C trace context',
  'origin-ts': 'When the change first entered the pipeline, decimal ms since the epoch',
  'tenant-id': 'Tenant of the record',
  epoch: 'Decimal epoch of the writing owner of the partition',
  writer: 'Id of the writing owner',
};

function headers(more: readonly string[]): object {
  const names = ['traceparent', 'origin-ts', 'tenant-id', ...more];
  return {
    type: 'object',
    properties: Object.fromEntries(
      names.map((name) => [name, { type: 'string', description: HEADERS[name] }]),
    ),
  };
}
