import type { Environment } from '../../../runtime/ports.ts';
import type { BreakerState } from '../../../schemas/generated/types.ts';
import type { Breaker } from './breaker.ts';
import { ProbeLine } from './probe-line.ts';

const GAUGE: Readonly<Record<BreakerState, number>> = { closed: 0, open: 1, half_open: 2 };

/** A half-open connection whose first probe was answered is `proven`: it needs another success, but the platform works. */
type Standing = BreakerState | 'proven';

interface Platform {
  readonly standings: Map<string, Standing>;
  readonly counts: Record<Standing, number>;
  readonly line: ProbeLine;
  /** Probes stand in line. Begins when most connections are in trouble, ends when most are well and nobody waits. */
  guarded: boolean;
}

type Ports = Pick<Environment, 'clock' | 'timers' | 'metrics'>;

/**
 * The breakers of all connections that this process owns, by platform. While most of a platform's are in trouble a few canaries probe it and the
 * others wait: they would only find the same. When it answers they return one after the other. This changes no breaker, it delays probes of
 * half-open ones. Each call takes constant time, however many connections there are.
 */
export class Platforms {
  readonly #environment: Ports;
  readonly #platforms = new Map<string, Platform>();

  constructor(environment: Ports) {
    this.#environment = environment;
  }

  report(channel: string, connectionId: string, breaker: Breaker): void {
    const platform = this.#platform(channel);
    const before = platform.standings.get(connectionId);
    const after = standingOf(breaker);
    if (before === after) return;
    if (before !== undefined) platform.counts[before]--;
    platform.counts[after]++;
    platform.standings.set(connectionId, after);
    if (after !== 'half_open')
      platform.line.ended(connectionId, after === 'open' ? 'failed' : 'answered');
    this.#changed(channel, platform);
  }

  /** The connection is not ours any more. */
  forget(channel: string, connectionId: string): void {
    const platform = this.#platform(channel);
    const before = platform.standings.get(connectionId);
    platform.line.leave(connectionId);
    if (before === undefined) return;
    platform.standings.delete(connectionId);
    platform.counts[before]--;
    this.#changed(channel, platform);
  }

  /** Whether a half-open connection may probe now; if not, `wake` is called when it may. */
  mayProbe(channel: string, connectionId: string, hasClosing: boolean, wake: () => void): boolean {
    const { guarded, line } = this.#platform(channel);
    return !guarded || line.join(connectionId, hasClosing, wake);
  }

  /** The connection has nothing to probe with now. */
  leave(channel: string, connectionId: string): void {
    const platform = this.#platform(channel);
    if (!platform.guarded) return;
    platform.line.leave(connectionId);
    guard(platform);
  }

  #platform(channel: string): Platform {
    const known = this.#platforms.get(channel);
    if (known) return known;
    const platform: Platform = {
      standings: new Map(),
      counts: { closed: 0, open: 0, half_open: 0, proven: 0 },
      line: new ProbeLine(this.#environment),
      guarded: false,
    };
    this.#platforms.set(channel, platform);
    return platform;
  }

  #changed(channel: string, platform: Platform): void {
    guard(platform);
    const labels = { channel_type: channel };
    const { metrics } = this.#environment;
    metrics.gauge('circuit_breaker_state', GAUGE[stateOf(platform)], labels);
    metrics.gauge('parity_open_connections', platform.counts.open, labels);
  }
}

function standingOf({ state, successes }: Breaker): Standing {
  return state === 'half_open' && successes > 0 ? 'proven' : state;
}

function guard(platform: Platform): void {
  const { counts, standings, line } = platform;
  const isDown = (counts.open + counts.half_open) * 2 > standings.size;
  if (isDown && !platform.guarded) line.narrow();
  platform.guarded = isDown || (platform.guarded && !line.isIdle);
}

/** The state of most connections; half open while those that are not closed are in the majority, but not those that are open. */
function stateOf({ counts, standings }: Platform): BreakerState {
  if (counts.open * 2 > standings.size) return 'open';
  return (standings.size - counts.closed) * 2 > standings.size ? 'half_open' : 'closed';
}
