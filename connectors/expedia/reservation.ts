import type { RatePlanId } from '../../schemas/domain/ids.ts';
import { daysBetween, type PlainDate, plainDate } from '../../schemas/domain/plain-date.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import { MAX_NIGHTS } from '../../schemas/event-values.ts';
import type {
  NightlyPrice,
  PaymentKind,
  Reservation,
  ReservationStatus,
  RoomStay,
} from '../../schemas/generated/types.ts';
import { hashed } from '../inbound/reservation-hash.ts';
import { parseAmount } from '../notation/amounts.ts';
import { parseInstant } from '../notation/instants.ts';
import { integerOf } from '../notation/json.ts';
import { child, childrenOf, path, writeElement, type XmlElement } from '../notation/xml.ts';
import { redactCardNumbers, redactElement } from '../redaction.ts';

/** ISO 4217 for "no currency": a cancellation may name none. */
const NO_CURRENCY = 'XXX';
/** Special request with the data of a virtual card as free text. */
const PAYMENT_INSTRUCTION = '5';
const STATUSES: Readonly<Record<string, ReservationStatus>> = {
  Book: 'new',
  Modify: 'modified',
  Cancel: 'cancelled',
};

/**
 * One `Booking` in our terms. A booking is one room. A cancellation names neither room type nor rate plan (both are 0) and no amounts: it comes
 * out without room stays, which cancels all of them. Card data decides `payment_kind` and is dropped, and so are payment instructions.
 * Source: Expedia developer portal, "Booking Retrieval", response.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED when id, type, time or hotel are missing, or nights or currency of a live stay
 */
export function readExpediaBooking(booking: XmlElement): Reservation {
  const { id, type, createDateTime } = booking.attributes;
  const status = STATUSES[type ?? ''] ?? missing('a known type');
  const stay = child(booking, 'RoomStay');
  const revisedAt = parseInstant(createDateTime) ?? missing('a time');
  const currency = currencyOf(stay);
  if (currency === undefined && status !== 'cancelled') missing('a currency');
  const hotel = hotelOf(booking);
  const total = child(stay, 'Total');
  const amount = (name: string) =>
    status === 'cancelled' ? null : amountOf(total, name, currency ?? NO_CURRENCY);
  const content = {
    reservation_id: id || missing('an id'),
    status,
    revised_at: revisedAt,
    guest: guestOf(booking),
    room_stays: roomStaysOf(stay, hotel, status, currency ?? NO_CURRENCY),
    currency: currency ?? NO_CURRENCY,
    total: amount('amountAfterTaxes'),
    taxes: amount('amountOfTaxes'),
    commission: null,
    payment_kind: paymentKindOf(booking, stay),
    special_requests: requestsOf(booking),
  };
  return hashed(content, writeElement(redactElement(kept(booking))));
}

export function hotelOf(booking: XmlElement): string {
  return child(booking, 'Hotel')?.attributes.id || missing('a hotel');
}

function roomStaysOf(
  stay: XmlElement | undefined,
  hotel: string,
  status: ReservationStatus,
  currency: string,
): RoomStay[] {
  const roomType = stay?.attributes.roomTypeID;
  if (status === 'cancelled' && (roomType === undefined || roomType === '0')) return [];
  if (!stay || roomType === undefined) return missing('a room');
  const dates = child(stay, 'StayDate')?.attributes;
  const [check_in, check_out] = [dateOf(dates?.arrival), dateOf(dates?.departure)];
  const length = daysBetween(check_in, check_out);
  if (length < 1 || length > MAX_NIGHTS) throw malformed('with a stay that is no range of nights');
  const guests = child(stay, 'GuestCount')?.attributes;
  return [
    {
      // One booking is one room, in all its revisions.
      room_stay: '1',
      listing: hotel,
      room_id: roomType,
      rate_plan_id: (stay.attributes.ratePlanID ?? null) as RatePlanId | null,
      connection_id: null,
      property_id: null,
      check_in,
      check_out,
      adults: integerOf(guests?.adult) ?? 0,
      children: integerOf(guests?.child) ?? 0,
      status,
      nightly_prices: pricesOf(stay, currency),
      total: amountOf(child(stay, 'Total'), 'amountAfterTaxes', currency),
    },
  ];
}

