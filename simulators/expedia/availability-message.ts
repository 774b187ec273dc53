import { daysFrom, type Night, nightsBetween, plusDays, readDate } from '../dates.ts';
import type { FieldGroup } from '../faults.ts';
import type { RoomValues } from '../hotels/room.ts';
import { childrenOf, textOf, type XmlNode } from '../xml.ts';
import type { RateValues } from './hotel.ts';
import { LONGEST_STAY } from './settings.ts';
import type { Notice } from './wire.ts';

/** One `RatePlan` of one `RoomType` of one `AvailRateUpdate`. Prices are still text: the currency is the hotel's. */
export interface RatePlanUpdate {
  readonly id: string;
  readonly values: Omit<RateValues, 'price'>;
  readonly rate: {
    /** Null: another pricing model. */
    readonly perDay: string | null;
    readonly currency: string | null;
    readonly hasLengthOfStay: boolean;
  } | null;
}

export interface RoomTypeUpdate {
  readonly id: string;
  readonly values: RoomValues;
  readonly plans: readonly RatePlanUpdate[];
}

export interface RateUpdate {
  readonly ranges: readonly { readonly from: Night; readonly to: Night }[];
  readonly nights: readonly Night[];
  readonly rooms: readonly RoomTypeUpdate[];
}

export interface AvailabilityMessage {
  readonly hotel: string;
  readonly updates: readonly RateUpdate[];
}

export const GROUPS: Readonly<Record<keyof RoomValues | keyof RateValues, FieldGroup>> = {
  roomsToSell: 'availability',
  closed: 'availability',
  price: 'price',
  minLos: 'restrictions',
  maxLos: 'restrictions',
  closedToArrival: 'restrictions',
  closedToDeparture: 'restrictions',
};

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const LONGEST_RANGE = 2_000;

class SchemaFault extends Error {}

/** Reads the message as far as its schema goes. */
export function readAvailability(element: XmlNode): AvailabilityMessage | Notice {
  try {
    expectChildren(element, ['Authentication', 'Hotel', 'AvailRateUpdate'], []);
    const hotel = only(element, 'Hotel');
    expectChildren(hotel, [], ['id']);
    const updates = atLeastOne(element, 'AvailRateUpdate').map(readUpdate);
    return { hotel: required(hotel, 'id'), updates };
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error;
    return { rule: 'schema_invalid', code: 3010, text: `Schema violation: ${error.message}` };
  }
}

function readUpdate(element: XmlNode): RateUpdate {
  expectChildren(element, ['DateRange', 'RoomType'], []);
  const ranges = atLeastOne(element, 'DateRange').map(readRange);
  const nights = ranges.flatMap(({ from, to, days }) =>
    nightsBetween(from, plusDays(to, 1)).filter((night) =>
      days.has(new Date(`${night}T00:00:00Z`).getUTCDay()),
    ),
  );
  return { ranges, nights, rooms: atLeastOne(element, 'RoomType').map(readRoomType) };
}

function readRange(element: XmlNode) {
  expectChildren(element, [], ['from', 'to', ...DAYS]);
  const [from, to] = [readDate(required(element, 'from')), readDate(required(element, 'to'))];
  if (from === undefined || to === undefined) throw new SchemaFault('DateRange has no dates');
  if (daysFrom(from, to) > LONGEST_RANGE) throw new SchemaFault('DateRange is too long');
  const days = new Set(DAYS.flatMap((day, at) => (flag(element, day) === false ? [] : [at])));
  return { from, to, days };
}

function readRoomType(element: XmlNode): RoomTypeUpdate {
  expectChildren(element, ['Inventory', 'RatePlan'], ['id', 'closed']);
  const inventories = childrenOf(element, 'Inventory');
  if (inventories.length > 1) throw new SchemaFault('at most one Inventory');
  const [inventory] = inventories;
  if (inventory) expectChildren(inventory, [], ['totalInventoryAvailable', 'flexibleAllocation']);
  const closed = flag(element, 'closed');
  const rooms = inventory && whole(inventory, 'totalInventoryAvailable', 0, 999);
  if (
    inventory &&
    rooms === undefined &&
    whole(inventory, 'flexibleAllocation', 0, 999) === undefined
  )
    throw new SchemaFault('Inventory has no number');
  return {
    id: required(element, 'id'),
    values: {
      ...(closed === undefined ? {} : { closed }),
      ...(rooms === undefined ? {} : { roomsToSell: rooms }),
    },
    plans: childrenOf(element, 'RatePlan').map(readRatePlan),
  };
}

