import type { FastifyInstance } from 'fastify';
import fastify from 'fastify';
import type { Clock } from '../ports.ts';
import type { StageStatus } from '../runner/stage-runner.ts';
import type { PrometheusMetrics } from '../system/metrics.ts';

/** A member of a group that has not fetched for so long is dead in a living process, ms. */
const SILENT_MS = 60_000;

export interface HealthPorts {
  readonly clock: Clock;
  readonly metrics: PrometheusMetrics;
  status(): readonly StageStatus[];
}

/**
 * `/health/live`: 200 while every stage fetches; `/health/ready`: 200 once all assigned partitions are restored; `/metrics`: Prometheus text.
 * Both health pages say the state of each stage. The caller listens and closes.
 */
export function healthServer(ports: HealthPorts): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/metrics', async (_request, reply) => {
    const { registry } = ports.metrics;
    for (const stage of ports.status()) gauge(ports, stage);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  app.get('/health/live', async (_request, reply) =>
    answer(reply, ports.status(), (stage) => isAlive(stage, ports.clock)),
  );
  app.get('/health/ready', async (_request, reply) => answer(reply, ports.status(), isReady));
  return app;
}

function answer(
  reply: { code(status: number): { send(body: object): unknown } },
  stages: readonly StageStatus[],
  isWell: (stage: StageStatus) => boolean,
) {
  const well = stages.every(isWell);
  return reply.code(well ? 200 : 503).send({ status: well ? 'ok' : 'unavailable', stages });
}

/** What is a state rather than an event is read when somebody looks, so that it is right while nothing moves. */
function gauge({ metrics, clock }: HealthPorts, status: StageStatus): void {
  const { stage } = status;
  metrics.gauge('parity_stage_partitions', status.assigned, { stage, state: 'assigned' });
  metrics.gauge('parity_stage_partitions', status.live, { stage, state: 'live' });
  metrics.gauge('parity_stage_restored_records', status.restoredRecords, { stage });
  metrics.gauge('parity_stage_queued_records', status.queuedRecords, { stage });
  for (const { topic, records, oldestMs } of status.lag) {
    metrics.gauge('parity_stage_lag_records', records, { stage, topic });
    metrics.gauge('parity_stage_lag_seconds', (oldestMs ?? 0) / 1_000, { stage, topic });
  }
  if (status.lastFetchAt === null) return;
  const silent = (clock.monotonic() - status.lastFetchAt) / 1_000;
  metrics.gauge('parity_stage_seconds_since_fetch', silent, { stage });
}

function isAlive(stage: StageStatus, clock: Clock): boolean {
  if (stage.state === 'failed' || stage.state === 'ended') return false;
  return stage.lastFetchAt === null || clock.monotonic() - stage.lastFetchAt < SILENT_MS;
}

function isReady(stage: StageStatus): boolean {
  return stage.state === 'running' && stage.live === stage.assigned;
}
