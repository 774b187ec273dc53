import type { Clock } from '../../../ports.ts';
import type { Coordinator, HeartbeatRequest } from '../internals.ts';

/** How often kafkajs asks for a heartbeat: so soon at most it hears of one that failed. */
export const HEARTBEAT_CHECK_MS = 50;

/**
 * Heartbeats beside the fetch loop. kafkajs awaits each one between two fetches, so that records wait behind it; here its call returns at once, sends
 * a heartbeat if one is due, and throws what the last one met. The loop still drives them: when it stands still, they stop.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onAccepted: (startedAt: number, generation: number) => void;
  readonly #onFailed: (error: unknown) => void;
  #tenure = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #underWay = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    clock: Clock,
    intervalMs: number,
    onAccepted: (startedAt: number, generation: number) => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onAccepted = onAccepted;
    this.#onFailed = onFailed;
  }

  /** The member joins again: what is under way says nothing any more, and the next call sends at once. */
  reset(): void {
    this.#tenure += 1;
    this.#sentAt = Number.NEGATIVE_INFINITY;
    this.#underWay = false;
    this.#failure = null;
  }

  /** @throws the error of the heartbeat before, once. */
  beat(coordinator: Coordinator, request: HeartbeatRequest): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
    const startedAt = this.#clock.monotonic();
    if (this.#underWay || startedAt < this.#sentAt + this.#intervalMs) return;
    this.#sentAt = startedAt;
    this.#underWay = true;
    void this.#send(coordinator, request, startedAt, this.#tenure);
  }

  async #send(
    coordinator: Coordinator,
    request: HeartbeatRequest,
    startedAt: number,
    tenure: number,
  ): Promise<void> {
    try {
      await coordinator.heartbeat(request);
      if (tenure !== this.#tenure) return;
      this.#underWay = false;
      this.#onAccepted(startedAt, request.groupGenerationId);
    } catch (error) {
      if (tenure !== this.#tenure) return;
      this.#underWay = false;
      this.#failure = { error };
      this.#onFailed(error);
    }
  }
}
