import { afterEach, expect } from 'vitest';
import type { Change, Connector, Outcome, PlannedRequest } from '../../../connectors/contract.ts';
import type { HarnessOptions } from './harness.ts';
import { DeliveryHarness } from './harness.ts';
import type { Behaviour } from './model-channel.ts';
import { modelConnector } from './model-connector.ts';

/** Words of the stories that tests tell of delivery. */

export const OPEN = { availability: 1, price: 10_000, min_stay_arrival: 2 } as const;
export const APPLIED = { kind: 'answer', outcome: { kind: 'applied' } } as const;
export const UNAVAILABLE = answer({
  kind: 'unknown',
  code: 'CHANNEL_UNAVAILABLE',
  message: '503',
});
export const UNAUTHORIZED = answer({ kind: 'unauthorized' });
export const REFUSED = answer({
  kind: 'refused',
  refused: [],
  code: 'CHANNEL_VALUE_REFUSED',
  message: 'something is wrong',
});

export function answer(outcome: Outcome): Behaviour {
  return { kind: 'answer', outcome };
}

export function tooMany(retryAfterMs: number | null): Behaviour {
  return answer({ kind: 'rate_limited', retryAfterMs });
}

/** A refusal that names its culprits. */
export function refusal(...changes: Change[]): Behaviour {
  return answer({
    kind: 'refused',
    refused: changes.map((change) => ({ change, code: 'CHANNEL_VALUE_REFUSED', advice: 'no' })),
    code: 'CHANNEL_VALUE_REFUSED',
    message: 'no',
  });
}

/** A channel that never takes certain changes and does not say which. */
export function refusesSilently(isBad: (change: Change) => boolean) {
  return (request: PlannedRequest): Behaviour => (request.changes.some(isBad) ? REFUSED : APPLIED);
}

let present: DeliveryHarness | undefined;

/** Starts a harness; after the test it must have met no defect. */
export async function start(
  connector: Connector = modelConnector(),
  options: HarnessOptions = {},
): Promise<DeliveryHarness> {
  present = await DeliveryHarness.start(connector, options);
  return present;
}

/** A night that is on sale, and settled. */
export async function opened(
  connector: Connector = modelConnector(),
  options: HarnessOptions = {},
) {
  const harness = await start(connector, options);
  const night = harness.night(10);
  await harness.want(night, OPEN);
  await harness.time.advance(2_000);
  expect(harness.availability(night)).toBe(1);
  return { harness, night };
}

afterEach(() => {
  const failures = present?.log.failures ?? [];
  present = undefined;
  expect(failures).toEqual([]);
});