/** The price of a night holds what it costs beyond the base rate: with the taxes, the nights add up to the total. */
function pricesOf(stay: XmlElement, currency: string): NightlyPrice[] {
  return childrenOf(child(stay, 'PerDayRates'), 'PerDayRate').flatMap((day) => {
    const parts = ['baseRate', 'extraPersonFees', 'hotelServiceFees'].flatMap(
      (name) => amountOf(day, name, currency) ?? [],
    );
    if (parts.length === 0) return [];
    return [
      { night: dateOf(day.attributes.stayDate), amount: parts.reduce((sum, part) => sum + part) },
    ];
  });
}

/**
 * A source `A-…`, or a rate plan ending in `A`: the guest pays at the hotel. Otherwise Expedia collects, and hands the money on by a virtual
 * card (in the message, or announced in a payment instruction) or by transfer.
 */
function paymentKindOf(booking: XmlElement, stay: XmlElement | undefined): PaymentKind {
  const isHotelCollect =
    /^A-/.test(booking.attributes.source ?? '') || /\dA$/.test(stay?.attributes.ratePlanID ?? '');
  if (isHotelCollect) return 'hotel_collect';
  const hasCard =
    child(stay, 'PaymentCard') !== undefined ||
    childrenOf(booking, 'SpecialRequest').some(isPaymentInstruction);
  return hasCard ? 'virtual_card' : 'channel_collect';
}

function guestOf(booking: XmlElement): Reservation['guest'] {
  const guest = child(booking, 'PrimaryGuest');
  const name = child(guest, 'Name')?.attributes;
  const phone = child(guest, 'Phone')?.attributes;
  const { countryCode, cityAreaCode, number, extension } = phone ?? {};
  const digits = [countryCode && `+${countryCode}`, cityAreaCode, number, extension];
  return {
    channel_guest_id: null,
    first_name: personal([name?.givenName, name?.middleName].filter(Boolean).join(' ')),
    last_name: personal(name?.surname),
    email: personal(child(guest, 'Email')?.text),
    phone: personal(digits.filter(Boolean).join(' ')),
    country: null,
  };
}

function requestsOf(booking: XmlElement): string | null {
  const texts = childrenOf(booking, 'SpecialRequest')
    .filter((one) => !isPaymentInstruction(one))
    .map(({ text }) => text);
  return personal([...new Set(texts.filter(Boolean))].join('\n'));
}

/** What may be kept of the message: no payment instruction, and not its status, which tells of the retrieval and not of the booking. */
function kept(booking: XmlElement): XmlElement {
  const { status: _status, ...attributes } = booking.attributes;
  const children = booking.children.filter((one) => !isPaymentInstruction(one));
  return { ...booking, attributes, children };
}

function isPaymentInstruction({ name, attributes }: XmlElement): boolean {
  return name === 'SpecialRequest' && attributes.code?.split('.')[0] === PAYMENT_INSTRUCTION;
}

function currencyOf(stay: XmlElement | undefined): string | undefined {
  return [child(stay, 'Total'), child(stay, 'PerDayRates'), path(stay, 'PerDayRates/PerDayRate')]
    .map((holder) => holder?.attributes.currency?.toUpperCase())
    .find((code) => /^[A-Z]{3}$/.test(code ?? ''));
}

function amountOf(holder: XmlElement | undefined, name: string, currency: string): number | null {
  return parseAmount(holder?.attributes[name], null, currency) ?? null;
}

function dateOf(text: string | undefined): PlainDate {
  try {
    return plainDate(text?.slice(0, 10) ?? '');
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a booking without its dates', { cause });
  }
}

function personal(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : redactCardNumbers(text);
}

function missing(what: string): never {
  throw malformed(`without ${what}`);
}

function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', `a booking ${what}`);
}
