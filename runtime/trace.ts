import type { Random } from './ports.ts';

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A new W3C trace context: `00-<trace id, 32 hex>-<parent id, 16 hex>-01` (sampled).
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function newTraceparent(random: Random): string {
  const trace = random.uuid().replaceAll('-', '');
  // The random end of the id serves as parent: nothing but its being unlikely to repeat is asked of it.
  return `00-${trace}-${trace.slice(16)}-01`;
}

/** The header if it is a valid trace context of version 00, else null: a broken one is replaced, not passed on. */
export function validTraceparent(header: string | undefined): string | null {
  return header !== undefined && TRACEPARENT.test(header) ? header : null;
}

/** The trace id of a trace context, for log lines. */
export function traceIdOf(traceparent: string | null): string | null {
  return traceparent === null ? null : traceparent.slice(3, 35);
}
