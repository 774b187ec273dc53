import { expect, it } from 'vitest';
import type { FetchRequest } from '../internals.ts';
import { UNHURRIED_MS, UnhurriedTopics } from './unhurried.ts';

let now = 0;
const clock = { now: () => now, monotonic: () => now };
const caughtUp = () => false;

function request(...topics: string[]): FetchRequest {
  return {
    maxWaitTime: 200,
    topics: topics.map((topic) => ({
      topic,
      partitions: [0, 1].map((partition) => ({ partition, fetchOffset: '5' })),
    })),
  };
}

function asked({ topics }: FetchRequest): string[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map((one) => `${topic}${one.partition}`),
  );
}

it('asks for an unhurried topic again only after a while, and waits no longer than until then', () => {
  now = 1_000;
  const topics = new UnhurriedTopics(['own'], clock);
  const first = topics.select(request('in', 'own'));
  expect(asked(first)).toEqual(['in0', 'in1', 'own0', 'own1']);
  topics.fetched(first, caughtUp);
  now += 20;
  const second = topics.select(request('in', 'own'));
  expect(asked(second)).toEqual(['in0', 'in1']);
  expect(second.maxWaitTime).toBe(UNHURRIED_MS - 20);
  topics.fetched(second, caughtUp);
  now += UNHURRIED_MS - 20;
  const third = topics.select(request('in', 'own'));
  expect(asked(third)).toEqual(['in0', 'in1', 'own0', 'own1']);
  expect(third.maxWaitTime).toBe(200);
});

it('reads on at full speed where it is behind', () => {
  const topics = new UnhurriedTopics(['own'], clock);
  topics.fetched(request('in', 'own'), (key) => key === 'own[1]');
  expect(asked(topics.select(request('in', 'own')))).toEqual(['in0', 'in1', 'own1']);
});

it('leaves nothing out when there is nothing else to read', () => {
  const topics = new UnhurriedTopics(['own'], clock);
  topics.fetched(request('own'), caughtUp);
  expect(asked(topics.select(request('own')))).toEqual(['own0', 'own1']);
});
