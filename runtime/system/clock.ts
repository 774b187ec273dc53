import { performance } from 'node:perf_hooks';
import type { Clock, Timers } from '../ports.ts';

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Node's timers. Longest delay of setTimeout is 24.8 days; longer waits are taken in steps. */
export const systemTimers: Timers = {
  after: (delay, task) => {
    let timer: NodeJS.Timeout;
    const arm = (rest: number) => {
      const step = Math.min(rest, LONGEST_STEP_MS);
      timer = setTimeout(() => (rest > step ? arm(rest - step) : task()), step);
    };
    arm(Math.max(0, delay));
    return { cancel: () => clearTimeout(timer) };
  },
};

const LONGEST_STEP_MS = 2_147_483_647;
