import { daysFrom, minorOf, type Night, nightsBetween, plusDays, readDate } from '../dates.ts';
import type { FieldGroup } from '../faults.ts';
import { childrenOf, textOf, type XmlNode } from '../xml.ts';
import type { GoogleProperty, PackageValues, Room } from './property.ts';
import { type GoogleRule, HORIZON_DAYS } from './settings.ts';

/** Why a message is refused, with the numbers of an `Error`. */
export interface Refusal {
  readonly rule: GoogleRule;
  readonly type: number;
  readonly code: number;
  readonly text: string;
}

/** What one element of a message sets: the count of a room, or values of packages. */
export interface Update {
  readonly room: Room;
  readonly nights: readonly Night[];
  /** Null: a count, which belongs to the room. */
  readonly packages: readonly string[] | null;
  readonly count: number | null;
  readonly values: PackageValues;
  /** Undefined: a fault cannot be aimed at it. */
  readonly group: FieldGroup | undefined;
  /** The thing that is set, in the platform's words. */
  readonly subject: string;
}

interface Target {
  readonly room: Room;
  readonly nights: readonly Night[];
  readonly packageId: string | undefined;
}

/** Who reads: the property of the message and the platform's clock. */
export interface Reading {
  readonly property: GoogleProperty;
  readonly now: number;
}

/** Unlike the OTA's list, these are what the simulator answers with: Google does not publish its own. */
const CODE = { invalid: 320, missing: 321, room: 402, package: 249, unable: 450 } as const;
const BUSINESS_RULE = 3;

export function refusal(
  rule: GoogleRule,
  text: string,
  code: number = CODE.invalid,
  type: number = BUSINESS_RULE,
): Refusal {
  return { rule, type, code, text };
}

export function isRefusal(value: object): value is Refusal {
  return 'rule' in value;
}

/** `StatusApplicationControl`: both ends are inside; weekday flags narrow the range. */
function readTarget(element: XmlNode, { property, now }: Reading): Target | Refusal {
  const [control] = childrenOf(element, 'StatusApplicationControl');
  if (!control) return refusal('sets_nothing', 'StatusApplicationControl is missing', CODE.missing);
  const roomId = textOf(control, '@InvTypeCode') ?? '';
  if (property.kind === 'rental' && roomId !== property.id) {
    const text = `InvTypeCode '${roomId}' of a vacation rental must be its HotelCode`;
    return refusal('room_is_not_property', text, CODE.room);
  }
  const room = property.rooms.get(roomId);
  if (!room) return refusal('room_unknown', `Room '${roomId}' is not known`, CODE.room);
  const packageId = textOf(control, '@RatePlanCode');
  if (packageId !== undefined && !property.packages.has(packageId))
    return refusal('package_unknown', `Package '${packageId}' is not known`, CODE.package);
  const nights = readNights(control, property.today(now));
  return 'rule' in nights ? nights : { room, nights, packageId };
}

function readNights(control: XmlNode, today: Night): readonly Night[] | Refusal {
  const [start, end] = [textOf(control, '@Start'), textOf(control, '@End')];
  const [first, last] = [readDate(start), readDate(end)];
  if (first === undefined || last === undefined)
    return refusal('date_invalid', `Start '${start}' and End '${end}' must be dates`);
  if (first > last) return refusal('dates_reversed', `Start '${first}' is after End '${last}'`);
  if (first < plusDays(today, -1)) return refusal('date_past', `'${first}' is in the past`);
  if (daysFrom(today, last) > HORIZON_DAYS)
    return refusal('horizon_exceeded', `'${last}' is more than ${HORIZON_DAYS} days ahead`);
  const days = WEEKDAYS.map((name) => !/^(?:0|false)$/.test(textOf(control, `@${name}`) ?? '1'));
  return nightsBetween(first, plusDays(last, 1)).filter(
    (night) => days[new Date(`${night}T00:00:00Z`).getUTCDay()],
  );
}

/** As they are written, Sunday first. */
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Weds', 'Thur', 'Fri', 'Sat'] as const;

/** An `Inventory` of `OTA_HotelInvCountNotifRQ`. */
export function readInventory(element: XmlNode, reading: Reading): Update | Refusal {
  const target = readTarget(element, reading);
  if (isRefusal(target)) return target;
  const counts = childrenOf(element, 'InvCounts').flatMap((one) => childrenOf(one, 'InvCount'));
  const [count] = counts;
  const text = count && textOf(count, '@Count');
  if (!count || counts.length !== 1 || textOf(count, '@CountType') !== '2')
    return refusal('count_invalid', 'One InvCount of CountType 2 is expected');
  if (target.packageId !== undefined)
    return refusal('count_invalid', 'An InvCount has no RatePlanCode');
  return countOf(target, text, 'InvCount');
}

function countOf(target: Target, text: string | undefined, subject: string): Update | Refusal {
  if (text === undefined || !/^\d{1,5}$/.test(text))
    return refusal('count_invalid', `${subject} '${text ?? ''}' is not a number of rooms`);
  const { room, nights } = target;
  return {
    room,
    nights,
    packages: null,
    count: Number(text),
    values: {},
    group: 'availability',
    subject,
  };
}

