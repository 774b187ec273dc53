import type { Environment } from '../runtime/ports.ts';
import type { ConnectionId, TenantId } from '../schemas/domain/ids.ts';
import { daysBetween } from '../schemas/domain/plain-date.ts';
import { ParityError } from '../schemas/errors.ts';
import { MAX_NIGHTS } from '../schemas/event-values.ts';
import type { ChannelCommand, DateRange, PmsEvent } from '../schemas/generated/types.ts';
import type { BookingChanges, PmsBookings } from '../storage/ports/bookings.ts';
import type { ConnectionRow, ConnectionStore } from '../storage/ports/connections.ts';
import {
  commandMessage,
  eventMessage,
  type Outbox,
  type OutboxMessage,
} from '../storage/ports/outbox.ts';

export interface OperationPorts {
  readonly connections: Pick<ConnectionStore, 'get'>;
  readonly outbox: Pick<Outbox, 'append'>;
  readonly bookings: PmsBookings;
  readonly environment: Pick<Environment, 'clock' | 'random'>;
}

const NO_CHANGES: BookingChanges = {
  deleteBookings: [],
  deleteConflicts: [],
  saveBookings: [],
  saveConflicts: [],
  deleteBlocks: [],
  saveBlocks: [],
  syncLog: null,
};

/**
 * What people ask of a connection that is live, for the `parity` command. Each is one transaction whose records leave by the
 * outbox; delivery does the rest. Asking twice does no harm.
 * All throw ParityError CONNECTION_UNKNOWN, CONNECTION_STATE_INVALID for one that is disconnected, COMMAND_INVALID for a range that is none.
 */
export class Operations {
  readonly #ports: OperationPorts;

  constructor(ports: OperationPorts) {
    this.#ports = ports;
  }

  /** Everything is sent again, in the fewest requests; live changes overtake it, held nights stay. */
  fullSync(tenantId: TenantId, id: ConnectionId, by: string): Promise<void> {
    return this.#command(tenantId, id, by, { 'parity.events.FullSync': {} });
  }

  /** Every value that the channel has refused is tried once more. */
  requeue(tenantId: TenantId, id: ConnectionId, by: string): Promise<void> {
    return this.#command(tenantId, id, by, { 'parity.events.Requeue': { cells: [] } });
  }

  /** Takes nights back that the channel holds for a reason of its own: they may open again. */
  async override(
    tenantId: TenantId,
    id: ConnectionId,
    by: string,
    nights: DateRange,
  ): Promise<void> {
    check(nights);
    await this.#command(tenantId, id, by, {
      'parity.events.Override': { nights, once_closed: false },
    });
  }

  /**
   * Takes the channel's hold over as a block of the PMS, which closes every channel. The hold lasts until the block has come back as a
   * closing, so that nothing opens in between; from then on only the block keeps the nights closed.
   * @returns the id of the block: the same for the same nights
   */
  async accept(
    tenantId: TenantId,
    id: ConnectionId,
    by: string,
    nights: DateRange,
  ): Promise<string> {
    check(nights);
    const connection = await this.#connection(tenantId, id);
    const { propertyId } = connection;
    const blockId = `hold/${id}/${nights.start}/${nights.end}`;
    const reason = `held by ${connection.channel}`;
    const { start, end } = nights;
    await this.#ports.bookings.transact(tenantId, async (tx) => {
      const sequence = await tx.nextSequence(propertyId);
      const block = { propertyId, blockId, start, end, expiresAt: null, reason };
      await tx.write({ ...NO_CHANGES, saveBlocks: [block] });
      const event: PmsEvent = {
        event_id: this.#ports.environment.random.uuid(),
        event_type: 'availability.updated',
        tenant_id: tenantId,
        property_id: propertyId,
        sequence,
        occurred_at: this.#now(),
        origin: null,
        payload: {
          'parity.pms.AvailabilityUpdated': {
            property_id: propertyId,
            date_range: nights,
            available: false,
            block_id: blockId,
            expires_at: null,
            reason,
          },
        },
      };
      const release = { 'parity.events.Override': { nights, once_closed: true } };
      await tx.append([this.#message(connection, by, release), eventMessage(event)]);
    });
    return blockId;
  }

  async #command(
    tenantId: TenantId,
    id: ConnectionId,
    by: string,
    command: ChannelCommand['command'],
  ): Promise<void> {
    const connection = await this.#connection(tenantId, id);
    await this.#ports.outbox.append(tenantId, [this.#message(connection, by, command)]);
  }

  async #connection(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    const row = await this.#ports.connections.get(tenantId, id);
    if (row === null)
      throw new ParityError('CONNECTION_UNKNOWN', `The tenant has no connection ${id}`);
    if (row.phase === 'disconnected')
      throw new ParityError(
        'CONNECTION_STATE_INVALID',
        'A connection that is disconnected takes no commands',
      );
    return row;
  }

  #message(
    { id, tenantId, propertyId }: ConnectionRow,
    by: string,
    command: ChannelCommand['command'],
  ): OutboxMessage {
    return commandMessage(
      {
        command_id: this.#ports.environment.random.uuid(),
        connection_id: id,
        tenant_id: tenantId,
        issued_at: this.#now(),
        issued_by: by,
        command,
      },
      propertyId,
    );
  }

  #now(): number {
    return Math.floor(this.#ports.environment.clock.now());
  }
}

function check({ start, end }: DateRange): void {
  const nights = daysBetween(start, end);
  if (nights < 1 || nights > MAX_NIGHTS)
    throw new ParityError(
      'COMMAND_INVALID',
      `${start} to ${end} is no range of 1 to ${MAX_NIGHTS} nights`,
    );
}
