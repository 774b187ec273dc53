import { minorOf, type Night } from '../dates.ts';
import type { FieldGroup } from '../faults.ts';
import type { Work } from '../gateway.ts';
import type { RoomValues } from '../hotels/room.ts';
import type { SimResponse } from '../http.ts';
import { tag, type XmlNode } from '../xml.ts';
import {
  type AvailabilityMessage,
  GROUPS,
  type RoomTypeUpdate,
  readAvailability,
} from './availability-message.ts';
import type { ExpediaHotel, RateValues, RoomType } from './hotel.ts';
import { errorsIn, unknownHotel } from './message-errors.ts';
import type { ExpediaRule, ExpediaSettings } from './settings.ts';
import { warningElements } from './warnings.ts';
import { eqcAnswer, errorAnswer, type Notice, noticeElement } from './wire.ts';

export interface AvailabilityContext {
  readonly settings: ExpediaSettings;
  readonly user: string;
  readonly now: number;
  readonly random: () => number;
  /** A hotel of any user. */
  readonly hotel: (id: string) => ExpediaHotel | undefined;
  readonly violate: (rule: ExpediaRule, detail: string) => void;
  readonly storeRoom: (room: RoomType, night: Night, values: RoomValues) => void;
  readonly storeRate: (room: RoomType, night: Night, rate: string, values: RateValues) => void;
}

/** One value of one night: what a warning names. `rate` null: of the room type. */
interface Part {
  readonly night: Night;
  readonly rate: string | null;
  readonly name: keyof RateValues | keyof RoomValues;
  readonly value: number | boolean;
  readonly group: FieldGroup;
}

/**
 * `POST /eqc/ar`. Anything wrong with the message refuses it whole, with all errors found. Otherwise each part stands or falls alone: what falls
 * comes back as a warning within `Success`, and the rest is stored.
 */
export function answerAvailability(
  element: XmlNode,
  work: Work,
  context: AvailabilityContext,
): SimResponse {
  const message = readAvailability(element);
  const errors = 'rule' in message ? [message] : errorsIn(message, context);
  for (const { rule, text } of errors) context.violate(rule, text);
  const hotel = 'rule' in message ? undefined : context.hotel(message.hotel);
  if ('rule' in message || errors.length > 0) return errorAnswer('ar', errors);
  if (!hotel?.connected) return errorAnswer('ar', [unknownHotel(message.hotel)]);
  const warnings = storeParts(hotel, message, work, context);
  return eqcAnswer('ar', [tag('Success', {}, warningElements(warnings))]);
}

interface Refused extends Notice {
  readonly part: Part;
}

/** Stores what stands; answers what does not. */
function storeParts(
  hotel: ExpediaHotel,
  message: AvailabilityMessage,
  work: Work,
  context: AvailabilityContext,
): readonly Notice[] {
  const warnings: Notice[] = [];
  const seen = new Set<string>();
  for (const { nights, rooms } of message.updates) {
    for (const update of rooms) {
      const room = hotel.rooms.get(update.id);
      if (!room) continue;
      for (const night of nights) {
        const parts = partsAt(room, night, update);
        const refusals = parts.flatMap((part) => judge(room, part, seen, work, context) ?? []);
        warnings.push(...refusals);
        const fallen = new Set(refusals.map(({ part }) => part));
        if (work.apply)
          store(
            room,
            night,
            parts.filter((part) => !fallen.has(part)),
            context,
          );
      }
    }
  }
  return warnings;
}

function partsAt(room: RoomType, night: Night, update: RoomTypeUpdate): Part[] {
  const list = (rate: string | null, values: RoomValues & RateValues): Part[] =>
    Object.entries(values).map(([key, value]) => {
      const name = key as Part['name'];
      return { night, rate, name, value: value as number | boolean, group: GROUPS[name] };
    });
  return [
    ...list(null, update.values),
    ...update.plans.flatMap(({ id, values, rate }) => {
      const price = rate?.perDay == null ? undefined : minorOf(rate.perDay, room.hotel.currency);
      const priced = rate === null ? {} : { price: price ?? Number.NaN };
      return list(id, { ...values, ...priced });
    }),
  ];
}

const WORDS: Readonly<Record<Part['name'], string>> = {
  roomsToSell: 'total inventory',
  closed: 'status',
  price: 'cost',
  minLos: 'minimum length of stay',
  maxLos: 'maximum length of stay',
  closedToArrival: 'closed to arrival',
  closedToDeparture: 'closed to departure',
};

/** Why a part is not stored. */
function judge(
  room: RoomType,
  part: Part,
  seen: Set<string>,
  { refusing }: Work,
  context: AvailabilityContext,
): Refused | undefined {
  const { settings } = context;
  const key = `${room.id} ${part.night} ${part.rate} ${part.name}`;
  const isTwice = seen.has(key);
  seen.add(key);
  const plan = part.rate === null ? '' : `Rate Plan ID ${part.rate}; `;
  const place =
    settings.culprits === 'named'
      ? `[Room Type ID ${room.id}; ${plan}Stay Date ${part.night}] `
      : '';
  // The status of a room type stands and falls with its inventory.
  const what = part.rate === null ? 'total inventory' : WORDS[part.name];
  const refuse = (rule: ExpediaRule, code: number, text: string): Refused => ({
    rule,
    code,
    text: place + (settings.culprits === 'named' ? text : 'An update was ignored.'),
    part,
  });
  if (isTwice) {
    context.violate('cell_twice', key);
    return refuse('cell_twice', 7014, `The ${what} was given before and is ignored.`);
  }
  if (part.name === 'price' && !isWithin(part.value, settings)) {
    context.violate('threshold', `${key} ${part.value}`);
    return refuse(
      'threshold',
      7013,
      'One or more costs provided are out of threshold for an identified room type.',
    );
  }
  if (refusing?.kind === 'partial' && context.random() < refusing.share)
    return refuse('threshold', 7010, `The ${what} could not be updated.`);
  if (refusing?.kind !== 'refuse' || (refusing.field && refusing.field !== part.group))
    return undefined;
  if (refusing.nights && !refusing.nights.includes(part.night)) return undefined;
  return part.name === 'price'
    ? refuse(
        'threshold',
        7013,
        'One or more costs provided are out of threshold for an identified room type.',
      )
    : refuse('threshold', 7019, `The ${what} is not allowed and was ignored.`);
}

function isWithin(value: number | boolean, { thresholds }: ExpediaSettings): boolean {
  return typeof value === 'number' && value >= thresholds.min && value <= thresholds.max;
}

function store(
  room: RoomType,
  night: Night,
  parts: readonly Part[],
  context: AvailabilityContext,
): void {
  const byRate = new Map<string | null, Record<string, number | boolean>>();
  for (const { rate, name, value } of parts)
    byRate.set(rate, { ...byRate.get(rate), [name]: value });
  for (const [rate, values] of byRate) {
    if (rate === null) context.storeRoom(room, night, values as RoomValues);
    else context.storeRate(room, night, rate, values as RateValues);
  }
}

export function busyAnswer(): SimResponse {
  return eqcAnswer('ar', [
    noticeElement(
      'Error',
      3210,
      'Another connection of this hotel is open, the request was not accepted',
    ),
  ]);
}
