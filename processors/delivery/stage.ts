import type {
  EventRecord,
  EventRecordOf,
  Output,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableChange,
  TableKey,
} from '../../runtime/stage.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { pageNameOf } from '../../schemas/domain/page.ts';
import { ParityError } from '../../schemas/errors.ts';
import type {
  AcknowledgedPage,
  ChannelCommand,
  Connection,
} from '../../schemas/generated/types.ts';
import type { EventTopicName, TableName } from '../../topology/types.ts';
import { ListingTurns } from '../limits/line/listing-turns.ts';
import { DeliveryAgent } from './agent.ts';
import { invalidCommand } from './commands/commands.ts';
import { haveWaitedEnough, waitingIn, withWaiting } from './commands/waiting-commands.ts';
import type { Shared } from './connection/connection-state.ts';
import { PropertyDays } from './difference/property-day.ts';
import { Platforms } from './permission/platforms.ts';
import type { DeliveryPorts } from './ports.ts';
import { Hints } from './publishing/hints.ts';

const OWN_TABLES = [
  'channel.acknowledged',
  'channel.observed',
  'channel.documents',
  'channel.health',
] as const;

/**
 * Delivery: what differs between `channel.desired` and `channel.acknowledged` leaves in as few requests as the platform allows. One agent
 * per connection; this worker only routes records to them.
 */
export function deliveryStage(ports: DeliveryPorts): StageDefinition {
  const platforms = new Platforms(ports.environment);
  const hints = new Hints(ports);
  const manifestOf = (channel: ChannelType) => ports.connectorOf(channel)?.manifest;
  const serialised = { ...ports, budgets: new ListingTurns(ports.budgets, manifestOf) };
  return {
    name: 'delivery',
    groupId: 'delivery',
    eventInputs: ['channel.commands'],
    tableInputs: ['channel.connections', 'channel.desired'],
    ownTables: OWN_TABLES,
    validate: invalidCommand,
    open: (context) =>
      new DeliveryWorker({ context, platforms, hints, days: new PropertyDays() }, serialised),
  };
}

class DeliveryWorker implements PartitionWorker {
  readonly #shared: Shared;
  readonly #context: PartitionContext;
  readonly #ports: DeliveryPorts;
  readonly #agents = new Map<string, DeliveryAgent>();
  /** Acknowledged pages whose right value the log may have lost. */
  #doubtful: ReadonlySet<string> = new Set();

  constructor(shared: Shared, ports: DeliveryPorts) {
    this.#shared = shared;
    this.#context = shared.context;
    this.#ports = ports;
  }

