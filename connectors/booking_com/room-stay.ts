import type { RatePlanId } from '../../schemas/domain/ids.ts';
import {
  addDays,
  daysBetween,
  type PlainDate,
  plainDate,
} from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import { MAX_NIGHTS } from '../../schemas/event-values.ts';
import type { NightlyPrice, ReservationStatus, RoomStay } from '../../schemas/generated/types.ts';
import { child, childrenOf, path, type XmlElement } from '../notation/xml.ts';
import { amountOf } from './ota-amount.ts';

interface StayContext {
  readonly status: ReservationStatus;
  readonly currency: string;
  readonly listing: string;
}

/**
 * The rooms of a reservation. `IndexNumber` names a room over all revisions. Nights come from `RoomRate@EffectiveDate`, one per
 * night; a `TimeSpan`, where there is one, decides. A cancelled room without any date is left out: it holds no night.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED
 */
export function readRoomStays(reservation: XmlElement, context: StayContext): RoomStay[] {
  const elements = childrenOf(child(reservation, 'RoomStays'), 'RoomStay');
  const stays = elements.flatMap((element, at) => readStay(element, at, context) ?? []);
  if (stays.length === 0 && context.status !== 'cancelled') throw malformed('without rooms');
  if (new Set(stays.map(({ room_stay }) => room_stay)).size < stays.length)
    throw malformed('with a room twice');
  return stays;
}

function readStay(element: XmlElement, at: number, context: StayContext): RoomStay | undefined {
  const cancelled =
    context.status === 'cancelled' || /^cancel/i.test(element.attributes.RoomStayStatus ?? '');
  const rates = childrenOf(child(element, 'RoomRates'), 'RoomRate');
  const nightlyPrices = rates.flatMap((rate) => priceOfNight(rate, context.currency));
  const dates = datesOf(element, rates);
  if (!dates) {
    if (cancelled) return undefined;
    throw malformed('with a room without nights');
  }
  return {
    room_stay: element.attributes.IndexNumber ?? String(at + 1),
    listing: child(element, 'BasicPropertyInfo')?.attributes.HotelCode ?? context.listing,
    room_id:
      path(element, 'RoomTypes/RoomType')?.attributes.RoomTypeCode ??
      rates[0]?.attributes.RoomTypeCode ??
      null,
    rate_plan_id: (path(element, 'RatePlans/RatePlan')?.attributes.RatePlanCode ??
      rates[0]?.attributes.RatePlanCode ??
      null) as RatePlanId | null,
    connection_id: null,
    property_id: null,
    ...dates,
    ...guestsOf(element),
    status: cancelled ? 'cancelled' : context.status,
    nightly_prices: nightlyPrices,
    total:
      amountOf(child(element, 'Total'), 'AmountAfterTax', context.currency) ??
      amountOf(child(element, 'Total'), 'AmountBeforeTax', context.currency),
  };
}

function datesOf(
  stay: XmlElement,
  rates: readonly XmlElement[],
): { check_in: PlainDate; check_out: PlainDate } | undefined {
  const span = child(stay, 'TimeSpan')?.attributes;
  const start = dateOf(span?.Start);
  const nights = /^P(\d{1,4})[DN]$/.exec(span?.Duration ?? '')?.[1];
  const end = dateOf(span?.End) ?? (start && nights ? addDays(start, Number(nights)) : undefined);
  const first = rates.flatMap(({ attributes }) => dateOf(attributes.EffectiveDate) ?? []).sort();
  const [check_in] = start ? [start] : first;
  const last = first[first.length - 1];
  const check_out = end ?? (last && addDays(last, 1));
  if (!check_in || !check_out) return undefined;
  const length = daysBetween(check_in, check_out);
  if (length < 1 || length > MAX_NIGHTS) throw malformed('with a stay that is no range of nights');
  return { check_in, check_out };
}

function priceOfNight(rate: XmlElement, currency: string): NightlyPrice[] {
  const night = dateOf(rate.attributes.EffectiveDate);
  const total =
    path(rate, 'Rates/Rate/Total') ?? path(rate, 'Rates/Rate/Base') ?? child(rate, 'Total');
  const amount =
    amountOf(total, 'AmountAfterTax', currency) ?? amountOf(total, 'AmountBeforeTax', currency);
  return night === undefined || amount === null ? [] : [{ night, amount }];
}

function guestsOf(stay: XmlElement): { adults: number; children: number } {
  const counts = childrenOf(child(stay, 'GuestCounts'), 'GuestCount').map(({ attributes }) => ({
    adult: (attributes.AgeQualifyingCode ?? '10') === '10',
    count: /^\d{1,3}$/.test(attributes.Count ?? '') ? Number(attributes.Count) : 0,
  }));
  const sum = (adult: boolean) =>
    counts.filter((one) => one.adult === adult).reduce((all, { count }) => all + count, 0);
  return { adults: sum(true), children: sum(false) };
}

/** A date, or the date of a date and time; undefined: none. @throws ParityError CHANNEL_RESPONSE_MALFORMED */
function dateOf(text: string | undefined): PlainDate | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return plainDate(text.slice(0, 10));
  } catch (cause) {
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a reservation with an impossible date', {
      cause,
    });
  }
}

function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', `a reservation ${what}`);
}
