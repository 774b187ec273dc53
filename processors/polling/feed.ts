import type { ErrorCode } from '../../schemas/errors.ts';
import type { PollCursor } from '../../schemas/generated/types.ts';

/** A feed whose cursor is refused so often in a row is read from its beginning. */
const REFUSALS_OF_A_CURSOR = 3;

/** One feed of an account: how far it has been read, and when it is to be polled again. */
export class Feed {
  readonly name: string;
  /** What the last poll that was stored whole gave to go on from. */
  cursor: string | null;
  #polledAt: number;
  #dueAt: number;
  #refusals = 0;
  #unsure = true;

  /**
   * @param known what the log holds; polled longer ago than an interval, or in the future of a clock that was wrong: due at once
   * @param now wall clock and monotonic ms
   */
  constructor(
    name: string,
    known: PollCursor | undefined,
    intervalMs: number,
    now: { readonly wall: number; readonly monotonic: number },
  ) {
    this.name = name;
    this.cursor = known?.cursor ?? null;
    this.#polledAt = known?.polled_at ?? 0;
    const elapsed = now.wall - this.#polledAt;
    const wait = elapsed >= 0 && elapsed < intervalMs ? intervalMs - elapsed : 0;
    this.#dueAt = now.monotonic + wait;
  }

  /** Monotonic ms. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /**
   * The platform may have handed out what nobody has stored: a poll is out, or was lost, by a former owner perhaps. An acknowledgement names a
   * reservation and no revision, so one that goes out now could stand for a newer revision that we never got.
   */
  get isUnsure(): boolean {
    return this.#unsure;
  }

  /** A poll is about to go out. */
  asking(): void {
    this.#unsure = true;
  }

  /** Worth asking as soon as may be; a new owner is to know that too. @param now monotonic ms */
  pollSoon(now: number): void {
    this.#polledAt = 0;
    this.#dueAt = Math.min(this.#dueAt, now);
  }

  /** Asked, with or without success: the next poll is the retry. @param wait ms until the next one */
  polled(now: { readonly wall: number; readonly monotonic: number }, wait: number): void {
    this.#polledAt = now.wall;
    this.#dueAt = now.monotonic + wait;
  }

  /** All that `cursor` passes is stored. */
  drained(cursor: string | null): void {
    this.cursor = cursor;
    this.#refusals = 0;
    this.#unsure = false;
  }

  /** A cursor may grow too old for the platform; reading from the beginning only repeats. */
  failed(code: ErrorCode): void {
    const isRefusal = code === 'CHANNEL_RESPONSE_MALFORMED' || code === 'CHANNEL_LISTING_UNKNOWN';
    this.#refusals = isRefusal ? this.#refusals + 1 : 0;
    if (this.#refusals >= REFUSALS_OF_A_CURSOR) this.cursor = null;
  }

  value(): PollCursor {
    return { feed: this.name, cursor: this.cursor, polled_at: Math.round(this.#polledAt) };
  }
}