  async restored(doubtful: readonly TableKey[]): Promise<void> {
    this.#doubtful = new Set(
      doubtful.filter(({ topic }) => topic === 'channel.acknowledged').map(({ key }) => key),
    );
    for (const key of this.#context.tables.keys('channel.connections')) {
      const connection = this.#context.tables.get('channel.connections', key);
      if (connection) await this.#start(connection);
    }
    await this.#clearOrphans();
  }

  async events(_topic: EventTopicName, records: readonly EventRecord[]): Promise<void> {
    for (const record of records)
      if (record.topic === 'channel.commands') await this.#command(record);
  }

  async changed(changes: readonly TableChange[]): Promise<void> {
    for (const change of changes)
      if (change.topic === 'channel.connections') await this.#connectionChanged(change.key);
    for (const change of changes) {
      if (change.topic !== 'channel.desired') continue;
      const slash = change.key.lastIndexOf('/');
      this.#agents.get(change.key.slice(0, slash))?.desiredChanged(change, pageNameOf(change.key));
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

  async #command(record: EventRecordOf<'channel.commands'>): Promise<void> {
    const { connection_id: id, tenant_id } = record.value;
    const { tables, clock } = this.#context;
    const connection = tables.get('channel.connections', id);
    if (connection && connection.tenant_id !== tenant_id) {
      await this.#refuse(record, 'EVENT_TENANT_MISMATCH', `${id} is not of tenant ${tenant_id}`);
      return;
    }
    // The row may be here already although we have not been told of it.
    if (connection && !this.#agents.has(id)) await this.#start(connection);
    const agent = this.#agents.get(id);
    if (agent) {
      await agent.command(record);
      return;
    }
    const health = connection
      ? null
      : withWaiting(tables.get('channel.health', id), record, clock.now());
    if (health === null)
      await this.#refuse(record, 'COMMAND_INVALID', `connection ${id} takes no commands`);
    else await this.#context.write([{ topic: 'channel.health', key: id, value: health }]);
  }

  async #refuse(
    { topic, key, offset }: EventRecordOf<'channel.commands'>,
    code: 'EVENT_TENANT_MISMATCH' | 'COMMAND_INVALID',
    message: string,
  ): Promise<void> {
    await this.#context.deadLetter([{ topic, key, offset, error: new ParityError(code, message) }]);
  }

  async #connectionChanged(key: string): Promise<void> {
    const connection = this.#context.tables.get('channel.connections', key);
    const agent = this.#agents.get(key);
    if (connection && agent) agent.connectionChanged(connection);
    else if (connection) await this.#start(connection);
    else if (agent) await this.#end(key, agent);
  }

  /** The connection row is gone: so is what we know of the channel. */
  async #end(key: string, agent: DeliveryAgent): Promise<void> {
    agent.close();
    this.#agents.delete(key);
    const { tables } = this.#context;
    const records = OWN_TABLES.flatMap((topic) => [
      ...[...tables.keys(topic, `${key}/`)].map((page) => ({ topic, key: page, value: null })),
      ...(tables.get(topic, key) ? [{ topic, key, value: null }] : []),
    ]);
    await this.#context.write(records as Output[]);
  }

  /** Connections that were deleted while nobody owned the partition, and commands that waited in vain for theirs. */
  async #clearOrphans(): Promise<void> {
    const { tables, clock } = this.#context;
    const gone: Output[] = [];
    for (const topic of OWN_TABLES)
      for (const key of tables.keys(topic)) {
        const id = key.split('/')[0] ?? key;
        if (tables.get('channel.connections', id)) continue;
        const health = topic === 'channel.health' ? tables.get(topic, key) : undefined;
        if (health && health.pending_commands.length > 0) {
          if (!haveWaitedEnough(health, clock.now())) continue;
          const error = new ParityError('COMMAND_INVALID', `no connection ${id} within a week`);
          const offset = tables.offsetOf(topic, key) ?? 0;
          await this.#context.deadLetter([{ topic, key, offset, error }]);
        }
        gone.push({ topic, key, value: null });
      }
    if (gone.length > 0) await this.#context.write(gone);
  }

  async #start(connection: Connection): Promise<void> {
    const connector = this.#ports.connectorOf(connection.channel);
    const { connection_id: id, channel } = connection;
    if (!connector) {
      this.#context.logger.warn({ connection: id, channel }, 'no connector for this channel type');
      return;
    }
    const { tables } = this.#context;
    const prefix = `${id}/`;
    const keys = [...tables.keys('channel.acknowledged', prefix)];
    const pages = keys
      .map((key) => tables.get('channel.acknowledged', key))
      .filter((page): page is AcknowledgedPage => page !== undefined);
    const months = [...this.#doubtful].filter((key) => key.startsWith(prefix)).map(pageNameOf);
    const health = tables.get('channel.health', id);
    const waiting = waitingIn(health).filter((command) => this.#isOf(connection, command));
    const agent = new DeliveryAgent(this.#shared, this.#ports, connector, connection);
    this.#agents.set(id, agent);
    await agent.restore(pages, new Set(months), health, waiting);
  }

  #isOf({ tenant_id, connection_id }: Connection, command: ChannelCommand): boolean {
    if (command.tenant_id === tenant_id) return true;
    const fields = { connection: connection_id, tenant: command.tenant_id };
    this.#context.logger.warn(fields, 'a command of another tenant is dropped');
    return false;
  }
}
