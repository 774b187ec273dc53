import type {
  EventRecord,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableChange,
  TableKey,
} from '../../runtime/stage.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { AcknowledgedPage, Connection } from '../../schemas/generated/types.ts';
import type { EventTopicName, TableName } from '../../topology/types.ts';
import { DeliveryAgent } from './agent.ts';
import type { DeliveryPorts } from './ports.ts';

/**
 * Delivery: what differs between `channel.desired` and `channel.acknowledged` leaves in as few requests as the platform allows. One agent
 * per connection; this worker only routes records to them.
 */
export function deliveryStage(ports: DeliveryPorts): StageDefinition {
  return {
    name: 'delivery',
    groupId: 'delivery',
    eventInputs: ['channel.commands'],
    tableInputs: ['channel.connections', 'channel.desired'],
    ownTables: ['channel.acknowledged', 'channel.observed', 'channel.documents', 'channel.health'],
    open: (context) => new DeliveryWorker(context, ports),
  };
}

class DeliveryWorker implements PartitionWorker {
  readonly #context: PartitionContext;
  readonly #ports: DeliveryPorts;
  readonly #agents = new Map<string, DeliveryAgent>();

  constructor(context: PartitionContext, ports: DeliveryPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  async restored(doubtful: readonly TableKey[]): Promise<void> {
    const doubtfulKeys = new Set(
      doubtful.filter(({ topic }) => topic === 'channel.acknowledged').map(({ key }) => key),
    );
    for (const key of this.#context.tables.keys('channel.connections')) {
      const connection = this.#context.tables.get('channel.connections', key);
      if (connection) this.#start(connection, doubtfulKeys);
    }
  }

  async events(_topic: EventTopicName, records: readonly EventRecord[]): Promise<void> {
    for (const record of records) {
      if (record.topic !== 'channel.commands') continue;
      const agent = this.#agents.get(record.value.connection_id);
      if (agent) await agent.command(record);
      else {
        const error = new ParityError(
          'COMMAND_INVALID',
          `no connection ${record.value.connection_id} in this partition`,
        );
        await this.#context.deadLetter([
          { topic: record.topic, key: record.key, offset: record.offset, error },
        ]);
      }
    }
  }

  async changed(changes: readonly TableChange[]): Promise<void> {
    for (const change of changes)
      if (change.topic === 'channel.connections') await this.#connectionChanged(change.key);
    for (const change of changes) {
      if (change.topic !== 'channel.desired') continue;
      const slash = change.key.lastIndexOf('/');
      this.#agents
        .get(change.key.slice(0, slash))
        ?.desiredChanged(change, change.key.slice(slash + 1) as PlainMonth);
    }
  }

  async wake(): Promise<void> {
    // Agents keep their own alarms.
  }

  lowestUndone(topic: TableName): number | undefined {
    if (topic !== 'channel.desired') return undefined;
    let lowest: number | undefined;
    for (const agent of this.#agents.values()) {
      const undone = agent.lowestUndone();
      if (undone !== undefined && (lowest === undefined || undone < lowest)) lowest = undone;
    }
    return lowest;
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.drain()));
  }

  async close(): Promise<void> {
    const rechecks = [...this.#agents.values()]
      .map((agent) => agent.close())
      .filter((output) => output !== null);
    this.#agents.clear();
    if (rechecks.length > 0) await this.#context.writeAfterLease(rechecks);
  }

  async #connectionChanged(key: string): Promise<void> {
    const connection = this.#context.tables.get('channel.connections', key);
    const agent = this.#agents.get(key);
    if (connection && agent) agent.connectionChanged(connection);
    else if (connection) this.#start(connection, new Set());
    else if (agent) await this.#end(key, agent);
  }

  /** The connection row is gone: so is what we know of the channel. */
  async #end(key: string, agent: DeliveryAgent): Promise<void> {
    agent.close();
    this.#agents.delete(key);
    const pages = [...this.#context.tables.keys('channel.acknowledged', `${key}/`)];
    await this.#context.write([
      ...pages.map((page) => ({ topic: 'channel.acknowledged', key: page, value: null }) as const),
      { topic: 'channel.health', key, value: null },
    ]);
  }

  #start(connection: Connection, doubtful: ReadonlySet<string>): void {
    const connector = this.#ports.connectorOf(connection.channel);
    if (!connector) {
      this.#context.logger.warn(
        { connection: connection.connection_id, channel: connection.channel },
        'no connector for this channel type',
      );
      return;
    }
    const prefix = `${connection.connection_id}/`;
    const keys = [...this.#context.tables.keys('channel.acknowledged', prefix)];
    const pages = keys
      .map((key) => this.#context.tables.get('channel.acknowledged', key))
      .filter((page): page is AcknowledgedPage => page !== undefined);
    const months = new Set(
      keys.filter((key) => doubtful.has(key)).map((key) => key.slice(prefix.length) as PlainMonth),
    );
    const agent = new DeliveryAgent(this.#context, this.#ports, connector, connection);
    this.#agents.set(connection.connection_id, agent);
    agent.restore(
      pages,
      months,
      this.#context.tables.get('channel.health', connection.connection_id),
    );
  }
}
