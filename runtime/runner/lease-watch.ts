import type { GroupMember } from '../event-log.ts';
import type { Environment, Timer } from '../ports.ts';

/** How often a lease that is over is looked at again, ms: the coordinator may have been away and come back. */
const RECHECK_MS = 500;

/** Says when the lease of a member is over, and when it is held again without a new assignment. */
export class LeaseWatch {
  readonly #environment: Environment;
  readonly #on: { over(): void; held(): void };
  #timer: Timer | null = null;
  #isOver = false;

  constructor(environment: Environment, on: { over(): void; held(): void }) {
    this.#environment = environment;
    this.#on = on;
  }

  start(member: Pick<GroupMember, 'leaseUntil'>): void {
    this.stop();
    this.#look(member);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#isOver = false;
  }

  #look(member: Pick<GroupMember, 'leaseUntil'>): void {
    const left = member.leaseUntil() - this.#environment.clock.monotonic();
    const over = left <= 0;
    if (over !== this.#isOver) {
      this.#isOver = over;
      if (over) this.#on.over();
      else this.#on.held();
    }
    const delay = over ? RECHECK_MS : left;
    this.#timer = this.#environment.timers.after(delay, () => this.#look(member));
  }
}
