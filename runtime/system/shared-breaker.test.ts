import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Metrics } from '../ports.ts';
import { sharedBreaker } from './shared-breaker.ts';

const states: number[] = [];
const metrics: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  gauge: (_name, value) => {
    states.push(value);
  },
};

beforeEach(() => {
  states.length = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const breaker = sharedBreaker({
    dependency: 'registry',
    isOutage: (code) => code === 'REGISTRY_UNAVAILABLE',
    code: 'REGISTRY_UNAVAILABLE',
    metrics,
  });
  let asked = 0;
  const fails = (code: 'REGISTRY_UNAVAILABLE' | 'SCHEMA_INCOMPATIBLE') =>
    breaker
      .run(() => {
        asked += 1;
        return Promise.reject(new ParityError(code, 'no'));
      })
      .catch((error: unknown) => codeOf(error));
  return { breaker, fails, asked: () => asked };
}

it('spares a dependency that is down, lets one call try after a rest, and closes when it is back', async () => {
  const { breaker, fails, asked } = start();
  for (let call = 0; call < 12; call += 1)
    expect(await fails('REGISTRY_UNAVAILABLE')).toBe('REGISTRY_UNAVAILABLE');
  expect(asked()).toBe(5);
  await vi.advanceTimersByTimeAsync(10_100);
  await fails('REGISTRY_UNAVAILABLE');
  await fails('REGISTRY_UNAVAILABLE');
  expect(asked()).toBe(6);
  await vi.advanceTimersByTimeAsync(10_100);
  expect(await breaker.run(() => Promise.resolve(7))).toBe(7);
  expect(await breaker.run(() => Promise.resolve(8))).toBe(8);
  expect(states).toEqual([0, 1, 2, 1, 2, 0]);
});

it('takes a refusal for an answer', async () => {
  const { fails, asked } = start();
  for (let call = 0; call < 12; call += 1)
    expect(await fails('SCHEMA_INCOMPATIBLE')).toBe('SCHEMA_INCOMPATIBLE');
  expect(asked()).toBe(12);
});
