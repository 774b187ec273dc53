import type { SimulatorPorts } from '../http.ts';
import { type HotelReservation, type MessageKind, type QueueName, queueOf } from './reservation.ts';
import {
  ACKNOWLEDGE_WITHIN_MS,
  type BookingComSettings,
  MAIL_WITH_RECOVERY_MS,
  NEAR_ARRIVAL_MS,
} from './settings.ts';

export type AcknowledgementResult =
  | 'accepted'
  | 'rejected'
  /** The message is of the other kind, or newer than what was handed out, or was acknowledged before. */
  | 'outdated'
  /** Nothing was ever handed out from this queue. */
  | 'wrong_path'
  | 'before_retrieval';

export interface PollFilter {
  readonly account: string;
  readonly hotels: readonly string[] | null;
  readonly id: string | null;
  /** Ms; changed since, acknowledged ones too. */
  readonly since: number | null;
  readonly limit: number;
}

/**
 * The reservation queues. A reservation has at most one waiting message; a change before the first acknowledgement leaves it
 * *new* with newer content. A message comes back with every poll until it is acknowledged.
 */
export class ReservationQueue {
  readonly #ports: SimulatorPorts;
  readonly #settings: () => BookingComSettings;
  readonly #accountOf: (
    hotel: string,
  ) => { readonly account: string; readonly connected: boolean } | undefined;
  readonly reservations = new Map<string, HotelReservation>();
  /** Messages that were acknowledged after the 30 minutes. */
  late = 0;
  #mailed = 0;
  acknowledgedAgain = 0;

  constructor(
    ports: SimulatorPorts,
    settings: () => BookingComSettings,
    accountOf: (
      hotel: string,
    ) => { readonly account: string; readonly connected: boolean } | undefined,
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#accountOf = accountOf;
  }

  /** Notes that the content changed; decides what kind of message waits now. */
  changed(reservation: HotelReservation): void {
    reservation.revision += 1;
    reservation.toldAt = null;
    const kind: MessageKind = reservation.cancelled ? 'cancelled' : 'modified';
    const { waiting } = reservation;
    if (!waiting) {
      const fresh = reservation.everAcknowledged ? kind : 'new';
      reservation.waiting = {
        kind: fresh,
        since: this.#ports.clock.now(),
        retrievedRevision: null,
        rejected: false,
      };
      reservation.fading = null;
    } else {
      if (waiting.kind !== 'new') waiting.kind = kind;
      waiting.rejected = false;
    }
  }

  /** The messages of a poll, oldest first; they count as handed out. */
  poll(queue: QueueName, filter: PollFilter): readonly HotelReservation[] {
    const now = this.#ports.clock.now();
    const page = [...this.reservations.values()]
      .filter((one) => this.#matches(one, filter) && this.#shows(one, queue, filter, now))
      .slice(0, filter.limit);
    for (const one of page) {
      one.handedOut.add(queue);
      if (one.waiting) one.waiting.retrievedRevision = one.revision;
    }
    return page;
  }

  /** @param apply false: judge only */
  acknowledge(
    reservation: HotelReservation,
    queue: QueueName,
    success: boolean,
    apply: boolean,
  ): AcknowledgementResult {
    if (!reservation.handedOut.has(queue))
      return reservation.handedOut.size === 0 ? 'before_retrieval' : 'wrong_path';
    const { waiting } = reservation;
    if (!waiting) {
      this.acknowledgedAgain += 1;
      return 'outdated';
    }
    if (queueOf(waiting.kind) !== queue || waiting.retrievedRevision !== reservation.revision)
      return 'outdated';
    if (!success) {
      if (apply) waiting.rejected = true;
      return 'rejected';
    }
    if (apply) this.#settle(reservation);
    return 'accepted';
  }

  /** Waiting messages past the 30 minutes that were not rejected, for the recovery API. */
  missed(account: string): readonly HotelReservation[] {
    const now = this.#ports.clock.now();
    return [...this.reservations.values()].filter(
      (one) =>
        one.waiting !== null &&
        !one.waiting.rejected &&
        now - one.waiting.since > ACKNOWLEDGE_WITHIN_MS &&
        this.#accountOf(one.hotel)?.account === account,
    );
  }

  waiting(): number {
    return [...this.reservations.values()].filter(({ waiting }) => waiting !== null).length;
  }

  /** Messages that went to the hotel by mail because nobody acknowledged them. */
  fallbackMails(): number {
    const now = this.#ports.clock.now();
    const due = [...this.reservations.values()].filter(
      (one) => one.waiting && this.#mailDue(one, now),
    );
    return this.#mailed + due.length;
  }

  #settle(reservation: HotelReservation): void {
    const { waiting } = reservation;
    if (!waiting) return;
    const now = this.#ports.clock.now();
    if (now - waiting.since > ACKNOWLEDGE_WITHIN_MS) this.late += 1;
    if (this.#mailDue(reservation, now)) this.#mailed += 1;
    reservation.fading = { kind: waiting.kind, until: now + this.#settings().acknowledgementLag };
    reservation.waiting = null;
    reservation.everAcknowledged = true;
    reservation.toldAt = now;
  }

  #mailDue(reservation: HotelReservation, now: number): boolean {
    const since = reservation.waiting?.since ?? now;
    const arrival = Math.min(
      ...reservation.stays.map(({ checkIn }) => Date.parse(`${checkIn}T00:00:00Z`)),
    );
    const patient = this.#settings().recovery && arrival - since > NEAR_ARRIVAL_MS;
    return now - since > (patient ? MAIL_WITH_RECOVERY_MS : ACKNOWLEDGE_WITHIN_MS);
  }

  #matches(reservation: HotelReservation, filter: PollFilter): boolean {
    const owner = this.#accountOf(reservation.hotel);
    if (!owner?.connected || owner.account !== filter.account) return false;
    if (filter.hotels && !filter.hotels.includes(reservation.hotel)) return false;
    return filter.id === null || filter.id === reservation.id;
  }

  #shows(
    reservation: HotelReservation,
    queue: QueueName,
    filter: PollFilter,
    now: number,
  ): boolean {
    if (reservation.waiting) return queueOf(reservation.waiting.kind) === queue;
    if (reservation.fading && reservation.fading.until > now)
      return queueOf(reservation.fading.kind) === queue;
    const asked =
      filter.id !== null || (filter.since !== null && reservation.modifiedAt >= filter.since);
    const last: MessageKind = reservation.cancelled
      ? 'cancelled'
      : reservation.revision > 1
        ? 'modified'
        : 'new';
    return asked && queueOf(last) === queue;
  }
}
