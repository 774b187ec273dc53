import { currencyDigits, decimalOf, toSecond } from '../dates.ts';
import { leaf, tag } from '../xml.ts';
import type { Booking, BookingContent } from './booking.ts';
import type { ExpediaSettings } from './settings.ts';
import type { Retrieved } from './transactions.ts';

const TAX_SHARE = 0.1;

/** A `Booking` of BR. A cancellation has no room type, no rate plan and no amounts: they are 0. */
export function bookingElement(
  { booking, transaction, status }: Retrieved,
  settings: ExpediaSettings,
): string {
  const { type, madeAt, content } = transaction;
  const isCancelled = type === 'Cancel';
  const attributes = {
    id: booking.id,
    type,
    createDateTime: `${toSecond(madeAt)}Z`,
    source: booking.source,
    status,
    confirmNumber: booking.confirmNumber ?? undefined,
  };
  const requests = isCancelled ? [] : requestElements(booking, settings);
  return tag('Booking', attributes, [
    tag('Hotel', { id: booking.hotel }),
    isCancelled ? cancelledStay(booking, content) : stayElement(booking, content, settings),
    guestElement(booking),
    ...requests,
  ]);
}

function stayElement(booking: Booking, content: BookingContent, settings: ExpediaSettings): string {
  const { currency } = booking;
  const sum = [...content.prices.values()].reduce((all, price) => all + price, 0);
  const taxes = Math.round(sum * TAX_SHARE);
  const money = (minor: number) => decimalOf(minor, currency);
  const nights = [...content.prices].map(([night, price]) =>
    tag('PerDayRate', { stayDate: night, baseRate: money(price) }),
  );
  return tag('RoomStay', { roomTypeID: content.room.id, ratePlanID: content.rate }, [
    tag('StayDate', { arrival: content.checkIn, departure: content.checkOut }),
    guestCount(content),
    tag('PerDayRates', { currency }, nights),
    tag('Total', { amountAfterTaxes: money(sum + taxes), amountOfTaxes: money(taxes), currency }),
    ...cardElement(booking, settings),
  ]);
}

function cancelledStay({ currency }: Booking, content: BookingContent): string {
  const zero = (0).toFixed(currencyDigits(currency));
  return tag('RoomStay', { roomTypeID: 0, ratePlanID: 0 }, [
    tag('StayDate', { arrival: content.checkIn, departure: content.checkOut }),
    guestCount(content),
    tag('PerDayRates', { currency }, [
      tag('PerDayRate', { stayDate: content.checkIn, baseRate: zero }),
    ]),
    tag('Total', { amountAfterTaxes: zero, amountOfTaxes: zero, currency }),
  ]);
}

function guestCount({ adults, children }: BookingContent): string {
  return tag('GuestCount', { adult: adults, child: children === 0 ? undefined : children });
}

function guestElement({ id, guest }: Booking): string {
  return tag('PrimaryGuest', {}, [
    tag('Name', { givenName: guest.first, surname: guest.last }),
    tag('Phone', { countryCode: 49, cityAreaCode: 30, number: '0000000' }),
    leaf('Email', `guest.${id}@guest.example`),
  ]);
}

function requestElements(booking: Booking, settings: ExpediaSettings): string[] {
  const request = (code: string, text: string) =>
    leaf('SpecialRequest', text).replace('<SpecialRequest>', `<SpecialRequest code="${code}">`);
  const smoking = request('2.1', 'Non-smoking');
  if (isHotelCollect(booking) || settings.virtualCard !== 'instruction') return [smoking];
  const text = `Collect by virtual card ${cardNumber(booking)}, valid until 12/29, code 987`;
  return [smoking, request('5', text)];
}

/** The guest's own card where the guest pays at the hotel, a virtual one otherwise. Made up here, so that none stands in the source. */
function cardElement(booking: Booking, { virtualCard }: ExpediaSettings): string[] {
  if (!isHotelCollect(booking) && virtualCard !== 'card') return [];
  const holder = isHotelCollect(booking)
    ? `${booking.guest.first} ${booking.guest.last}`
    : 'Expedia VirtualCard';
  const card = {
    cardCode: 'MC',
    cardNumber: cardNumber(booking),
    expireDate: '1229',
    seriesCode: '987',
  };
  const name = { name: holder, address: 'Any street 1', city: 'Any city', country: 'US' };
  return [tag('PaymentCard', card, [tag('CardHolder', name)])];
}

/** 16 digits with a valid check digit. */
function cardNumber({ id }: Booking): string {
  const body = `55${id.padStart(13, '0')}`;
  const sum = [...body].reduce((all, digit, at) => {
    const weighed = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return all + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

function isHotelCollect({ source }: Booking): boolean {
  return source.startsWith('A-');
}
