import { expect, it } from 'vitest';
import { rendered } from './report.ts';
import { type Results, verdictsOf } from './verdicts.ts';

const pace = { perSecond: 70_000, cpuMicros: 12 };
const spread = { count: 100, p50: 9, p99: 60, max: 80 };
const hop = { count: 100, p50: 1.2, p99: 4.5, max: 9 };
const stage = { stage: 'intake', records: 10, ours: pace, floor: pace, rounds: [] } as const;
const usage = {
  channel: 'a platform',
  connections: 10,
  possible: 80,
  perConnection: { least: 1, most: 2 },
  answerMs: 20,
};

function delivery(
  change: Partial<NonNullable<Results['delivery']>['backlog']> = {},
  p99Ratio = 1,
): Pick<Results, 'delivery'> {
  return {
    delivery: {
      backlog: {
        connections: 50,
        seconds: 60,
        changes: 300,
        usage: [],
        windows: [],
        overLimit: 0,
        rateLimited: 0,
        violations: {},
        caughtUpMs: 2_000,
        computed: 0.5,
        waited: 0.1,
        ...change,
      },
      trouble: {
        perSecond: 10,
        trouble: {},
        others: 10,
        without: spread,
        with: spread,
        p50Ratio: 1,
        p99Ratio,
        rounds: { without: [spread], with: [spread] },
        met: {},
      },
    },
  };
}

function met(results: Results): readonly boolean[] {
  return verdictsOf(results).map((verdict) => verdict.met);
}

function report(results: Results): string {
  return rendered({
    machine: {
      cores: 2,
      cpu: 'a processor',
      memoryGiB: 24,
      system: 'Linux',
      node: 'v20',
      jdk: null,
      stack: 'process',
    },
    load: { before: 0.1, after: 2 },
    startedAt: '2026-01-01T00:00:00Z',
    seconds: 12,
    verdicts: verdictsOf(results),
    ...results,
  });
}

it('a share must reach its target, hops must not exceed theirs', () => {
  const outbound = {
    perSecond: 50,
    hop,
    latency: spread,
    byChannel: {},
    p50Hops: 8,
    p99Hops: 12.1,
    cpuMsPerEvent: null,
    rounds: [],
  };
  const throughput = [
    { ...stage, ratio: 0.7, cpuRatio: 1 },
    { ...stage, ratio: 0.69, cpuRatio: 1 },
  ];
  expect(met({ throughput, outbound })).toEqual([true, false, true, false]);
});

it('each platform must use its limit, and one refusal, one full window or one broken rule is too much', () => {
  const shares = [0.95, 0.9499].map((share) => ({ ...usage, share, used: 80 * share }));
  expect(met(delivery({ usage: shares }))).toEqual([true, false, true, true, true]);
  expect(met(delivery({ rateLimited: 1 }))).toEqual([false, true, true]);
  expect(met(delivery({ overLimit: 1 }))).toEqual([true, false, true]);
  expect(met(delivery({ violations: { 'a platform rate_limit': 1 } }))).toEqual([
    true,
    false,
    true,
  ]);
});

it('the others may take a fifth longer beside the trouble', () => {
  expect(met(delivery({}, 1.2)).at(-1)).toBe(true);
  expect(met(delivery({}, 1.21)).at(-1)).toBe(false);
});

it('no number of keys may take us longer than them', () => {
  const row = { keys: 100, ours: 400, theirs: 450, rounds: { ours: [], theirs: [] } };
  const keys = { records: 10_000, skipped: null, theirVersion: '1', rows: [] };
  expect(met({ keys: { ...keys, rows: [{ ...row, ratio: 1 }] } })).toEqual([true]);
  expect(met({ keys: { ...keys, rows: [{ ...row, ratio: 0.99 }] } })).toEqual([false]);
  const alone = {
    ...keys,
    skipped: 'there is no javac',
    rows: [{ ...row, theirs: null, ratio: null }],
  };
  expect(met({ keys: alone })).toEqual([]);
  expect(report({ keys: alone })).toContain(
    'SKIPPED beside the Parallel Consumer, as there is no javac',
  );
});

it('has a row for each target', () => {
  const text = report({
    throughput: [{ ...stage, ratio: 0.75, cpuRatio: 0.5 }],
    ...delivery({ usage: [{ ...usage, share: 0.946, used: 75.7 }] }, 1.234),
  });
  expect(text).toMatch(/throughput of intake +75 % of the floor +≥ 70 % +met /);
  expect(text).toMatch(
    /backlog of 10 at a platform +94.6 % of the limit +≥ 95 % +missed +75.7 of 80.0 requests/,
  );
  expect(text).toMatch(/p99 of the others +1.23 times +≤ 1.2 +missed /);
  expect(text).toMatch(/answers 429 +0 +≤ 0 +met /);
});
