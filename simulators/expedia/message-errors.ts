import { dateAt, plusDays } from '../dates.ts';
import type { AvailabilityContext } from './availability.ts';
import type {
  AvailabilityMessage,
  RatePlanUpdate,
  RoomTypeUpdate,
} from './availability-message.ts';
import type { ExpediaHotel, RoomType } from './hotel.ts';
import { DAYS_BACK, type ExpediaRule, HORIZON_DAYS, HOTEL_TIME_ZONE } from './settings.ts';
import type { Notice } from './wire.ts';

export function unknownHotel(id: string): Notice {
  return { rule: 'hotel_unknown', code: 3202, text: `Hotel ID ${id} is not valid` };
}

/** Everything that refuses the message whole, though its schema is right. */
export function errorsIn(message: AvailabilityMessage, context: AvailabilityContext): Notice[] {
  const hotel = context.hotel(message.hotel);
  if (!hotel || hotel.account !== context.user) return [unknownHotel(message.hotel)];
  const errors: Notice[] = [];
  const today = dateAt(HOTEL_TIME_ZONE, context.now);
  const add = (rule: ExpediaRule, code: number, text: string) => errors.push({ rule, code, text });
  let count = 0;
  for (const { ranges, nights, rooms } of message.updates) {
    for (const { from, to } of ranges) {
      if (from > to) add('start_after_end', 3021, `Start date ${from} is after end date ${to}`);
      if (from < plusDays(today, -DAYS_BACK))
        add('start_before_yesterday', 3020, `Start date ${from} is before yesterday`);
      if (to > plusDays(today, HORIZON_DAYS))
        add('too_far_ahead', 3022, `End date ${to} is more than two years ahead`);
    }
    for (const update of rooms) {
      errors.push(...errorsOfRoomType(hotel, update, context));
      count += nights.length * partsOf(update);
    }
  }
  const { maxUpdates } = context.settings;
  if (count > maxUpdates)
    add(
      'too_many_updates',
      3107,
      `Update exceeds allowable size - Maximum allowable size is ${maxUpdates} updates`,
    );
  return errors;
}

function partsOf({ values, plans }: RoomTypeUpdate): number {
  return plans.reduce(
    (sum, plan) => sum + Object.keys(plan.values).length + (plan.rate ? 1 : 0),
    Object.keys(values).length,
  );
}

function errorsOfRoomType(
  hotel: ExpediaHotel,
  update: RoomTypeUpdate,
  context: AvailabilityContext,
): Notice[] {
  const room = hotel.rooms.get(update.id);
  if (!room)
    return [
      { rule: 'room_type_unknown', code: 3203, text: `Room Type ID ${update.id} is not valid` },
    ];
  const empty = partsOf(update) === 0 || update.plans.some((plan) => !setsAnything(plan));
  const nothing: Notice = {
    rule: 'sets_nothing',
    code: 3015,
    text: `No updates provided for Room Type ID ${room.id}`,
  };
  return [
    ...(empty ? [nothing] : []),
    ...update.plans.flatMap((plan) => errorsOfRatePlan(room, plan, context)),
  ];
}

function setsAnything({ values, rate }: RatePlanUpdate): boolean {
  return Object.keys(values).length > 0 || rate !== null;
}

function errorsOfRatePlan(
  room: RoomType,
  { id, values, rate }: RatePlanUpdate,
  { settings }: AvailabilityContext,
): Notice[] {
  const isNamed = settings.culprits === 'named';
  const place = isNamed ? ` (Rate Plan ID ${id})` : '';
  const error = (rule: ExpediaRule, code: number, text: string): Notice[] => [
    { rule, code, text: text + place },
  ];
  if (!room.rates.has(id)) {
    const isElsewhere = [...room.hotel.rooms.values()].some(({ rates }) => rates.has(id));
    return isElsewhere
      ? error(
          'rate_plan_of_other_room',
          3205,
          `The rate plan is not one of Room Type ID ${room.id}`,
        )
      : error('rate_plan_unknown', 3204, 'The rate plan is not valid');
  }
  const { minLos, maxLos } = values;
  if (minLos !== undefined && maxLos !== undefined && maxLos < minLos)
    return error(
      'max_below_min',
      3015,
      `MaxLOS value (${maxLos}) smaller than the MinLOS value (${minLos})`,
    );
  if (minLos !== undefined && minLos > settings.longestMinLos)
    return error(
      'min_los_too_high',
      3135,
      `MinLOS value (${minLos}) exceeds Extranet auto-approval threshold (${settings.longestMinLos}) for length of stay`,
    );
  if (!rate) return [];
  if (rate.hasLengthOfStay)
    return error(
      'length_of_stay_misused',
      3124,
      'lengthOfStay is not expected for this pricing model',
    );
  if (rate.perDay === null)
    return error('pricing_model', 3090, 'The pricing model is not the one of the hotel');
  if (rate.currency === null) return error('currency_missing', 3102, 'The currency is missing');
  if (rate.currency !== room.hotel.currency)
    return error('currency_wrong', 3103, `Currency ${rate.currency} is not the one of the hotel`);
  return [];
}
