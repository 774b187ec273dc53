import { Temporal } from '@js-temporal/polyfill';

const LOCAL = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;

/**
 * Ms since the epoch of a platform's time: ISO with offset or `Z`, also with a zone in brackets
 * (`2026-09-06T15:00+01:00[Europe/London]`), or without any zone, which is read as UTC. Undefined for anything else.
 */
export function parseInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  try {
    return Temporal.Instant.from(LOCAL.test(trimmed) ? `${trimmed.replace(' ', 'T')}Z` : trimmed)
      .epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
