import { afterEach, describe, expect, it } from 'vitest';
import type { Summary } from '../../cli/story/summary.ts';
import { NpmStart } from './npm-start.ts';

let start: NpmStart | undefined;
afterEach(() => start?.destroy());

/** Runs `npm start -- --once` to its end; the summary is its last line. */
async function told(stack: 'process' | 'memory', ...args: string[]) {
  start = await NpmStart.spawn(['--once', ...args], { env: { PARITY_STACK: stack } });
  start.watch();
  const { code } = await start.ended;
  await start.nothingLeft();
  const { stdout, stderr } = start;
  const line = start.lastLine();
  if (!line.startsWith('{')) throw new Error(`no summary:\n${stdout}\n${stderr}`);
  return { code, summary: JSON.parse(line) as Summary, stdout, stderr };
}

describe('npm start -- --once', () => {
  it('ends without parity and with exit code 1 when drift is injected: the comparison is real', async () => {
    const { code, summary } = await told('process', '--drift', '--chapters', 'direct');
    expect(summary).toMatchObject({ parity: false, differences: 2 });
    expect(code).toBe(1);
  });

  it('ends with parity in memory too, and says that nothing is durable', async () => {
    const chapters = 'direct,airbnb,booking,changes,crash,expedia';
    const { code, summary, stderr } = await told('memory', '--chapters', chapters);
    expect(summary).toMatchObject({
      parity: true,
      differences: 0,
      rateLimited: 0,
      violations: 0,
      reopenedNights: 0,
      duplicateBookings: 0,
      missingBookings: 0,
    });
    expect(summary.events).toBeGreaterThan(40);
    expect(summary.closingMs.count).toBeGreaterThanOrEqual(6);
    expect(Object.keys(summary.channels)).toEqual([
      'airbnb',
      'booking_com',
      'expedia',
      'google',
      'vrbo',
      'fewo_direkt',
    ]);
    for (const channel of Object.values(summary.channels)) {
      expect(channel).toMatchObject({ differences: 0, violations: 0 });
      expect(channel.requests).toBeGreaterThan(5);
    }
    expect(code).toBe(0);
    expect(stderr).toContain('NOTHING IS DURABLE');
  });
});
