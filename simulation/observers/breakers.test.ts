import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../runtime/event-log.ts';
import type { BreakerState, ConnectionHealth } from '../../schemas/generated/types.ts';
import { Tally } from '../tally.ts';
import { Violations } from '../violation.ts';
import { watchBreakers } from './breakers.ts';

interface Step {
  readonly at: number;
  readonly is: BreakerState;
  readonly failures?: number;
  readonly successes?: number;
  readonly openedAt?: number;
}

/** What the observer says to a run of states. */
function verdictOn(steps: readonly Step[]): string[] {
  const violations = new Violations(() => 0);
  const watch = watchBreakers(new Tally(), violations, 0);
  let before: ConnectionHealth | undefined;
  for (const { at, is, failures = 0, successes = 0, openedAt = null } of steps) {
    const after = {
      breaker: is,
      consecutive_failures: failures,
      consecutive_successes: successes,
      opened_at: openedAt,
    } as ConnectionHealth;
    watch('channel.health', 'c', before, after, { timestamp: at } as LogRecord);
    before = after;
  }
  return violations.all().map(({ message }) => message.split(': ')[1] ?? '');
}

const failing = [1, 2, 3, 4].map((failures): Step => ({ at: failures, is: 'closed', failures }));
const open: Step = { at: 5, is: 'open', openedAt: 5 };

describe('the observer of breakers', () => {
  it('has nothing to say to the whole round', () => {
    const round: Step[] = [
      ...failing,
      open,
      { at: 60_005, is: 'half_open' },
      { at: 60_006, is: 'open', openedAt: 60_006 },
      { at: 120_006, is: 'half_open' },
      { at: 120_007, is: 'half_open', successes: 1 },
      { at: 120_008, is: 'closed' },
    ];
    expect(verdictOn(round)).toEqual([]);
  });

  it('sees a breaker that opens too early, and one that lets requests through too early', () => {
    expect(verdictOn([...failing.slice(0, 3), open])).toEqual(['opened after 4 failures']);
    expect(verdictOn([...failing, open, { at: 60_004, is: 'half_open' }])).toEqual([
      'half open before its time',
    ]);
  });

  it('sees one that closes after a single success, and failures that are not counted one by one', () => {
    const half: Step[] = [...failing, open, { at: 60_005, is: 'half_open' }];
    expect(verdictOn([...half, { at: 60_006, is: 'closed' }])).toEqual([
      'closed after 1 successes',
    ]);
    expect(
      verdictOn([
        { at: 0, is: 'closed' },
        { at: 1, is: 'closed', failures: 2 },
      ]),
    ).toEqual(['failures were lost or invented']);
  });
});
