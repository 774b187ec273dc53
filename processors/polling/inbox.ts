import type { InboxMessage, PendingInbox } from '../../schemas/generated/types.ts';
import { acknowledgementIn } from './acknowledgements.ts';

/** A repeated inbox id does nothing for this long, and nothing is tried for longer, ms: as long as the topic keeps it. */
const KEPT_MS = 30 * 86_400_000;
/** Most ids that are remembered, and most messages that wait, so that the record of an account stays small. */
const DONE_MAX = 10_000;
const PENDING_MAX = 1_000;
/** Waiting times between attempts of one inbox message, ms; the last one repeats. */
const ATTEMPT_DELAYS_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const;

/** Attempts of an acknowledgement, about 4 minutes, that those after it wait for. */
const IN_ORDER_ATTEMPTS = 8;

export interface Entry {
  readonly message: InboxMessage;
  /** ms, wall clock */
  readonly since: number;
  readonly attempts: number;
  /** ms, monotonic */
  readonly notBefore: number;
}

/** Work that an account has taken over from `channel.inbox`: pending until done, and what is done already. */
export class AccountInbox {
  readonly #pending = new Map<string, Entry>();
  readonly #done = new Map<string, number>();

  load(
    pending: readonly PendingInbox[],
    done: readonly { readonly inbox_id: string; readonly done_at: number }[],
  ): void {
    for (const { inbox_id, since, attempts, message } of pending)
      for (const one of message)
        this.#pending.set(inbox_id, { message: one, since, attempts, notBefore: 0 });
    for (const entry of done) this.#done.set(entry.inbox_id, entry.done_at);
  }

  get size(): number {
    return this.#pending.size;
  }

  /** False: this id was taken before. @param now ms, wall clock */
  take(message: InboxMessage, now: number): boolean {
    const id = message.inbox_id;
    if (this.#done.has(id) || this.#pending.has(id)) return false;
    this.#pending.set(id, { message, since: now, attempts: 0, notBefore: 0 });
    return true;
  }

  /** @param now ms, wall clock */
  finished(id: string, now: number): void {
    this.#pending.delete(id);
    this.#done.set(id, now);
    for (const [old, at] of this.#done) {
      if (at >= now - KEPT_MS && this.#done.size <= DONE_MAX) break;
      this.#done.delete(old);
    }
  }

  /** Not done yet; it comes again after a growing wait. @param now ms, monotonic @param chance uniform in [0, 1) */
  failed(id: string, now: number, chance: number): void {
    const entry = this.#pending.get(id);
    if (!entry) return;
    const last = ATTEMPT_DELAYS_MS.length - 1;
    const delay = ATTEMPT_DELAYS_MS[Math.min(entry.attempts, last)] ?? 60_000;
    const notBefore = now + delay * (1 + chance / 2);
    this.#pending.set(id, { ...entry, attempts: entry.attempts + 1, notBefore });
  }

  /** The message whose time has come, oldest first. @param now ms, monotonic */
  due(now: number, where: (entry: Entry) => boolean): Entry | undefined {
    for (const entry of this.#next()) if (entry.notBefore <= now && where(entry)) return entry;
    return undefined;
  }

  /** Monotonic ms at which the next message that passes `where` is due; Infinity: none waits. */
  nextDue(where: (entry: Entry) => boolean): number {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#next()) if (where(entry)) next = Math.min(next, entry.notBefore);
    return next;
  }

  /**
   * Oldest first; of the acknowledgements of one reservation the oldest alone. One that is repeated after the next of them was taken would name
   * a transaction that the platform has left behind. One that is never taken holds up the others no longer than a few minutes.
   */
  *#next(): Iterable<Entry> {
    const reservations = new Set<string>();
    for (const entry of this.#pending.values()) {
      const id = acknowledgementIn(entry.message)?.reservation_id;
      if (id === undefined || !reservations.has(id)) yield entry;
      if (id !== undefined && entry.attempts < IN_ORDER_ATTEMPTS) reservations.add(id);
    }
  }

  /** Gives up what has waited too long, or is too much: it is as good as done. Answers it. @param now ms, wall clock */
  takeHopeless(now: number): Entry[] {
    const tooMany = Math.max(0, this.#pending.size - PENDING_MAX);
    const hopeless = [...this.#pending.values()].filter(
      ({ since }, index) => index < tooMany || since < now - KEPT_MS,
    );
    for (const { message } of hopeless) this.finished(message.inbox_id, now);
    return hopeless;
  }

  pendingValues(): PendingInbox[] {
    return [...this.#pending].map(([inbox_id, { message, since, attempts }]) => ({
      inbox_id,
      since: Math.round(since),
      attempts,
      message: [message],
    }));
  }

  doneValues(): { inbox_id: string; done_at: number }[] {
    return [...this.#done].map(([inbox_id, done_at]) => ({
      inbox_id,
      done_at: Math.round(done_at),
    }));
  }
}
