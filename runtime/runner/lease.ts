import { setMaxListeners } from 'node:events';
import { ParityError } from '../../schemas/errors.ts';
import type { GroupMember } from '../event-log.ts';
import type { Environment } from '../ports.ts';

/** The right to a partition for one life of its worker: ends once, and tells everybody. */
export class Lease {
  readonly #controller = new AbortController();
  readonly #member: Pick<GroupMember, 'leaseUntil'>;
  readonly #clock: Environment['clock'];

  constructor(member: Pick<GroupMember, 'leaseUntil'>, clock: Environment['clock']) {
    this.#member = member;
    this.#clock = clock;
    // As many as there are requests and writes under way; more than ten are no leak.
    setMaxListeners(0, this.lost);
  }

  /** Aborted, with what ended it as its reason, when the lease has ended. */
  get lost(): AbortSignal {
    return this.#controller.signal;
  }

  held(): boolean {
    return !this.lost.aborted && this.#clock.monotonic() < this.#member.leaseUntil();
  }

  /** @throws the reason for which it ended, or ParityError LEASE_LOST when the last heartbeat is too old. */
  assert(): void {
    if (this.lost.aborted) throw this.lost.reason;
    if (!this.held()) {
      throw new ParityError('LEASE_LOST', 'the last heartbeat is older than the session timeout');
    }
  }

  end(reason: unknown): void {
    if (!this.lost.aborted) this.#controller.abort(reason);
  }
}

/**
 * Waits for a promise, but not beyond the abort of a signal, whose reason it then throws. Leaves nothing behind on the
 * signal, which lives for many calls.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const end = () => signal.removeEventListener('abort', onAbort);
    promise.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
