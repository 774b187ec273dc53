import type {
  EventRecord,
  EventRecordOf,
  PartitionContext,
  StageDefinition,
} from '../../runtime/stage.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { PmsBookings } from '../../storage/ports/bookings.ts';
import { alertOutput } from '../alert.ts';
import { eventSink, untilStored } from '../event-sink.ts';
import { applyRevision, type ChannelIdentity } from './apply-revision.ts';
import { checkReservation } from './validate.ts';

export interface BookingsPorts {
  readonly bookings: PmsBookings;
  /** Undefined: no connector of this build serves the channel. */
  identityOf(channel: ChannelType): ChannelIdentity | undefined;
}

type RevisionRecord = EventRecordOf<'channel.bookings'>;

/** Transactions of one partition that run at the same time, on different reservations. */
const CONCURRENCY = 8;

/**
 * Bookings: revisions of channels into the PMS. A batch is done when every transaction of it has committed. Its events and acknowledgements
 * leave by the outbox, so nothing is said before it is stored.
 */
export function bookingsStage(ports: BookingsPorts): StageDefinition {
  return {
    name: 'bookings',
    groupId: 'bookings',
    eventInputs: ['channel.bookings'],
    tableInputs: [],
    ownTables: [],
    open: (context) => {
      const ledger = new BookingsLedger(context, ports);
      return eventSink((_topic, records) => ledger.store(records));
    },
  };
}

/** Stores the revisions of one partition. What is under way when it is lost commits or not, and is repeated without harm. */
class BookingsLedger {
  readonly #context: PartitionContext;
  readonly #ports: BookingsPorts;

  constructor(context: PartitionContext, ports: BookingsPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  async store(records: readonly EventRecord[]): Promise<void> {
    const queues = new Map<string, RevisionRecord[]>();
    for (const record of records) {
      if (record.topic !== 'channel.bookings') continue;
      const { account_id, reservation } = record.value;
      const reservationId = `${account_id} ${reservation.reservation_id}`;
      queues.set(reservationId, [...(queues.get(reservationId) ?? []), record]);
    }
    const waiting = [...queues.values()];
    const lanes = Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, async () => {
      for (let queue = waiting.shift(); queue !== undefined; queue = waiting.shift())
        for (const record of queue) await this.#store(record);
    });
    await Promise.all(lanes);
  }

  /** Resolves when the revision is committed, or dead-lettered and the owner told because no attempt could ever store it. */
  async #store(record: RevisionRecord): Promise<void> {
    const firstAt = this.#context.clock.now();
    await untilStored(this.#context, 'parity_bookings_retries_total', async (attempts) => {
      try {
        await this.#apply(record);
      } catch (error) {
        if (!isHopeless(error)) throw error;
        await this.#giveUp(record, error, { attempts, firstAt });
      }
    });
  }

  /** The nights of this booking are closed nowhere else: a person has to see to it. */
  async #giveUp(
    { topic, key, offset, value }: RevisionRecord,
    error: ParityError,
    tries: { readonly attempts: number; readonly firstAt: number },
  ): Promise<void> {
    const { reservation } = value;
    await this.#context.deadLetter([{ topic, key, offset, error, ...tries }]);
    const alert = alertOutput(
      {
        code: 'BOOKING_NOT_STORED',
        severity: 'critical',
        message: `Reservation ${reservation.reservation_id} could not be stored; enter it by hand and close its nights: ${error.message}`,
        tenantId: value.tenant_id,
        propertyId: value.property_id,
        connectionId: value.connection_id,
        identity: `${reservation.reservation_id} ${value.message_id}`,
        context: {
          reservation_id: reservation.reservation_id,
          status: reservation.status,
          code: error.code,
          room_stays: reservation.room_stays.map(({ room_stay, check_in, check_out }) => ({
            room_stay,
            check_in,
            check_out,
          })),
        },
      },
      this.#context.clock.now(),
    );
    await this.#context.write([alert]);
  }

  async #apply({ value: revision, originTs, traceparent }: RevisionRecord): Promise<void> {
    const { clock, random, metrics, logger } = this.#context;
    const channel = this.#ports.identityOf(revision.channel);
    checkReservation(revision.reservation);
    if (channel === undefined)
      throw new ParityError(
        'EVENT_VALUE_INVALID',
        `No connector serves the channel "${revision.channel}"`,
      );
    const outcome = await this.#ports.bookings.transact(revision.tenant_id, (tx) =>
      applyRevision(tx, revision, {
        channel,
        now: Math.floor(clock.now()),
        uuid: () => random.uuid(),
        originTs,
        traceparent,
      }),
    );
    metrics.count('parity_booking_revisions_total', {
      channel_type: revision.channel,
      outcome: outcome.verdict,
    });
    if (outcome.conflicts > 0)
      metrics.count(
        'parity_booking_conflicts_total',
        { channel_type: revision.channel },
        outcome.conflicts,
      );
    logger.info(
      {
        tenantId: revision.tenant_id,
        connectionId: revision.connection_id,
        reservation: revision.reservation.reservation_id,
        status: revision.reservation.status,
        ...outcome,
      },
      'decided a booking revision',
    );
  }
}

function isHopeless(error: unknown): error is ParityError {
  if (!(error instanceof ParityError)) return false;
  return error.code === 'CONNECTION_UNKNOWN' || error.code.startsWith('EVENT_');
}
