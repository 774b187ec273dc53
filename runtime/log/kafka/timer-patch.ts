import { loadInternal } from './internals.ts';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

let restore: (() => void) | null = null;

/**
 * kafkajs checks each connection for requests that wait for the end of a throttling. `scheduleCheckPendingRequests` sets the
 * timer even when nothing waits, with a delay that is then negative (the throttling ended in the past), which Node runs after 1 ms: every
 * idle connection wakes the process a thousand times a second. With the patch the timer is set only while something waits; a request that
 * comes during a throttling waits, so it sets the timer itself.
 *
 * @returns a function that takes the patch back, for measurements.
 */
export function patchTimers(): () => void {
  if (restore !== null) return restore;
  const { prototype } = loadInternal('src/network/requestQueue/index.js') as {
    prototype: RequestQueue;
  };
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhilePending(this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
  restore = () => {
    prototype.scheduleCheckPendingRequests = original;
    restore = null;
  };
  return restore;
}
