import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, nightsOf, type PlainDate, plainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { child, childrenOf, descendants, parseXml, type XmlElement } from '../notation/xml.ts';
import { cellName, changesOf, contextOf, fullSync } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { expediaManifest, MAX_UPDATES_PER_REQUEST } from './manifest.ts';
import { planExpedia } from './plan.ts';

const today = '2026-11-01' as PlainDate;
const PLANS = ['50011', '50012'];
const connection = testConnection('expedia', '500', '5001', PLANS);
const planned = (changes: readonly Change[]) =>
  planExpedia(connection, changes, contextOf(today, 'EUR', changes));
const night = (day: number) => addDays(today, day);
const change = (day: number, field: FieldName, value: number, ratePlanId = '50011'): Change => ({
  night: night(day),
  field,
  ratePlanId: field === 'availability' ? null : ratePlanId,
  value,
});
const days = (from: number, length: number) => Array.from({ length }, (_, at) => from + at);
const shape = (changes: readonly Change[]) => {
  const { requests } = planned(changes);
  const roots = requests.map(({ body }) => parseXml(body ?? '', 'REQUEST_MALFORMED'));
  const count = (name: string) => roots.flatMap((root) => descendants(root, name)).length;
  return [requests.length, count('AvailRateUpdate'), count('DateRange')];
};

describe('requests, updates and ranges for a change', () => {
  const restrictions: readonly FieldName[] = [
    'closed_to_arrival',
    'closed_to_departure',
    'min_stay_arrival',
    'max_stay',
  ];
  it.each<readonly [string, readonly Change[], readonly number[]]>([
    ['one date, one rate', [change(10, 'price', 14_000)], [1, 1, 1]],
    [
      'one date each on several rates',
      [change(10, 'price', 14_000), change(12, 'price', 12_600, '50012')],
      [1, 2, 2],
    ],
    [
      'ranges of dates on several rates',
      [
        ...days(10, 11).map((day) => change(day, 'price', 14_050)),
        ...days(30, 5).map((day) => change(day, 'price', 12_675, '50012')),
      ],
      [1, 2, 2],
    ],
    [
      'several dates with one value',
      days(10, 20).map((day) => change(day, 'price', 14_000)),
      [1, 1, 1],
    ],
    [
      'several ranges with one value',
      [...days(10, 3), ...days(20, 3)].map((day) => change(day, 'price', 14_000)),
      [1, 1, 2],
    ],
    [
      'minimum stay on several rates',
      PLANS.map((plan) => change(10, 'min_stay_arrival', 3, plan)),
      [1, 1, 1],
    ],
    ['stop sell', [change(10, 'availability', 0)], [1, 1, 1]],
    [
      'several restrictions at once',
      days(10, 7).flatMap((day) =>
        PLANS.flatMap((plan) => restrictions.map((field) => change(day, field, 1, plan))),
      ),
      [1, 1, 1],
    ],
    [
      'half a year',
      days(1, 180).flatMap((day) => PLANS.map((plan) => change(day, 'price', 14_000, plan))),
      [1, 1, 1],
    ],
    ['availability of a date', [change(10, 'availability', 1)], [1, 1, 1]],
    [
      'availability over ranges',
      [
        ...days(10, 5).map((day) => change(day, 'availability', 1)),
        ...days(20, 5).map((day) => change(day, 'availability', 0)),
      ],
      [1, 2, 2],
    ],
  ])('%s', (_what, changes, expected) => {
    expect(shape(changes)).toEqual(expected);
  });

  it.each([
    [['50011'], 1],
    [['50011', '50012'], 2],
    [['50011', '50012', '50013'], 2],
  ])('a full sync of 500 nights with the rate plans %j is %i requests', (plans, count) => {
    const own = testConnection('expedia', '500', '5001', plans);
    const changes = fullSync(expediaManifest, own, today, 500);
    expect(planExpedia(own, changes, contextOf(today, 'EUR', changes)).requests).toHaveLength(
      count,
    );
  });
});

