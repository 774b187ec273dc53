import { dateAt, plusDays } from '../dates.ts';
import type { SimulatorPorts } from '../http.ts';
import type { Booking, BookingContent, Transaction, TransactionType } from './booking.ts';
import {
  BOOKINGS_PER_RETRIEVAL,
  CONFIRMED_UNTIL_DAYS,
  EXPIRES_AFTER_MS,
  HOTEL_TIME_ZONE,
} from './settings.ts';

export type RetrievalStatus = 'pending' | 'retrieved' | 'confirmed';

export interface Retrieval {
  readonly hotels: ReadonlySet<string>;
  readonly statuses: ReadonlySet<RetrievalStatus>;
  /** Null: any. */
  readonly booking: string | null;
  /** Null: any; made since, ms. */
  readonly since: number | null;
}

export interface Retrieved {
  readonly booking: Booking;
  readonly transaction: Transaction;
  readonly status: RetrievalStatus;
}

export type Confirmation =
  | 'confirmed'
  /** Confirmed before: the number was replaced. */
  | 'renumbered'
  | 'wrong_type'
  | 'not_retrieved'
  | 'too_late';

/**
 * Transactions of bookings on their way to the partner. One of each booking at a time: the next is handed out when the one before was confirmed,
 * or went to the hotel by fax or mail. What was handed out is not pending any more, confirmed or not.
 */
export class Transactions {
  readonly #ports: SimulatorPorts;
  readonly bookings = new Map<string, Booking>();
  /** Numbers of bookings that were given again. */
  renumbered = 0;

  constructor(ports: SimulatorPorts) {
    this.#ports = ports;
  }

  add(booking: Booking, type: TransactionType, content: BookingContent): void {
    const madeAt = booking.modifiedAt;
    const [retrievedAt, confirmedAt] = [null, null];
    const expiresAt = madeAt + expiryOf(content, madeAt);
    booking.transactions.push({ type, madeAt, content, expiresAt, retrievedAt, confirmedAt });
  }

  /** Newest first, at most 125; pending ones count as retrieved from now on. */
  retrieve({ hotels, statuses, booking: id, since }: Retrieval): readonly Retrieved[] {
    const now = this.#ports.clock.now();
    const found = [...this.bookings.values()]
      .filter((booking) => hotels.has(booking.hotel) && (id === null || booking.id === id))
      .flatMap((booking) => this.#shown(booking, now) ?? [])
      .filter(({ status }) => id !== null || statuses.has(status))
      .filter(({ transaction }) => since === null || transaction.madeAt >= since)
      .sort((a, b) => b.transaction.madeAt - a.transaction.madeAt)
      .slice(0, BOOKINGS_PER_RETRIEVAL);
    for (const { transaction } of found) transaction.retrievedAt ??= now;
    return found;
  }

  confirm(booking: Booking, type: string, number: string, apply: boolean): Confirmation {
    const now = this.#ports.clock.now();
    const left = plusDays(booking.content.checkOut, CONFIRMED_UNTIL_DAYS);
    if (dateAt(HOTEL_TIME_ZONE, now) > left) return 'too_late';
    const retrieved = booking.transactions.find(
      (one) => one.type === type && one.retrievedAt !== null && one.confirmedAt === null,
    );
    if (retrieved) {
      if (apply) {
        retrieved.confirmedAt = now;
        booking.confirmNumber = number;
      }
      return 'confirmed';
    }
    const last = booking.transactions.findLast(({ confirmedAt }) => confirmedAt !== null);
    if (last?.type === type) {
      if (apply) {
        booking.confirmNumber = number;
        this.renumbered += 1;
      }
      return 'renumbered';
    }
    return this.#open(booking, now)?.type === type ? 'not_retrieved' : 'wrong_type';
  }

  /** Handed out or not, neither confirmed nor expired. */
  waiting(): number {
    const now = this.#ports.clock.now();
    return this.#all().filter(
      ({ confirmedAt, expiresAt }) => confirmedAt === null && expiresAt > now,
    ).length;
  }

  /** Transactions that went to the hotel by fax or mail. */
  fallbackMails(): number {
    const now = this.#ports.clock.now();
    return this.#all().filter(({ confirmedAt, expiresAt }) => (confirmedAt ?? now) >= expiresAt)
      .length;
  }

  /** Of these, those that were confirmed after all. */
  confirmedLate(): number {
    return this.#all().filter(
      ({ confirmedAt, expiresAt }) => confirmedAt !== null && confirmedAt >= expiresAt,
    ).length;
  }

  #all(): readonly Transaction[] {
    return [...this.bookings.values()].flatMap(({ transactions }) => transactions);
  }

  /** The transaction whose turn it is; undefined: all are done. */
  #open(booking: Booking, now: number): Transaction | undefined {
    return booking.transactions.find(
      ({ confirmedAt, expiresAt }) => confirmedAt === null && expiresAt > now,
    );
  }

  #shown(booking: Booking, now: number): Retrieved | undefined {
    const open = this.#open(booking, now);
    if (open)
      return {
        booking,
        transaction: open,
        status: open.retrievedAt === null ? 'pending' : 'retrieved',
      };
    const last = booking.transactions.at(-1);
    return last?.confirmedAt != null
      ? { booking, transaction: last, status: 'confirmed' }
      : undefined;
  }
}

function expiryOf({ checkIn }: BookingContent, madeAt: number): number {
  const day = dateAt(HOTEL_TIME_ZONE, madeAt);
  if (checkIn <= day) return EXPIRES_AFTER_MS.sameDay;
  return checkIn === plusDays(day, 1) ? EXPIRES_AFTER_MS.nextDay : EXPIRES_AFTER_MS.later;
}
