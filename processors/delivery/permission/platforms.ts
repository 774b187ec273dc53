import type { Metrics } from '../../../runtime/ports.ts';
import type { BreakerState } from '../../../schemas/generated/types.ts';

/** How many connections of a platform in trouble may probe it at the same time. */
export const CANARIES = 3;

const GAUGE: Readonly<Record<BreakerState, number>> = { closed: 0, open: 1, half_open: 2 };

interface Platform {
  readonly states: Map<string, BreakerState>;
  /** A probe has succeeded since the platform went down: everybody may look for himself. */
  answered: boolean;
}

/**
 * The breakers of all connections that this process owns, by platform. While most of a platform's are not closed, a few canaries probe it and
 * the others wait: they would only find the same. This changes no breaker, it delays probes of half-open ones.
 */
export class Platforms {
  readonly #platforms = new Map<string, Platform>();

  report(channel: string, connectionId: string, state: BreakerState, metrics: Metrics): void {
    const platform = this.#platform(channel);
    const before = platform.states.get(connectionId);
    if (before === state) return;
    platform.states.set(connectionId, state);
    if (before === 'half_open') platform.answered = state === 'closed';
    measure(channel, platform, metrics);
  }

  /** The connection is not ours any more. */
  forget(channel: string, connectionId: string, metrics: Metrics): void {
    const platform = this.#platform(channel);
    if (platform.states.delete(connectionId)) measure(channel, platform, metrics);
  }

  mayProbe(channel: string, connectionId: string): boolean {
    const platform = this.#platform(channel);
    if (platform.answered || !isDown(platform)) return true;
    let canaries = 0;
    for (const [id, state] of platform.states) {
      if (id === connectionId) return true;
      if (state === 'half_open') canaries++;
      if (canaries === CANARIES) return false;
    }
    return true;
  }

  #platform(channel: string): Platform {
    const known = this.#platforms.get(channel);
    if (known) return known;
    const platform = { states: new Map<string, BreakerState>(), answered: false };
    this.#platforms.set(channel, platform);
    return platform;
  }
}

function measure(channel: string, platform: Platform, metrics: Metrics): void {
  const labels = { channel_type: channel };
  metrics.gauge('circuit_breaker_state', GAUGE[stateOf(platform)], labels);
  metrics.gauge('parity_open_connections', count(platform, 'open'), labels);
}

/** The state of most connections; half open while those that are not closed are in the majority, but not those that are open. */
function stateOf(platform: Platform): BreakerState {
  if (count(platform, 'open') * 2 > platform.states.size) return 'open';
  return isDown(platform) ? 'half_open' : 'closed';
}

function isDown(platform: Platform): boolean {
  return (platform.states.size - count(platform, 'closed')) * 2 > platform.states.size;
}

function count({ states }: Platform, wanted: BreakerState): number {
  let found = 0;
  for (const state of states.values()) if (state === wanted) found++;
  return found;
}
