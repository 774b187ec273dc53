import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import type { ConnectionState } from './connection-state.ts';

/** What the passing of time alone changes for a connection: quarantines end, and at the property's midnight nights enter and leave. */
export class Moments {
  readonly #state: ConnectionState;
  /** Today at the property, when last looked. */
  #date: PlainDate | null = null;

  constructor(state: ConnectionState) {
    this.#state = state;
  }

  look(): void {
    const { context, work } = this.#state;
    this.#state.endQuarantines();
    const { date } = work.day(context.clock.now());
    if (this.#date !== null && date !== this.#date) this.#state.refreshAll();
    this.#date = date;
  }

  /** When to look again, monotonic ms. */
  nextAt(): number {
    const { context, quarantines, work } = this.#state;
    const now = context.clock.now();
    const midnight = context.clock.monotonic() + work.day(now).until - now;
    return Math.min(midnight, quarantines.nextEnd());
  }
}
