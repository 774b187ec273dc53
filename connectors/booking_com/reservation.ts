import { ParityError } from '../../schemas/errors.ts';
import type { PaymentKind, Reservation, ReservationStatus } from '../../schemas/generated/types.ts';
import { hashed } from '../inbound/reservation-hash.ts';
import { parseInstant } from '../notation/instants.ts';
import {
  child,
  childrenOf,
  descendants,
  path,
  writeElement,
  type XmlElement,
} from '../notation/xml.ts';
import { redactCardNumbers, redactElement } from '../redaction.ts';
import { amountOf } from './ota-amount.ts';
import { readRoomStays } from './room-stay.ts';

/** ISO 4217 for "no currency": a cancellation may name none. */
const NO_CURRENCY = 'XXX';

/**
 * One `HotelReservation` or `HotelResModify` in our terms. The messages are not schema-valid OTA, so everything that the PMS can
 * do without is optional. A cancellation may come without room stays (`room_stays` is empty then: all of them are cancelled).
 * Card data decides `payment_kind` and is dropped. Source: developers.booking.com,
 * connectivity docs, "Reservations API"; own elements and missing time spans as client code reads them.
 * @param feedStatus status of a message that is no cancellation
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED when id, time, hotel, currency, or the nights of a live stay are missing
 */
export function readBookingReservation(
  element: XmlElement,
  feedStatus: 'new' | 'modified',
): Reservation {
  const global = child(element, 'ResGlobalInfo');
  const revisedAt = parseInstant(
    element.attributes.LastModifyDateTime ?? element.attributes.CreateDateTime,
  );
  if (revisedAt === undefined) throw malformed('without a time');
  const status: ReservationStatus = /^cancel/i.test(element.attributes.ResStatus ?? '')
    ? 'cancelled'
    : feedStatus;
  const currency = currencyOf(element);
  if (currency === undefined && status !== 'cancelled') throw malformed('without a currency');
  const context = { status, currency: currency ?? NO_CURRENCY, listing: hotelOf(element) };
  const total = child(global, 'Total');
  const amount = (holder: XmlElement | undefined, name: string) =>
    amountOf(holder, name, context.currency);
  const afterTax = amount(total, 'AmountAfterTax');
  const beforeTax = amount(total, 'AmountBeforeTax');
  const content = {
    reservation_id: reservationIdOf(element) ?? missing('id'),
    status,
    revised_at: revisedAt,
    guest: guestOf(element),
    room_stays: readRoomStays(element, context),
    currency: context.currency,
    total: afterTax ?? beforeTax,
    taxes: afterTax === null || beforeTax === null ? null : afterTax - beforeTax,
    commission: amount(path(global, 'TotalCommissions/CommissionPayableAmount'), 'Amount'),
    payment_kind: paymentKindOf(element),
    special_requests: requestsOf(element),
  };
  return hashed(content, writeElement(redactElement(element)));
}

/** Id of the reservation, wherever the message has it. */
export function reservationIdOf(element: XmlElement): string | undefined {
  const ids = childrenOf(path(element, 'ResGlobalInfo/HotelReservationIDs'), 'HotelReservationID');
  const unique = childrenOf(element, 'UniqueID').find(({ attributes }) => attributes.Type === '14');
  return ids.map(({ attributes }) => attributes.ResID_Value).find(Boolean) ?? unique?.attributes.ID;
}

/** Hotel of a reservation; a bare cancellation has it in `ResGlobalInfo` alone. */
export function hotelOf(element: XmlElement): string {
  const codes = descendants(element, 'BasicPropertyInfo').map(
    ({ attributes }) => attributes.HotelCode,
  );
  return codes.find(Boolean) ?? missing('hotel');
}

function currencyOf(element: XmlElement): string | undefined {
  const holders = [
    path(element, 'ResGlobalInfo/Total'),
    ...descendants(element, 'Total'),
    ...descendants(element, 'Base'),
  ];
  return holders
    .map((holder) => holder?.attributes.CurrencyCode?.toUpperCase())
    .find((code) => /^[A-Z]{3}$/.test(code ?? ''));
}

function guestOf(element: XmlElement): Reservation['guest'] {
  const booker = path(element, 'ResGlobalInfo/Profiles/ProfileInfo/Profile/Customer');
  const guest = path(element, 'ResGuests/ResGuest/Profiles/ProfileInfo/Profile/Customer');
  const customer = booker ?? guest;
  const text = (names: string) => personal(path(customer, names)?.text);
  return {
    channel_guest_id: null,
    first_name: text('PersonName/GivenName'),
    last_name: text('PersonName/Surname'),
    email: text('Email'),
    phone: child(customer, 'Telephone')?.attributes.PhoneNumber ?? null,
    country: path(customer, 'Address/CountryName')?.attributes.Code?.toUpperCase() ?? null,
  };
}

function requestsOf(element: XmlElement): string | null {
  const texts = [...descendants(element, 'SpecialRequest'), ...descendants(element, 'Comment')].map(
    (one) => child(one, 'Text')?.text ?? one.text,
  );
  return personal([...new Set(texts.filter(Boolean))].join('\n'));
}

/** A card in the message pays at the hotel; one of Booking.com itself is a virtual card. */
function paymentKindOf(element: XmlElement): PaymentKind {
  const cards = descendants(element, 'PaymentCard');
  if (cards.length === 0) return 'unknown';
  const holders = cards.map((card) =>
    (child(card, 'CardHolderName')?.text ?? card.attributes.CardHolderName ?? '').toLowerCase(),
  );
  return holders.some((holder) => /booking\.?com/.test(holder)) ? 'virtual_card' : 'hotel_collect';
}

function personal(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : redactCardNumbers(text);
}

function missing(what: string): never {
  throw malformed(`without ${what}`);
}

function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', `a reservation ${what}`);
}
