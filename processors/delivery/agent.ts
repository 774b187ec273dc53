import type { Connector } from '../../connectors/contract.ts';
import type { EventRecordOf, Output, TableChange } from '../../runtime/stage.ts';
import type { PageName } from '../../schemas/domain/page.ts';
import type {
  AcknowledgedPage,
  ChannelCommand,
  Connection,
  ConnectionHealth,
} from '../../schemas/generated/types.ts';
import { adopted, adoptedFromDocument } from './calendar/field-state.ts';
import { applyCommand } from './commands/commands.ts';
import { recheckCommand } from './commands/recheck.ts';
import type { Shared } from './connection/connection-state.ts';
import { ConnectionState } from './connection/connection-state.ts';
import type { DeliveryPorts } from './ports.ts';
import { Publisher } from './publishing/publisher.ts';
import { Sender } from './sending/sender.ts';

/** What makes a channel follow: a sender of requests, or a publisher of the documents that it fetches. */
type Outlet = Pick<Sender, 'kick' | 'connectionChanged' | 'drain' | 'end'>;

/** Delivery to one connection: takes what changes (desired pages, the connection, commands) and lets its outlet make the channel follow. */
export class DeliveryAgent {
  readonly #state: ConnectionState;
  readonly #publisher: Publisher | null;
  readonly #outlet: Outlet;

  constructor(shared: Shared, ports: DeliveryPorts, connector: Connector, connection: Connection) {
    this.#state = new ConnectionState(shared, connector, connection);
    this.#publisher = connector.documents
      ? new Publisher(this.#state, connector.documents, shared.hints)
      : null;
    this.#outlet = this.#publisher ?? new Sender(this.#state, ports);
  }

  /** Takes over what the log holds. Nothing leaves before the commands that waited for the connection are applied and that is durable. */
  async restore(
    pages: readonly AcknowledgedPage[],
    doubtful: ReadonlySet<PageName>,
    health: ConnectionHealth | undefined,
    waiting: readonly ChannelCommand[],
  ): Promise<void> {
    this.#state.restore(pages, doubtful, health, this.#publisher ? adoptedFromDocument : adopted);
    if (waiting.length > 0) await this.#apply(waiting);
    this.#outlet.kick();
  }

  desiredChanged(change: TableChange, page: PageName): void {
    this.#state.refresh(page, change);
    this.#outlet.kick(true);
  }

  connectionChanged(connection: Connection): void {
    this.#state.update(connection);
    this.#outlet.connectionChanged(connection);
  }

  /** Applies a command once; resolves when its effect is durable. */
  async command(record: EventRecordOf<'channel.commands'>): Promise<void> {
    if (record.offset <= this.#state.appliedCommandOffset) return;
    this.#state.appliedCommandOffset = record.offset;
    await this.#apply([record.value]);
    this.#outlet.kick();
  }

  lowestUndone(): number | undefined {
    return this.#state.work.lowestUndone();
  }

  drain(): Promise<void> {
    return this.#outlet.drain();
  }

  /** Ends all work. Answers the recheck command for requests that are still out, if any. */
  close(): Output | null {
    const cells = this.#outlet.end().flatMap(({ request }) => request.changes);
    this.#state.probing.forget();
    return cells.length === 0
      ? null
      : recheckCommand(this.#state.connection, cells, this.#state.context);
  }

  async #apply(commands: readonly ChannelCommand[]): Promise<void> {
    const { calendar, quarantines, context, connection, work, fullSyncs } = this.#state;
    const reports: Output[] = [];
    let isFullSync = false;
    for (const command of commands) {
      const effect = applyCommand(command, calendar);
      quarantines.begin(effect.doubtful, context.clock.monotonic());
      if (effect.forgive) this.#state.forgive();
      if (effect.everything) this.#state.generation++;
      isFullSync ||= effect.everything;
      if (effect.fetched) reports.push(...(this.#publisher?.fetched(effect.fetched) ?? []));
    }
    this.#state.refreshAll();
    if (isFullSync) fullSyncs.begin(connection, 'asked', work.remaining());
    const records = this.#state.changes(true);
    await context.write([...records, ...reports]);
  }
}
