import { beforeEach, describe, expect, test } from 'vitest';
import type { ChannelType, ConnectionId, RatePlanId } from '../../schemas/domain/ids.ts';
import { dayIndex, monthOf } from '../../schemas/domain/plain-date.ts';
import type { Connection, FieldName, PmsEvent } from '../../schemas/generated/types.ts';
import { createIntake } from '../intake/intake.ts';
import type { TableRow } from '../testing/driver.ts';
import { forward, ProcessorDriver } from '../testing/driver.ts';
import {
  blocked,
  cancelled,
  confirmed,
  connection,
  date,
  event,
  HARBOUR,
  MEADOW,
  manifestOf,
  moved,
  NO_RESTRICTIONS,
  nights,
  OTHER_TENANT,
  origin,
  PROPERTY,
  priced,
  property,
  snapshot,
} from '../testing/fixtures.ts';
import { createMapping } from './mapping.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 10 January 2027, 10:00 in Berlin. */
const NOW = Date.UTC(2027, 0, 10, 9);
const create = () => createMapping({ manifestOf });

let intake: ProcessorDriver;
let mapping: ProcessorDriver;

beforeEach(() => {
  intake = new ProcessorDriver({
    create: createIntake,
    ownTables: ['property.calendar'],
    now: NOW,
  });
  mapping = new ProcessorDriver({ create, ownTables: ['channel.desired'], now: NOW });
});

/** The PMS says something, and it has gone through intake and mapping. */
function pms(...events: PmsEvent[]): void {
  for (const value of events) {
    intake.pipe('pms.events', value.property_id, value);
    forward(intake, mapping, 'property.calendar');
  }
}

function connect(...connections: Connection[]): void {
  for (const value of connections)
    mapping.pipeTable('channel.connections', [{ key: value.connection_id, value }]);
}

function page(id: ConnectionId, night: string) {
  return mapping.get('channel.desired', `${id}/${monthOf(date(night))}`);
}

function shown(
  id: ConnectionId,
  night: string,
  field: FieldName = 'availability',
  plan: string | null = field === 'availability' ? null : 'standard',
) {
  const column = page(id, night)?.columns.find(
    (one) => one.field === field && one.rate_plan_id === plan,
  );
  return column?.values[dayIndex(date(night))];
}

function implied(id: ConnectionId, night: string) {
  return page(id, night)?.implied_at[dayIndex(date(night))];
}

function released(id: ConnectionId, night: string) {
  return page(id, night)?.released[dayIndex(date(night))];
}

function keysWritten(): string[] {
  return mapping.read('channel.desired').map(({ key, value }) => `${value ? '' : '-'}${key}`);
}

/** A property with prices that two connections show: the calendar is open from 10 January on. */
function openCalendar(): void {
  connect(connection(HARBOUR), connection(MEADOW));
  pms(
    property(1),
    snapshot(2, '2027-01-10', {
      prices: [{ ...nights('2027-01-10', '2028-01-10'), amount: 10_000 }],
    }),
  );
  mapping.readAll();
}

