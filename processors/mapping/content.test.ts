import { beforeEach, expect, test } from 'vitest';
import { FULL_CONTENT } from '../../connectors/testing/content.ts';
import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import type { Connection, PmsEvent } from '../../schemas/generated/types.ts';
import { createIntake } from '../intake/intake.ts';
import { forward, ProcessorDriver } from '../testing/driver.ts';
import {
  connection,
  HARBOUR,
  MEADOW,
  manifestOf,
  nights,
  priced,
  property,
  snapshot,
} from '../testing/fixtures.ts';
import { createMapping } from './mapping.ts';

/** 10 January 2027, 10:00 in Berlin. */
const NOW = Date.UTC(2027, 0, 10, 9);
const DESCRIBED: Partial<Connection> = { channel: 'described' as ChannelType };
const ABOUT = `${HARBOUR}/about`;

let intake: ProcessorDriver;
let mapping: ProcessorDriver;

beforeEach(() => {
  const create = () => createMapping({ manifestOf });
  intake = new ProcessorDriver({
    create: createIntake,
    ownTables: ['property.calendar'],
    now: NOW,
  });
  mapping = new ProcessorDriver({ create, ownTables: ['channel.desired'], now: NOW });
});

function pms(...events: PmsEvent[]): void {
  for (const value of events) {
    intake.pipe('pms.events', value.property_id, value);
    forward(intake, mapping, 'property.calendar');
  }
}

function connect(changes: Partial<Connection> = {}, id = HARBOUR): void {
  const value = connection(id, { ...DESCRIBED, ...changes });
  mapping.pipeTable('channel.connections', [{ key: id, value }]);
}

const described = (sequence: number, changes: Parameters<typeof property>[3] = {}) =>
  property(sequence, 'Europe/Berlin', 'EUR', { content: FULL_CONTENT, ...changes });
const content = (key = ABOUT) => mapping.get('channel.desired', key)?.content;
const month = (name = '2027-02') => mapping.get('channel.desired', `${HARBOUR}/${name}`);
const keysWritten = () =>
  mapping.read('channel.desired').map(({ key, value }) => `${value ? '' : '-'}${key}`);

test('the property and how the connection sells it are one page, before its months', () => {
  connect();
  pms(described(1));
  expect(content()).toMatchObject({
    property: { name: 'Haus am See', content: FULL_CONTENT },
    rate_plans: ['standard'],
  });
  expect(mapping.get('channel.desired', ABOUT)).toMatchObject({
    month: 'about',
    incarnation: 1,
    time_zone: 'Europe/Berlin',
    columns: [],
  });
  expect(keysWritten()[0]).toBe(ABOUT);
});

test('a channel that takes none has no such page, and months without content and guests', () => {
  connect({}, HARBOUR);
  connect({ channel: 'full' as ChannelType }, MEADOW);
  pms(described(1));
  expect(mapping.get('channel.desired', `${MEADOW}/about`)).toBeUndefined();
  expect(mapping.get('channel.desired', `${MEADOW}/2027-02`)).toMatchObject({
    guests: 0,
    content: null,
  });
});

test('the newest description wins in any order, and one that says the same writes nothing', () => {
  connect();
  pms(described(5, { name: 'new' }), described(3, { name: 'old' }));
  expect(content()?.property.name).toBe('new');
  mapping.readAll();
  pms(described(6, { name: 'new' }));
  expect(keysWritten()).toEqual([]);
});

test('rate plans follow the connection, and a new incarnation marks the page', () => {
  connect();
  pms(described(1));
  mapping.readAll();
  const rate_plans = ['standard', 'saver'].map((id) => ({
    rate_plan_id: id as RatePlanId,
    adjustment: null,
  }));
  connect({ rate_plans, incarnation: 2 });
  expect(content()?.rate_plans).toEqual(['standard', 'saver']);
  expect(mapping.get('channel.desired', ABOUT)?.incarnation).toBe(2);
});

test.each<[string, Partial<Connection>, boolean]>([
  ['inbound only', { sync_direction: 'inbound_only' }, false],
  ['neither availability nor prices', { sync_availability: false, sync_pricing: false }, false],
  ['prices alone', { sync_availability: false }, true],
  ['disconnected', { phase: 'disconnected' }, false],
  ['paused', { phase: 'paused' }, true],
])('it goes with whatever else leaves: %s', (_, changes, isTold) => {
  connect();
  pms(described(1));
  connect(changes);
  expect(content() !== undefined).toBe(isTold);
});

test('a change of content touches no month, but another number of guests touches all', () => {
  connect();
  pms(
    described(1),
    snapshot(2, '2027-01-10', {
      prices: [{ ...nights('2027-01-10', '2028-01-10'), amount: 10_000 }],
    }),
  );
  expect(month()?.guests).toBe(4);
  mapping.readAll();
  pms(described(3, { landing_url: 'https://lake.example/book' }));
  expect(keysWritten()).toEqual([ABOUT]);
  pms(described(4, { max_guests: 6 }));
  expect([month('2027-01')?.guests, month('2027-12')?.guests]).toEqual([6, 6]);
  expect(keysWritten().length).toBeGreaterThan(12);
});

test('a restart writes nothing, and drops the content of a connection that is gone', () => {
  connect();
  pms(described(1), priced(2, nights('2027-02-01', '2027-02-03'), 10_000));
  mapping.readAll();
  mapping.restart();
  expect(keysWritten()).toEqual([]);
  mapping.pipeTable('channel.connections', [{ key: HARBOUR, value: null }]);
  expect(keysWritten()).toContain(`-${ABOUT}`);
  expect(content()).toBeUndefined();
});
