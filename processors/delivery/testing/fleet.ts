import { setMaxListeners } from 'node:events';
import type { Connector } from '../../../connectors/contract.ts';
import { sleep } from '../../../runtime/ports.ts';
import type { Output, PartitionContext, PartitionWorker } from '../../../runtime/stage.ts';
import { VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type { ConnectionId } from '../../../schemas/domain/ids.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays, dateIn, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import type { TopicValues } from '../../../schemas/values.ts';
import type { TableName } from '../../../topology/types.ts';
import { isTableName } from '../../../topology/types.ts';
import { memoryBudgets } from '../../limits/testing/memory-budgets.ts';
import { deliveryStage } from '../stage.ts';
import type { Values } from './desired.ts';
import { withNight } from './desired.ts';
import { CONNECTION } from './harness.ts';
import { Measures, SILENT } from './measures.ts';
import { ModelChannel } from './model-channel.ts';

const WRITE_MS = 2;

/** Tables of many connections; the keys of one are found without looking at those of the others. */
class FleetTables {
  readonly #values = new Map<TableName, Map<string, Map<string, object>>>();
  #offset = 0;

  put(topic: TableName, key: string, value: object | null): number {
    const ofTopic = this.#values.get(topic) ?? new Map<string, Map<string, object>>();
    this.#values.set(topic, ofTopic);
    const id = idOf(key);
    const ofConnection = ofTopic.get(id) ?? new Map<string, object>();
    ofTopic.set(id, ofConnection);
    if (value === null) ofConnection.delete(key);
    else ofConnection.set(key, value);
    this.#offset++;
    return this.#offset;
  }

  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined {
    return this.#values.get(topic)?.get(idOf(key))?.get(key) as TopicValues[T] | undefined;
  }

  keys(topic: TableName, prefix = ''): string[] {
    const ofTopic = this.#values.get(topic);
    if (prefix === '') return [...(ofTopic?.values() ?? [])].flatMap((keys) => [...keys.keys()]);
    return [...(ofTopic?.get(idOf(prefix))?.keys() ?? [])].sort();
  }
}

function idOf(key: string): string {
  return key.split('/')[0] ?? key;
}

/** Delivery to many connections of the model channel, under virtual time. One process, one partition. */
export class Fleet {
  readonly time = new VirtualTime({ seed: 3 });
  readonly measures = new Measures();
  readonly channel: ModelChannel;
  readonly connections: readonly Connection[];
  readonly #tables = new FleetTables();
  readonly #worker: PartitionWorker;

  private constructor(count: number, connector: Connector) {
    const { time, measures } = this;
    const host = time.process('owner');
    this.channel = new ModelChannel(time.process('channel'), () => time.elapsed);
    this.connections = Array.from({ length: count }, (_, index) => ({
      ...CONNECTION,
      connection_id: `connection-${index}` as ConnectionId,
      listing: `${index}`,
    }));
    const environment = {
      clock: host,
      timers: host,
      random: time.random,
      logger: SILENT,
      metrics: measures,
    };
    const lost = new AbortController().signal;
    setMaxListeners(0, lost);
    const context: PartitionContext = {
      ...environment,
      partition: 0,
      tables: {
        get: (topic, key) => this.#tables.get(topic, key),
        keys: (topic, prefix) => this.#tables.keys(topic, prefix),
        offsetOf: () => 1,
      },
      write: async (outputs) => {
        this.#keep(outputs);
        await sleep(host, WRITE_MS);
      },
      writeAfterLease: async () => undefined,
      deadLetter: async () => undefined,
      fail: (error) => {
        throw error;
      },
      leaseHeld: () => true,
      lost,
      wakeAt: () => undefined,
      partitionOf: () => 0,
    };
    const connectorOf = () => connector;
    const budgets = memoryBudgets(environment, connectorOf);
    const ports = { connectorOf, transport: this.channel, budgets, environment };
    this.#worker = deliveryStage(ports).open(context);
  }

  static async start(count: number, connector: Connector): Promise<Fleet> {
    const fleet = new Fleet(count, connector);
    for (const connection of fleet.connections)
      fleet.#tables.put('channel.connections', connection.connection_id, connection);
    await fleet.#worker.restored([]);
    return fleet;
  }

  night(days: number): PlainDate {
    return addDays(dateIn('UTC', this.time.start), days);
  }

  /** Wants the night closed on a connection. */
  close(connection: Connection, night: PlainDate): Promise<void> {
    return this.want(connection, night, { availability: 0 });
  }

  /** Wants values for a night of a connection; all else stays as it was. */
  async want(connection: Connection, night: PlainDate, values: Values): Promise<void> {
    const key = `${connection.connection_id}/${monthOf(night)}`;
    const before = this.#tables.get('channel.desired', key);
    const page = withNight(before, connection, 'UTC', night, values, {});
    const offset = this.#tables.put('channel.desired', key, page);
    await this.#worker.changed([
      { topic: 'channel.desired', key, offset, originTs: null, traceparent: null },
    ]);
  }

  #keep(outputs: readonly Output[]): void {
    for (const { topic, key, value } of outputs)
      if (isTableName(topic)) this.#tables.put(topic, key, value);
  }
}
