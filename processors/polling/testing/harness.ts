import type { Connector } from '../../../connectors/contract.ts';
import type { EventRecordOf, PartitionWorker } from '../../../runtime/stage.ts';
import type { VirtualProcess } from '../../../runtime/testing/virtual-time.ts';
import { settle, VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  TenantId,
} from '../../../schemas/domain/ids.ts';
import type {
  Account,
  AccountConnection,
  AccountCursor,
  InboundMessage,
  InboxMessage,
} from '../../../schemas/generated/types.ts';
import { MemoryDatabase } from '../../../storage/memory/database.ts';
import { Measures, SILENT } from '../../delivery/testing/measures.ts';
import type { PartitionOwner } from '../../delivery/testing/partition-log.ts';
import { PartitionLog } from '../../delivery/testing/partition-log.ts';
import { memoryBudgets } from '../../limits/testing/memory-budgets.ts';
import { pollingStage } from '../stage.ts';
import { ModelPlatform } from './model-platform.ts';

const TENANT = '22222222-2222-4222-8222-222222222222' as TenantId;

export function connection(number: number, room: string | null = null): AccountConnection {
  const id = `${number}${number}${number}${number}0000-0000-4000-8000-000000000000`;
  return {
    connection_id: id as ConnectionId,
    property_id: id as PropertyId,
    listing: `listing ${number}`,
    room_id: room,
    inbound: true,
    poll_minutes: 60,
  };
}

export const ACCOUNT: Account = {
  account_id: 'account' as AccountId,
  tenant_id: TENANT,
  channel: 'model' as ChannelType,
  channel_account_id: 'machine',
  credential_id: null,
  row_version: 1,
  connections: [connection(1), connection(2)],
};

/** One polling worker against the model platform under virtual time; the log and the platform outlive the worker. */
export class PollingHarness {
  readonly time = new VirtualTime({ seed: 11 });
  readonly platform: ModelPlatform;
  readonly log = new PartitionLog();
  readonly measures = new Measures();
  account: Account = ACCOUNT;
  readonly #connector: Connector;
  readonly #database = new MemoryDatabase();
  readonly #inbox: EventRecordOf<'channel.inbox'>[] = [];
  #committed = 0;
  #process: VirtualProcess;
  #owner: PartitionOwner;
  #worker: PartitionWorker;

  private constructor(connector: Connector) {
    this.#connector = connector;
    const platform = this.time.process('platform');
    this.platform = new ModelPlatform(platform, () => platform.now());
    this.#process = this.time.process('owner');
    this.#owner = this.#newOwner();
    this.#worker = this.#open();
  }

  /** @param account null: its row is not there yet */
  static async start(connector: Connector, account: Account | null = ACCOUNT) {
    const harness = new PollingHarness(connector);
    if (account) {
      harness.account = account;
      harness.log.put('channel.accounts', account.account_id, account);
    }
    await harness.#pump(harness.#worker.restored([]));
    return harness;
  }

  get now(): number {
    return this.#process.now();
  }

  get owner(): PartitionOwner {
    return this.#owner;
  }

  set skew(ms: number) {
    this.#process.skew = ms;
  }

  async changeAccount(account: Account | null): Promise<void> {
    const key = this.account.account_id;
    if (account) this.account = account;
    const topic = 'channel.accounts';
    const offset = this.log.put(topic, key, account);
    await this.#pump(
      this.#worker.changed([{ topic, key, offset, originTs: null, traceparent: null }]),
    );
  }

  /** Puts a message into the inbox. */
  async ask(message: InboxMessage['message'], changes: Partial<InboxMessage> = {}) {
    const { account_id, tenant_id, channel } = this.account;
    const value: InboxMessage = {
      inbox_id: this.time.random.uuid(),
      account_id,
      tenant_id,
      channel,
      issued_at: Math.round(this.now),
      message,
      ...changes,
    };
    this.#inbox.push({
      topic: 'channel.inbox',
      offset: this.#inbox.length,
      key: account_id,
      value,
      originTs: null,
      traceparent: null,
      timestamp: 0,
    });
    await this.#consume();
    return value;
  }

  /** The booking is stored: the platform is to be told. */
  acknowledge(message: InboundMessage, changes: Partial<InboxMessage> = {}) {
    return this.ask(
      {
        'parity.events.AcknowledgeReservation': {
          delivery_id: message.delivery?.delivery_id ?? '',
          message_kind: message.delivery?.message_kind ?? '',
          reservation_id: message.reservation.reservation_id,
          connection_id: message.connection_id,
          outcome: 'stored',
          booking_reference: 'B1',
          received_at: message.delivery?.received_at ?? 0,
        },
      },
      changes,
    );
  }

  fetch(id: string) {
    return this.ask({
      'parity.events.FetchReservation': { reservation_id: id, reason: 'webhook' },
    });
  }

  /** Ends the owner without a word; the last offset of the inbox was not committed. */
  async crash(): Promise<void> {
    this.#process.kill();
    this.#owner.lose();
    this.#process = this.time.process('owner');
    this.#owner = this.#newOwner();
    this.#worker = this.#open();
    await this.#pump(this.#worker.restored([]));
    this.#committed = Math.max(0, this.#committed - 1);
    await this.#consume();
  }

  drain(): Promise<void> {
    return this.#pump(this.#worker.drain?.() ?? Promise.resolve());
  }

  get cursor(): AccountCursor | undefined {
    return this.log.get('channel.cursors', this.account.account_id);
  }

  /** Messages in `channel.webhooks`. */
  arrived(): InboundMessage[] {
    return this.log.written('channel.webhooks').map(({ value }) => value as InboundMessage);
  }

  arrivedIds(): string[] {
    return this.arrived().map(({ reservation }) => reservation.reservation_id);
  }

  alerts(): string[] {
    return this.log
      .written('channel.alerts')
      .map(({ value }) => `${value?.code}: ${value?.message}`);
  }

  async #consume(): Promise<void> {
    const records = this.#inbox.slice(this.#committed);
    if (records.length === 0) return;
    await this.#pump(this.#worker.events('channel.inbox', records));
    this.#committed = this.#inbox.length;
  }

  /** Lets time pass while a call of the worker waits for its writes. */
  async #pump(call: Promise<void>): Promise<void> {
    let done = false;
    const settled = call.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    for (let turn = 0; turn < 30_000; turn++) {
      await settle();
      if (done) break;
      await this.time.advance(1);
    }
    await settled;
  }

  #newOwner(): PartitionOwner {
    return this.log.own({
      clock: this.#process,
      timers: this.#process,
      random: this.time.random,
      logger: SILENT,
      metrics: this.measures,
    });
  }

  #open(): PartitionWorker {
    const connectorOf = () => this.#connector;
    const budgets = memoryBudgets(this.#owner.context, connectorOf, this.#database);
    const ports = { connectorOf, transport: this.platform, budgets };
    return pollingStage(ports).open(this.#owner.context);
  }
}
