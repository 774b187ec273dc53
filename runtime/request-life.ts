/**
 * How long a request to a platform can matter, in one place: limits, quarantines and the count of tokens rest on it together.
 */

/** A request that is not answered by then is given up, ms from its socket. */
export const DEADLINE_MS = 20_000;

/** So much longer a platform may still work on what we gave up, and count it, ms. */
export const LATE_MS = 40_000;

/** After this nothing of a request takes effect any more, ms. */
export const REQUEST_LIFE_MS = DEADLINE_MS + LATE_MS;

/** Longest pause that a platform can ask for, ms: then we look whether it still wants it. */
export const LONGEST_PAUSE_MS = 3_600_000;
