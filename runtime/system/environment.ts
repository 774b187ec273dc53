import type { Environment, Logger } from '../ports.ts';
import { systemClock, systemTimers } from './clock.ts';
import { PrometheusMetrics } from './metrics.ts';
import { systemRandom } from './random.ts';

/** The real world as ports. */
export function systemEnvironment(
  logger: Logger,
): Environment & { readonly metrics: PrometheusMetrics } {
  return {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    logger,
    metrics: new PrometheusMetrics(),
  };
}
