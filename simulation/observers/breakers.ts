import type { LogRecord } from '../../runtime/event-log.ts';
import type { ConnectionHealth } from '../../schemas/generated/types.ts';
import type { Tally } from '../tally.ts';
import type { Violations } from '../violation.ts';
import type { TableChanged } from './log-scan.ts';

const FAILURES_TO_OPEN = 5;
const OPEN_MS = 60_000;
const SUCCESSES_TO_CLOSE = 2;
const ROUNDING_MS = 5;

/** Follows the breaker of every connection through `channel.health` and holds each step to I5, written here a second time. */
export function watchBreakers(tally: Tally, violations: Violations, skewMs: number): TableChanged {
  return (topic, key, before, after, record) => {
    if (topic !== 'channel.health') return;
    const from = before as ConnectionHealth | undefined;
    const to = after as ConnectionHealth | undefined;
    if (!to) return;
    if (from && from.breaker !== to.breaker)
      tally.count(`state.breaker.${from.breaker}>${to.breaker}`);
    const problem = wrongStep(from, to, record, skewMs);
    if (problem) violations.add('I5', `${key}: ${problem}: ${text(from)} → ${text(to)}`);
  };
}

function text(health: ConnectionHealth | undefined): string {
  if (!health) return 'none';
  const { breaker, consecutive_failures: failures, consecutive_successes: successes } = health;
  return `${breaker} (${failures} failures, ${successes} successes)`;
}

/** Why one record cannot follow the other. Each outcome is recorded by itself. */
function wrongStep(
  from: ConnectionHealth | undefined,
  to: ConnectionHealth,
  record: LogRecord,
  skewMs: number,
): string | null {
  const before = from?.breaker ?? 'closed';
  const failures = from?.consecutive_failures ?? 0;
  const successes = from?.consecutive_successes ?? 0;
  switch (`${before}>${to.breaker}`) {
    case 'closed>closed': {
      const next = to.consecutive_failures;
      return next === 0 || next === failures || (next === failures + 1 && next < FAILURES_TO_OPEN)
        ? null
        : 'failures were lost or invented';
    }
    case 'closed>open':
      return failures === FAILURES_TO_OPEN - 1 ? null : `opened after ${failures + 1} failures`;
    case 'open>open':
      // The same moment, told by another wall clock or by one that was set; or one that is over, told again by a new owner.
      return Math.abs((from?.opened_at ?? 0) - (to.opened_at ?? 0)) <= skewMs + ROUNDING_MS ||
        (to.opened_at ?? 0) + OPEN_MS <= record.timestamp + skewMs
        ? null
        : 'opened while it was open';
    case 'open>half_open':
      return record.timestamp >= (from?.opened_at ?? 0) + OPEN_MS - skewMs
        ? null
        : 'half open before its time';
    case 'half_open>half_open':
      return to.consecutive_successes === successes ||
        (to.consecutive_successes === successes + 1 && successes + 1 < SUCCESSES_TO_CLOSE)
        ? null
        : 'successes were lost or invented';
    case 'half_open>closed':
      return successes === SUCCESSES_TO_CLOSE - 1
        ? null
        : `closed after ${successes + 1} successes`;
    case 'half_open>open':
      return null;
    default:
      return 'no such step';
  }
}
