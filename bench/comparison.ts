import { median, medianRatio } from './statistics.ts';
import type { Lap } from './stopwatch.ts';

/** Records per second, and µs that this process computed for each record. */
export interface Pace {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** One round: both sides did the same work right after each other. */
export interface Round {
  readonly ours: Pace;
  readonly floor: Pace;
}

export interface Comparison {
  /** Medians of the rounds. */
  readonly ours: Pace;
  readonly floor: Pace;
  /** Medians of the rounds' ratios: of our rate to the floor's, and of the floor's computing time to ours. Over 1: we are faster. */
  readonly ratio: number;
  readonly cpuRatio: number;
  readonly rounds: readonly Round[];
}

export function paceOf(count: number, { ms, cpuMs }: Lap): Pace {
  return { perSecond: (count / ms) * 1_000, cpuMicros: (cpuMs / count) * 1_000 };
}

/** @throws RangeError without rounds. */
export function compare(rounds: readonly Round[]): Comparison {
  const of = (side: keyof Round, what: keyof Pace) => rounds.map((round) => round[side][what]);
  const middle = (side: keyof Round): Pace => ({
    perSecond: median(of(side, 'perSecond')),
    cpuMicros: median(of(side, 'cpuMicros')),
  });
  return {
    ours: middle('ours'),
    floor: middle('floor'),
    ratio: medianRatio(of('ours', 'perSecond'), of('floor', 'perSecond')),
    cpuRatio: medianRatio(of('floor', 'cpuMicros'), of('ours', 'cpuMicros')),
    rounds,
  };
}

/** The first round warms both sides up and is not counted. */
const ROUNDS = 6;

/**
 * Measures both sides in turns, and who begins changes from round to round, so that neither always meets what the other left behind.
 * @param what for `onProgress`: what our side is.
 */
export async function takeTurns(
  what: string,
  sides: Readonly<Record<keyof Round, () => Promise<Pace>>>,
  onProgress: (line: string) => void,
): Promise<Comparison> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let floor = round % 2 === 0 ? null : await sides.floor();
    const ours = await sides.ours();
    floor ??= await sides.floor();
    onProgress(`${what}: ${inWords(ours)}; bare kafkajs: ${inWords(floor)}`);
    if (round > 0) rounds.push({ ours, floor });
  }
  return compare(rounds);
}

function inWords({ perSecond, cpuMicros }: Pace): string {
  return `${perSecond.toFixed(0)}/s, ${cpuMicros.toFixed(1)} µs each`;
}