describe('unknown is closed', () => {
  test('nothing is shown of a property that is not known yet, and all is right once it is', () => {
    connect(connection(HARBOUR));
    pms(
      priced(3, nights('2027-02-01', '2027-03-01'), 10_000),
      confirmed(4, 'B1', '2027-02-03', '2027-02-05'),
      snapshot(2, '2027-01-10'),
    );
    expect(keysWritten()).toEqual([]);
    pms(property(1));
    expect(shown(HARBOUR, '2027-02-02')).toBe(1);
    expect(shown(HARBOUR, '2027-02-03')).toBe(0);
  });

  test('a night is unknown until a snapshot covers it, closed until it has a price, then open', () => {
    connect(connection(HARBOUR));
    pms(property(1), priced(3, nights('2027-02-01', '2027-02-03'), 10_000));
    expect(shown(HARBOUR, '2027-02-01')).toBeNull();
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBeNull();
    pms(snapshot(2, '2027-02-01'));
    expect(shown(HARBOUR, '2027-01-31')).toBeNull();
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBe(10_000);
    expect(shown(HARBOUR, '2027-02-03')).toBe(0);
    expect(shown(HARBOUR, '2027-02-03', 'price')).toBeNull();
  });

  test('a booking closes also what no snapshot covers', () => {
    connect(connection(HARBOUR));
    pms(property(1), confirmed(3, 'B1', '2027-02-01', '2027-02-02'));
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
    expect(shown(HARBOUR, '2027-02-02')).toBeNull();
  });

  test('a channel without prices needs none to open', () => {
    connect(connection(HARBOUR, { channel: 'unpriced' as ChannelType }));
    pms(property(1), snapshot(2, '2027-02-01'));
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
  });

  test('every rate plan needs a price; a room without rate plans has none', () => {
    openCalendar();
    const standard = { rate_plan_id: 'standard' as RatePlanId, adjustment: null };
    const gone = { kind: 'fixed', hundredths: -20_000 } as const;
    connect(
      connection(HARBOUR, {
        rate_plans: [standard, { rate_plan_id: 'flex' as RatePlanId, adjustment: gone }],
      }),
      connection(MEADOW, { rate_plans: [] }),
    );
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBe(10_000);
    expect(shown(HARBOUR, '2027-02-01', 'price', 'flex')).toBeNull();
    expect(shown(MEADOW, '2027-02-01')).toBe(0);
    expect(mapping.read('channel.alerts').map(({ value }) => value.code)).toEqual([
      'PRICE_OUT_OF_BOUNDS',
    ]);
  });

  test('a price in another currency is unknown, alerted once, and right once the property agrees', () => {
    openCalendar();
    pms(priced(3, nights('2027-02-01', '2027-04-01'), 9_000, 'USD'));
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBeNull();
    pms(confirmed(4, 'B1', '2027-02-10', '2027-02-12'));
    const alerts = mapping.read('channel.alerts');
    expect(alerts).toMatchObject([
      { value: { code: 'PRICE_CURRENCY_MISMATCH', connection_id: null, property_id: PROPERTY } },
    ]);
    mapping.restart();
    const again = mapping.read('channel.alerts');
    expect(again.map(({ value }) => value.alert_id)).toEqual([alerts[0]?.value.alert_id]);
    pms(property(5, 'Europe/Berlin', 'USD'));
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBe(9_000);
    expect(shown(HARBOUR, '2027-01-20')).toBe(0);
  });

  test('a listing in another currency is refused with its code', () => {
    openCalendar();
    connect(connection(HARBOUR, { currency: 'CHF' }));
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBeNull();
    expect(mapping.read('channel.alerts')).toMatchObject([
      { key: HARBOUR, value: { code: 'PRICE_CURRENCY_MISMATCH', severity: 'critical' } },
    ]);
    connect(connection(HARBOUR, { currency: 'CHF', sync_pricing: false }));
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
  });
});

describe('causes of a closed night', () => {
  test.each(['booking', 'block'])(
    'of two that overlap the %s ends first: the other keeps the night closed',
    (first) => {
      openCalendar();
      const end = {
        booking: (at: number) => cancelled(at, 'B1', '2027-02-01', '2027-02-03'),
        block: (at: number) => blocked(at, nights('2027-02-02', '2027-02-04'), true),
      };
      pms(
        confirmed(5, 'B1', '2027-02-01', '2027-02-03'),
        blocked(6, nights('2027-02-02', '2027-02-04'), false),
      );
      pms(first === 'booking' ? end.booking(7) : end.block(7));
      expect(shown(HARBOUR, '2027-02-02')).toBe(0);
      expect(shown(HARBOUR, first === 'booking' ? '2027-02-01' : '2027-02-03')).toBe(1);
      pms(first === 'booking' ? end.block(8) : end.booking(8));
      expect(shown(HARBOUR, '2027-02-02')).toBe(1);
    },
  );

  test('a booking that a newer snapshot does not list ends; what its channel holds does not', () => {
    openCalendar();
    pms(
      confirmed(3, 'DIRECT', '2027-02-01', '2027-02-02'),
      confirmed(4, 'CHANNEL', '2027-02-05', '2027-02-06', origin(HARBOUR, 100)),
      blocked(5, nights('2027-02-10', '2027-02-11'), false),
      blocked(6, nights('2027-02-12', '2027-02-13'), false, { id: 'request' }),
      snapshot(7, '2027-01-10', { prices: [{ ...nights('2027-01-10', '2028-01-10'), amount: 1 }] }),
    );
    expect(shown(MEADOW, '2027-02-01')).toBe(1);
    expect(shown(MEADOW, '2027-02-05')).toBe(0);
    expect(shown(MEADOW, '2027-02-10')).toBe(1);
    expect(shown(MEADOW, '2027-02-12')).toBe(0);
  });

  test('an event older than the snapshot that comes late is void', () => {
    openCalendar();
    pms(
      snapshot(9, '2027-01-10', {
        prices: [{ ...nights('2027-01-10', '2028-01-10'), amount: 10_000 }],
      }),
      confirmed(8, 'LATE', '2027-02-01', '2027-02-02'),
      priced(7, nights('2027-02-01', '2027-02-02'), 1),
    );
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
    expect(shown(HARBOUR, '2027-02-01', 'price')).toBe(10_000);
  });

  test('a hold ends by itself', () => {
    openCalendar();
    const expiresAt = NOW + 20 * 60_000;
    pms(blocked(5, nights('2027-02-01', '2027-02-03'), false, { id: 'checkout', expiresAt }));
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
    mapping.readAll();
    mapping.advance(20 * 60_000 - 1);
    expect(keysWritten()).toEqual([]);
    mapping.advance(1);
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
    expect(keysWritten()).toEqual([`${HARBOUR}/2027-02`, `${MEADOW}/2027-02`]);
  });

  test('a hold that ended while the process was down is over at its restart', () => {
    openCalendar();
    const expiresAt = NOW + HOUR;
    pms(blocked(5, nights('2027-02-01', '2027-02-03'), false, { id: 'checkout', expiresAt }));
    mapping.crashAfterWrites(0);
    mapping.advance(2 * HOUR);
    mapping.restart();
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
  });
});

