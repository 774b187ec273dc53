import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays } from '../../schemas/domain/plain-date.ts';
import type { Change } from '../contract.ts';
import {
  cellName,
  changesOf,
  contextOf,
  fullSync,
  shownValue,
  withChanges,
} from '../testing/calendar.ts';
import { ConnectorHarness } from '../testing/harness.ts';
import { deliver, outcome } from './sending.ts';
import type { ContractOptions } from './subject.ts';

export function describeWrites(options: ContractOptions): void {
  it('plans each change exactly once and puts exactly the changes on the calendar', async () => {
    const { connector, connection, today } = options.start();
    await fc.assert(
      fc.asyncProperty(changesOf(connector.manifest, connection, today, 120), async (changes) => {
        const subject = options.start();
        const harness = new ConnectorHarness(subject);
        const end = addDays(today, 120);
        const before = subject.calendar(today, end);
        const plan = connector.plan(
          connection,
          changes,
          contextOf(today, subject.currency, changes),
        );
        expect(plan.refused).toEqual([]);
        const planned = plan.requests.flatMap((request) => request.changes).map(cellName);
        expect(planned.sort()).toEqual(changes.map(cellName).sort());
        for (const request of plan.requests) {
          expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
        }
        expect(subject.calendar(today, end)).toEqual(
          withChanges(before, changes, connector.manifest),
        );
        expect(subject.violations()).toEqual({});
      }),
      { numRuns: 25 },
    );
  });

  it('syncs 500 nights in the fewest requests that the platform allows', async () => {
    const subject = options.start();
    const harness = new ConnectorHarness(subject);
    const { connector, connection, today, currency } = subject;
    const days = Math.min(500, connector.manifest.horizonDays.availability);
    const changes = fullSync(connector.manifest, connection, today, days);
    const plan = connector.plan(connection, changes, contextOf(today, currency, changes));
    expect(plan.refused).toEqual([]);
    expect(plan.requests).toHaveLength(options.fullSyncRequests);
    for (const request of plan.requests)
      expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
    const shown = subject.calendar(today, addDays(today, days));
    for (const change of changes)
      expect([cellName(change), shown.get(cellName(change))]).toEqual([
        cellName(change),
        shownValue(change, connector.manifest),
      ]);
    expect(subject.violations()).toEqual({});
  });

  it('plans the same changes into the same requests', () => {
    const { connector, connection, today, currency } = options.start();
    const changes = fullSync(connector.manifest, connection, today, 70);
    const context = contextOf(today, currency, changes);
    const forwards = connector.plan(connection, changes, context);
    const backwards = connector.plan(connection, [...changes].reverse(), context);
    expect(backwards.requests.map(({ body }) => body)).toEqual(
      forwards.requests.map(({ body }) => body),
    );
  });

  it('refuses without asking what the channel cannot say', () => {
    const { connector, connection, today, currency } = options.start();
    const foreign: Change = {
      night: today,
      field: 'price',
      ratePlanId: 'no-such-plan',
      value: 10_000,
    };
    const past: Change = {
      night: addDays(today, -2),
      field: 'availability',
      ratePlanId: null,
      value: 0,
    };
    const plan = connector.plan(connection, [foreign, past], contextOf(today, currency));
    expect(plan.requests).toEqual([]);
    expect(plan.refused.map(({ change }) => change)).toEqual([foreign, past]);
  });
}

export function describeRefusals(options: ContractOptions): void {
  for (const culprits of ['named', 'unnamed'] as const) {
    it(`finds a refused price (${culprits}) and lands everything else`, async () => {
      const subject = options.start(culprits);
      const harness = new ConnectorHarness(subject);
      const { connector, connection, today, currency } = subject;
      const [bad, alsoBad] = [addDays(today, 5), addDays(today, 12)];
      subject.fault({
        kind: 'refuse',
        nights: [bad, alsoBad],
        field: 'price',
        times: null,
        on: 'write',
      });
      const changes = fullSync(connector.manifest, connection, today, 20);
      const end = addDays(today, 20);
      const before = subject.calendar(today, end);
      const rejected = await deliver(harness, changes, currency);
      const prices = changes.filter(
        ({ field, night }) => field === 'price' && (night === bad || night === alsoBad),
      );
      expect(rejected.map(cellName).sort()).toEqual(prices.map(cellName).sort());
      const landed = changes.filter((change) => !prices.includes(change));
      expect(subject.calendar(today, end)).toEqual(withChanges(before, landed, connector.manifest));
    });

    it(`never blames an innocent field for a refused restriction (${culprits})`, async () => {
      const subject = options.start(culprits);
      const harness = new ConnectorHarness(subject);
      const { today, currency, connection } = subject;
      const plan = connection.rate_plans[0]?.rate_plan_id ?? null;
      const night = addDays(today, 3);
      subject.fault({
        kind: 'refuse',
        nights: [night],
        field: 'restrictions',
        times: null,
        on: 'write',
      });
      const changes: Change[] = [
        { night, field: 'price', ratePlanId: plan, value: 15_000 },
        { night, field: 'min_stay_arrival', ratePlanId: plan, value: 3 },
        { night: addDays(night, 1), field: 'min_stay_arrival', ratePlanId: plan, value: 3 },
      ];
      const rejected = await deliver(harness, changes, currency);
      expect(rejected.map(cellName)).toEqual([`${night} min_stay_arrival ${plan}`]);
      expect(subject.calendar(night, addDays(night, 1)).get(`${night} price ${plan}`)).toBe(15_000);
    });
  }
}
