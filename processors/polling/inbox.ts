import type { InboxMessage, PendingInbox } from '../../schemas/generated/types.ts';

/** A repeated inbox id does nothing for this long, ms. */
export const DONE_KEPT_MS = 30 * 86_400_000;
/** Waiting times between attempts of one inbox message, ms; the last one repeats. */
const ATTEMPT_DELAYS_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const;

interface Entry {
  readonly message: InboxMessage;
  readonly since: number;
  attempts: number;
  notBefore: number;
}

/** Work that an account has taken over from `channel.inbox`: pending until done, and what is done already. */
export class AccountInbox {
  readonly #pending = new Map<string, Entry>();
  readonly #done = new Map<string, number>();

  load(
    pending: readonly PendingInbox[],
    done: readonly { readonly inbox_id: string; readonly done_at: number }[],
  ): void {
    for (const entry of pending) {
      const message = entry.message[0];
      if (message)
        this.#pending.set(entry.inbox_id, {
          message,
          since: entry.since,
          attempts: entry.attempts,
          notBefore: 0,
        });
    }
    for (const entry of done) this.#done.set(entry.inbox_id, entry.done_at);
  }

  /** False: this id was taken before. */
  take(message: InboxMessage, now: number): boolean {
    const id = message.inbox_id;
    if (this.#done.has(id) || this.#pending.has(id)) return false;
    this.#pending.set(id, { message, since: now, attempts: 0, notBefore: 0 });
    return true;
  }

  finished(id: string, now: number): void {
    this.#pending.delete(id);
    this.#done.set(id, now);
    for (const [old, at] of this.#done) if (at < now - DONE_KEPT_MS) this.#done.delete(old);
  }

  /** Not done yet; it comes again after a growing wait. @param chance uniform in [0, 1) */
  failed(id: string, now: number, chance: number): void {
    const entry = this.#pending.get(id);
    if (!entry) return;
    const delay =
      ATTEMPT_DELAYS_MS[Math.min(entry.attempts, ATTEMPT_DELAYS_MS.length - 1)] ?? 60_000;
    entry.attempts++;
    entry.notBefore = now + delay * (1 + chance / 2);
  }

  /** Messages whose time has come, oldest first. */
  due(now: number): InboxMessage[] {
    return [...this.#pending.values()]
      .filter((entry) => entry.notBefore <= now)
      .map((entry) => entry.message);
  }

  /** ms at which the next message is due; Infinity: none waits. */
  nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#pending.values()) next = Math.min(next, entry.notBefore);
    return next;
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