describe('own bookings', () => {
  test('nights that only its own booking closes are implied for that connection alone', () => {
    openCalendar();
    pms(confirmed(5, 'B1', '2027-02-01', '2027-02-03', origin(HARBOUR, 7_000)));
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
    expect(implied(HARBOUR, '2027-02-01')).toBe(7_000);
    expect(shown(MEADOW, '2027-02-01')).toBe(0);
    expect(implied(MEADOW, '2027-02-01')).toBeNull();
    pms(blocked(6, nights('2027-02-02', '2027-02-03'), false));
    expect(implied(HARBOUR, '2027-02-01')).toBe(7_000);
    expect(implied(HARBOUR, '2027-02-02')).toBeNull();
  });

  test('a booking from before the present listing is not implied there, a later one is', () => {
    openCalendar();
    pms(
      confirmed(5, 'B1', '2027-02-01', '2027-02-03', origin(HARBOUR, 7_000)),
      confirmed(6, 'B2', '2027-02-02', '2027-02-04', origin(HARBOUR, 8_000)),
    );
    expect([implied(HARBOUR, '2027-02-01'), implied(HARBOUR, '2027-02-02')]).toEqual([
      7_000, 8_000,
    ]);
    connect(connection(HARBOUR, { listing: 'another', incarnation: 2, listing_since: 8_000 }));
    expect(['01', '02', '03'].map((day) => shown(HARBOUR, `2027-02-${day}`))).toEqual([0, 0, 0]);
    expect(implied(HARBOUR, '2027-02-01')).toBeNull();
    expect(implied(HARBOUR, '2027-02-02')).toBeNull();
    expect(implied(HARBOUR, '2027-02-03')).toBe(8_000);
  });

  test('a guest who cancels a night that is also blocked releases it, and it stays closed', () => {
    openCalendar();
    pms(
      confirmed(5, 'B1', '2027-02-01', '2027-02-03', origin(HARBOUR, 7_000)),
      blocked(6, nights('2027-02-02', '2027-02-03'), false),
      cancelled(8, 'B1', '2027-02-01', '2027-02-03', origin(HARBOUR, 8_000)),
    );
    expect(shown(HARBOUR, '2027-02-01')).toBe(1);
    expect(shown(HARBOUR, '2027-02-02')).toBe(0);
    expect(implied(HARBOUR, '2027-02-02')).toBeNull();
    expect(released(HARBOUR, '2027-02-02')).toBe(8);
    expect(released(MEADOW, '2027-02-02')).toBe(0);
  });

  test('a channel booking that the PMS moves is closed at both places until its channel confirms', () => {
    openCalendar();
    const before = nights('2027-02-01', '2027-02-02');
    const after = nights('2027-03-01', '2027-03-02');
    pms(
      confirmed(5, 'B1', '2027-02-01', '2027-02-02', origin(HARBOUR, 7_000)),
      moved(6, 'B1', before, after),
    );
    expect([shown(MEADOW, '2027-02-01'), shown(MEADOW, '2027-03-01')]).toEqual([0, 0]);
    expect([implied(HARBOUR, '2027-02-01'), implied(HARBOUR, '2027-03-01')]).toEqual([7_000, null]);
    pms(moved(7, 'B1', before, after, origin(HARBOUR, 9_000)));
    expect([shown(MEADOW, '2027-02-01'), shown(MEADOW, '2027-03-01')]).toEqual([1, 0]);
    expect(released(HARBOUR, '2027-02-01')).toBe(7);
    expect(implied(HARBOUR, '2027-03-01')).toBe(9_000);
  });
});

