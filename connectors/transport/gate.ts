import { abortedUnsent, type Interceptor, notSent } from './exchange.ts';

/** Waits for the sender's permission (`beforeSocket`: a limiter slot) and reports the end of what it let pass (`ended`). */
export function gate(): Interceptor {
  return (next) => async (call) => {
    const { beforeSocket, ended } = call.options;
    if (call.signal.aborted) return abortedUnsent(call.signal, 0);
    if (beforeSocket && !(await beforeSocket())) {
      return notSent('withheld', 'LEASE_LOST', 'withheld before the socket');
    }
    const result = call.signal.aborted ? abortedUnsent(call.signal, 0) : await next(call);
    ended?.(result);
    return result;
  };
}
