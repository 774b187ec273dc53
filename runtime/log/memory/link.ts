import { ParityError } from '../../../schemas/errors.ts';
import type { Environment, Timer } from '../../ports.ts';

/** The ports that one simulated process runs on; each may have a clock of its own. */
export type ProcessPorts = Pick<Environment, 'clock' | 'timers' | 'random'>;

/** Runs `task` after one way through the network. */
export type Transit = (task: () => void) => Timer;

/** One direction of a TCP connection: what is sent later never arrives earlier. */
class Lane {
  readonly #transit: Transit;
  readonly #underWay: (() => void)[] = [];

  constructor(transit: Transit) {
    this.#transit = transit;
  }

  send(task: () => void): void {
    this.#underWay.push(task);
    // Each arrival brings the oldest message, whichever it was drawn for.
    this.#transit(() => this.#underWay.shift()?.());
  }
}

/**
 * The connection of one simulated process with the broker.
 * *running* → freeze → *frozen* (nothing of the process happens; what comes for it waits) → resume → *running*;
 * any → kill → *killed* (nothing ever happens any more, its promises stay open). Beside it, an isolated process runs, but no message
 * passes in either direction.
 */
export class Link {
  readonly ports: ProcessPorts;
  readonly #toBroker: Lane;
  readonly #fromBroker: Lane;
  readonly #requestTimeoutMs: number;
  #mode: 'running' | 'frozen' | 'killed' = 'running';
  #isolatedSince: number | null = null;
  #waiting: (() => void)[] = [];

  constructor(ports: ProcessPorts, transit: Transit, requestTimeoutMs: number) {
    this.ports = ports;
    this.#toBroker = new Lane(transit);
    this.#fromBroker = new Lane(transit);
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  get mode(): 'running' | 'frozen' | 'killed' {
    return this.#mode;
  }

  get isolated(): boolean {
    return this.#isolatedSince !== null;
  }

  setFrozen(): void {
    if (this.#mode === 'running') this.#mode = 'frozen';
  }

  setRunning(): void {
    if (this.#mode !== 'frozen') return;
    this.#mode = 'running';
    while (this.#mode === 'running') {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      task();
    }
  }

  setKilled(): void {
    this.#mode = 'killed';
    this.#waiting = [];
  }

  setIsolated(isolated: boolean): void {
    this.#isolatedSince = isolated ? (this.#isolatedSince ?? this.ports.clock.monotonic()) : null;
  }

  /** Monotonic time at which the process last had contact with the broker: now, unless it is isolated. */
  lastContact(): number {
    return this.#isolatedSince ?? this.ports.clock.monotonic();
  }

  /** Runs a step of the process: now, when it is resumed, or never. */
  step(task: () => void): void {
    if (this.#mode === 'running') task();
    else if (this.#mode === 'frozen') this.#waiting.push(task);
  }

  /** A timer of the process. */
  after(delay: number, task: () => void): Timer {
    return this.ports.timers.after(delay, () => this.step(task));
  }

  /**
   * One request to the broker and its answer. `handle` runs at the broker.
   * @throws LOG_UNAVAILABLE after the request timeout when either message was lost, and what `handle` throws.
   */
  call<T>(handle: (answer: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = () => {
        this.after(this.#requestTimeoutMs, () => reject(unanswered()));
      };
      const answer = (settle: () => void) => {
        this.#fromBroker.send(() => {
          if (this.isolated) lost();
          else this.step(settle);
        });
      };
      const arrive = () => {
        if (this.isolated) {
          lost();
          return;
        }
        try {
          handle((value) => answer(() => resolve(value)));
        } catch (error) {
          answer(() => reject(error));
        }
      };
      this.step(() => this.#toBroker.send(arrive));
    });
  }
}

export function unanswered(): ParityError {
  return new ParityError('LOG_UNAVAILABLE', 'the broker did not answer in time');
}
