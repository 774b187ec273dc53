import { describe, expect, test } from 'vitest';
import type { PropertyId } from '../../schemas/domain/ids.ts';
import type { PmsEvent, PropertyCalendarEntry } from '../../schemas/generated/types.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { DriverOptions } from '../testing/driver.ts';
import { ProcessorDriver } from '../testing/driver.ts';
import {
  blocked,
  cancelled,
  confirmed,
  date,
  event,
  HARBOUR,
  moved,
  nights,
  OTHER_TENANT,
  origin,
  PROPERTY,
  priced,
  property,
  snapshot,
  TENANT,
} from '../testing/fixtures.ts';
import { createIntake } from './intake.ts';
import { validateEvent } from './validate.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2027, 0, 10, 9);

function intake(options: Partial<DriverOptions> = {}): ProcessorDriver {
  return new ProcessorDriver({
    create: createIntake,
    ownTables: ['property.calendar'],
    now: NOW,
    ...options,
  });
}

function pipe(driver: ProcessorDriver, ...events: PmsEvent[]): void {
  for (const value of events) driver.pipe('pms.events', value.property_id, value);
}

function bookingOf(driver: ProcessorDriver, id: string) {
  const entry = driver.get('property.calendar', `${PROPERTY}/booking/${id}`)?.entry;
  return entry && 'parity.tables.BookingRegister' in entry
    ? entry['parity.tables.BookingRegister']
    : undefined;
}

function keysWritten(driver: ProcessorDriver): string[] {
  return driver.read('property.calendar').map(({ key }) => key.slice(PROPERTY.length + 1));
}

describe('bookings', () => {
  test('a direct booking speaks for the PMS alone', () => {
    const driver = intake();
    pipe(driver, confirmed(5, 'B1', '2027-02-01', '2027-02-04'));
    expect(bookingOf(driver, 'B1')).toEqual({
      booking_id: 'B1',
      pms: { sequence: 5, live: true, check_in: '2027-02-01', check_out: '2027-02-04' },
      channel: null,
      left: [],
    });
  });

  test('what the PMS does to a channel booking leaves the nights of the channel alone', () => {
    const driver = intake();
    pipe(
      driver,
      confirmed(5, 'B1', '2027-02-01', '2027-02-04', origin(HARBOUR, 100)),
      moved(6, 'B1', nights('2027-02-01', '2027-02-04'), nights('2027-02-10', '2027-02-13')),
      cancelled(7, 'B1', '2027-02-10', '2027-02-13'),
    );
    const register = bookingOf(driver, 'B1');
    expect(register?.pms).toMatchObject({ sequence: 7, live: false });
    expect(register?.channel).toMatchObject({ sequence: 5, live: true, check_in: '2027-02-01' });
    expect(register?.left).toEqual([]);
  });

  test('the confirmation of the channel lets its nights go, and remembers them', () => {
    const driver = intake();
    pipe(
      driver,
      confirmed(5, 'B1', '2027-02-01', '2027-02-04', origin(HARBOUR, 100)),
      moved(
        8,
        'B1',
        nights('2027-02-01', '2027-02-04'),
        nights('2027-02-03', '2027-02-06'),
        origin(HARBOUR, 200),
      ),
    );
    expect(bookingOf(driver, 'B1')?.left).toEqual([
      { start: '2027-02-01', end: '2027-02-03', sequence: 8, connection_id: HARBOUR },
    ]);
  });

  test('a channel may hold other nights than the PMS', () => {
    const driver = intake();
    const held = nights('2027-02-01', '2027-02-02');
    pipe(driver, confirmed(5, 'B1', '2027-03-01', '2027-03-04', origin(HARBOUR, 100, held)));
    const register = bookingOf(driver, 'B1');
    expect(register?.pms).toMatchObject({ check_in: '2027-03-01', check_out: '2027-03-04' });
    expect(register?.channel).toMatchObject({ check_in: '2027-02-01', check_out: '2027-02-02' });
  });

  test('a sequence of a newer era is simply larger', () => {
    const driver = intake();
    const era = 2 ** 40;
    pipe(
      driver,
      cancelled(era + 1, 'B1', '2027-02-01', '2027-02-04'),
      confirmed(900, 'B1', '2027-02-01', '2027-02-04'),
    );
    expect(bookingOf(driver, 'B1')?.pms).toMatchObject({ sequence: era + 1, live: false });
  });
});

