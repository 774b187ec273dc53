import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChannelType, ConnectionId, RatePlanId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays, dateIn, dayIndex, monthOf, nightsOf } from '../../schemas/domain/plain-date.ts';
import type { Connection, DesiredPage, PmsEvent, RatePlan } from '../../schemas/generated/types.ts';
import { createIntake } from '../intake/intake.ts';
import { deliveriesOf, HOLDS_END, history, SPAN } from '../testing/arbitraries.ts';
import type { TableInput, TableRow } from '../testing/driver.ts';
import { ProcessorDriver, tableInput } from '../testing/driver.ts';
import {
  connection,
  HARBOUR,
  MEADOW,
  manifestOf,
  PROPERTY,
  property,
  snapshot,
} from '../testing/fixtures.ts';
import { NaiveCalendar } from '../testing/naive-calendar.ts';
import { createMapping } from './mapping.ts';

const HOUR = 3_600_000;
const START = HOLDS_END - 5 * HOUR;
const create = () => createMapping({ manifestOf });

type Step =
  | { kind: 'events'; batch: PmsEvent[]; crash: number | null }
  | { kind: 'forward'; records: number; perFold: number; reversed: boolean; crash: number | null }
  | { kind: 'connection'; id: ConnectionId; value: Connection | null }
  | { kind: 'advance'; hours: number }
  | { kind: 'restart' };

const ratePlans: fc.Arbitrary<RatePlan[]> = fc.uniqueArray(
  fc.record({
    rate_plan_id: fc.constantFrom('standard', 'flex').map((id) => id as RatePlanId),
    adjustment: fc.option(
      fc.record({
        kind: fc.constantFrom('percentage' as const, 'fixed' as const),
        hundredths: fc.constantFrom(-11_000, -2_550, 0, 1_000, 1_005),
      }),
    ),
  }),
  { selector: (plan) => plan.rate_plan_id, maxLength: 2 },
);

const anyConnection = fc.constantFrom(HARBOUR, MEADOW).chain((id) =>
  fc.record({
    kind: fc.constant('connection' as const),
    id: fc.constant(id),
    value: fc.option(
      fc
        .record({
          channel: fc
            .constantFrom('full', 'described', 'coarse', 'unpriced', 'unheard-of')
            .map((channel) => channel as ChannelType),
          rate_plans: ratePlans,
          currency: fc.constantFrom(null, null, 'EUR', 'USD'),
          sync_direction: fc.constantFrom('bidirectional', 'outbound_only', 'inbound_only'),
          sync_availability: fc.constantFrom(true, true, true, false),
          sync_pricing: fc.constantFrom(true, true, false),
          phase: fc.constantFrom('active', 'active', 'preview', 'paused', 'disconnected'),
          incarnation: fc.integer({ min: 1, max: 3 }),
        })
        .map((changes) => connection(id, changes as Partial<Connection>)),
      { freq: 8 },
    ),
  }),
);