it('says exactly what changed, in messages of the allowed size', () => {
  fc.assert(
    fc.property(changesOf(expediaManifest, connection, today, 700), (changes) => {
      const { requests, refused } = planned(changes);
      expect(refused).toEqual([]);
      const written = requests.flatMap(({ body, changes: own }) => {
        const root = parseXml(body ?? '', 'REQUEST_MALFORMED');
        const said = cellsOf(root);
        expect(said.map(([cell]) => cell).sort()).toEqual(own.map(cellName).sort());
        const updates = own.reduce((sum, one) => sum + (one.field === 'availability' ? 2 : 1), 0);
        expect(updates).toBeLessThanOrEqual(MAX_UPDATES_PER_REQUEST);
        return said;
      });
      expect(new Map(written)).toEqual(new Map(changes.map((one) => [cellName(one), textOf(one)])));
      expect(written).toHaveLength(changes.length);
    }),
    { numRuns: 40 },
  );
});

describe('what Expedia cannot say', () => {
  it.each([
    [change(10, 'price', 0), 'PRICE_OUT_OF_BOUNDS'],
    [change(10, 'min_stay_arrival', 29), 'MAPPING_UNSUPPORTED'],
    [change(10, 'min_stay_through', 2), 'MAPPING_UNSUPPORTED'],
    [change(-1, 'availability', 1), 'CHANNEL_VALUE_REFUSED'],
  ])('%j is %s', (wrong, code) => {
    const { requests, refused } = planned([wrong]);
    expect(requests).toEqual([]);
    expect(refused).toMatchObject([{ change: wrong, code }]);
  });

  it('is a maximum stay above 28 nights: nothing sells for longer', () => {
    expect(planned([change(10, 'max_stay', 30)]).requests[0]?.body).toContain('maxLOS="28"');
  });

  it('is anything of a connection without a room type', () => {
    const changes = [change(10, 'availability', 1)];
    const plan = planExpedia({ ...connection, room_id: null }, changes, contextOf(today, 'EUR'));
    expect(plan).toMatchObject({ requests: [], refused: [{ code: 'CHANNEL_LISTING_UNKNOWN' }] });
  });
});

/** What a message says, cell by cell, in the words of the message. */
function cellsOf(root: XmlElement): (readonly [string, string])[] {
  return childrenOf(root, 'AvailRateUpdate').flatMap((update) =>
    childrenOf(update, 'DateRange')
      .flatMap(({ attributes: { from = '', to = '' } }) =>
        nightsOf({ start: plainDate(from), end: addDays(plainDate(to), 1) }),
      )
      .flatMap((date) => cellsOfNight(date, child(update, 'RoomType'))),
  );
}

const NAMES: readonly (readonly [FieldName, string])[] = [
  ['min_stay_arrival', 'minLOS'],
  ['max_stay', 'maxLOS'],
  ['closed_to_arrival', 'closedToArrival'],
  ['closed_to_departure', 'closedToDeparture'],
];

function cellsOfNight(
  date: PlainDate,
  room: XmlElement | undefined,
): (readonly [string, string])[] {
  const cells: (readonly [string, string])[] = [];
  const inventory = child(room, 'Inventory');
  if (inventory) {
    const cell = cellName({ night: date, field: 'availability', ratePlanId: null });
    const { totalInventoryAvailable } = inventory.attributes;
    cells.push([cell, `${totalInventoryAvailable} ${room?.attributes.closed}`]);
  }
  for (const plan of childrenOf(room, 'RatePlan')) {
    const ratePlanId = plan.attributes.id ?? '';
    const put = (field: FieldName, text: string | undefined) => {
      if (text !== undefined) cells.push([cellName({ night: date, field, ratePlanId }), text]);
    };
    put('price', child(child(plan, 'Rate'), 'PerDay')?.attributes.rate);
    for (const [field, name] of NAMES) put(field, child(plan, 'Restrictions')?.attributes[name]);
  }
  return cells;
}

function textOf({ field, value }: Change): string {
  switch (field) {
    case 'availability':
      return `${value} ${value === 0}`;
    case 'price':
      return (value / 100).toFixed(2);
    case 'min_stay_arrival':
      return String(value || 1);
    case 'max_stay':
      return String(value || 28);
    default:
      return String(value === 1);
  }
}
