import type { Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type {
  EventRecord,
  EventRecordOf,
  Output,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableChange,
} from '../../runtime/stage.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { AccountCursor, InboxMessage } from '../../schemas/generated/types.ts';
import type { EventTopicName } from '../../topology/types.ts';
import type { RequestBudgets } from '../limits/request-budgets.ts';
import { AccountCalls } from './call.ts';
import { AccountInbox } from './inbox.ts';
import { AccountPoller } from './poller.ts';

export interface PollingPorts {
  connectorOf(channel: ChannelType): Connector | undefined;
  readonly transport: ChannelTransport;
  /** Shared by all that this process sends. */
  readonly budgets: RequestBudgets;
}

/** Polling: everything that is asked of a platform for a whole account. One poller per account. */
export function pollingStage(ports: PollingPorts): StageDefinition {
  return {
    name: 'polling',
    groupId: 'polling',
    eventInputs: ['channel.inbox'],
    tableInputs: ['channel.accounts'],
    ownTables: ['channel.cursors'],
    validate: misplaced,
    open: (context) => new PollingWorker(context, ports),
  };
}

function misplaced(record: EventRecord): ParityError | null {
  if (record.topic !== 'channel.inbox' || record.key === record.value.account_id) return null;
  return new ParityError('EVENT_KEY_MISMATCH', `the key is not ${record.value.account_id}`);
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
    const { tables } = this.#context;
    for (const key of tables.keys('channel.accounts')) await this.#accountChanged(key);
    const gone: Output[] = [];
    for (const key of tables.keys('channel.cursors'))
      if (!tables.get('channel.accounts', key) && !this.#hasHope(key))
        gone.push({ topic: 'channel.cursors', key, value: null });
    if (gone.length > 0) await this.#context.write(gone);
  }

  async events(_topic: EventTopicName, records: readonly EventRecord[]): Promise<void> {
    const perAccount = new Map<string, InboxMessage[]>();
    for (const record of records) {
      if (record.topic !== 'channel.inbox' || (await this.#isForeign(record))) continue;
      const known = perAccount.get(record.value.account_id);
      if (known) known.push(record.value);
      else perAccount.set(record.value.account_id, [record.value]);
    }
    for (const [account, messages] of perAccount) {
      // The row may be here already although we have not been told of it.
      if (!this.#pollers.has(account)) await this.#accountChanged(account);
      const poller = this.#pollers.get(account);
      if (poller) await poller.take(messages);
      else await this.#keepFor(account, messages);
    }
  }

  async changed(changes: readonly TableChange[]): Promise<void> {
    for (const change of changes)
      if (change.topic === 'channel.accounts') await this.#accountChanged(change.key);
  }

  async wake(): Promise<void> {
    // Pollers keep their own alarms.
  }

  lowestUndone(): undefined {
    return undefined;
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#pollers.values()].map((poller) => poller.drain()));
  }

  async close(): Promise<void> {
    for (const poller of this.#pollers.values()) poller.close();
    this.#pollers.clear();
  }

  /** The account's own row is on its way on another topic: its work waits in its cursor, where the poller will find it. */
  async #keepFor(account: string, messages: readonly InboxMessage[]): Promise<void> {
    const first = messages[0];
    if (!first) return;
    const now = this.#context.clock.now();
    const cursor = this.#context.tables.get('channel.cursors', account);
    const inbox = inboxOf(cursor);
    for (const message of messages) inbox.take(message, now);
    for (const { message } of inbox.takeHopeless(now))
      this.#context.logger.warn(
        { account, inbox: message.inbox_id },
        'work for an unknown account given up',
      );
    const value = {
      account_id: first.account_id,
      tenant_id: first.tenant_id,
      polls: cursor?.polls ?? [],
      done: inbox.doneValues(),
      pending: inbox.pendingValues(),
      acknowledged: cursor?.acknowledged ?? [],
    };
    const tenantId = first.tenant_id;
    await this.#context.write([{ topic: 'channel.cursors', key: account, value, tenantId }]);
  }

  /** Something waits in the cursor for the row of its account. */
  #hasHope(key: string): boolean {
    const inbox = inboxOf(this.#context.tables.get('channel.cursors', key));
    inbox.takeHopeless(this.#context.clock.now());
    return inbox.size > 0;
  }

  /** A message names a tenant that the account is not of: nothing is done for it. */
  async #isForeign({ topic, key, offset, value }: EventRecordOf<'channel.inbox'>) {
    const account = this.#context.tables.get('channel.accounts', value.account_id);
    if (!account || account.tenant_id === value.tenant_id) return false;
    const text = `${value.account_id} is not of tenant ${value.tenant_id}`;
    const error = new ParityError('EVENT_TENANT_MISMATCH', text);
    await this.#context.deadLetter([{ topic, key, offset, error }]);
    return true;
  }

  async #accountChanged(key: string): Promise<void> {
    const account = this.#context.tables.get('channel.accounts', key);
    const poller = this.#pollers.get(key);
    if (account && poller) poller.accountChanged(account);
    else if (account) {
      const connector = this.#ports.connectorOf(account.channel);
      if (!connector) return;
      const calls = new AccountCalls(this.#context, this.#ports, connector);
      const cursor = this.#context.tables.get('channel.cursors', key);
      const created = new AccountPoller(this.#context, connector, calls, account, cursor);
      this.#pollers.set(key, created);
      created.kick();
    } else if (poller) {
      this.#pollers.delete(key);
      this.#forget(key, poller).catch((error: unknown) => {
        if (!this.#context.lost.aborted) this.#context.fail(error);
      });
    }
  }

  /** The cursor goes when the poller has come to rest: what it is storing would bring it back. */
  async #forget(key: string, poller: AccountPoller): Promise<void> {
    await poller.drain();
    if (this.#context.tables.get('channel.accounts', key)) return;
    await this.#context.write([{ topic: 'channel.cursors', key, value: null }]);
  }
}

function inboxOf(cursor: AccountCursor | undefined): AccountInbox {
  const inbox = new AccountInbox();
  if (cursor) inbox.load(cursor.pending, cursor.done);
  return inbox;
}
