import type { Connector } from '../../../connectors/contract.ts';
import type { Logger, Metrics } from '../../../runtime/ports.ts';
import { sleep } from '../../../runtime/ports.ts';
import type {
  Output,
  PartitionContext,
  PartitionWorker,
  TableView,
} from '../../../runtime/stage.ts';
import type { VirtualProcess } from '../../../runtime/testing/virtual-time.ts';
import { VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../../schemas/domain/ids.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays, dateIn, dayIndex, daysIn, monthOf } from '../../../schemas/domain/plain-date.ts';
import { ParityError } from '../../../schemas/errors.ts';
import type {
  ChannelCommand,
  Connection,
  DesiredPage,
  FieldName,
} from '../../../schemas/generated/types.ts';
import type { TopicValues } from '../../../schemas/values.ts';
import type { CellName } from '../calendar.ts';
import { cellKey } from '../calendar.ts';
import { deliveryStage } from '../stage.ts';
import { ModelChannel } from './model-channel.ts';

const CONNECTION: Connection = {
  connection_id: '11111111-1111-4111-8111-111111111111' as ConnectionId,
  tenant_id: '22222222-2222-4222-8222-222222222222' as TenantId,
  property_id: '33333333-3333-4333-8333-333333333333' as PropertyId,
  account_id: 'account' as AccountId,
  credential_id: null,
  channel: 'model' as ChannelType,
  listing: '1',
  room_id: null,
  rate_plans: [{ rate_plan_id: 'standard' as RatePlanId, adjustment: null }],
  currency: 'EUR',
  sync_direction: 'bidirectional',
  sync_availability: true,
  sync_pricing: true,
  sync_bookings: true,
  phase: 'active',
  incarnation: 1,
  row_version: 1,
  requests_per_second: null,
};

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};
const UNMEASURED: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
};
const WRITE_MS = 2;

type Store = Map<string, { readonly value: object; readonly offset: number }>;

/**
 * One delivery worker against the model channel under virtual time. The log is a map per table that outlives the worker, so that a test
 * can end a worker at any moment (`crash`) and start the next one on what was durable then.
 */
export class DeliveryHarness {
  readonly time = new VirtualTime({ seed: 7 });
  readonly channel: ModelChannel;
  readonly log: Output[] = [];
  readonly failures: unknown[] = [];
  connection: Connection = CONNECTION;
  readonly #connector: Connector;
  readonly #durable = new Map<string, Store>();
  #offset = 0;
  #process: VirtualProcess;
  #worker: PartitionWorker;
  #owner: { lost: AbortController; visible: Map<string, Store> };

  private constructor(connector: Connector) {
    this.#connector = connector;
    const channelProcess = this.time.process('channel');
    this.channel = new ModelChannel(channelProcess, () => channelProcess.now());
    this.#put('channel.connections', CONNECTION.connection_id, CONNECTION);
    this.#process = this.time.process('owner');
    this.#owner = { lost: new AbortController(), visible: new Map() };
    this.#worker = this.#open();
  }

  static async start(connector: Connector): Promise<DeliveryHarness> {
    const harness = new DeliveryHarness(connector);
    await harness.#worker.restored([]);
    return harness;
  }

