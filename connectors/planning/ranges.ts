import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Change } from '../contract.ts';

/** The changes of one night that travel together. */
interface NightChanges {
  readonly night: PlainDate;
  readonly changes: readonly Change[];
}

/** Consecutive nights whose changes say the same. Both ends inclusive. */
export interface Run {
  /** Equal for runs that set the same fields to the same values. */
  readonly key: string;
  readonly first: PlainDate;
  readonly last: PlainDate;
  readonly nights: readonly NightChanges[];
}

/** Changes by night, in order of date. */
export function byNight(changes: readonly Change[]): NightChanges[] {
  const nights = new Map<PlainDate, Change[]>();
  for (const change of changes) {
    const known = nights.get(change.night);
    if (known) known.push(change);
    else nights.set(change.night, [change]);
  }
  return [...nights]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([night, own]) => ({ night, changes: own }));
}

/** What a night's changes say: the same for nights with the same fields, rate plans and values. */
export function meaningOf(changes: readonly Change[]): string {
  return changes
    .map(({ field, ratePlanId, value }) => JSON.stringify([field, ratePlanId, value]))
    .sort()
    .join();
}

/**
 * Run-length form: the fewest ranges of consecutive nights with the same set of changed fields and values. Every night is in
 * exactly one run, no two runs overlap.
 */
export function runsOf(nights: readonly NightChanges[]): Run[] {
  const runs: { key: string; first: PlainDate; last: PlainDate; nights: NightChanges[] }[] = [];
  for (const one of nights) {
    const key = meaningOf(one.changes);
    const open = runs[runs.length - 1];
    if (open && open.key === key && addDays(open.last, 1) === one.night) {
      open.last = one.night;
      open.nights.push(one);
    } else runs.push({ key, first: one.night, last: one.night, nights: [one] });
  }
  return runs;
}

/** Packs runs, in their order, into groups of at most `maxNights` nights; a run that does not fit is cut. */
export function packRuns(runs: readonly Run[], maxNights: number): Run[][] {
  const groups: Run[][] = [];
  let group: Run[] = [];
  let room = maxNights;
  const full = () => {
    if (group.length > 0) groups.push(group);
    group = [];
    room = maxNights;
  };
  for (const run of runs) {
    let rest = run.nights;
    while (rest.length > 0) {
      const taken = rest.slice(0, room);
      group.push({ ...run, ...endsOf(taken), nights: taken });
      room -= taken.length;
      rest = rest.slice(taken.length);
      if (room === 0) full();
    }
  }
  full();
  return groups;
}

function endsOf(nights: readonly NightChanges[]): { first: PlainDate; last: PlainDate } {
  const first = nights[0];
  const last = nights[nights.length - 1];
  if (!first || !last) throw new RangeError('a run has at least one night');
  return { first: first.night, last: last.night };
}
