import type { Connector } from '../../connectors/contract.ts';
import type { EventRecordOf, Output, PartitionContext, TableChange } from '../../runtime/stage.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import type {
  AcknowledgedPage,
  Connection,
  ConnectionHealth,
} from '../../schemas/generated/types.ts';
import { applyCommand } from './commands.ts';
import { ConnectionState } from './connection-state.ts';
import type { DeliveryPorts } from './ports.ts';
import { recheckCommand } from './recheck.ts';
import { Sender } from './sender.ts';

/** Delivery to one connection: takes what changes (desired pages, the connection, commands) and lets its sender make the channel follow. */
export class DeliveryAgent {
  readonly #state: ConnectionState;
  readonly #sender: Sender;

  constructor(
    context: PartitionContext,
    ports: DeliveryPorts,
    connector: Connector,
    connection: Connection,
  ) {
    this.#state = new ConnectionState(context, connector, connection);
    this.#sender = new Sender(this.#state, ports);
  }

  restore(
    pages: readonly AcknowledgedPage[],
    doubtful: ReadonlySet<PlainMonth>,
    health: ConnectionHealth | undefined,
  ): void {
    this.#state.restore(pages, doubtful, health);
    this.#sender.kick();
  }

  desiredChanged(change: TableChange, month: PlainMonth): void {
    const wasDone = this.#state.work.isDone();
    this.#state.refresh(month, change);
    this.#sender.kick(wasDone);
  }

  connectionChanged(connection: Connection): void {
    this.#state.update(connection);
    this.#sender.kick();
  }

  /** Applies a command once; resolves when its effect is durable. */
  async command(record: EventRecordOf<'channel.commands'>): Promise<void> {
    const state = this.#state;
    if (record.offset <= state.appliedCommandOffset) return;
    const effect = applyCommand(record.value, state.calendar);
    state.quarantines.begin(effect.doubtful, state.context.clock.monotonic());
    if (effect.forgive) state.permission.forgive();
    state.appliedCommandOffset = record.offset;
    await state.context.write(state.changes(true));
    state.refreshAll();
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
    return cells.length === 0
      ? null
      : recheckCommand(this.#state.connection, cells, this.#state.context);
  }
}
