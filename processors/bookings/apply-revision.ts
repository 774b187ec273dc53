import type { BookingId, ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type {
  BookingRevision,
  InboxMessage,
  PmsEvent,
  SyncLogEntry,
} from '../../schemas/generated/types.ts';
import {
  type BookingsTransaction,
  holdsNights,
  type ReservationKey,
  type ReservationRow,
  type StayRow,
} from '../../storage/ports/bookings.ts';
import {
  alertMessage,
  eventMessage,
  inboxMessage,
  type MessageContext,
  type OutboxMessage,
} from '../../storage/ports/outbox.ts';
import { alertOf, type Finding } from '../alert.ts';
import { syncLogRow } from '../sync-log-row.ts';
import { type Decision, decide } from './decide.ts';
import type { Fact } from './facts.ts';
import { applied, judge, type Verdict } from './revision-order.ts';
import { bookingIdOf, hasEnded, nameUuid } from './room-stays.ts';

/** What the bookings table must know of a channel; its connector's manifest says it. */
export interface ChannelIdentity {
  readonly platformFamily: string;
  /** Value of `bookings.source`. */
  readonly bookingSource: string;
}

export interface RevisionContext extends MessageContext {
  readonly channel: ChannelIdentity;
  /** ms since the epoch. */
  readonly now: number;
  uuid(): string;
}

export interface RevisionOutcome {
  readonly verdict: Verdict;
  readonly conflicts: number;
  readonly unmapped: number;
  /** Ids of the bookings of its room stays, in their order. */
  readonly bookingIds: readonly BookingId[];
}

/**
 * Decides one revision inside `tx`: under the lock of its reservation, all room stays, conflicts, events and its acknowledgement together.
 * Synchronous bookings call it before they answer. Repeated and outdated ones change nothing but are acknowledged.
 */
export async function applyRevision(
  tx: BookingsTransaction,
  revision: BookingRevision,
  context: RevisionContext,
): Promise<RevisionOutcome> {
  const { reservation } = revision;
  const key: ReservationKey = {
    platformFamily: context.channel.platformFamily,
    accountId: revision.account_id,
    reservationId: reservation.reservation_id,
  };
  const row = await tx.lockReservation(key, revision.channel, connectionsOf(revision));
  const verdict = judge(row, reservation);
  const before = await tx.stays(key);
  const news = verdict === 'apply' ? revision : roomsOfTheEnded(row, before, revision);
  const change = news === null ? undefined : await applyNewest(tx, key, row, before, news, context);
  const stays = change?.decision.stays ?? before;
  const messages = [
    ...(change?.messages ?? []),
    ...(await acknowledgement(tx, revision, stays, context)),
  ];
  await tx.append(messages);
  return {
    verdict,
    conflicts: change?.decision.newConflicts.length ?? 0,
    unmapped: change?.decision.newUnmapped.length ?? 0,
    bookingIds: stays.map(({ bookingId }) => bookingId),
  };
}

/** Those of its rooms. The carrier is none of them where no room has a connection. */
function connectionsOf({ reservation }: BookingRevision): readonly ConnectionId[] {
  const ids = reservation.room_stays.map(({ connection_id }) => connection_id);
  return [...new Set(ids.filter((id) => id !== null))];
}

/**
 * A cancellation may name no rooms. Where it came before the booking, only the older message says which ones ended, and their nights are to be
 * settled with their channel all the same. Null: nothing to learn.
 */
function roomsOfTheEnded(
  { status, newestAt }: ReservationRow,
  stays: readonly StayRow[],
  older: BookingRevision,
): BookingRevision | null {
  if (status === null || newestAt === null || !hasEnded(status) || stays.length > 0) return null;
  if (older.reservation.room_stays.length === 0) return null;
  return { ...older, reservation: { ...older.reservation, status, revised_at: newestAt } };
}

async function applyNewest(
  tx: BookingsTransaction,
  key: ReservationKey,
  row: ReservationRow,
  stays: readonly StayRow[],
  revision: BookingRevision,
  context: RevisionContext,
): Promise<{ decision: Decision; messages: readonly OutboxMessage[] }> {
  const { reservation } = revision;
  const ids = [
    ...stays.map(({ bookingId }) => bookingId),
    ...reservation.room_stays.map(({ room_stay }) => bookingIdOf(key, room_stay)),
  ];
  const { known, sequences, occupancy } = await lockProperties(
    tx,
    propertiesOf(revision, stays),
    firstNight(revision, stays),
    new Set(ids),
  );
  const decision = decide({
    key,
    reservation,
    source: context.channel.bookingSource,
    known,
    stays,
    occupancy,
    settings: await tx.settings(),
    now: context.now,
  });
  await tx.saveReservation(key, applied(row, reservation), decision.stays);
  await tx.write({ ...decision.changes, syncLog: syncLogOf(revision, decision, context) });
  const events = await sequenced(tx, decision.facts, sequences, revision, context);
  const alerts = findingsOf(revision, decision).map((finding) =>
    alertMessage(alertOf(finding, context.now), revision.property_id, context),
  );
  return {
    decision,
    messages: [...events.map((event) => eventMessage(event, context)), ...alerts],
  };
}

function propertiesOf(revision: BookingRevision, stays: readonly StayRow[]): readonly PropertyId[] {
  const ids = [
    ...revision.reservation.room_stays.map(({ property_id }) => property_id),
    ...stays.map(({ propertyId }) => propertyId),
  ];
  return [...new Set(ids.filter((id) => id !== null))].sort();
}

/**
 * Raises the counters in ascending order of ids, and reads the properties once they are held; each number is for the first event of its
 * property. A booking among `ids` that the PMS has moved to a property that its channel does not know brings that one in.
 */
async function lockProperties(
  tx: BookingsTransaction,
  named: readonly PropertyId[],
  from: PlainDate,
  ids: ReadonlySet<BookingId>,
) {
  const known = new Set(await tx.knownProperties(named));
  const sequences = new Map<PropertyId, number>();
  for (;;) {
    for (const id of [...known].sort())
      if (!sequences.has(id)) sequences.set(id, await tx.nextSequence(id));
    const occupancy = await tx.occupancy([...known], from, [...ids]);
    const elsewhere = occupancy.bookings.filter(
      ({ id, status, propertyId }) =>
        ids.has(id) && holdsNights(status) && !sequences.has(propertyId),
    );
    if (elsewhere.length === 0) return { known, sequences, occupancy };
    for (const { propertyId } of elsewhere) known.add(propertyId);
  }
}

function firstNight(revision: BookingRevision, stays: readonly StayRow[]): PlainDate {
  const dates = [
    ...revision.reservation.room_stays.map(({ check_in }) => check_in),
    ...stays.map(({ checkIn }) => checkIn),
  ].sort();
  return dates[0] ?? ('9999-12-31' as PlainDate);
}

async function sequenced(
  tx: BookingsTransaction,
  facts: readonly Fact[],
  unused: Map<PropertyId, number>,
  revision: BookingRevision,
  context: RevisionContext,
): Promise<readonly PmsEvent[]> {
  const events: PmsEvent[] = [];
  for (const { type, propertyId, origin, payload } of facts) {
    const sequence = unused.get(propertyId) ?? (await tx.nextSequence(propertyId));
    unused.delete(propertyId);
    events.push({
      event_id: context.uuid(),
      event_type: type,
      tenant_id: revision.tenant_id,
      property_id: propertyId,
      sequence,
      occurred_at: context.now,
      origin,
      payload,
    });
  }
  return events;
}

/** Every delivery is acknowledged once its outcome is committed, and once only. */
async function acknowledgement(
  tx: BookingsTransaction,
  revision: BookingRevision,
  stays: readonly StayRow[],
  context: RevisionContext,
): Promise<readonly OutboxMessage[]> {
  const { delivery } = revision;
  if (delivery === null || !(await tx.acknowledgeOnce(delivery.delivery_id))) return [];
  const message: InboxMessage = {
    inbox_id: nameUuid('acknowledge', delivery.delivery_id),
    account_id: revision.account_id,
    tenant_id: revision.tenant_id,
    channel: revision.channel,
    issued_at: context.now,
    message: {
      'parity.events.AcknowledgeReservation': {
        delivery_id: delivery.delivery_id,
        message_kind: delivery.message_kind,
        reservation_id: revision.reservation.reservation_id,
        connection_id: revision.connection_id,
        outcome: 'stored',
        booking_reference: stays[0]?.bookingId ?? revision.reservation.reservation_id,
        received_at: delivery.received_at,
      },
    },
  };
  return [inboxMessage(message, context)];
}

function findingsOf(revision: BookingRevision, decision: Decision): readonly Finding[] {
  const { reservation_id: reservationId, revised_at: revisedAt } = revision.reservation;
  const common = { severity: 'critical', tenantId: revision.tenant_id } as const;
  const conflicts = decision.newConflicts.map((conflict) => ({
    ...common,
    code: 'BOOKING_CONFLICT' as const,
    message: `Reservation ${reservationId} of ${revision.channel} (${conflict.booking.checkIn} to ${conflict.booking.checkOut}) overlaps a booking that was confirmed first`,
    propertyId: conflict.booking.propertyId,
    connectionId: conflict.connectionId,
    identity: `${conflict.booking.id} ${revisedAt}`,
    context: {
      reservation_id: reservationId,
      booking_id: conflict.booking.id,
      winner_id: conflict.winnerId,
    },
  }));
  const unmapped = decision.newUnmapped.map((stay) => ({
    ...common,
    code: 'LISTING_UNMAPPED' as const,
    message: `Reservation ${reservationId} of ${revision.channel} names listing ${stay.listing}${stay.roomId === null ? '' : `, room ${stay.roomId}`}, which belongs to no connection; the stay is kept, but no calendar is closed for it`,
    propertyId: revision.property_id,
    connectionId: revision.connection_id,
    identity: `${stay.bookingId} ${stay.listing} ${stay.roomId ?? ''}`,
    context: {
      reservation_id: reservationId,
      room_stay: stay.roomStay,
      check_in: stay.checkIn,
      check_out: stay.checkOut,
    },
  }));
  return [...conflicts, ...unmapped];
}

function syncLogOf(
  revision: BookingRevision,
  decision: Decision,
  context: RevisionContext,
): SyncLogEntry {
  const open = decision.newConflicts.length + decision.newUnmapped.length;
  return syncLogRow({
    id: nameUuid('booking_import', revision.message_id),
    connection: revision,
    type: 'booking_import',
    direction: 'inbound',
    status: open === 0 ? 'success' : 'partial_success',
    processed: decision.stays.length,
    created: decision.counts.created,
    updated: decision.counts.updated,
    failed: open,
    error:
      open === 0
        ? null
        : 'Room stays overlap other bookings or belong to no connection; see alerts',
    startedAt: revision.received_at,
    endedAt: context.now,
  });
}
