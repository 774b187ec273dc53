import { beforeEach, expect, it } from 'vitest';
import { settle, VirtualTime } from '../../../testing/virtual-time.ts';
import type { Coordinator } from '../internals.ts';
import { Heartbeats } from './heartbeats.ts';

const INTERVAL_MS = 1_000;

let time: VirtualTime;
let answers: { resolve(): void; reject(error: Error): void }[];
let accepted: { startedAt: number; generation: number }[];
let failed: string[];
let heartbeats: Heartbeats;

const coordinator = {
  heartbeat: () => new Promise<void>((resolve, reject) => void answers.push({ resolve, reject })),
} as unknown as Coordinator;

beforeEach(() => {
  time = new VirtualTime();
  answers = [];
  accepted = [];
  failed = [];
  heartbeats = new Heartbeats(
    time.process('client'),
    INTERVAL_MS,
    (startedAt, generation) => accepted.push({ startedAt, generation }),
    (error) => failed.push(String(error)),
  );
});

function beat(generation = 1): void {
  heartbeats.beat(coordinator, { groupId: 'g', memberId: 'm', groupGenerationId: generation });
}

it('sends one at a time, an interval apart, and reports when it started', async () => {
  beat();
  await time.advance(INTERVAL_MS * 3);
  beat();
  expect(answers).toHaveLength(1);
  answers[0]!.resolve();
  await settle();
  expect(accepted).toEqual([{ startedAt: 0, generation: 1 }]);
  beat();
  expect(answers).toHaveLength(2);
  answers[1]!.resolve();
  await time.advance(INTERVAL_MS - 1);
  beat();
  expect(answers).toHaveLength(2);
  await time.advance(1);
  beat();
  expect(answers).toHaveLength(3);
});

it('throws a failure at the next call, once', async () => {
  beat();
  answers[0]!.reject(new Error('REBALANCE_IN_PROGRESS'));
  await settle();
  expect(failed).toEqual(['Error: REBALANCE_IN_PROGRESS']);
  expect(() => beat()).toThrow('REBALANCE_IN_PROGRESS');
  expect(() => beat()).not.toThrow();
});

it('takes no notice of what an earlier membership was answered', async () => {
  beat(1);
  heartbeats.reset();
  beat(2);
  expect(answers).toHaveLength(2);
  answers[0]!.reject(new Error('UNKNOWN_MEMBER_ID'));
  answers[1]!.resolve();
  await settle();
  expect(failed).toEqual([]);
  expect(accepted).toEqual([{ startedAt: 0, generation: 2 }]);
});
