import { expect, it } from 'vitest';
import { rendered, verdictsOf } from './report.ts';

const pace = { perSecond: 70_000, cpuMicros: 12 };
const spread = { count: 100, p50: 9, p99: 60, max: 80 };
const hop = { count: 100, p50: 1.2, p99: 4.5, max: 9 };
const stage = { stage: 'intake', records: 10, ours: pace, floor: pace, rounds: [] } as const;

it('a share must reach its target, hops must not exceed theirs', () => {
  const verdicts = verdictsOf({
    throughput: [
      { ...stage, ratio: 0.7, cpuRatio: 1 },
      { ...stage, ratio: 0.69, cpuRatio: 1 },
    ],
    outbound: {
      perSecond: 50,
      hop,
      latency: spread,
      byChannel: {},
      p50Hops: 8,
      p99Hops: 12.1,
      cpuMsPerEvent: null,
      rounds: [],
    },
  });
  expect(verdicts.map(({ met }) => met)).toEqual([true, false, true, false]);
});

it('has a row for each target', () => {
  const verdicts = verdictsOf({ throughput: [{ ...stage, ratio: 0.75, cpuRatio: 0.5 }] });
  const text = rendered({
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
    verdicts,
  });
  expect(text).toContain('throughput of intake  75 % of the floor  ≥ 70 %  met');
});
