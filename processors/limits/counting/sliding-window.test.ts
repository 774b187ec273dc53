import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Slot } from './sliding-window.ts';
import { isSlot, SlidingWindow } from './sliding-window.ts';

interface Step {
  readonly wait: number;
  readonly toPlatform: number;
  readonly back: number;
  readonly fate: 'answered' | 'unanswered' | 'unused';
}

const LIFE = 40;
const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.integer({ min: 0, max: 60 }),
  toPlatform: fc.integer({ min: 0, max: LIFE / 2 }),
  back: fc.integer({ min: 0, max: LIFE / 2 }),
  fate: fc.constantFrom('answered', 'answered', 'unanswered', 'unused'),
});

/** Times at which the platform counts the requests of a sender that takes every slot it gets, ahead of time too, and sends when it is free. */
function countedTimes(
  limit: number,
  windowMs: number,
  aheadMs: number,
  steps: readonly Step[],
): number[] {
  const window = new SlidingWindow(limit, windowMs, 0);
  const counted: number[] = [];
  const ends: { at: number; slot: Slot; fate: Step['fate'] }[] = [];
  let now = 0;
  for (const { wait, toPlatform, back, fate } of steps) {
    now += wait;
    for (const end of ends.splice(0).sort((a, b) => a.at - b.at)) {
      if (end.at > now) ends.push(end);
      else if (end.fate === 'answered') end.slot.answered(end.at);
      else if (end.fate === 'unanswered') end.slot.unanswered(end.at, LIFE);
      else end.slot.unused();
    }
    const slot = window.take(now, 0, aheadMs);
    if (!isSlot(slot)) continue;
    const leaves = Math.max(now, slot.freeAt);
    if (fate !== 'unused') counted.push(leaves + toPlatform);
    ends.push({ at: leaves + (fate === 'answered' ? toPlatform + back : toPlatform), slot, fate });
  }
  return counted.sort((a, b) => a - b);
}

it('I4: in no window of the platform do more requests count than the limit, wherever between send and answer it counts', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 20, max: 100 }),
      fc.integer({ min: 0, max: 60 }),
      fc.array(step, { maxLength: 200 }),
      (limit, windowMs, aheadMs, steps) => {
        const counted = countedTimes(limit, windowMs, aheadMs, steps);
        for (let i = limit; i < counted.length; i++)
          expect((counted[i] ?? 0) - (counted[i - limit] ?? 0)).toBeGreaterThanOrEqual(windowMs);
      },
    ),
    { numRuns: 500 },
  );
});

it('a new owner waits one window, and then the limit is used to the full', () => {
  const window = new SlidingWindow(2, 1_000, 5_000);
  expect(window.take(5_999)).toEqual({ retryAt: 6_000 });
  const slots = [window.take(6_000), window.take(6_000)];
  expect(slots.every(isSlot)).toBe(true);
  expect(window.take(6_000)).toEqual({ retryAt: Number.POSITIVE_INFINITY });
  for (const slot of slots) if (isSlot(slot)) slot.answered(6_020);
  expect(window.take(7_019)).toEqual({ retryAt: 7_020 });
  expect(isSlot(window.take(7_020))).toBe(true);
});

it('a slot may be taken a while before it is free, each free slot once', () => {
  const window = new SlidingWindow(2, 1_000, 5_000);
  expect(window.take(5_959, 0, 40)).toEqual({ retryAt: 5_960 });
  const [first, second] = [window.take(5_960, 0, 40), window.take(5_970, 0, 40)];
  expect([first, second]).toMatchObject([{ freeAt: 6_000 }, { freeAt: 6_000 }]);
  expect(window.take(5_980, 0, 40)).toEqual({ retryAt: Number.POSITIVE_INFINITY });
  expect(window.occupied(6_000)).toBe(2);
  if (isSlot(first)) first.unused();
  expect(isSlot(window.take(6_000))).toBe(true);
});

it('a slot that is taken in a pause is free at its end', () => {
  const window = new SlidingWindow(1, 100, 0);
  window.pause(900);
  expect(window.take(850, 0, 40)).toEqual({ retryAt: 860 });
  expect(window.take(870, 0, 40)).toMatchObject({ freeAt: 900 });
  expect(window.take(890, 0, 40)).toEqual({ retryAt: Number.POSITIVE_INFINITY });
});

it('a pause asked by the platform holds every slot; an unused slot is free at once', () => {
  const window = new SlidingWindow(1, 100, 0);
  const slot = window.take(100);
  if (isSlot(slot)) slot.unused();
  window.pause(900);
  expect(window.take(101)).toEqual({ retryAt: 900 });
  expect(isSlot(window.take(900))).toBe(true);
});
