import type { Clock, Timer, Timers } from '../../runtime/ports.ts';

/**
 * Runs one pass after another, never two at a time: at once when kicked, or when its alarm rings. `running` goes to `draining` (no new pass) or
 * `ended` (an error, or the end of the partition), and never back.
 */
export class Loop {
  readonly #ports: { readonly clock: Clock; readonly timers: Timers; readonly lost: AbortSignal };
  readonly #pass: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #stopped: () => void;
  #mode: 'running' | 'draining' | 'ended' = 'running';
  #again = false;
  #present: Promise<void> | null = null;
  /** `at`: monotonic ms. */
  #alarm: { readonly at: number; readonly timer: Timer } | null = null;

  /** @param stopped a pass is over, and no other will follow */
  constructor(
    ports: { readonly clock: Clock; readonly timers: Timers; readonly lost: AbortSignal },
    pass: () => Promise<void>,
    failed: (error: unknown) => void,
    stopped: () => void = () => undefined,
  ) {
    this.#ports = ports;
    this.#pass = pass;
    this.#failed = failed;
    this.#stopped = stopped;
  }

  get mayGoOn(): boolean {
    return this.#mode === 'running' && !this.#ports.lost.aborted;
  }

  /** Nothing may be written any more. */
  get ended(): boolean {
    return this.#mode === 'ended' || this.#ports.lost.aborted;
  }

  kick(): void {
    this.#again = true;
    this.#present ??= this.#run().finally(() => {
      this.#present = null;
      if (!this.mayGoOn) this.#stopped();
      else if (this.#again) this.kick();
    });
  }

  /** Runs a pass at `at` (monotonic ms) or before; the earliest wish counts. */
  wakeAt(at: number): void {
    if (!Number.isFinite(at) || !this.mayGoOn) return;
    if (this.#alarm && this.#alarm.at <= at) return;
    this.#alarm?.timer.cancel();
    const { clock, timers } = this.#ports;
    const timer = timers.after(Math.max(0, at - clock.monotonic()), () => {
      this.#alarm = null;
      this.kick();
    });
    this.#alarm = { at, timer };
  }

  /** Begins no further pass; resolves when the present one is over. */
  async drain(): Promise<void> {
    if (this.#mode === 'running') this.#mode = 'draining';
    this.#alarm?.timer.cancel();
    await this.#present;
  }

  end(): void {
    this.#mode = 'ended';
    this.#alarm?.timer.cancel();
  }

  async #run(): Promise<void> {
    try {
      // The caller goes on before the pass begins, so that what it does besides counts too.
      await Promise.resolve();
      while (this.#again && this.mayGoOn) {
        this.#again = false;
        await this.#pass();
      }
    } catch (error) {
      this.#mode = 'ended';
      this.#failed(error);
    }
  }
}
