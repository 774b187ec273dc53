import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadInternal } from './internals.ts';
import { patchTimers } from './timer-patch.ts';

interface RequestQueue {
  checkPendingRequests(): void;
  maybeThrottle(ms: number): void;
  push(request: object): void;
  destroy(): void;
}

const RequestQueue = loadInternal('src/network/requestQueue/index.js') as new (
  options: object,
) => RequestQueue;
const logger = { debug: () => undefined, warn: () => undefined };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function queue(): { checks: () => number; queue: RequestQueue } {
  const made = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'c',
    broker: 'b',
    logger,
  });
  const check = vi.spyOn(made, 'checkPendingRequests');
  return { queue: made, checks: () => check.mock.calls.length };
}

function request(correlationId: number, onSend: () => void): object {
  return {
    entry: { correlationId, resolve: () => undefined },
    expectResponse: true,
    sendRequest: onSend,
  };
}

it('an idle connection wakes the process a thousand times a second in kafkajs, and never with the patch', () => {
  const restore = patchTimers();
  const patched = queue();
  patched.queue.checkPendingRequests();
  vi.advanceTimersByTime(1_000);
  expect(patched.checks()).toBe(1);

  restore();
  const original = queue();
  original.queue.checkPendingRequests();
  vi.advanceTimersByTime(1_000);
  expect(original.checks()).toBeGreaterThan(900);
  original.queue.destroy();
});

it('a request that waits for the end of a throttling is still sent then', () => {
  const restore = patchTimers();
  const { queue: throttled } = queue();
  throttled.maybeThrottle(500);
  const sent = vi.fn();
  throttled.push(request(1, sent));
  vi.advanceTimersByTime(499);
  expect(sent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2);
  expect(sent).toHaveBeenCalledTimes(1);
  restore();
});
