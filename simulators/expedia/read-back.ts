import { dateAt, decimalOf, type Night, nightsBetween, plusDays, readDate } from '../dates.ts';
import type { SimResponse } from '../http.ts';
import { childrenOf, tag, textOf, type XmlNode } from '../xml.ts';
import { type ExpediaHotel, inForce, type RoomType } from './hotel.ts';
import { DAYS_BACK, type ExpediaRule, HOTEL_TIME_ZONE, READ_BACK_NIGHTS } from './settings.ts';
import { eqcAnswer, errorAnswer, type Notice } from './wire.ts';

interface ReadBackContext {
  readonly user: string;
  readonly now: number;
  readonly hotel: (id: string) => ExpediaHotel | undefined;
  readonly violate: (rule: ExpediaRule, detail: string) => void;
}

interface Product {
  readonly room: RoomType;
  readonly rates: readonly string[];
}

/** `POST /eqc/parr`, `AvailRateRetrieval` alone: of several products no more than 31 nights come back, without a word about the rest. */
export function answerReadBack(element: XmlNode, context: ReadBackContext): SimResponse {
  const read = readQuestion(element, context);
  if ('rule' in read) {
    context.violate(read.rule, read.text);
    return errorAnswer('parr', [read]);
  }
  const { hotel, from, to, products } = read;
  if (!hotel.connected) return errorAnswer('parr', [unknownHotel(hotel.id)]);
  const nights = nightsBetween(from, plusDays(to, 1));
  const count = products.reduce((sum, { rates }) => sum + rates.length, 0);
  if (count > 1 && nights.length > READ_BACK_NIGHTS)
    context.violate('read_back_too_long', `${nights.length} nights of ${count} products`);
  const shown = count > 1 ? nights.slice(0, READ_BACK_NIGHTS) : nights;
  const days = shown.map((night) =>
    tag(
      'AvailRate',
      { date: night },
      products.map((product) => roomElement(product, night)),
    ),
  );
  return eqcAnswer('parr', [tag('AvailRateList', {}, [tag('Hotel', { id: hotel.id }), ...days])]);
}

function readQuestion(element: XmlNode, context: ReadBackContext) {
  const id = textOf(childrenOf(element, 'Hotel')[0] ?? {}, '@id') ?? '';
  const hotel = context.hotel(id);
  if (!hotel || hotel.account !== context.user) return unknownHotel(id);
  const retrieval = childrenOf(childrenOf(element, 'ParamSet')[0] ?? {}, 'AvailRateRetrieval')[0];
  if (!retrieval) return notice('schema_invalid', 3010, 'AvailRateRetrieval is missing');
  const [from, to] = [readDate(textOf(retrieval, '@from')), readDate(textOf(retrieval, '@to'))];
  if (from === undefined || to === undefined)
    return notice('schema_invalid', 3010, 'from or to is no date');
  if (from > to) return notice('start_after_end', 3021, `Start date ${from} is after ${to}`);
  if (from < plusDays(dateAt(HOTEL_TIME_ZONE, context.now), -DAYS_BACK))
    return notice('start_before_yesterday', 3020, `Start date ${from} is before yesterday`);
  const products = readProducts(hotel, retrieval);
  return 'rule' in products ? products : { hotel, from, to, products };
}

function readProducts(hotel: ExpediaHotel, retrieval: XmlNode): readonly Product[] | Notice {
  const asked = childrenOf(retrieval, 'RoomType');
  if (asked.length === 0)
    return [...hotel.rooms.values()].map((room) => ({ room, rates: [...room.rates.keys()] }));
  const products: Product[] = [];
  for (const one of asked) {
    const id = textOf(one, '@id') ?? '';
    const room = hotel.rooms.get(id);
    if (!room) return notice('room_type_unknown', 3203, `Room Type ID ${id} is not valid`);
    const plans = childrenOf(one, 'RatePlan').map((plan) => textOf(plan, '@id') ?? '');
    const wrong = plans.find((plan) => !room.rates.has(plan));
    if (wrong !== undefined)
      return notice('rate_plan_unknown', 3204, `Rate Plan ID ${wrong} is not valid`);
    products.push({ room, rates: plans.length > 0 ? plans : [...room.rates.keys()] });
  }
  return products;
}

function roomElement({ room, rates }: Product, night: Night): string {
  const { closed, bookings } = room.view(night);
  const inventory = {
    baseAllocation: 0,
    flexibleAllocation: room.roomsToSell(night),
    totalInventoryAvailable: room.roomsToSell(night),
    totalInventorySold: bookings.length,
  };
  return tag('RoomType', { id: room.id, closed: String(closed) }, [
    tag('Inventory', inventory),
    ...rates.map((rate) => planElement(room, night, rate)),
  ]);
}

function planElement(room: RoomType, night: Night, rate: string): string {
  const values = inForce(room.terms(night, rate));
  const { currency } = room.hotel;
  const price =
    values.price === undefined
      ? []
      : [tag('Rate', { currency }, [tag('PerDay', { rate: decimalOf(values.price, currency) })])];
  const restrictions = {
    minLOS: values.minLos,
    maxLOS: values.maxLos,
    closedToArrival: String(values.closedToArrival),
    closedToDeparture: String(values.closedToDeparture),
  };
  return tag('RatePlan', { id: rate, closed: String(values.closed) }, [
    ...price,
    tag('Restrictions', restrictions),
  ]);
}

function unknownHotel(id: string): Notice {
  return notice('hotel_unknown', 3202, `Hotel ID ${id} is not valid`);
}

function notice(rule: ExpediaRule, code: number, text: string): Notice {
  return { rule, code, text };
}