function readRatePlan(element: XmlNode): RatePlanUpdate {
  expectChildren(element, ['Rate', 'Restrictions'], ['id', 'closed']);
  const [rates, restrictions] = [childrenOf(element, 'Rate'), childrenOf(element, 'Restrictions')];
  if (restrictions.length > 1) throw new SchemaFault('at most one Restrictions');
  const closed = flag(element, 'closed');
  const [rules] = restrictions;
  return {
    id: required(element, 'id'),
    values: {
      ...(closed === undefined ? {} : { closed }),
      ...(rules ? readRestrictions(rules) : {}),
    },
    rate: rates.length === 0 ? null : readRate(rates),
  };
}

function readRestrictions(element: XmlNode): Omit<RateValues, 'price' | 'closed'> {
  expectChildren(element, [], ['minLOS', 'maxLOS', 'closedToArrival', 'closedToDeparture']);
  const [minLos, maxLos] = [
    whole(element, 'minLOS', 1, 999),
    whole(element, 'maxLOS', 1, LONGEST_STAY),
  ];
  const [arrival, departure] = [
    flag(element, 'closedToArrival'),
    flag(element, 'closedToDeparture'),
  ];
  return {
    ...(minLos === undefined ? {} : { minLos }),
    ...(maxLos === undefined ? {} : { maxLos }),
    ...(arrival === undefined ? {} : { closedToArrival: arrival }),
    ...(departure === undefined ? {} : { closedToDeparture: departure }),
  };
}

function readRate(rates: readonly XmlNode[]): RatePlanUpdate['rate'] {
  const [rate] = rates;
  if (!rate) return null;
  expectChildren(
    rate,
    ['PerDay', 'PerOccupancy', 'PerPerson'],
    ['currency', 'lengthOfStay', 'rateChangeIndicator'],
  );
  const hasLengthOfStay = rates.some(
    (one) => whole(one, 'lengthOfStay', 1, LONGEST_STAY) !== undefined,
  );
  if (rates.length > 1 && !hasLengthOfStay) throw new SchemaFault('at most one Rate');
  const perDay = childrenOf(rate, 'PerDay');
  const [first] = perDay;
  const text = first && required(first, 'rate');
  if (text !== undefined && !/^\d{1,10}(\.\d{1,3})?$/.test(text))
    throw new SchemaFault(`rate '${text}' is no amount`);
  return { perDay: text ?? null, currency: textOf(rate, '@currency') ?? null, hasLengthOfStay };
}

/** Only these children, in this order, and only these attributes. */
function expectChildren(
  node: XmlNode,
  children: readonly string[],
  attributes: readonly string[],
): void {
  const names = Object.keys(node);
  const wrong = names.find((name) =>
    name.startsWith('@') ? !attributes.includes(name.slice(1)) : !children.includes(name),
  );
  if (wrong !== undefined) throw new SchemaFault(`'${wrong}' is not expected`);
  const order = names.filter((name) => !name.startsWith('@')).map((name) => children.indexOf(name));
  if (order.some((at, index) => at < (order[index - 1] ?? 0)))
    throw new SchemaFault(`'${names.at(-1)}' is not in its place`);
}

function atLeastOne(node: XmlNode, name: string): readonly XmlNode[] {
  const found = childrenOf(node, name);
  if (found.length === 0) throw new SchemaFault(`${name} is missing`);
  return found;
}

function only(node: XmlNode, name: string): XmlNode {
  const [first, ...others] = atLeastOne(node, name);
  if (!first || others.length > 0) throw new SchemaFault(`exactly one ${name}`);
  return first;
}

function required(node: XmlNode, attribute: string): string {
  const value = textOf(node, `@${attribute}`);
  if (value === undefined || value === '') throw new SchemaFault(`@${attribute} is missing`);
  return value;
}

function flag(node: XmlNode, attribute: string): boolean | undefined {
  const value = textOf(node, `@${attribute}`);
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false')
    throw new SchemaFault(`@${attribute} '${value}' is neither true nor false`);
  return value === 'true';
}

function whole(node: XmlNode, attribute: string, min: number, max: number): number | undefined {
  const value = textOf(node, `@${attribute}`);
  if (value === undefined) return undefined;
  if (!/^\d{1,4}$/.test(value) || Number(value) < min || Number(value) > max)
    throw new SchemaFault(`@${attribute} '${value}' is not between ${min} and ${max}`);
  return Number(value);
}
