import type { Timers } from '../../runtime/ports.ts';
import { DEADLINE_MS } from '../../runtime/request-life.ts';
import { type Interceptor, LifeOver } from './exchange.ts';

/** Ends a request that has no whole answer in time, from connecting to the last byte. */
export function deadline(timers: Timers): Interceptor {
  return (next) => async (call) => {
    const timeoutMs = call.options.timeoutMs ?? DEADLINE_MS;
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