/** A `RateAmountMessage`: the one price of a package. */
export function readRate(element: XmlNode, reading: Reading, removes: boolean): Update | Refusal {
  const target = readTarget(element, reading);
  if (isRefusal(target)) return target;
  const { room, nights, packageId } = target;
  if (packageId === undefined)
    return refusal('package_unknown', 'A rate needs a RatePlanCode', CODE.package);
  const update = { room, nights, packages: [packageId], count: null, group: 'price' } as const;
  if (removes) return { ...update, values: { price: undefined }, subject: 'Price' };
  const amounts = childrenOf(element, 'Rates')
    .flatMap((one) => childrenOf(one, 'Rate'))
    .flatMap((one) => childrenOf(one, 'BaseByGuestAmts'))
    .flatMap((one) => childrenOf(one, 'BaseByGuestAmt'));
  const [amount] = amounts;
  if (!amount || amounts.length !== 1)
    return refusal('price_invalid', 'One BaseByGuestAmt is expected', CODE.missing);
  const { currency } = reading.property;
  if (textOf(amount, '@CurrencyCode') !== currency)
    return refusal('currency_mismatch', `CurrencyCode must be '${currency}'`);
  const guests = textOf(amount, '@NumberOfGuests') ?? '';
  if (!/^\d{1,2}$/.test(guests) || Number(guests) < 1 || Number(guests) > room.guests)
    return refusal('guests_invalid', `NumberOfGuests '${guests}' is not within the capacity`);
  const text = textOf(amount, '@AmountAfterTax') ?? textOf(amount, '@AmountBeforeTax') ?? '';
  const price = minorOf(text, currency);
  if (price === undefined || price < 1)
    return refusal('price_invalid', `Price '${text}' is not valid (${place(update)})`);
  return { ...update, values: { price }, subject: 'Price' };
}

const STATUS_OF: Readonly<
  Record<string, readonly [key: 'open' | 'closedToArrival' | 'closedToDeparture', open: boolean]>
> = {
  Master: ['open', true],
  Arrival: ['closedToArrival', false],
  Departure: ['closedToDeparture', false],
};
const STAY_OF: Readonly<Record<string, keyof PackageValues>> = {
  SetMinLOS: 'minStayArrival',
  SetForwardMinStay: 'minStayThrough',
  SetMaxLOS: 'maxStayArrival',
  SetForwardMaxStay: 'maxStayThrough',
};

/** An `AvailStatusMessage`: a count of the room, or one restriction of a package (of all, without `RatePlanCode`). */
export function readRestriction(element: XmlNode, reading: Reading): Update | Refusal {
  const target = readTarget(element, reading);
  if (isRefusal(target)) return target;
  const limit = textOf(element, '@BookingLimit');
  const stays = childrenOf(element, 'LengthsOfStay').flatMap((one) =>
    childrenOf(one, 'LengthOfStay'),
  );
  const statuses = childrenOf(element, 'RestrictionStatus');
  const kinds = stays.length + statuses.length + (limit === undefined ? 0 : 1);
  if (kinds === 0)
    return refusal('sets_nothing', 'The AvailStatusMessage sets nothing', CODE.missing);
  if (kinds > 1)
    return refusal('restrictions_mixed', 'One kind of restriction per AvailStatusMessage');
  if (limit !== undefined) {
    return target.packageId === undefined
      ? countOf(target, limit, 'BookingLimit')
      : refusal('count_invalid', 'A BookingLimit has no RatePlanCode');
  }
  const read = stays[0] ? readStay(stays[0]) : readStatus(statuses[0] ?? {});
  if ('rule' in read) return read;
  const { room, nights, packageId } = target;
  const packages = packageId === undefined ? [...reading.property.packages.keys()] : [packageId];
  return { room, nights, packages, count: null, ...read };
}

type Restriction = Pick<Update, 'values' | 'group' | 'subject'>;

function readStay(element: XmlNode): Restriction | Refusal {
  const type = textOf(element, '@MinMaxMessageType') ?? '';
  const time = textOf(element, '@Time') ?? '';
  const key = STAY_OF[type];
  if (key === undefined || (textOf(element, '@TimeUnit') ?? 'Day') !== 'Day')
    return refusal('length_of_stay_invalid', `MinMaxMessageType '${type}' is not known`);
  if (!/^\d{1,3}$/.test(time) || Number(time) < 1)
    return refusal('length_of_stay_invalid', `${type} '${time}' must be at least 1`);
  return { values: { [key]: Number(time) }, group: 'restrictions', subject: type };
}

function readStatus(element: XmlNode): Restriction | Refusal {
  const restriction = textOf(element, '@Restriction') ?? '';
  const status = textOf(element, '@Status');
  const known = STATUS_OF[restriction];
  if (!known || (status !== 'Open' && status !== 'Close'))
    return refusal('restriction_invalid', `'${restriction}' cannot be set to '${status ?? ''}'`);
  const [key, whenOpen] = known;
  return {
    values: { [key]: status === 'Open' ? whenOpen : !whenOpen },
    group: key === 'open' ? undefined : 'restrictions',
    subject: restriction,
  };
}

/** Package and dates of an update, each date by itself. */
export function place(
  { packages, nights }: Pick<Update, 'packages' | 'nights'>,
  only: readonly Night[] = nights,
): string {
  const dates = nights.filter((night) => only.includes(night)).map((night) => `date '${night}'`);
  const ids = (packages ?? []).map((id) => `package '${id}'`);
  return [...ids, ...dates].join(', ');
}

/** The first thing that two updates of a message both set. */
export function overlapOf(updates: readonly Update[]): Refusal | undefined {
  const seen = new Set<string>();
  for (const { room, packages, nights, subject } of updates) {
    for (const id of packages ?? ['']) {
      for (const night of nights) {
        const key = [room.id, id, subject, night].join('\n');
        if (seen.has(key)) return refusal('dates_overlap', `${subject} of '${night}' is set twice`);
        seen.add(key);
      }
    }
  }
  return undefined;
}
