import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayIndex, monthsOf, nightsOf } from '../../schemas/domain/plain-date.ts';
import type {
  BlockRegister,
  BookingRegister,
  MonthRegister,
  PmsEvent,
} from '../../schemas/generated/types.ts';
import { monthFacts } from '../mapping/month-facts.ts';
import { aboutKey, monthKey } from '../property-calendar/keys.ts';
import { deliveriesOf, HOLDS_END, history, SPAN } from '../testing/arbitraries.ts';
import { ProcessorDriver } from '../testing/driver.ts';
import { HARBOUR, MEADOW, PROPERTY } from '../testing/fixtures.ts';
import { NaiveCalendar } from '../testing/naive-calendar.ts';
import { createIntake } from './intake.ts';

const NOW = HOLDS_END;

function intake(): ProcessorDriver {
  return new ProcessorDriver({ create: createIntake, ownTables: ['property.calendar'], now: NOW });
}

function deliver(driver: ProcessorDriver, batch: readonly PmsEvent[]): void {
  driver.pipeBatch(
    'pms.events',
    batch.map((value) => ({ key: PROPERTY, value })),
  );
}

test('any order, any repetition, any batches and any crash end in the same registers', () => {
  const cases = history.chain((events) =>
    fc.record({
      events: fc.constant(events),
      batches: deliveriesOf(events),
      crashes: fc.array(fc.nat({ max: 6 }), { maxLength: 8 }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ events, batches, crashes }) => {
      const inOrder = intake();
      for (const event of events) deliver(inOrder, [event]);

      const disturbed = intake();
      batches.forEach((batch, at) => {
        const writes = crashes[at];
        if (writes !== undefined) disturbed.crashAfterWrites(writes);
        deliver(disturbed, batch);
        if (writes !== undefined) disturbed.restart({ rewind: writes });
      });

      expect(disturbed.rows('property.calendar')).toEqual(inOrder.rows('property.calendar'));
      disturbed.readAll();
      deliver(disturbed, events);
      expect(disturbed.readAll()).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('the registers mean what a plain replay in the order of the sequences means', () => {
  const cases = history.chain((events) =>
    fc.record({ events: fc.constant(events), batches: deliveriesOf(events) }),
  );
  fc.assert(
    fc.property(cases, ({ events, batches }) => {
      const driver = intake();
      for (const batch of batches) deliver(driver, batch);
      const naive = new NaiveCalendar(events);
      const facts = factsOf(driver, naive.property?.currency ?? 'EUR');
      for (const night of nightsOf(SPAN)) {
        const month = facts.get(night.slice(0, 7));
        const day = dayIndex(night);
        const { covered, closed, owner, revisedAt, price, restrictions } = naive.night(night, NOW);
        const inCurrency = price?.currency === (naive.property?.currency ?? 'EUR');
        expect({
          night,
          covered: month?.covered[day],
          closed: month?.closed[day],
          owner: month?.owners[day],
          revisedAt: month?.revisedAt[day],
          price: month?.prices[day],
          restrictions: month?.restrictions[day],
          harbour: month?.released.get(HARBOUR)?.[day] ?? 0,
          meadow: month?.released.get(MEADOW)?.[day] ?? 0,
        }).toEqual({
          night,
          covered,
          closed,
          owner,
          revisedAt,
          price: inCurrency ? price.amount : null,
          restrictions,
          harbour: naive.released(HARBOUR, night),
          meadow: naive.released(MEADOW, night),
        });
      }
    }),
    { numRuns: 500 },
  );
});

function factsOf(driver: ProcessorDriver, currency: string) {
  const bookings: BookingRegister[] = [];
  const blocks: BlockRegister[] = [];
  const months = new Map<string, MonthRegister>();
  const about = driver.get('property.calendar', aboutKey(PROPERTY))?.entry;
  for (const [key, { entry }] of driver.rows('property.calendar')) {
    if ('parity.tables.BookingRegister' in entry)
      bookings.push(entry['parity.tables.BookingRegister']);
    if ('parity.tables.BlockRegister' in entry) blocks.push(entry['parity.tables.BlockRegister']);
    if ('parity.tables.MonthRegister' in entry)
      months.set(key, entry['parity.tables.MonthRegister']);
  }
  const floors =
    about && 'parity.tables.AboutRegister' in about
      ? about['parity.tables.AboutRegister'].snapshots
      : [];
  return new Map(
    monthsOf(SPAN).map((month) => [
      month as string,
      monthFacts({
        month,
        bookings,
        blocks,
        nights: months.get(monthKey(PROPERTY, month)),
        floors,
        currency,
        listingSince: () => 0,
        now: NOW,
      }),
    ]),
  );
}