describe('what leaves by direction and flags', () => {
  test.each([
    [{ sync_direction: 'inbound_only' }, { availability: null, price: null, stay: null }],
    [{ sync_availability: false }, { availability: null, price: 10_000, stay: null }],
    [{ sync_pricing: false }, { availability: 1, price: null, stay: 3 }],
    [{ sync_direction: 'outbound_only' }, { availability: 1, price: 10_000, stay: 3 }],
    [{ sync_bookings: false }, { availability: 1, price: 10_000, stay: 3 }],
  ] as [Partial<Connection>, object][])('%j', (changes, expected) => {
    openCalendar();
    const restrictions = { ...NO_RESTRICTIONS, min_stay_arrival: 3 };
    pms(
      event(3, 'restrictions.updated', {
        date_range: nights('2027-02-01', '2027-02-02'),
        restrictions,
      }),
    );
    connect(connection(HARBOUR, changes));
    expect({
      availability: shown(HARBOUR, '2027-02-01'),
      price: shown(HARBOUR, '2027-02-01', 'price'),
      stay: shown(HARBOUR, '2027-02-01', 'min_stay_arrival'),
    }).toEqual(expected);
  });

  test('a pause changes nothing here: what may leave then is for delivery to say', () => {
    openCalendar();
    connect(connection(HARBOUR, { phase: 'paused', row_version: 2 }));
    expect(keysWritten()).toEqual([]);
  });
});

describe('what a channel cannot say', () => {
  beforeEach(() => {
    openCalendar();
    connect(connection(MEADOW, { channel: 'coarse' as ChannelType }));
    mapping.readAll();
    pms(
      event(3, 'restrictions.updated', {
        date_range: nights('2027-02-01', '2027-02-02'),
        restrictions: {
          ...NO_RESTRICTIONS,
          min_stay_arrival: 2,
          min_stay_through: 4,
          closed_to_arrival: true,
        },
      }),
      priced(4, nights('2027-02-01', '2027-02-02'), 10_050),
    );
  });

  test('each channel has the columns of its manifest, with the nearest value', () => {
    const fields = page(MEADOW, '2027-02-01')?.columns.map(({ field }) => field);
    expect(fields).toEqual(['availability', 'price', 'min_stay_arrival']);
    expect(shown(MEADOW, '2027-02-01', 'min_stay_arrival')).toBe(4);
    expect(shown(MEADOW, '2027-02-02', 'min_stay_arrival')).toBe(0);
    expect(shown(MEADOW, '2027-02-01', 'price')).toBe(10_100);
    expect(shown(HARBOUR, '2027-02-01', 'min_stay_arrival')).toBe(2);
    expect(shown(HARBOUR, '2027-02-01', 'min_stay_through')).toBe(4);
    expect(shown(HARBOUR, '2027-02-01', 'closed_to_arrival')).toBe(1);
    expect(shown(HARBOUR, '2027-02-01', 'closed_to_departure')).toBe(0);
  });

  test('what was lost is said, once', () => {
    pms(priced(5, nights('2027-02-01', '2027-02-02'), 10_060));
    const lost = mapping
      .read('channel.alerts')
      .map(({ key, value }) => [key, value.code, value.context]);
    expect(lost).toEqual([
      [MEADOW, 'MAPPING_UNSUPPORTED', '{"field":"min_stay_through","month":"2027-02"}'],
      [MEADOW, 'MAPPING_UNSUPPORTED', '{"field":"closed_to_arrival","month":"2027-02"}'],
    ]);
  });

  test('a longest stay beyond what the channel sells is no rule there, and that is said', () => {
    connect(connection(MEADOW, { channel: 'short' as ChannelType }));
    mapping.readAll();
    const rule = (
      sequence: number,
      day: string,
      max_stay: number,
      min_stay_arrival: number | null,
    ) =>
      event(sequence, 'restrictions.updated', {
        date_range: nights(`2027-03-0${day}`, `2027-03-0${Number(day) + 1}`),
        restrictions: { ...NO_RESTRICTIONS, max_stay, min_stay_arrival },
      });
    pms(rule(6, '1', 89, null), rule(7, '2', 90, null));
    expect(mapping.read('channel.alerts')).toEqual([]);
    pms(rule(8, '3', 120, 100));
    const shows = (day: string) => shown(MEADOW, `2027-03-0${day}`, 'max_stay');
    expect(['1', '2', '3'].map(shows)).toEqual([89, 0, 0]);
    expect(shown(MEADOW, '2027-03-03', 'min_stay_arrival')).toBe(90);
    expect(shown(MEADOW, '2027-03-03', 'closed_to_arrival')).toBe(1);
    const told = mapping.read('channel.alerts').filter(({ key }) => key === MEADOW);
    expect(told.map(({ value }) => value.message)).toEqual([
      'The channel sells no stay of more than 90 nights; a longer min_stay_arrival is shown as that, and as closed to arrival.',
      'The channel sells no stay of more than 90 nights; a longer max_stay is shown as that.',
    ]);
  });

  test('a channel that this build does not know shows nothing, and that is said', () => {
    mapping.readAll();
    connect(connection(MEADOW, { channel: 'unheard-of' as ChannelType }));
    expect(page(MEADOW, '2027-02-01')).toBeUndefined();
    expect(mapping.read('channel.alerts').map(({ key, value }) => [key, value.code])).toEqual([
      [MEADOW, 'CONNECTION_UNSUPPORTED'],
    ]);
  });
});