describe('writing', () => {
  test('only keys that changed are written, and a repeated event writes nothing', () => {
    const driver = intake();
    const booking = confirmed(5, 'B1', '2027-01-30', '2027-02-02');
    pipe(driver, booking, priced(6, nights('2027-01-30', '2027-02-02'), 10_000));
    expect(keysWritten(driver)).toEqual(['booking/B1', '2027-01', '2027-02']);
    pipe(driver, booking, priced(6, nights('2027-01-30', '2027-02-02'), 10_000));
    pipe(driver, priced(4, nights('2027-01-30', '2027-02-02'), 1));
    expect(keysWritten(driver)).toEqual([]);
  });

  test('a batch writes each key once, closings before what frees, and floors last', () => {
    const driver = intake();
    pipe(driver, confirmed(1, 'B1', '2027-02-01', '2027-02-04'));
    driver.readAll();
    const batch = [
      snapshot(2, '2027-01-10', { prices: [{ ...nights('2027-02-01', '2027-02-04'), amount: 9 }] }),
      cancelled(3, 'B1', '2027-02-01', '2027-02-04'),
      confirmed(4, 'B2', '2027-02-01', '2027-02-04'),
      priced(5, nights('2027-02-01', '2027-02-04'), 10),
    ];
    driver.pipeBatch(
      'pms.events',
      batch.map((value) => ({ key: PROPERTY, value })),
    );
    expect(keysWritten(driver)).toEqual(['booking/B2', '2027-02', 'booking/B1', 'about']);
  });

  test('a crash between two writes of a snapshot leaves no floor without its facts', () => {
    const bookings = ['B1', 'B2', 'B3'].map((id, at) => ({
      booking_id: id as never,
      check_in: date(`2027-02-0${at + 1}`),
      check_out: date(`2027-02-0${at + 2}`),
      origin: null,
    }));
    for (let writes = 0; writes < 4; writes++) {
      const driver = intake();
      driver.crashAfterWrites(writes);
      pipe(driver, snapshot(9, '2027-01-10', { bookings }));
      expect(driver.get('property.calendar', `${PROPERTY}/about`)).toBeUndefined();
      driver.restart();
      expect([...driver.rows('property.calendar').keys()]).toHaveLength(4);
    }
  });

  test('the change that waited longest and its trace go with the register', () => {
    const driver = intake();
    driver.pipeBatch('pms.events', [
      {
        key: PROPERTY,
        value: priced(1, nights('2027-02-01', '2027-02-02'), 1),
        originTs: 111,
        traceparent: '00-a-b-01',
      },
      { key: PROPERTY, value: priced(2, nights('2027-02-01', '2027-02-02'), 2), originTs: 222 },
    ]);
    expect(driver.read('property.calendar')).toMatchObject([
      { originTs: 111, traceparent: '00-a-b-01' },
    ]);
  });

  test('an event without origin-ts entered the pipeline when it was produced', () => {
    const driver = intake();
    pipe(driver, priced(1, nights('2027-02-01', '2027-02-02'), 1));
    expect(driver.read('property.calendar')).toMatchObject([{ originTs: NOW }]);
  });
});

