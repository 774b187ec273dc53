import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../contract.ts';

/** A signed date may be this far from our clock. */
const MAX_CLOCK_SKEW_MS = 300_000;

/**
 * HMAC-SHA256 (hex, either case, with or without `sha256=`) over the raw body, by any of `secrets`. Constant in time for a
 * given number of secrets. Where the request carries a `Date`, it must be near `now` (ms).
 */
export function verifyHmac(
  request: InboundRequest,
  header: string,
  secrets: readonly string[],
  now: number,
): 'valid' | 'invalid' | 'stale' {
  const given = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(headerOf(request, header)?.trim() ?? '')?.[1];
  const signature = Buffer.from(given ?? ''.padStart(64, '0'), 'hex');
  let matches = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(request.body).digest();
    // Every secret is tried, so the time does not tell which one it was.
    if (timingSafeEqual(expected, signature) && secret !== '') matches = true;
  }
  if (!matches || given === undefined) return 'invalid';
  const date = headerOf(request, 'date');
  if (date === undefined) return 'valid';
  const skew = Math.abs(Date.parse(date) - now);
  return skew <= MAX_CLOCK_SKEW_MS ? 'valid' : 'stale';
}

/** A header by its name in any case. */
function headerOf(request: InboundRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const direct = request.headers[wanted];
  if (direct !== undefined) return direct;
  return Object.entries(request.headers).find(([key]) => key.toLowerCase() === wanted)?.[1];
}
