/** Numbers that say something about many measurements. Values are in whatever unit they came in. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Percentile by nearest rank: the smallest value that at least `percent` % of all values do not exceed. It is always one of the values, and
 * with few of them a high percentile is the greatest.
 * @param percent over 0 and up to 100.
 * @throws RangeError without values, or for a percentage out of range.
 */
export function percentile(values: readonly number[], percent: number): number {
  if (!(percent > 0 && percent <= 100)) throw new RangeError(`no percentile ${percent}`);
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.ceil((percent / 100) * sorted.length) - 1];
  if (value === undefined) throw new RangeError('no values');
  return value;
}

/** The middle value; between two middle ones, their mean. @throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >>> 1];
  const lower = sorted[(sorted.length - 1) >>> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values');
  return (lower + upper) / 2;
}

/** @throws RangeError without values. */
export function spread(values: readonly number[]): Spread {
  return {
    count: values.length,
    p50: percentile(values, 50),
    p99: percentile(values, 99),
    max: percentile(values, 100),
  };
}

/**
 * Median of the ratios of pairs measured right after each other. What slows the machine down for a while slows both of a pair, so the ratio
 * says more than the quotient of two medians.
 * @throws RangeError when the lists differ in length or are empty.
 */
export function medianRatio(ours: readonly number[], floor: readonly number[]): number {
  if (ours.length !== floor.length) throw new RangeError('measurements without their pair');
  return median(ours.map((value, at) => value / (floor[at] ?? Number.NaN)));
}