describe('pages', () => {
  test('a change touches the pages of its nights alone', () => {
    openCalendar();
    pms(confirmed(5, 'B1', '2027-01-31', '2027-02-02'));
    expect(keysWritten()).toEqual([
      `${HARBOUR}/2027-01`,
      `${HARBOUR}/2027-02`,
      `${MEADOW}/2027-01`,
      `${MEADOW}/2027-02`,
    ]);
    pms(priced(6, nights('2027-05-01', '2027-05-02'), 12_000));
    expect(keysWritten()).toEqual([`${HARBOUR}/2027-05`, `${MEADOW}/2027-05`]);
    expect(mapping.counts.get('parity_desired_pages_computed_total')).toBeLessThan(100);
  });

  test('origin-ts and trace of the change go with its pages', () => {
    openCalendar();
    intake.pipe('pms.events', PROPERTY, confirmed(5, 'B1', '2027-02-01', '2027-02-02'), {
      originTs: 4_711,
      traceparent: '00-a-b-01',
    });
    forward(intake, mapping, 'property.calendar');
    expect(mapping.read('channel.desired')[0]).toMatchObject({
      originTs: 4_711,
      traceparent: '00-a-b-01',
    });
  });

  test('they reach from yesterday to the horizon, and move at the midnight of the property', () => {
    openCalendar();
    connect(connection(MEADOW, { channel: 'coarse' as ChannelType }));
    expect(monthsShown(MEADOW)).toEqual(['2027-01', '2027-02']);
    expect(monthsShown(HARBOUR)).toHaveLength(13);
    mapping.readAll();
    mapping.advanceTo(Date.UTC(2027, 0, 14, 22, 59));
    expect(keysWritten()).toEqual([]);
    mapping.advanceTo(Date.UTC(2027, 0, 14, 23));
    expect(keysWritten()).toEqual([`${MEADOW}/2027-03`]);
    mapping.advanceTo(Date.UTC(2027, 0, 31, 23));
    expect(monthsShown(MEADOW)).toEqual(['2027-01', '2027-02', '2027-03']);
    mapping.advanceTo(Date.UTC(2027, 1, 1, 23));
    expect(monthsShown(MEADOW)).toEqual(['2027-02', '2027-03']);
  });

  test('a connection that goes takes its pages along; attached again it has its new incarnation', () => {
    openCalendar();
    connect(connection(HARBOUR, { phase: 'disconnected' }));
    expect(monthsShown(HARBOUR)).toEqual([]);
    expect(keysWritten().every((key) => key.startsWith('-'))).toBe(true);
    connect(connection(HARBOUR, { incarnation: 2 }));
    expect(page(HARBOUR, '2027-02-01')?.incarnation).toBe(2);
    mapping.pipeTable('channel.connections', [{ key: HARBOUR, value: null }]);
    expect(monthsShown(HARBOUR)).toEqual([]);
  });

  test('a restart writes nothing; what changed while it was down is written then, orphans end', () => {
    openCalendar();
    mapping.restart();
    expect(keysWritten()).toEqual([]);
    mapping.crashAfterWrites(0);
    pms(confirmed(5, 'B1', '2027-02-01', '2027-02-02'));
    mapping.pipeTable('channel.connections', [{ key: MEADOW, value: null }]);
    mapping.restart();
    const written = keysWritten();
    expect(written).toContain(`${HARBOUR}/2027-02`);
    expect(written.filter((key) => key.startsWith(`-${MEADOW}/`))).toHaveLength(13);
    expect(shown(HARBOUR, '2027-02-01')).toBe(0);
  });

  test.each([0, 1, 2, 3])(
    'a crash after %i of the four pages of one batch: the others are written at restart',
    (written) => {
      openCalendar();
      mapping.crashAfterWrites(written);
      pms(confirmed(5, 'B1', '2027-02-27', '2027-03-03'));
      expect(keysWritten()).toHaveLength(written);
      mapping.restart();
      expect(keysWritten()).toHaveLength(4 - written);
      for (const id of [HARBOUR, MEADOW])
        for (const night of ['2027-02-27', '2027-03-02']) expect(shown(id, night)).toBe(0);
    },
  );

  test('a page whose right value may be lost is written again', () => {
    openCalendar();
    const gone = `${HARBOUR}/2020-01`;
    mapping.restart({
      doubtful: [
        { topic: 'channel.desired', key: `${HARBOUR}/2027-02` },
        { topic: 'channel.desired', key: gone },
      ],
    });
    expect(keysWritten()).toEqual([`${HARBOUR}/2027-02`, `-${gone}`]);
  });

  test('a connection of another tenant gets nothing of the property', () => {
    openCalendar();
    const stranger = 'c0000000-0000-4000-8000-000000000009' as ConnectionId;
    connect(connection(stranger, { tenant_id: OTHER_TENANT }));
    expect(monthsShown(stranger)).toEqual([]);
    expect(mapping.read('channel.alerts')).toMatchObject([
      { value: { code: 'EVENT_TENANT_MISMATCH', severity: 'critical' } },
    ]);
  });

  test('the same inputs make the same outputs', () => {
    openCalendar();
    pms(confirmed(5, 'B1', '2027-02-01', '2027-02-02', origin(HARBOUR, 7_000)));
    const rows: TableRow[] = [];
    for (const [key, value] of mapping.rows('property.calendar'))
      rows.push({ topic: 'property.calendar', key, value });
    for (const [key, value] of mapping.rows('channel.connections'))
      rows.push({ topic: 'channel.connections', key, value });
    const outputs = [1, 2].map(() =>
      new ProcessorDriver({ create, ownTables: ['channel.desired'], now: NOW, rows }).readAll(),
    );
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]).not.toEqual([]);
  });

  function monthsShown(id: ConnectionId): string[] {
    return [...mapping.rows('channel.desired').keys()]
      .filter((key) => key.startsWith(`${id}/`))
      .map((key) => key.slice(-7));
  }
});

test('the clock of a day of daylight saving does not lose a midnight', () => {
  const zones = new ProcessorDriver({
    create,
    ownTables: ['channel.desired'],
    now: Date.UTC(2027, 2, 27, 12),
  });
  const source = new ProcessorDriver({
    create: createIntake,
    ownTables: ['property.calendar'],
    now: NOW,
  });
  source.pipe('pms.events', PROPERTY, property(1));
  zones.pipeTable('channel.connections', [{ key: HARBOUR, value: connection(HARBOUR) }]);
  forward(source, zones, 'property.calendar');
  expect(zones.wakeAt).toBe(Date.UTC(2027, 2, 27, 23));
  zones.advance(DAY);
  expect(zones.wakeAt).toBe(Date.UTC(2027, 2, 28, 22));
});
