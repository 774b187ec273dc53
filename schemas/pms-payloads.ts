import { ParityError } from './errors.ts';
import {
  checkAmount,
  checkCurrency,
  checkDegree,
  checkId,
  checkInteger,
  checkRange,
  checkSpans,
  checkStay,
  checkTime,
  checkTimeZone,
  checkUnique,
  checkUrl,
} from './event-values.ts';
import type {
  AvailabilityUpdated,
  CalendarSnapshot,
  Origin,
  PriceSpan,
  PricingUpdated,
  PropertyUpdated,
  RestrictionSet,
} from './generated/types.ts';
import type { PmsFact } from './pms-fact.ts';
import { checkContent } from './property-content.ts';

const MAX_GUESTS = 1_000;
/** 100.00 % */
const MAX_PERCENT = 10_000;

/** @throws ParityError EVENT_DATES_INVALID, EVENT_VALUE_INVALID: what in the payload makes no sense. */
export function checkPayload(fact: PmsFact): void {
  switch (fact.type) {
    case 'booking.confirmed':
    case 'booking.cancelled':
      checkId(fact.payload.booking_id, 'booking_id');
      checkRange(fact.payload.check_in, fact.payload.check_out, 'stay');
      break;
    case 'booking.updated':
      checkId(fact.payload.booking_id, 'booking_id');
      checkRange(fact.payload.old_dates.start, fact.payload.old_dates.end, 'old_dates');
      checkRange(fact.payload.new_dates.start, fact.payload.new_dates.end, 'new_dates');
      break;
    case 'availability.updated':
      checkAvailability(fact.payload);
      break;
    case 'pricing.updated':
      checkPricing(fact.payload);
      break;
    case 'restrictions.updated':
      checkRange(fact.payload.date_range.start, fact.payload.date_range.end, 'date_range');
      checkRestrictions(fact.payload.restrictions, 'restrictions');
      break;
    case 'property.updated':
      checkProperty(fact.payload);
      break;
    case 'calendar.snapshot':
      checkSnapshot(fact.payload);
      break;
    default:
      unreachable(fact);
  }
}

export function checkOrigin(origin: Origin, place: string): void {
  checkId(origin.reservation_id, `${place}.reservation_id`);
  checkTime(origin.revised_at, `${place}.revised_at`);
  const nights = origin.channel_nights;
  if (nights !== null) checkRange(nights.start, nights.end, `${place}.channel_nights`);
}

function checkAvailability(payload: AvailabilityUpdated): void {
  checkRange(payload.date_range.start, payload.date_range.end, 'date_range');
  checkId(payload.block_id, 'block_id');
  checkTime(payload.expires_at, 'expires_at');
  checkHold(payload.block_id, payload.expires_at, 'expires_at');
}

/** A block that ends by itself is a hold, and a hold is a register of its own: without an id nothing could end it. */
function checkHold(blockId: string | null, expiresAt: number | null, at: string): void {
  if (expiresAt !== null && blockId === null)
    throw new ParityError('EVENT_VALUE_INVALID', `${at} needs a block_id: a hold has an id`);
}

function checkPricing({ date_range, currency, new_prices }: PricingUpdated): void {
  checkRange(date_range.start, date_range.end, 'date_range');
  checkCurrency(currency);
  checkPrices(new_prices, 'new_prices');
  for (const { start, end } of new_prices)
    if (start < date_range.start || end > date_range.end)
      throw new ParityError(
        'EVENT_DATES_INVALID',
        `new_prices: ${start} to ${end} is not within date_range`,
      );
}

function checkPrices(prices: readonly PriceSpan[], place: string): void {
  checkSpans(prices, place);
  for (const { amount } of prices) checkAmount(amount, place);
}

function checkRestrictions(set: RestrictionSet, place: string): void {
  checkStay(set.min_stay_arrival, `${place}.min_stay_arrival`);
  checkStay(set.min_stay_through, `${place}.min_stay_through`);
  checkStay(set.max_stay, `${place}.max_stay`);
}

function checkProperty(payload: PropertyUpdated): void {
  checkTimeZone(payload.time_zone);
  checkCurrency(payload.currency);
  checkInteger(payload.max_guests, 1, MAX_GUESTS, 'max_guests');
  checkDegree(payload.address?.latitude ?? null, 90, 'address.latitude');
  checkDegree(payload.address?.longitude ?? null, 180, 'address.longitude');
  for (const { amount } of payload.fees) checkAmount(amount, 'fees');
  for (const { percent_hundredths } of payload.taxes)
    checkInteger(percent_hundredths, 0, MAX_PERCENT, 'taxes');
  checkUrl(payload.landing_url, 'landing_url');
  checkContent(payload.content);
}

function checkSnapshot({
  currency,
  bookings,
  blocks,
  prices,
  restrictions,
}: CalendarSnapshot): void {
  checkCurrency(currency);
  for (const { booking_id, check_in, check_out, origin } of bookings) {
    checkId(booking_id, 'bookings.booking_id');
    checkRange(check_in, check_out, 'bookings');
    if (origin !== null) checkOrigin(origin, 'bookings.origin');
  }
  checkUnique(
    bookings.map(({ booking_id }) => booking_id),
    'bookings',
  );
  for (const { start, end, block_id, expires_at } of blocks) {
    checkRange(start, end, 'blocks');
    checkId(block_id, 'blocks.block_id');
    checkTime(expires_at, 'blocks.expires_at');
    checkHold(block_id, expires_at, 'blocks.expires_at');
  }
  checkUnique(
    blocks.flatMap(({ block_id }) => block_id ?? []),
    'blocks',
  );
  checkPrices(prices, 'prices');
  checkSpans(restrictions, 'restrictions');
  for (const { restrictions: set } of restrictions) checkRestrictions(set, 'restrictions');
}

function unreachable(fact: never): never {
  throw new Error(`An event type without a check: ${JSON.stringify(fact)}`);
}
