import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { codeOf } from '../../schemas/errors.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import { readIndex } from '../../simulators/vrbo/content-index.ts';
import {
  openDocument,
  priceOf,
  readCalendar,
  readRateTable,
} from '../../simulators/vrbo/unit-documents.ts';
import type { Change, Connector } from '../contract.ts';
import { descendants, parseXml } from '../notation/xml.ts';
import { contextOf } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { fewoDirektConnector, vrboConnector } from './index.ts';
import { HORIZON_DAYS } from './manifest.ts';
import { anyNights, PLAN, TODAY, viewOf } from './testing/views.ts';

const connection = testConnection('vrbo', '8801', '8801-1', [PLAN]);
const codec = vrboConnector.documents!;
const ids = { listing: '8801', unit: '8801-1' };

function rendered(name: string, ...view: Parameters<typeof viewOf>): string {
  const found = codec.render(connection, viewOf(...view)).find((one) => one.name === name);
  return found?.body ?? '';
}

function listOf(body: string, name: string): string {
  const root = parseXml(body, 'CHANNEL_RESPONSE_MALFORMED');
  return descendants(root, name)[0]?.text ?? '';
}

describe('the calendar of a unit', () => {
  it('has lists exactly as long as its range, whatever is known', () => {
    fc.assert(
      fc.property(anyNights, (nights) => {
        const body = rendered('availability', nights);
        const range = [listOf(body, 'beginDate'), listOf(body, 'endDate')];
        expect(range).toEqual([TODAY, addDays(TODAY, HORIZON_DAYS - 1)]);
        for (const name of ['availability', 'changeOver'])
          expect(listOf(body, name)).toHaveLength(HORIZON_DAYS);
        for (const name of ['availableUnitCount', 'minStay', 'maxStay', 'minPriorNotify'])
          expect(listOf(body, name).split(',')).toHaveLength(HORIZON_DAYS);
      }),
      { numRuns: 40 },
    );
  });

  it('is what the crawler then sells', () => {
    fc.assert(
      fc.property(anyNights, (nights) => {
        const root = openDocument('availability', rendered('availability', nights), ids);
        const { days, otherwise } = readCalendar(root);
        expect(otherwise).toMatchObject({ units: 0, arrival: false, departure: false });
        for (const day of days) {
          const wanted = nights[day.night] ?? {};
          expect(day).toEqual({
            night: day.night,
            units: wanted.availability ?? 0,
            arrival: (wanted.closed_to_arrival ?? 0) === 0,
            departure: (wanted.closed_to_departure ?? 0) === 0,
            minStay: wanted.min_stay_arrival ?? 0,
            maxStay: wanted.max_stay || 90,
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('closes what is not known, and everything beyond its range', () => {
    const body = rendered('availability', {});
    expect(listOf(body, 'availability')).toBe('N'.repeat(HORIZON_DAYS));
    expect(listOf(body, 'availabilityDefault')).toBe('N');
    expect(listOf(body, 'changeOverDefault')).toBe('X');
  });

  it('offers no stay of more than 90 nights, and no arrival where only longer ones are allowed', () => {
    const open = { availability: 1, min_stay_arrival: 120, max_stay: 200 };
    const body = rendered('availability', { [TODAY]: open });
    expect(listOf(body, 'changeOver')[0]).toBe('O');
    expect(listOf(body, 'minStay').split(',')[0]).toBe('90');
    expect(listOf(body, 'maxStay').split(',')[0]).toBe('90');
  });
});

describe('the rates of a unit', () => {
  it('are the prices that the crawler then asks, and no night is cheaper than it should be', () => {
    fc.assert(
      fc.property(anyNights, fc.constantFrom('EUR', 'JPY', 'KWD'), (nights, currency) => {
        const prices = Object.values(nights).flatMap(({ price }) => price ?? []);
        const body = rendered('rates', nights, currency);
        if (prices.length === 0) {
          expect(body).toBe('');
          return;
        }
        const table = readRateTable(openDocument('rates', body, ids));
        expect([table.currency, table.id]).toEqual([currency, PLAN]);
        for (const [night, { price }] of Object.entries(nights))
          if (price !== undefined) expect([night, priceOf(table, night)]).toEqual([night, price]);
        expect(new Set(table.standard)).toEqual(new Set([Math.max(...prices)]));
      }),
      { numRuns: 40 },
    );
  });

  it('write consecutive nights of one price as one range', () => {
    const price = (amount: number) => ({ price: amount });
    const nights = {
      '2026-11-03': price(10_000),
      '2026-11-04': price(10_000),
      '2026-11-05': price(12_000),
      '2026-11-07': price(10_000),
    };
    const root = parseXml(rendered('rates', nights), 'CHANNEL_RESPONSE_MALFORMED');
    const ranges = descendants(root, 'range').map(({ children }) =>
      children.map(({ text }) => text),
    );
    expect(ranges).toEqual([
      ['2026-11-04', '2026-11-03'],
      ['2026-11-05', '2026-11-05'],
      ['2026-11-07', '2026-11-07'],
    ]);
  });
});

describe('reading back', () => {
  it('gives what was rendered, and rendering that again gives the same', () => {
    fc.assert(
      fc.property(anyNights, (nights) => {
        const documents = codec.render(connection, viewOf(nights));
        const shown = new Map(
          codec
            .read(connection, documents)
            .map(({ night, field, ratePlanId, value }) => [
              `${night} ${field} ${ratePlanId}`,
              value,
            ]),
        );
        const value = (night: PlainDate, field: FieldName, plan: string | null) =>
          shown.get(`${night} ${field} ${plan}`) ?? null;
        for (const [night, values] of Object.entries(nights))
          for (const [field, wanted] of Object.entries(values)) {
            const plan = field === 'availability' ? null : PLAN;
            expect([field, value(night as PlainDate, field as FieldName, plan)]).toEqual([
              field,
              wanted,
            ]);
          }
        const again = codec.render(connection, { ...viewOf({}), value });
        expect(again).toEqual(documents);
      }),
      { numRuns: 40 },
    );
  });

  it('finds nothing in documents of another listing or unit', () => {
    const documents = codec.render(connection, viewOf({ [TODAY]: { availability: 1, price: 1 } }));
    expect(codec.read(connection, documents)).not.toEqual([]);
    expect(codec.read({ ...connection, listing: '8802' }, documents)).toEqual([]);
    expect(codec.read({ ...connection, room_id: '8801-2' }, documents)).toEqual([]);
  });

  it.each([
    ['availability', '<a/>'],
    ['availability', 'no xml'],
    ['rates', '<a/>'],
    ['no such document', '<a/>'],
  ])('refuses what was never rendered: %s %s', (name, body) => {
    const error = (() => {
      try {
        return codec.read(connection, [{ name, body }]);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(codeOf(error)).toBe('CHANNEL_RESPONSE_MALFORMED');
  });
});

describe('an index', () => {
  const entry = (listing: string, unit: string) => ({
    connection: { listing, room_id: unit },
    url: `https://parity.test/documents/vrbo/c/${unit}/x`,
    updatedAt: 1_793_000_000_000,
  });
  const entries = [entry('8801', '8801-1'), entry('8801', '8801-2'), entry('8802', '8802-1')];

  it('names a listing once, however many units it has, and each unit elsewhere', () => {
    const indexed = (kind: 'listing' | 'availability') =>
      readIndex(kind, codec.index(kind, [{ id: 'adv-7', entries }]).body).map(
        ({ listing, unit, url }) => [listing, unit, url],
      );
    expect(indexed('listing')).toEqual([
      ['8801', null, entries[0]!.url],
      ['8802', null, entries[2]!.url],
    ]);
    expect(indexed('availability').map(([, unit]) => unit)).toEqual(['8801-1', '8801-2', '8802-1']);
  });
});

describe('what no document can hold', () => {
  const change = (field: FieldName, value: number, ratePlanId: string | null): Change => ({
    night: TODAY,
    field,
    ratePlanId,
    value,
  });
  const refused = (changes: readonly Change[], plans = [PLAN, 'other']) => {
    const several = testConnection('vrbo', '8801', null, plans);
    const plan = vrboConnector.plan(several, changes, contextOf(TODAY, 'EUR', changes));
    expect(plan.requests).toEqual([]);
    return plan.refused.map((one) => [one.change, one.code]);
  };

  it('is refused with a code: a second price, more units than there are digits for', () => {
    const many = change('availability', 1_000, null);
    const second = change('price', 9_900, 'other');
    expect(refused([change('availability', 999, null), many])).toEqual([
      [many, 'MAPPING_UNSUPPORTED'],
    ]);
    expect(refused([change('price', 9_900, PLAN), second])).toEqual([
      [second, 'MAPPING_UNSUPPORTED'],
    ]);
  });
});

it('both channel types are one platform', () => {
  const said = ({ manifest }: Connector) => JSON.parse(JSON.stringify(manifest));
  expect(said(fewoDirektConnector)).toEqual({
    ...said(vrboConnector),
    channel: 'fewo_direkt',
    bookingSource: 'fewo_direkt',
  });
  expect(fewoDirektConnector.documents).toBe(vrboConnector.documents);
});
