import type { Connector } from '../../connectors/contract.ts';
import type { EventRecordOf, Output, TableChange } from '../../runtime/stage.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import type {
  AcknowledgedPage,
  ChannelCommand,
  Connection,
  ConnectionHealth,
} from '../../schemas/generated/types.ts';
import { applyCommand } from './commands/commands.ts';
import { recheckCommand } from './commands/recheck.ts';
import type { DeliveryPorts } from './ports.ts';
import type { Shared } from './sending/connection-state.ts';
import { ConnectionState } from './sending/connection-state.ts';
import { Sender } from './sending/sender.ts';

/** Delivery to one connection: takes what changes (desired pages, the connection, commands) and lets its sender make the channel follow. */
export class DeliveryAgent {
  readonly #state: ConnectionState;
  readonly #sender: Sender;

  constructor(shared: Shared, ports: DeliveryPorts, connector: Connector, connection: Connection) {
    this.#state = new ConnectionState(shared, connector, connection);
    this.#sender = new Sender(this.#state, ports);
  }

  /** Takes over what the log holds. Nothing leaves before the commands that waited for the connection are applied and that is durable. */
  async restore(
    pages: readonly AcknowledgedPage[],
    doubtful: ReadonlySet<PlainMonth>,
    health: ConnectionHealth | undefined,
    waiting: readonly ChannelCommand[],
  ): Promise<void> {
    this.#state.restore(pages, doubtful, health);
    if (waiting.length > 0) await this.#apply(waiting);
    this.#sender.kick();
  }

  desiredChanged(change: TableChange, month: PlainMonth): void {
    const wasDone = this.#state.work.isDone();
    this.#state.refresh(month, change);
    this.#sender.kick(wasDone);
  }

  connectionChanged(connection: Connection): void {
    this.#state.update(connection);
    this.#sender.connectionChanged(connection);
  }

  /** Applies a command once; resolves when its effect is durable. */
  async command(record: EventRecordOf<'channel.commands'>): Promise<void> {
    if (record.offset <= this.#state.appliedCommandOffset) return;
    this.#state.appliedCommandOffset = record.offset;
    await this.#apply([record.value]);
    this.#sender.kick();
  }

  lowestUndone(): number | undefined {
    return this.#state.work.lowestUndone();
  }

  drain(): Promise<void> {
    return this.#sender.drain();
  }

  /** Ends all work. Answers the recheck command for requests that are still out, if any. */
  close(): Output | null {
    const cells = this.#sender.end().flatMap(({ request }) => request.changes);
    this.#state.forget();
    return cells.length === 0
      ? null
      : recheckCommand(this.#state.connection, cells, this.#state.context);
  }

  async #apply(commands: readonly ChannelCommand[]): Promise<void> {
    const { calendar, quarantines, permission, context } = this.#state;
    for (const command of commands) {
      const effect = applyCommand(command, calendar);
      quarantines.begin(effect.doubtful, context.clock.monotonic());
      if (effect.forgive) permission.forgive();
      if (effect.everything) this.#state.generation++;
    }
    const records = this.#state.changes(true);
    this.#state.refreshAll();
    await context.write(records);
  }
}
