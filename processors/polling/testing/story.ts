import { afterEach, expect } from 'vitest';
import type { Connector } from '../../../connectors/contract.ts';
import type { Account } from '../../../schemas/generated/types.ts';
import { ACCOUNT, PollingHarness } from './harness.ts';
import { modelCodec } from './model-codec.ts';
import type { ModelReservation } from './model-platform.ts';

let present: PollingHarness | undefined;

/** Starts a harness; after the test it must have met no defect. */
export async function start(
  connector: Connector = modelCodec(),
  account: Account | null = ACCOUNT,
): Promise<PollingHarness> {
  present = await PollingHarness.start(connector, account);
  return present;
}

export function booking(id: string, changes: Partial<ModelReservation> = {}): ModelReservation {
  return { id, listing: 'listing 1', room: null, revision: 1, ...changes };
}

afterEach(() => {
  const failures = present?.log.failures ?? [];
  present = undefined;
  expect(failures).toEqual([]);
});