describe('foreign records', () => {
  const partitions = 12;
  const home = partitionOf(PROPERTY, partitions);

  test('a record of another partition is moved there, counted and alerted, never folded', () => {
    const driver = intake({ partitions, partition: (home + 1) % partitions });
    const value = confirmed(5, 'B1', '2027-02-01', '2027-02-04');
    driver.pipe('pms.events', PROPERTY, value, { originTs: 77, traceparent: '00-a-b-01' });
    expect(driver.read('pms.events')).toEqual([
      {
        topic: 'pms.events',
        key: PROPERTY,
        value,
        tenantId: value.tenant_id,
        originTs: 77,
        traceparent: '00-a-b-01',
        placement: PROPERTY,
      },
    ]);
    expect(driver.read('channel.alerts')).toMatchObject([
      { key: PROPERTY, placement: PROPERTY, value: { code: 'EVENT_FOREIGN_PARTITION' } },
    ]);
    expect(driver.counts.get('parity_foreign_partition_records_total')).toBe(1);
    expect(driver.rows('property.calendar').size).toBe(0);
  });

  test('a flood of them raises one alert a batch, with one id a day', () => {
    const driver = intake({ partitions, partition: (home + 1) % partitions });
    const values = [1, 2, 3].map((at) => confirmed(at, `B${at}`, '2027-02-01', '2027-02-04'));
    driver.pipeBatch(
      'pms.events',
      values.map((value) => ({ key: PROPERTY, value })),
    );
    pipe(driver, confirmed(4, 'B4', '2027-02-01', '2027-02-04'));
    const alerts = driver.read('channel.alerts').map(({ value }) => value.alert_id);
    expect(alerts).toHaveLength(2);
    expect(new Set(alerts).size).toBe(1);
    expect(alerts[0]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    driver.advance(DAY);
    pipe(driver, confirmed(5, 'B5', '2027-02-01', '2027-02-04'));
    expect(driver.read('channel.alerts')[0]?.value.alert_id).not.toBe(alerts[0]);
  });

  test('an event that names another tenant changes nothing of the property', () => {
    const driver = intake();
    pipe(driver, confirmed(5, 'B1', '2027-02-01', '2027-02-04'));
    driver.read('channel.alerts');
    const before = driver.rows('property.calendar');
    pipe(
      driver,
      event(
        6,
        'booking.cancelled',
        {
          booking_id: 'B1' as never,
          check_in: date('2027-02-01'),
          check_out: date('2027-02-04'),
        },
        { tenantId: OTHER_TENANT },
      ),
    );
    expect(driver.rows('property.calendar')).toEqual(before);
    expect(driver.read('channel.alerts')).toMatchObject([
      { tenantId: TENANT, value: { code: 'EVENT_TENANT_MISMATCH', tenant_id: TENANT } },
    ]);
    expect(driver.counts.get('parity_tenant_mismatch_events_total')).toBe(1);
  });
});

describe('a property that is not described yet', () => {
  test('keeps its facts, alerts once a day, and says no more once it is described', () => {
    const driver = intake();
    pipe(driver, confirmed(5, 'B1', '2027-02-01', '2027-02-04'));
    pipe(driver, priced(6, nights('2027-02-01', '2027-02-09'), 10_000));
    expect(bookingOf(driver, 'B1')?.pms?.live).toBe(true);
    const alerts = driver.read('channel.alerts');
    expect(alerts).toMatchObject([
      { tenantId: TENANT, value: { code: 'PROPERTY_UNKNOWN', property_id: PROPERTY } },
      { value: { code: 'PROPERTY_UNKNOWN' } },
    ]);
    expect(new Set(alerts.map(({ value }) => (value as { alert_id: string }).alert_id)).size).toBe(
      1,
    );
    pipe(driver, property(1), confirmed(7, 'B2', '2027-02-05', '2027-02-06'));
    expect(driver.read('channel.alerts')).toEqual([]);
  });

  test('says nothing when the description is in the same batch, whatever its place', () => {
    const driver = intake();
    driver.pipeBatch('pms.events', [
      { key: PROPERTY, value: confirmed(5, 'B1', '2027-02-01', '2027-02-04') },
      { key: PROPERTY, value: property(1) },
    ]);
    expect(driver.read('channel.alerts')).toEqual([]);
  });
});

describe('retention', () => {
  test('registers end 90 days after their last night, also those that the channel left', () => {
    const driver = intake();
    pipe(
      driver,
      property(1),
      confirmed(2, 'SHORT', '2027-01-12', '2027-01-14'),
      confirmed(3, 'MOVED', '2027-03-01', '2027-03-03', origin(HARBOUR, 1)),
      moved(
        4,
        'MOVED',
        nights('2027-03-01', '2027-03-03'),
        nights('2027-01-12', '2027-01-14'),
        origin(HARBOUR, 2),
      ),
      blocked(5, nights('2027-01-12', '2027-01-14'), false, { id: 'K1' }),
      priced(6, nights('2027-01-12', '2027-01-14'), 10_000),
    );
    driver.advanceTo(Date.UTC(2027, 3, 14));
    expect([...driver.rows('property.calendar').keys()]).toHaveLength(5);
    driver.advanceTo(Date.UTC(2027, 3, 16));
    expect(remaining(driver)).toEqual(['2027-01', 'about', 'booking/MOVED']);
    driver.advanceTo(Date.UTC(2027, 5, 5));
    expect(remaining(driver)).toEqual(['about']);
  });

  test('an old event that comes again leaves no register behind', () => {
    const driver = intake({ now: Date.UTC(2027, 6, 1) });
    pipe(
      driver,
      confirmed(2, 'B1', '2027-01-12', '2027-01-14'),
      priced(3, nights('2027-01-12', '2027-01-14'), 10_000),
    );
    expect(driver.readAll()).toEqual([]);
  });

  function remaining(driver: ProcessorDriver): string[] {
    return [...driver.rows('property.calendar').keys()].map((key) =>
      key.slice(PROPERTY.length + 1),
    );
  }
});

describe('doubtful registers', () => {
  test('a property whose facts may be lost waits for a fresh snapshot', () => {
    const driver = intake();
    pipe(
      driver,
      property(1),
      snapshot(2, '2027-01-10'),
      confirmed(3, 'B1', '2027-02-01', '2027-02-04'),
    );
    driver.readAll();
    const key = `${PROPERTY}/booking/B1`;
    driver.restart({ doubtful: [{ topic: 'property.calendar', key }] });
    expect(aboutOf(driver)?.snapshots).toEqual([]);
    expect(aboutOf(driver)?.property?.name).toBe('Haus am See');
    expect(driver.read('channel.alerts')).toMatchObject([{ value: { code: 'CALENDAR_DOUBTFUL' } }]);
    pipe(driver, snapshot(4, '2027-01-10'));
    expect(aboutOf(driver)?.snapshots).toEqual([{ first_date: '2027-01-10', sequence: 4 }]);
  });

  function aboutOf(driver: ProcessorDriver) {
    const entry: PropertyCalendarEntry['entry'] | undefined = driver.get(
      'property.calendar',
      `${PROPERTY}/about`,
    )?.entry;
    return entry && 'parity.tables.AboutRegister' in entry
      ? entry['parity.tables.AboutRegister']
      : undefined;
  }
});

describe('validation', () => {
  function codeOf(value: PmsEvent, key: string = PROPERTY) {
    const record = { offset: 0, timestamp: NOW, originTs: null, traceparent: null };
    return validateEvent({ topic: 'pms.events', key, value, ...record })?.code ?? null;
  }

  test('what is wrong by itself has a code, what waits for other facts has none', () => {
    const valid = confirmed(5, 'B1', '2027-02-01', '2027-02-04');
    expect(codeOf(valid)).toBeNull();
    expect(codeOf(priced(6, nights('2027-02-01', '2027-02-04'), 1, 'USD'))).toBeNull();
    expect(codeOf({ ...valid, sequence: null })).toBe('EVENT_WITHOUT_SEQUENCE');
    expect(codeOf({ ...valid, event_type: 'booking.cancelled' })).toBe('EVENT_TYPE_MISMATCH');
    expect(codeOf(confirmed(5, 'B1', '2027-02-04', '2027-02-01'))).toBe('EVENT_DATES_INVALID');
    expect(codeOf(priced(6, nights('2027-02-01', '2027-02-04'), -1))).toBe('EVENT_VALUE_INVALID');
    expect(codeOf(valid, 'b0000000-0000-4000-8000-000000000001' as PropertyId)).toBe(
      'EVENT_KEY_MISMATCH',
    );
  });
});
