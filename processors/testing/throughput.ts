/**
 * How fast the pure folds are, without log, serde or runner: `node --import tsx processors/testing/throughput.ts`.
 * One property with 500 bookings and 5 connections over 24 months, the largest that the design speaks of.
 */
import type { ConnectionId } from '../../schemas/domain/ids.ts';
import { addDays } from '../../schemas/domain/plain-date.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { createIntake } from '../intake/intake.ts';
import { createMapping } from '../mapping/mapping.ts';
import type { TableRow } from './driver.ts';
import { ProcessorDriver, tableInput } from './driver.ts';
import {
  confirmed,
  connection,
  date,
  manifestOf,
  moved,
  nights,
  PROPERTY,
  priced,
  property,
  snapshot,
} from './fixtures.ts';

const NOW = Date.UTC(2027, 0, 1, 9);
const BOOKINGS = 500;
const CONNECTIONS = 5;
const EVENTS = 20_000;
const FIRST = date('2027-01-01');

function stayOf(at: number): [string, string] {
  const start = addDays(FIRST, (at * 7) % 360);
  return [start, addDays(start, 1 + (at % 5))];
}

function openingEvents(): PmsEvent[] {
  const prices = [{ ...nights('2027-01-01', '2029-01-01'), amount: 10_000 }];
  const bookings = Array.from({ length: BOOKINGS }, (_, at) =>
    confirmed(10 + at, `B${at}`, ...stayOf(at)),
  );
  return [property(1), snapshot(2, FIRST, { prices }), ...bookings];
}

/** Bookings that move, and prices that change, as a busy day brings them. */
function dailyEvents(): PmsEvent[] {
  return Array.from({ length: EVENTS }, (_, at) => {
    const sequence = 10_000 + at;
    const [start, end] = stayOf(at * 13);
    if (at % 3 === 0) return priced(sequence, nights(start, end), 9_000 + (at % 100));
    const [from, to] = stayOf(at);
    return moved(sequence, `B${at % BOOKINGS}`, nights(from, to), nights(start, end));
  });
}

function report(what: string, units: number, unit: string, started: number): void {
  const seconds = (performance.now() - started) / 1_000;
  const rate = Math.round(units / seconds).toLocaleString('en');
  process.stdout.write(`${what.padEnd(52)} ${rate.padStart(12)} ${unit}/s\n`);
}

function newIntake(): ProcessorDriver {
  return new ProcessorDriver({
    create: createIntake,
    ownTables: ['property.calendar'],
    now: NOW,
    freeze: false,
  });
}

function measureIntake(perBatch: number): void {
  const driver = newIntake();
  pipe(driver, openingEvents(), 1_000);
  const events = dailyEvents();
  const started = performance.now();
  pipe(driver, events, perBatch);
  report(`intake, batches of ${perBatch}`, events.length, 'events', started);
}

function pipe(driver: ProcessorDriver, events: readonly PmsEvent[], perBatch: number): void {
  for (let at = 0; at < events.length; at += perBatch) {
    const batch = events.slice(at, at + perBatch);
    driver.pipeBatch(
      'pms.events',
      batch.map((value) => ({ key: PROPERTY, value })),
    );
  }
}

function measureMapping(): void {
  const intake = newIntake();
  pipe(intake, openingEvents(), 1_000);
  const rows: TableRow[] = [];
  for (const [key, value] of intake.rows('property.calendar'))
    rows.push({ topic: 'property.calendar', key, value });
  for (let at = 1; at <= CONNECTIONS; at++) {
    const id = `c0000000-0000-4000-8000-${String(at).padStart(12, '0')}` as ConnectionId;
    rows.push({ topic: 'channel.connections', key: id, value: connection(id) });
  }
  let started = performance.now();
  const mapping = new ProcessorDriver({
    create: () => createMapping({ manifestOf }),
    ownTables: ['channel.desired'],
    now: NOW,
    freeze: false,
    rows,
  });
  report('mapping, first computation', mapping.readAll().length, 'pages', started);
  started = performance.now();
  const before = computed(mapping);
  for (let round = 0; round < 50; round++) mapping.restart();
  report('mapping, restarts (tables copied, index made anew)', 50, 'restarts', started);
  report('mapping, restarts', computed(mapping) - before, 'pages', started);

  intake.readAll();
  pipe(intake, dailyEvents().slice(0, 5_000), 1);
  const inputs = intake.read('property.calendar').map(tableInput);
  started = performance.now();
  const incremental = computed(mapping);
  for (const input of inputs) mapping.pipeTable('property.calendar', [input]);
  report('mapping, one change a fold', inputs.length, 'changes', started);
  report('mapping, one change a fold', computed(mapping) - incremental, 'pages', started);
}

function computed(driver: ProcessorDriver): number {
  return driver.counts.get('parity_desired_pages_computed_total') ?? 0;
}

measureIntake(1);
measureIntake(100);
measureMapping();
