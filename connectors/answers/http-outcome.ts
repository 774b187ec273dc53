import type { ChannelResponse, Outcome } from '../contract.ts';

/** Longest text of a platform that is kept in an outcome. */
const MAX_MESSAGE = 500;

/**
 * What a status means on every platform. Undefined: 2xx, and the statuses of a refused message (400, 413, 422), whose body has
 * to be read. Nothing that is not proven to be refused is called refused: redirects and odd statuses are `unknown`.
 * @param message the platform's own words
 */
export function outcomeOfStatus(response: ChannelResponse, message: string): Outcome | undefined {
  const { status } = response;
  const words = shorten(message === '' ? `HTTP ${status}` : `HTTP ${status}: ${message}`);
  if (status >= 200 && status < 300) return undefined;
  if (status === 400 || status === 413 || status === 422) return undefined;
  if (status === 401) return { kind: 'unauthorized' };
  if (status === 403)
    return { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN', message: words };
  if (status === 404 || status === 410)
    return { kind: 'connection_fault', code: 'CHANNEL_LISTING_UNKNOWN', message: words };
  if (status === 429) return { kind: 'rate_limited', retryAfterMs: retryAfterMs(response) };
  if (status >= 500 || status === 408 || status === 425) return unavailable(response, words);
  if (status >= 400) return { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN', message: words };
  return { kind: 'unknown', code: 'CHANNEL_RESPONSE_MALFORMED', message: words };
}

function unavailable(response: ChannelResponse, message: string): Outcome {
  const wait = retryAfterMs(response);
  const outcome = { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE', message } as const;
  return wait === null ? outcome : { ...outcome, retryAfterMs: wait };
}

/** Where a platform says it by nothing but the status. */
export function isTooManyRequests({ status }: ChannelResponse): boolean {
  return status === 429;
}

/** `Retry-After` in ms: seconds, or a date judged by the answer's own `Date`. Null: not said. */
export function retryAfterMs(response: ChannelResponse): number | null {
  const text = response.headers['retry-after'];
  if (text === undefined) return null;
  if (/^\d{1,6}(\.\d+)?$/.test(text.trim())) return Math.ceil(Number(text) * 1_000);
  const wait = Date.parse(text) - Date.parse(response.headers.date ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

export function shorten(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}
