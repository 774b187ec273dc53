import { abortedUnsent, type Interceptor, notSent } from './exchange.ts';

/** Waits for the sender's permission (`beforeSocket`: a limiter slot). */
export function gate(): Interceptor {
  return (next) => async (call) => {
    const { beforeSocket } = call.options;
    if (call.signal.aborted) return abortedUnsent(call.signal, 0);
    if (beforeSocket && !(await beforeSocket())) {
      return notSent('withheld', 'LEASE_LOST', 'withheld before the socket');
    }
    return call.signal.aborted ? abortedUnsent(call.signal, 0) : await next(call);
  };
}
