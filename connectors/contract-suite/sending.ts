import type { Change, Outcome, PlannedRequest } from '../contract.ts';
import { contextOf } from '../testing/calendar.ts';
import { ConnectorHarness } from '../testing/harness.ts';
import type { ContractOptions } from './subject.ts';

/** A closing of today, planned. */
export function oneWriteOf(options: ContractOptions) {
  const subject = options.start();
  const { connector, connection, today, currency } = subject;
  const change: Change = { night: today, field: 'availability', ratePlanId: null, value: 0 };
  const request = connector.plan(connection, [change], contextOf(today, currency))
    .requests[0] as PlannedRequest;
  return { subject, harness: new ConnectorHarness(subject), request };
}

export async function outcome(
  harness: ConnectorHarness,
  request: PlannedRequest,
): Promise<Outcome> {
  return harness.spec.connector.interpret(request, await harness.answer(request));
}

/** Sends as delivery does: what is not named is halved, what is not refused goes again. Returns what the channel refused. */
export async function deliver(
  harness: ConnectorHarness,
  changes: readonly Change[],
  currency: string,
): Promise<Change[]> {
  const { connector, connection, today } = harness.spec;
  const rejected: Change[] = [];
  const queue: (readonly Change[])[] = [changes];
  for (let turn = 0; turn < 400; turn += 1) {
    const group = queue.shift();
    if (!group) return rejected;
    const plan = connector.plan(connection, group, contextOf(today, currency, changes));
    rejected.push(...plan.refused.map(({ change }) => change));
    for (const request of plan.requests) {
      const result = await outcome(harness, request);
      if (result.kind === 'applied') continue;
      if (result.kind !== 'partial' && result.kind !== 'refused')
        throw new Error(JSON.stringify(result));
      const culprits = new Set(result.refused.map(({ change }) => change));
      rejected.push(...culprits);
      const rest = request.changes.filter((change) => !culprits.has(change));
      if (result.kind === 'partial') continue;
      if (culprits.size > 0) {
        if (rest.length > 0) queue.push(rest);
      } else if (rest.length === 1) rejected.push(...rest);
      else queue.push(rest.slice(0, rest.length / 2), rest.slice(rest.length / 2));
    }
  }
  throw new Error('no end of refusals');
}
