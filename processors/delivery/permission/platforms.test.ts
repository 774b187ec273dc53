import { describe, expect, it } from 'vitest';
import { Measures } from '../testing/measures.ts';
import { CANARIES, Platforms } from './platforms.ts';

function platform(count: number) {
  const platforms = new Platforms();
  const measures = new Measures();
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  const report = (id: string, state: 'closed' | 'open' | 'half_open') =>
    platforms.report('model', id, state, measures);
  for (const id of ids) report(id, 'closed');
  const gauge = (name: string) => measures.gauges.get(`${name}{channel_type=model}`);
  const probing = () => ids.filter((id) => platforms.mayProbe('model', id));
  return { platforms, ids, report, gauge, probing, measures };
}

describe('platforms', () => {
  it('show the state of most connections, and how many are open', () => {
    const { ids, report, gauge, platforms, measures } = platform(5);
    for (const id of ids.slice(0, 2)) report(id, 'open');
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([0, 2]);
    report('c2', 'open');
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([1, 3]);
    report('c0', 'half_open');
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([2, 2]);
    for (const id of ids.slice(0, 3)) platforms.forget('model', id, measures);
    expect([gauge('circuit_breaker_state'), gauge('parity_open_connections')]).toEqual([0, 0]);
  });

  it('leave probing to a few canaries while most connections are in trouble', () => {
    const { ids, report, probing } = platform(20);
    for (const id of ids) report(id, 'open');
    for (const id of ids) report(id, 'half_open');
    expect(probing()).toEqual(ids.slice(0, CANARIES));
    report('c0', 'open');
    expect(probing()).toEqual(['c0', ...ids.slice(1, CANARIES + 1)]);
  });

  it('let everybody probe once a canary has closed, and while only a few are in trouble', () => {
    const { ids, report, probing } = platform(20);
    for (const id of ids) report(id, 'half_open');
    report('c0', 'closed');
    expect(probing()).toEqual(ids);
    const few = platform(20);
    for (const id of few.ids.slice(0, 9)) few.report(id, 'half_open');
    expect(few.probing()).toEqual(few.ids);
  });
});
