import type { Logger } from '../../runtime/ports.ts';
import { redactPath } from '../redaction.ts';
import type { Interceptor } from './exchange.ts';

/** Passes the trace context on and leaves one debug line per request, without secrets and bodies. */
export function trace(logger: Logger): Interceptor {
  return (next) => async (call) => {
    const { traceparent } = call.options;
    const traced = traceparent ? { ...call, headers: { ...call.headers, traceparent } } : call;
    const result = await next(traced);
    const { endpoint, method, path } = call.request;
    const outcome =
      result.kind === 'response' ? { status: result.response.status } : { code: result.code };
    logger.debug(
      {
        channel: call.channel,
        endpoint,
        method,
        path: redactPath(path),
        traceparent: traceparent ?? null,
        outcome: result.kind,
        durationMs: result.durationMs,
        ...outcome,
      },
      'channel request',
    );
    return result;
  };
}
