import { expect, it } from 'vitest';
import { joinSignals } from './joined-signal.ts';

it('ends with the first of its sources, for its reason', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { signal } = joinSignals(first.signal, second.signal);
  expect(signal.aborted).toBe(false);
  second.abort('enough');
  expect(signal.reason).toBe('enough');
  first.abort('too late');
  expect(signal.reason).toBe('enough');
});

it('has ended already when one of them has', () => {
  const { signal } = joinSignals(new AbortController().signal, AbortSignal.abort('over'));
  expect(signal.reason).toBe('over');
});

it('hears nothing once it is released', () => {
  const source = new AbortController();
  const joined = joinSignals(source.signal);
  joined.release();
  source.abort();
  expect(joined.signal.aborted).toBe(false);
});
