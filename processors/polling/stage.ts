import type { Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type {
  EventRecord,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableChange,
} from '../../runtime/stage.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { InboxMessage } from '../../schemas/generated/types.ts';
import type { EventTopicName } from '../../topology/types.ts';
import { AccountCalls } from './call.ts';
import { AccountInbox } from './inbox.ts';
import { AccountPoller } from './poller.ts';

export interface PollingPorts {
  connectorOf(channel: ChannelType): Connector | undefined;
  readonly transport: ChannelTransport;
}

/** Polling: everything that is asked of a platform for a whole account. One poller per account. */
export function pollingStage(ports: PollingPorts): StageDefinition {
  return {
    name: 'polling',
    groupId: 'polling',
    eventInputs: ['channel.inbox'],
    tableInputs: ['channel.accounts'],
    ownTables: ['channel.cursors'],
    open: (context) => new PollingWorker(context, ports),
  };
}

class PollingWorker implements PartitionWorker {
  readonly #context: PartitionContext;
  readonly #ports: PollingPorts;
  readonly #pollers = new Map<string, AccountPoller>();

  constructor(context: PartitionContext, ports: PollingPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  async restored(): Promise<void> {
    for (const key of this.#context.tables.keys('channel.accounts')) this.#accountChanged(key);
  }

  async events(_topic: EventTopicName, records: readonly EventRecord[]): Promise<void> {
    const perAccount = new Map<string, InboxMessage[]>();
    for (const record of records) {
      if (record.topic !== 'channel.inbox') continue;
      const known = perAccount.get(record.value.account_id);
      if (known) known.push(record.value);
      else perAccount.set(record.value.account_id, [record.value]);
    }
    for (const [account, messages] of perAccount) {
      const poller = this.#pollers.get(account);
      if (poller) await poller.take(messages);
      else await this.#keepFor(account, messages);
    }
  }

  /** The account's own row is on its way on another topic: its work waits in its cursor, where the poller will find it. */
  async #keepFor(account: string, messages: readonly InboxMessage[]): Promise<void> {
    const first = messages[0];
    if (!first) return;
    const cursor = this.#context.tables.get('channel.cursors', account);
    const inbox = new AccountInbox();
    if (cursor) inbox.load(cursor.pending, cursor.done);
    for (const message of messages) inbox.take(message, this.#context.clock.now());
    const identity = { account_id: first.account_id, tenant_id: first.tenant_id };
    const value = {
      ...identity,
      polls: cursor?.polls ?? [],
      done: inbox.doneValues(),
      pending: inbox.pendingValues(),
    };
    await this.#context.write([
      { topic: 'channel.cursors', key: account, value, tenantId: first.tenant_id },
    ]);
  }

  async changed(changes: readonly TableChange[]): Promise<void> {
    for (const change of changes)
      if (change.topic === 'channel.accounts') this.#accountChanged(change.key);
  }

  async wake(): Promise<void> {
    // Pollers keep their own alarms.
  }

  lowestUndone(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    for (const poller of this.#pollers.values()) poller.close();
    this.#pollers.clear();
  }

  #accountChanged(key: string): void {
    const account = this.#context.tables.get('channel.accounts', key);
    const poller = this.#pollers.get(key);
    if (account && poller) poller.accountChanged(account);
    else if (account) {
      const connector = this.#ports.connectorOf(account.channel);
      if (!connector) return;
      const calls = new AccountCalls(this.#context, this.#ports.transport, connector);
      const created = new AccountPoller(
        this.#context,
        connector,
        calls,
        account,
        this.#context.tables.get('channel.cursors', key),
      );
      this.#pollers.set(key, created);
      created.kick();
    } else if (poller) {
      poller.close();
      this.#pollers.delete(key);
    }
  }
}
