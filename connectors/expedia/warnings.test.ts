import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import { simRequest } from '../../simulators/http.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import type { Change, Outcome, PlannedRequest } from '../contract.ts';
import { cellName, changesOf, contextOf, shownValue } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { expediaAuthenticator } from './auth.ts';
import { expediaConnector } from './index.ts';

const today = '2026-11-01' as PlainDate;
const NIGHTS = 60;
const { manifest } = expediaConnector;
const connection = testConnection('expedia', '500', '5001', ['50011', '50012']);
const { headers, sign } = expediaAuthenticator.authorise({
  clientId: 'ours',
  clientSecret: 'secret',
  refreshToken: null,
});

class Subject {
  readonly platform: ExpediaPlatform;

  constructor(seed: number, culprits: 'named' | 'unnamed') {
    const time = new VirtualTime(Date.parse('2026-11-01T08:30:00Z'), seed);
    const settings = { users: { ours: 'secret' }, culprits };
    this.platform = new ExpediaPlatform(time, () => Promise.resolve(200), settings);
    const rates = connection.rate_plans.map(({ rate_plan_id: id }) => ({ id }));
    this.platform.createHotel({ id: '500', rooms: [{ id: '5001', rates }] });
  }

  async send(request: PlannedRequest): Promise<Outcome> {
    const body = sign?.(request.body ?? '') ?? '';
    const all = { ...request.headers, ...headers };
    const answer = await this.platform.handle(simRequest('POST', request.path, all, body));
    return expediaConnector.interpret(request, answer);
  }

  async calendar(): Promise<ReadonlyMap<string, number | null>> {
    const shown = new Map<string, number | null>();
    for (let day = 0; day < NIGHTS; day += 30) {
      const nights = { start: addDays(today, day), end: addDays(today, day + 30) };
      const request = expediaConnector.readBack(connection, nights);
      const all = { ...request.headers, ...headers };
      const body = sign?.(request.body ?? '') ?? '';
      const answer = await this.platform.handle(simRequest('POST', request.path, all, body));
      for (const one of expediaConnector.parseReadBack(connection, answer))
        shown.set(cellName(one), one.value);
    }
    return shown;
  }
}

const wrong = (changes: readonly Change[], shown: ReadonlyMap<string, number | null>) =>
  changes
    .filter((change) => shown.get(cellName(change)) !== shownValue(change, manifest))
    .map(cellName);

it('calls nothing stored that is not, however many parts are refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      changesOf(manifest, connection, today, NIGHTS),
      fc.constantFrom(0.02, 0.1, 0.5, 1),
      fc.constantFrom('named', 'unnamed'),
      fc.nat(1_000),
      async (changes, share, culprits, seed) => {
        const subject = new Subject(seed, culprits);
        subject.platform.faults.arm({ kind: 'partial', share, times: null });
        for (const request of expediaConnector.plan(
          connection,
          changes,
          contextOf(today, 'EUR', changes),
        ).requests) {
          const outcome = await subject.send(request);
          // What is refused in doubt goes again as a whole.
          if (outcome.kind === 'refused') expect(outcome.partlyApplied).toBe(true);
          if (outcome.kind !== 'applied' && outcome.kind !== 'partial') continue;
          const refused = outcome.kind === 'partial' ? outcome.refused : [];
          const stored = request.changes.filter(
            (one) => !refused.some(({ change }) => change === one),
          );
          expect(wrong(stored, await subject.calendar())).toEqual([]);
          if (culprits === 'named') expect(refused.length).toBeLessThan(20);
        }
        expect(subject.platform.report().violations).toEqual({});
      },
    ),
    { numRuns: 60 },
  );
});

it('ends, sent again and again, with all stored but the refused prices', async () => {
  const subject = new Subject(1, 'named');
  const nights = Array.from({ length: NIGHTS }, (_, day) => addDays(today, day));
  const changes = nights.flatMap((night): Change[] => [
    { night, field: 'price', ratePlanId: '50011', value: 14_000 },
    { night, field: 'max_stay', ratePlanId: '50011', value: 14 },
  ]);
  const bad = nights.slice(0, 50);
  subject.platform.faults.arm({ kind: 'refuse', nights: bad, field: 'price', times: null });
  const rejected = new Set<Change>();
  let rounds = 0;
  for (let open: readonly Change[] = changes; open.length > 0; rounds += 1) {
    const [request] = expediaConnector.plan(connection, open, contextOf(today, 'EUR')).requests;
    if (!request) throw new Error('no request');
    const outcome = await subject.send(request);
    const refused = 'refused' in outcome ? outcome.refused : [];
    for (const { change } of refused) rejected.add(change);
    open = outcome.kind === 'refused' ? open.filter((one) => !rejected.has(one)) : [];
  }
  // 20 culprits a round.
  expect(rounds).toBe(3);
  expect([...rejected].map(cellName)).toEqual(bad.map((night) => `${night} price 50011`));
  const stored = changes.filter((one) => !rejected.has(one));
  expect(wrong(stored, await subject.calendar())).toEqual([]);
});
