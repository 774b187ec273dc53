import { describe, expect, it } from 'vitest';
import type { StageStatus } from '../runner/status.ts';
import { PrometheusMetrics } from '../system/metrics.ts';
import { healthServer } from './health.ts';

const NOW = 1_000_000;

const well: StageStatus = {
  stage: 'delivery',
  state: 'running',
  assigned: 12,
  live: 12,
  restoredRecords: 400,
  queuedRecords: 7,
  lag: [{ topic: 'channel.commands', records: 7, oldestMs: 2_500 }],
  lastFetchAt: NOW - 100,
};

async function ask(path: string, changes: Partial<StageStatus> = {}) {
  const clock = { now: () => NOW, monotonic: () => NOW };
  const metrics = new PrometheusMetrics();
  const server = healthServer({ clock, metrics, status: () => [{ ...well, ...changes }] });
  const answer = await server.inject(path);
  await server.close();
  return answer;
}

describe('/health/live', () => {
  it.each<[string, Partial<StageStatus>, number]>([
    ['a stage that fetches', {}, 200],
    ['a stage that still restores', { live: 0 }, 200],
    ['a stage that waits to be let into its group', { state: 'starting', lastFetchAt: null }, 200],
    ['a consumer that has been silent for a minute', { lastFetchAt: NOW - 60_000 }, 503],
    ['a stage that failed', { state: 'failed' }, 503],
  ])('%s', async (_what, changes, status) => {
    expect((await ask('/health/live', changes)).statusCode).toBe(status);
  });
});

describe('/health/ready', () => {
  it.each<[string, Partial<StageStatus>, number]>([
    ['all partitions are restored', {}, 200],
    ['another member of the group has all partitions', { assigned: 0, live: 0 }, 200],
    ['one is still being restored', { live: 11 }, 503],
    ['the stage stops', { state: 'stopping' }, 503],
  ])('%s', async (_what, changes, status) => {
    const answer = await ask('/health/ready', changes);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ stages: [{ stage: 'delivery', restoredRecords: 400 }] });
  });
});

describe('/metrics', () => {
  it('shows what is not done, read at this moment', async () => {
    const { body, headers } = await ask('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain('parity_stage_lag_records{stage="delivery",topic="channel.commands"} 7');
    expect(body).toContain(
      'parity_stage_lag_seconds{stage="delivery",topic="channel.commands"} 2.5',
    );
    expect(body).toContain('parity_stage_partitions{stage="delivery",state="live"} 12');
    expect(body).toContain('process_cpu_seconds_total');
  });
});
