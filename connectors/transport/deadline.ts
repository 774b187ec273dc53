import type { Timers } from '../../runtime/ports.ts';
import { type Interceptor, LifeOver } from './exchange.ts';

/** Longest life of a request where the sender names none, ms. A third of the 60 s after which delivery takes it for dead. */
export const DEFAULT_TIMEOUT_MS = 20_000;

/** Ends a request that has no whole answer in time, from connecting to the last byte. */
export function deadline(timers: Timers): Interceptor {
  return (next) => async (call) => {
    const timeoutMs = call.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const life = new AbortController();
    const follow = () => life.abort(call.signal.reason);
    if (call.signal.aborted) follow();
    else call.signal.addEventListener('abort', follow, { once: true });
    const timer = timers.after(timeoutMs, () => life.abort(new LifeOver(timeoutMs)));
    try {
      return await next({ ...call, signal: life.signal });
    } finally {
      timer.cancel();
      call.signal.removeEventListener('abort', follow);
    }
  };
}
