import { describe, expect, it } from 'vitest';
import { VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import { Measures } from '../testing/measures.ts';
import type { Breaker } from './breaker.ts';
import { CLOSED } from './breaker.ts';
import { Platforms } from './platforms.ts';
import { CANARIES, REST_MS, RETURN_GAP_MS } from './probe-line.ts';

const OPEN: Breaker = { ...CLOSED, state: 'open', openedAt: 0 };
const HALF_OPEN: Breaker = { ...CLOSED, state: 'half_open' };
const PROVEN: Breaker = { ...HALF_OPEN, successes: 1 };

function platform(count: number) {
  const time = new VirtualTime();
  const host = time.process('delivery');
  const measures = new Measures();
  const platforms = new Platforms({ clock: host, timers: host, metrics: measures });
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  const report = (id: string, breaker: Breaker) => platforms.report('model', id, breaker);
  for (const id of ids) report(id, CLOSED);
  /** Who may probe, in the order in which they were told. */
  const probing: string[] = [];
  const ask = (id: string, hasClosing = false) => {
    if (platforms.mayProbe('model', id, hasClosing, () => probing.push(id))) probing.push(id);
  };
  const down = () => {
    for (const id of ids) report(id, OPEN);
    for (const id of ids) report(id, HALF_OPEN);
  };
  const gauge = (name: string) => measures.gauges.get(`${name}{channel_type=model}`);
  return { time, platforms, ids, report, gauge, probing, ask, down };
}

describe('platforms', () => {
  it('show the state of most connections, and how many are open', () => {
    const { ids, report, gauge, platforms } = platform(5);
    for (const id of ids.slice(0, 2)) report(id, OPEN);
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([0, 2]);
    report('c2', OPEN);
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([1, 3]);
    report('c0', HALF_OPEN);
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([2, 2]);
    for (const id of ids.slice(0, 3)) platforms.forget('model', id);
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([0, 0]);
  });

  it('let everybody probe while only a few are in trouble', () => {
    const { ids, report, probing, ask } = platform(20);
    for (const id of ids.slice(0, 9)) report(id, HALF_OPEN);
    for (const id of ids.slice(0, 9)) ask(id);
    expect(probing).toEqual(ids.slice(0, 9));
  });

  it('leave probing to a few canaries while most are in trouble; a failed probe is the next one’s after a rest', async () => {
    const { time, ids, report, probing, ask, down } = platform(20);
    down();
    for (const id of ids) ask(id);
    await time.advance(1_000);
    expect(probing).toEqual(ids.slice(0, CANARIES));
    for (const id of ids.slice(0, CANARIES)) report(id, OPEN);
    await time.advance(REST_MS - 1);
    expect(probing).toHaveLength(CANARIES);
    await time.advance(1_000);
    expect(probing).toEqual(ids.slice(0, 2 * CANARIES));
  });

  it('let the others return one after the other once a canary is answered, also if it has nothing more to send', async () => {
    const { time, ids, report, probing, ask, down } = platform(200);
    down();
    for (const id of ids) ask(id);
    const told: number[] = [];
    for (let index = 0; index < ids.length; index++) {
      await time.until(() => probing.length > index);
      told.push(time.elapsed);
      report(probing[index] ?? '', PROVEN);
    }
    expect(probing).toEqual(ids);
    const gaps = told.slice(1).map((at, index) => at - (told[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(RETURN_GAP_MS);
    expect(told.at(-1)).toBeLessThan(200 * RETURN_GAP_MS + 100);
  });

  it('pass on the place of a canary that hangs, has nothing to send, or is not ours any more', async () => {
    const { time, ids, probing, ask, down, platforms } = platform(20);
    down();
    for (const id of ids) ask(id);
    await time.advance(100);
    platforms.leave('model', 'c0');
    platforms.forget('model', 'c1');
    await time.advance(100);
    expect(probing).toEqual(ids.slice(0, CANARIES + 2));
    await time.advance(30_000);
    expect(probing).toHaveLength(2 * CANARIES + 2);
  });

  it('let those with a closing and the others take turns', async () => {
    const { time, ids, report, probing, ask, down } = platform(12);
    down();
    for (const [index, id] of ids.entries()) ask(id, index >= 6);
    for (let index = 0; index < ids.length; index++) {
      await time.until(() => probing.length > index);
      report(probing[index] ?? '', PROVEN);
    }
    expect(probing.slice(0, 8)).toEqual(['c0', 'c6', 'c1', 'c7', 'c2', 'c8', 'c3', 'c9']);
  });

  it('begin the next outage with a few canaries again', async () => {
    const { time, ids, report, probing, ask, down } = platform(40);
    down();
    for (const id of ids) ask(id);
    await time.advance(1_000);
    for (let index = 0; index < ids.length; index++) {
      await time.until(() => probing.length > index);
      report(probing[index] ?? '', CLOSED);
    }
    probing.length = 0;
    down();
    for (const id of ids) ask(id);
    await time.advance(5_000);
    expect(probing).toHaveLength(CANARIES);
  });
});