  get today(): PlainDate {
    return dateIn('UTC', this.#process.now());
  }

  night(days: number): PlainDate {
    return addDays(this.today, days);
  }

  /** Wants values for nights; all else of the page stays as it was. */
  async want(
    night: PlainDate,
    values: Partial<Record<FieldName, number | null>>,
    marks: { released?: number; impliedAt?: number | null } = {},
  ): Promise<void> {
    const month = monthOf(night);
    const key = `${this.connection.connection_id}/${month}`;
    const days = daysIn(month);
    const before = this.#durable.get('channel.desired')?.get(key)?.value as DesiredPage | undefined;
    const columns = new Map(
      (before?.columns ?? []).map((column) => [column.field, [...column.values]]),
    );
    for (const [field, value] of Object.entries(values) as [FieldName, number | null][]) {
      const column = columns.get(field) ?? Array.from({ length: days }, () => null);
      column[dayIndex(night)] = value;
      columns.set(field, column);
    }
    const replaced = <T>(list: readonly T[] | undefined, fill: T, value: T | undefined) => {
      const copy = list ? [...list] : Array.from({ length: days }, () => fill);
      if (value !== undefined) copy[dayIndex(night)] = value;
      return copy;
    };
    const page: DesiredPage = {
      connection_id: this.connection.connection_id,
      tenant_id: this.connection.tenant_id,
      property_id: this.connection.property_id,
      month,
      incarnation: this.connection.incarnation,
      time_zone: 'UTC',
      currency: 'EUR',
      released: replaced(before?.released, 0, marks.released),
      implied_at: replaced<number | null>(before?.implied_at, null, marks.impliedAt),
      columns: [...columns].map(([field, list]) => ({
        field,
        rate_plan_id: field === 'availability' ? null : ('standard' as RatePlanId),
        values: list,
      })),
    };
    const offset = this.#put('channel.desired', key, page);
    await this.#worker.changed([
      { topic: 'channel.desired', key, offset, originTs: null, traceparent: null },
    ]);
  }

  async connect(changes: Partial<Connection>): Promise<void> {
    this.connection = {
      ...this.connection,
      ...changes,
      row_version: this.connection.row_version + 1,
    };
    const offset = this.#put('channel.connections', this.connection.connection_id, this.connection);
    await this.#worker.changed([
      {
        topic: 'channel.connections',
        key: this.connection.connection_id,
        offset,
        originTs: null,
        traceparent: null,
      },
    ]);
  }

  async command(command: ChannelCommand['command']): Promise<void> {
    const { connection_id, tenant_id } = this.connection;
    const value: ChannelCommand = {
      command_id: this.time.random.uuid(),
      connection_id,
      tenant_id,
      issued_at: 0,
      issued_by: 'test',
      command,
    };
    const record = {
      topic: 'channel.commands',
      offset: ++this.#offset,
      key: connection_id,
      value,
      originTs: null,
      traceparent: null,
      timestamp: 0,
    } as const;
    await Promise.all([
      this.#worker.events('channel.commands', [record]),
      this.time.advance(WRITE_MS),
    ]);
  }

  /** Ends the owner without a word and starts the next on what was durable. */
  async crash(): Promise<void> {
    this.#process.kill();
    this.#owner.lost.abort();
    await this.restart();
  }

  async restart(doubtful: readonly string[] = []): Promise<void> {
    this.#process = this.time.process('owner');
    this.#owner = { lost: new AbortController(), visible: new Map() };
    this.#worker = this.#open();
    await this.#worker.restored(doubtful.map((key) => ({ topic: 'channel.acknowledged', key })));
  }

  /** The lease ends while the owner lives. */
  async loseLease(): Promise<void> {
    this.#owner.lost.abort();
    await this.#worker.close();
  }

  drain(): Promise<void> {
    return this.#worker.drain?.() ?? Promise.resolve();
  }

  lowestUndone(): number | undefined {
    return this.#worker.lowestUndone('channel.desired');
  }

  availability(night: PlainDate): number | undefined {
    return this.channel.calendar.get(cellKey({ night, field: 'availability', ratePlanId: null }));
  }

  shown(name: CellName): number | undefined {
    return this.channel.calendar.get(cellKey(name));
  }

  /** Values of a field that left for a night, in order. */
  sent(night: PlainDate, field: FieldName = 'availability'): number[] {
    return this.channel.requests.flatMap(({ changes }) =>
      changes
        .filter((change) => change.night === night && change.field === field)
        .map(({ value }) => value),
    );
  }

  written<T extends Output['topic']>(topic: T): Extract<Output, { topic: T }>[] {
    return this.log.filter(
      (output): output is Extract<Output, { topic: T }> => output.topic === topic,
    );
  }

  #put(topic: string, key: string, value: object | null): number {
    const store = this.#durable.get(topic) ?? new Map();
    this.#durable.set(topic, store);
    const offset = ++this.#offset;
    if (value === null) store.delete(key);
    else store.set(key, { value, offset });
    return offset;
  }

  #open(): PartitionWorker {
    const process = this.#process;
    const owner = this.#owner;
    const read = (topic: string, key: string) =>
      owner.visible.get(topic)?.get(key) ?? this.#durable.get(topic)?.get(key);
    const tables: TableView = {
      get: <T extends keyof TopicValues>(topic: T, key: string) =>
        read(topic, key)?.value as TopicValues[T] | undefined,
      offsetOf: (topic, key) => read(topic, key)?.offset,
      keys: (topic, prefix = '') =>
        [...(this.#durable.get(topic)?.keys() ?? [])]
          .filter((key) => key.startsWith(prefix))
          .sort(),
    };
    const write = async (outputs: readonly Output[]) => {
      if (owner.lost.signal.aborted) throw new ParityError('LEASE_LOST', 'lost');
      for (const output of outputs) {
        const store = owner.visible.get(output.topic) ?? new Map();
        owner.visible.set(output.topic, store);
        if (output.value) store.set(output.key, { value: output.value, offset: 0 });
      }
      await sleep(process, WRITE_MS);
      if (owner.lost.signal.aborted) throw new ParityError('LEASE_LOST', 'lost');
      for (const output of outputs) this.#put(output.topic, output.key, output.value);
      this.log.push(...outputs);
    };
    const context: PartitionContext = {
      clock: process,
      timers: process,
      random: this.time.random,
      logger: SILENT,
      metrics: UNMEASURED,
      partition: 0,
      tables,
      write,
      writeAfterLease: async (outputs) => {
        this.log.push(...outputs);
      },
      deadLetter: async (letters) => {
        for (const { key, error } of letters)
          this.log.push({
            topic: 'channel.dead-letters',
            key,
            value: new TextEncoder().encode(error.code),
          });
      },
      fail: (error) => this.failures.push(error),
      leaseHeld: () => !owner.lost.signal.aborted,
      lost: owner.lost.signal,
      wakeAt: () => undefined,
      partitionOf: () => 0,
    };
    return deliveryStage({ connectorOf: () => this.#connector, transport: this.channel }).open(
      context,
    );
  }
}
