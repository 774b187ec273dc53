import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  admits,
  CLOSED,
  FAILURES_TO_OPEN,
  OPEN_MS,
  onFailure,
  onSuccess,
  onTime,
  SUCCESSES_TO_CLOSE,
} from './breaker.ts';

type Event = { readonly after: number; readonly ok: boolean };

/** The specification in words, kept as a plain log of what happened. */
class ReferenceBreaker {
  state: 'closed' | 'open' | 'half_open' = 'closed';
  #since: boolean[] = [];
  #openedAt = 0;

  at(now: number): void {
    if (this.state === 'open' && now - this.#openedAt >= OPEN_MS) this.#become('half_open');
  }

  result(ok: boolean, now: number): void {
    this.#since.push(ok);
    if (this.state === 'closed' && this.#lastAre(false, 5)) this.#open(now);
    else if (this.state === 'half_open' && !ok) this.#open(now);
    else if (this.state === 'half_open' && this.#lastAre(true, 2)) this.#become('closed');
  }

  #lastAre(ok: boolean, count: number): boolean {
    return this.#since.length >= count && this.#since.slice(-count).every((value) => value === ok);
  }

  #open(now: number): void {
    this.#openedAt = now;
    this.#become('open');
  }

  #become(state: 'closed' | 'open' | 'half_open'): void {
    this.state = state;
    this.#since = [];
  }
}

it('I5: follows the specification exactly under any sequence of outcomes', () => {
  const events = fc.array(
    fc.record({
      after: fc.constantFrom(0, 1_000, 30_000, 59_999, 60_000, 90_000),
      ok: fc.boolean(),
    }),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(events, (list: Event[]) => {
      const reference = new ReferenceBreaker();
      let breaker = CLOSED;
      let now = 0;
      for (const { after, ok } of list) {
        now += after;
        breaker = onTime(breaker, now);
        reference.at(now);
        expect(breaker.state).toBe(reference.state);
        if (admits(breaker, 1) === 0) continue;
        breaker = ok ? onSuccess(breaker) : onFailure(breaker, now);
        reference.result(ok, now);
        expect(breaker.state).toBe(reference.state);
      }
    }),
  );
});

it('opens at the fifth failure in a row, probes one at a time after 60 s, closes at the second success', () => {
  let breaker = CLOSED;
  for (let i = 1; i < FAILURES_TO_OPEN; i++) breaker = onFailure(breaker, 0);
  expect(onSuccess(breaker)).toEqual(CLOSED);
  breaker = onFailure(breaker, 7);
  expect([breaker.state, admits(breaker, 8)]).toEqual(['open', 0]);
  breaker = onTime(breaker, 7 + OPEN_MS);
  expect([breaker.state, admits(breaker, 8)]).toEqual(['half_open', 1]);
  for (let i = 0; i < SUCCESSES_TO_CLOSE; i++) breaker = onSuccess(breaker);
  expect([breaker.state, admits(breaker, 8)]).toEqual(['closed', 8]);
});
