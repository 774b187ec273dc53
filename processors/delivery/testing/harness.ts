import type { Connector } from '../../../connectors/contract.ts';
import { testContent } from '../../../connectors/testing/content.ts';
import type { Environment } from '../../../runtime/ports.ts';
import type { EventRecordOf, Output, PartitionWorker } from '../../../runtime/stage.ts';
import type { VirtualProcess } from '../../../runtime/testing/virtual-time.ts';
import { settle, VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../../schemas/domain/ids.ts';
import { ABOUT, MONTH_OF_ABOUT, pageNameOf } from '../../../schemas/domain/page.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays, dateIn, dayIndex, monthOf } from '../../../schemas/domain/plain-date.ts';
import type {
  ChannelCommand,
  Connection,
  DesiredPage,
  FieldAcknowledgement,
  FieldName,
  PropertyUpdated,
} from '../../../schemas/generated/types.ts';
import { MemoryDatabase } from '../../../storage/memory/database.ts';
import type { TableName } from '../../../topology/types.ts';
import type { RequestBudgets } from '../../limits/request-budgets.ts';
import { memoryBudgets } from '../../limits/testing/memory-budgets.ts';
import type { CellName } from '../calendar/cell-name.ts';
import { cellKey, isContent, pageOf } from '../calendar/cell-name.ts';
import type { HintPorts } from '../publishing/hints.ts';
import { deliveryStage } from '../stage.ts';
import type { Marks, Values } from './desired.ts';
import { withNight } from './desired.ts';
import { Measures, SILENT } from './measures.ts';
import { ModelChannel } from './model-channel.ts';
import { PartitionLog, type PartitionOwner } from './partition-log.ts';

export const CONNECTION: Connection = {
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
  listing_since: 0,
  row_version: 1,
  requests_per_second: null,
};

type CommandRecord = EventRecordOf<'channel.commands'>;

export interface HarnessOptions {
  readonly seed?: number;
  readonly timeZone?: string;
  readonly connection?: Partial<Connection>;
  /** The row of the connection is not there yet. */
  readonly unconnected?: boolean;
  /** How the channel is told of changed documents; default: it is not. */
  readonly hints?: HintPorts;
}

/** One delivery worker against the model channel under virtual time; the log and the channel outlive the worker. */
export class DeliveryHarness {
  readonly time: VirtualTime;
  readonly channel: ModelChannel;
  readonly log = new PartitionLog();
  readonly measures = new Measures();
  /** Of the present owner, which others may share. */
  budgets!: RequestBudgets;
  connection: Connection;
  timeZone: string;
  /** At a restart the last offset was not committed, so that its command comes once more. */
  replays = true;
  /** Of the present owner; another one takes effect with the next. */
  connector: Connector;
  readonly #database = new MemoryDatabase();
  readonly #hints: Pick<HarnessOptions, 'hints'>;
  /** Commands in the log, and how many of them are committed. */
  readonly #commands: CommandRecord[] = [];
  #committed = 0;
  #foundCommands = 0;
  #process: VirtualProcess;
  #owner: PartitionOwner;
  #worker: PartitionWorker;

  private constructor(connector: Connector, options: HarnessOptions) {
    this.time = new VirtualTime({ seed: options.seed ?? 7 });
    this.timeZone = options.timeZone ?? 'UTC';
    this.connection = { ...CONNECTION, ...options.connection };
    this.connector = connector;
    this.#hints = options.hints ? { hints: options.hints } : {};
    const channelProcess = this.time.process('channel');
    this.channel = new ModelChannel(channelProcess, () => channelProcess.now());
    if (!options.unconnected)
      this.log.put('channel.connections', this.connection.connection_id, this.connection);
    this.#process = this.time.process('owner');
    this.#owner = this.#newOwner();
    this.#worker = this.#open();
  }

  static async start(connector: Connector, options: HarnessOptions = {}): Promise<DeliveryHarness> {
    const harness = new DeliveryHarness(connector, options);
    await harness.#pump(harness.#worker.restored([]));
    return harness;
  }

  get today(): PlainDate {
    return dateIn(this.timeZone, this.#process.now());
  }

  get now(): number {
    return this.#process.now();
  }

  /** That of the present owner. */
  get environment(): Environment {
    return this.#owner.context;
  }

  night(days: number): PlainDate {
    return addDays(this.today, days);
  }

  /** Wants values for nights; all else of the page stays as it was. */
  async want(night: PlainDate, values: Values, marks: Marks = {}): Promise<void> {
    const key = `${this.connection.connection_id}/${monthOf(night)}`;
    const before = this.log.get('channel.desired', key);
    const page = this.#asMapped(
      withNight(before, this.connection, this.timeZone, night, values, marks),
    );
    await this.#tell('channel.desired', key, page);
  }

  /** Describes the property; what is not named is as in `FULL_CONTENT`. Null: mapping takes the content back. */
  async describe(changes: Partial<PropertyUpdated> | null): Promise<void> {
    const { connection } = this;
    const plans = connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id);
    const page: DesiredPage | null = changes && {
      ...withNight(undefined, connection, this.timeZone, this.today, {}, {}),
      month: MONTH_OF_ABOUT,
      released: [],
      implied_at: [],
      content: testContent(changes, plans),
    };
    await this.#tell('channel.desired', `${connection.connection_id}/${ABOUT}`, page);
  }

  /** The number of guests that prices are for, on every page there is. */
  async wantGuests(guests: number): Promise<void> {
    for (const key of this.log.keys('channel.desired')) {
      const page = this.log.get('channel.desired', key);
      if (page && pageNameOf(key) !== ABOUT)
        await this.#tell('channel.desired', key, { ...page, guests });
    }
  }

  /** Changes the connection's row; its desired pages follow as mapping writes them. */
  async connect(changes: Partial<Connection>): Promise<void> {
    const { incarnation, listing, room_id } = this.connection;
    const row_version = this.connection.row_version + 1;
    this.connection = { ...this.connection, ...changes, row_version };
    if (this.connection.listing !== listing || this.connection.room_id !== room_id)
      this.connection = { ...this.connection, listing_since: Math.floor(this.now) };
    await this.#tell('channel.connections', this.connection.connection_id, this.connection);
    if (this.connection.incarnation === incarnation) return;
    for (const key of this.log.keys('channel.desired')) {
      const page = this.log.get('channel.desired', key);
      if (page)
        await this.#tell(
          'channel.desired',
          key,
          this.#asMapped({ ...page, incarnation: this.connection.incarnation }),
        );
    }
  }

  /** The row of the connection is deleted. */
  async disconnect(): Promise<void> {
    await this.#tell('channel.connections', this.connection.connection_id, null);
  }

  async command(command: ChannelCommand['command'], changes: Partial<ChannelCommand> = {}) {
    const { connection_id, tenant_id } = this.connection;
    this.#append({
      command_id: this.time.random.uuid(),
      connection_id,
      tenant_id,
      issued_at: 0,
      issued_by: 'test',
      command,
      ...changes,
    });
    await this.#consume();
  }

  /** Ends the owner without a word and starts the next on what was durable. */
  async crash(): Promise<void> {
    this.#process.kill();
    this.#owner.lose();
    await this.restart();
  }

  /** As `crash`, and the connection's row changes while nobody owns the partition. */
  async crashUntil(changes: Partial<Connection>): Promise<void> {
    this.#process.kill();
    this.#owner.lose();
    const row_version = this.connection.row_version + 1;
    this.connection = { ...this.connection, ...changes, row_version };
    this.log.put('channel.connections', this.connection.connection_id, this.connection);
    await this.restart();
  }

  async restart(doubtful: readonly string[] = []): Promise<void> {
    this.#process = this.time.process('owner');
    this.#owner = this.#newOwner();
    this.#worker = this.#open();
    const keys = doubtful.map((key) => ({ topic: 'channel.acknowledged', key }) as const);
    await this.#pump(this.#worker.restored(keys));
    if (this.replays) this.#committed = Math.max(0, this.#committed - 1);
    await this.#consume();
  }

  /** The lease ends while the owner lives: it closes, and leaves a recheck for what is out. */
  async loseLease(): Promise<void> {
    this.#owner.lose();
    await this.#worker.close();
  }

  /** A graceful stop, then the next owner. */
  async stop(): Promise<void> {
    await this.#pump(this.#worker.drain?.() ?? Promise.resolve());
    await this.loseLease();
    await this.restart();
  }

  /** The heartbeat is late: writes are refused although nobody has taken the partition. */
  set late(late: boolean) {
    this.#owner.late = late;
  }

  /** ms by which the owner's wall clock is ahead. */
  set skew(skew: number) {
    this.#process.skew = skew;
  }

  drain(): Promise<void> {
    return this.#worker.drain?.() ?? Promise.resolve();
  }

  lowestUndone(): number | undefined {
    return this.#worker.lowestUndone('channel.desired');
  }

  availability(night: PlainDate): number | undefined {
    return this.shown({ night, field: 'availability', ratePlanId: null });
  }

  shown(name: CellName): number | undefined {
    return this.channel.calendar.get(cellKey(name));
  }

  /** What the acknowledged page of the owner says of a field. */
  acknowledged(name: CellName): FieldAcknowledgement | undefined {
    const page = this.#owner.context.tables.get(
      'channel.acknowledged',
      `${this.connection.connection_id}/${pageOf(name)}`,
    );
    if (isContent(name))
      return page?.content.find(({ part }) => `content/${part}` === name.field)?.cell;
    return page?.columns.find(
      (column) => column.field === name.field && column.rate_plan_id === name.ratePlanId,
    )?.cells[dayIndex(name.night)];
  }

  acknowledgedVersion(night: PlainDate): number {
    const key = `${this.connection.connection_id}/${monthOf(night)}`;
    return this.#owner.context.tables.get('channel.acknowledged', key)?.version ?? 0;
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
    return this.log.written(topic);
  }

  /** Like mapping, implies no night by a booking that may be one of a former listing. */
  #asMapped(page: DesiredPage): DesiredPage {
    const { listing_since } = this.connection;
    const implied_at = page.implied_at.map((at) => (at === null || at < listing_since ? null : at));
    return { ...page, implied_at };
  }

  async #tell(topic: TableName, key: string, value: object | null): Promise<void> {
    const offset = this.log.put(topic, key, value);
    const change = { topic, key, offset, originTs: null, traceparent: null };
    await this.#pump(this.#worker.changed([change]));
  }

  #append(value: ChannelCommand): void {
    this.#commands.push({
      topic: 'channel.commands',
      offset: this.#commands.length,
      key: value.connection_id,
      value,
      originTs: null,
      traceparent: null,
      timestamp: 0,
    });
  }

  /** Gives the worker what it has not committed, its predecessors' rechecks included. */
  async #consume(): Promise<void> {
    const found = this.written('channel.commands');
    for (const { value } of found.slice(this.#foundCommands)) this.#append(value);
    this.#foundCommands = found.length;
    const records = this.#commands.slice(this.#committed);
    if (records.length === 0) return;
    await this.#pump(this.#worker.events('channel.commands', records));
    this.#committed = this.#commands.length;
  }

  /** Lets time pass while a call of the worker waits for its writes. */
  async #pump(call: Promise<void>): Promise<void> {
    let done = false;
    const settled = call.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    // Most calls write nothing; a test may make them from inside a moment of virtual time, which must not pass then.
    for (let turn = 0; turn < 20 && !done; turn++) await Promise.resolve();
    for (let turn = 0; turn < 30_000 && !done; turn++) {
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
    const { connector } = this;
    const connectorOf = () => connector;
    this.budgets = memoryBudgets(this.#owner.context, connectorOf, this.#database);
    const { budgets } = this;
    const { context: environment } = this.#owner;
    const ports = { connectorOf, transport: this.channel, budgets, environment, ...this.#hints };
    return deliveryStage(ports).open(this.#owner.context);
  }
}
