/** Lets several waiters wait until something that others change has become true. */
export class Condition {
  readonly #waiters = new Set<() => void>();

  /** To be called after every change that a waiter may wait for. */
  notify(): void {
    for (const check of [...this.#waiters]) check();
  }

  /** Resolves when `holds` does; rejects with the reason of the signal when that is aborted first. */
  until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiters.delete(check);
        signal.removeEventListener('abort', onAbort);
      };
      const check = () => {
        if (!holds()) return;
        end();
        resolve();
      };
      const onAbort = () => {
        end();
        reject(signal.reason);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      this.#waiters.add(check);
      signal.addEventListener('abort', onAbort, { once: true });
      check();
    });
  }
}
