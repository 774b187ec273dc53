import type { Random } from '../../ports.ts';

/** Delays of the simulated network, ms: each is drawn uniformly from [0, max]. */
export interface Latencies {
  /** One way between a client and the broker. */
  readonly networkMs: number;
  /** From an append to the answer of a fetch that waits for it. */
  readonly fetchMs: number;
  /** After which a client gives up a request that got no answer. Not drawn: exact. */
  readonly requestTimeoutMs: number;
}

export const NO_LATENCY: Latencies = { networkMs: 0, fetchMs: 0, requestTimeoutMs: 30_000 };

/** Chances in [0, 1], per produce request unless said otherwise. Change them at any time; all 0 is a log without faults. */
export interface Faults {
  /** The request never arrives: LOG_UNAVAILABLE, nothing written. */
  loseRequest: number;
  /** All is written, the answer is lost: LOG_UNAVAILABLE. */
  loseAnswer: number;
  /** Only some partitions are written: LOG_UNAVAILABLE. */
  partialProduce: number;
  /** A retry whose first try had landed: all is written twice, the answer names the second copy. */
  duplicateProduce: number;
  /** LOG_UNAVAILABLE, and the records land up to `lateMs` after that, behind what others wrote meanwhile. */
  lateProduce: number;
  lateMs: number;
  /** Per partition and fetch: the batch comes up to `delayMs` later. */
  delayDelivery: number;
  delayMs: number;
}

export const NO_FAULTS: Faults = {
  loseRequest: 0,
  loseAnswer: 0,
  partialProduce: 0,
  duplicateProduce: 0,
  lateProduce: 0,
  lateMs: 0,
  delayDelivery: 0,
  delayMs: 0,
};

export type ProduceFault =
  | 'loseRequest'
  | 'loseAnswer'
  | 'partialProduce'
  | 'duplicateProduce'
  | 'lateProduce';

const PRODUCE_FAULTS: readonly ProduceFault[] = [
  'loseRequest',
  'loseAnswer',
  'partialProduce',
  'duplicateProduce',
  'lateProduce',
];

/** The fault of one request, at most one. */
export function drawProduceFault(faults: Faults, random: Random): ProduceFault | null {
  let rest = PRODUCE_FAULTS.some((fault) => faults[fault] > 0) ? random.next() : 1;
  for (const fault of PRODUCE_FAULTS) {
    if (rest < faults[fault]) return fault;
    rest -= faults[fault];
  }
  return null;
}

/** How often each thing happened since the broker was made. A simulation fails where one that it wants stays 0. */
export interface FaultCounts {
  lostRequests: number;
  lostAnswers: number;
  partialProduces: number;
  duplicatedProduces: number;
  lateAppends: number;
  delayedDeliveries: number;
  freezes: number;
  resumes: number;
  kills: number;
  isolations: number;
  rebalances: number;
  forcedRebalances: number;
  sessionExpiries: number;
  refusedCommits: number;
  /** Partitions that a member reads again from before what the group had been given. */
  rewinds: number;
  compactions: number;
  compactedRecords: number;
  retentionRuns: number;
  expiredRecords: number;
  outOfRange: number;
}

export function zeroCounts(): FaultCounts {
  return {
    lostRequests: 0,
    lostAnswers: 0,
    partialProduces: 0,
    duplicatedProduces: 0,
    lateAppends: 0,
    delayedDeliveries: 0,
    freezes: 0,
    resumes: 0,
    kills: 0,
    isolations: 0,
    rebalances: 0,
    forcedRebalances: 0,
    sessionExpiries: 0,
    refusedCommits: 0,
    rewinds: 0,
    compactions: 0,
    compactedRecords: 0,
    retentionRuns: 0,
    expiredRecords: 0,
    outOfRange: 0,
  };
}