const crash = fc.option(fc.nat({ max: 4 }), { freq: 1 });
const disturbance: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('forward' as const),
      records: fc.integer({ min: 1, max: 12 }),
      perFold: fc.integer({ min: 1, max: 12 }),
      reversed: fc.boolean(),
      crash,
    }),
  },
  { weight: 3, arbitrary: anyConnection },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      hours: fc.constantFrom(1, 2, 20, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

/** Mostly the property is known and two connections are there from the first; then anything happens. */
const story = history.chain((drawn) =>
  fc.record({ known: fc.boolean(), opened: fc.boolean() }).chain(({ known, opened }) => {
    const events = known ? [property(1), snapshot(2, SPAN.start, WHOLE), ...drawn] : drawn;
    const connections: Step[] = [HARBOUR, MEADOW].map((id) => ({
      kind: 'connection',
      id,
      value: connection(id),
    }));
    return fc.record({
      events: fc.constant(events),
      steps: fc
        .tuple(
          deliveriesOf(events),
          fc.array(fc.tuple(fc.array(disturbance, { maxLength: 3 }), crash), { minLength: 10 }),
        )
        .map(([batches, between]): Step[] => [
          ...(opened ? connections : []),
          ...batches.flatMap((batch, at): Step[] => [
            { kind: 'events', batch, crash: between[at]?.[1] ?? null },
            ...(between[at]?.[0] ?? []),
          ]),
        ]),
    });
  }),
);
const WHOLE = { prices: [{ ...SPAN, amount: 10_050 }] };

/** Intake and mapping with the log between them. */
class Pipeline {
  readonly intake = new ProcessorDriver({
    create: createIntake,
    ownTables: ['property.calendar'],
    now: START,
  });
  readonly mapping = new ProcessorDriver({ create, ownTables: ['channel.desired'], now: START });
  readonly #log: TableInput<'property.calendar'>[] = [];

  run(step: Step): void {
    switch (step.kind) {
      case 'events':
        if (step.crash !== null) this.intake.crashAfterWrites(step.crash);
        this.intake.pipeBatch(
          'pms.events',
          step.batch.map((value) => ({ key: PROPERTY, value })),
        );
        if (step.crash !== null) this.intake.restart();
        break;
      case 'forward':
        if (step.crash !== null) this.mapping.crashAfterWrites(step.crash);
        this.forward(step.records, step);
        if (step.crash !== null) this.mapping.restart();
        break;
      case 'connection':
        this.mapping.pipeTable('channel.connections', [{ key: step.id, value: step.value }]);
        break;
      case 'advance':
        this.intake.advance(step.hours * HOUR);
        this.mapping.advance(step.hours * HOUR);
        break;
      case 'restart':
        this.mapping.restart();
        break;
      default:
        step satisfies never;
    }
  }

  forward(records: number, how: { perFold?: number; reversed?: boolean } = {}): void {
    this.#log.push(...this.intake.read('property.calendar').map(tableInput));
    this.mapping.pipeTable('property.calendar', this.#log.splice(0, records), how);
  }
}

function pagesOf(driver: ProcessorDriver): Map<string, DesiredPage> {
  return driver.rows('channel.desired');
}

/** The pages that a fresh process makes of the same inputs. */
function recomputed(mapping: ProcessorDriver): Map<string, DesiredPage> {
  const rows: TableRow[] = [];
  for (const [key, value] of mapping.rows('property.calendar'))
    rows.push({ topic: 'property.calendar', key, value });
  for (const [key, value] of mapping.rows('channel.connections'))
    rows.push({ topic: 'channel.connections', key, value });
  const fresh = new ProcessorDriver({
    create,
    ownTables: ['channel.desired'],
    now: mapping.now,
    rows,
  });
  return pagesOf(fresh);
}

function shownAt(page: DesiredPage | undefined, field: string, plan: string | null, day: number) {
  const column = page?.columns.find((one) => one.field === field && one.rate_plan_id === plan);
  return column?.values[day];
}

test('incremental folds end where a recomputation ends, and no fold opens a night that the tables close', () => {
  fc.assert(
    fc.property(story, ({ steps }) => {
      const pipeline = new Pipeline();
      const { mapping } = pipeline;
      for (const step of steps) {
        pipeline.run(step);
        const now = recomputed(mapping);
        for (const { key, value } of mapping.read('channel.desired')) {
          if (step.kind === 'advance') continue;
          value?.implied_at.forEach((_, day) => {
            if (shownAt(value, 'availability', null, day) === 1)
              expect([key, day, shownAt(now.get(key), 'availability', null, day)]).toEqual([
                key,
                day,
                1,
              ]);
          });
        }
        expect(pagesOf(mapping)).toEqual(now);
      }
      mapping.restart();
      expect(mapping.read('channel.desired')).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('the pages say what a plain replay of the events says', () => {
  fc.assert(
    fc.property(story, ({ events, steps }) => {
      const pipeline = new Pipeline();
      const { mapping } = pipeline;
      for (const step of steps) pipeline.run(step);
      pipeline.forward(Number.POSITIVE_INFINITY);
      const naive = new NaiveCalendar(events);
      for (const one of mapping.rows('channel.connections').values())
        expectNaive(one, naive, mapping);
    }),
    { numRuns: 300 },
  );
});

function expectNaive(one: Connection, naive: NaiveCalendar, mapping: ProcessorDriver): void {
  const pages = pagesOf(mapping);
  const manifest = manifestOf(one.channel);
  expect(pages.get(`${one.connection_id}/about`)?.content).toEqual(naiveContent(one, naive));
  const today = dateIn('Europe/Berlin', mapping.now);
  for (const night of nightsOf(SPAN)) {
    const page = pages.get(`${one.connection_id}/${monthOf(night)}`);
    const shown =
      manifest !== undefined &&
      naive.property !== null &&
      one.phase !== 'disconnected' &&
      monthOf(night) >= monthOf(addDays(today, -1)) &&
      monthOf(night) <= monthOf(addDays(today, manifest.horizonDays.availability));
    expect([night, page !== undefined]).toEqual([night, shown]);
    if (!page || !manifest || !naive.property) continue;
    const day = dayIndex(night);
    expect({
      night,
      availability: shownAt(page, 'availability', null, day),
      implied: page.implied_at[day],
      released: page.released[day],
      prices: one.rate_plans.map((plan) => shownAt(page, 'price', plan.rate_plan_id, day)),
      incarnation: page.incarnation,
    }).toEqual({
      night,
      ...naiveNight(one, naive, night, mapping.now),
      incarnation: one.incarnation,
    });
  }
}

/** Undefined: there is no such page. */
function naiveContent(one: Connection, { property }: NaiveCalendar) {
  const isTold =
    one.channel === ('described' as ChannelType) &&
    one.phase !== 'disconnected' &&
    one.sync_direction !== 'inbound_only' &&
    (one.sync_availability || one.sync_pricing);
  if (!isTold || property === null) return undefined;
  return { property, rate_plans: one.rate_plans.map(({ rate_plan_id }) => rate_plan_id) };
}

/** The rules of README.md, written down once more and differently. */
function naiveNight(one: Connection, naive: NaiveCalendar, night: PlainDate, now: number) {
  const { closed, covered, owner, revisedAt, price } = naive.night(night, now);
  const currency = naive.property?.currency;
  const out = one.sync_direction !== 'inbound_only';
  const hasPrices = one.channel !== ('unpriced' as ChannelType);
  const sendsPrices = out && one.sync_pricing && hasPrices;
  const usable =
    sendsPrices &&
    covered &&
    price?.currency === currency &&
    (one.currency ?? currency) === currency;
  const prices = one.rate_plans.map((plan) =>
    usable && price ? adjusted(price.amount, plan) : null,
  );
  const step = one.channel === ('coarse' as ChannelType) ? 100 : 1;
  const shown = prices.map((exact, at) => {
    if (exact === null) return null;
    const rounded = Math.floor(exact / step + 0.5) * step;
    const free = price?.amount === 0 && one.rate_plans[at] !== undefined;
    return rounded > 0 ? rounded : free ? 0 : null;
  });
  const priced = !sendsPrices || (shown.length > 0 && shown.every((value) => value !== null));
  const availability = closed ? 0 : covered ? (priced ? 1 : 0) : null;
  const sends = out && one.sync_availability;
  return {
    availability: sends ? availability : null,
    implied: sends && closed && owner === one.connection_id ? revisedAt : null,
    released: naive.released(one.connection_id, night),
    prices: hasPrices ? shown : shown.map(() => undefined),
  };
}

function adjusted(amount: number, { adjustment }: RatePlan): number {
  if (!adjustment) return amount;
  return adjustment.kind === 'percentage'
    ? (amount * (10_000 + adjustment.hundredths)) / 10_000
    : amount + adjustment.hundredths;
}
