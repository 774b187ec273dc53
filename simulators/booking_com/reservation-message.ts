import { currencyDigits, decimalOf, toSecond } from '../dates.ts';
import { leaf, tag } from '../xml.ts';
import type { HotelReservation, QueueName, RoomStay } from './reservation.ts';
import type { BookingComSettings } from './settings.ts';

const NAMESPACE = 'http://www.opentravel.org/OTA/2003/05';

/** The answer to a poll: `OTA_HotelResNotifRQ` or `OTA_HotelResModifyNotifRQ`, empty when nothing waits. */
export function queueMessage(
  queue: QueueName,
  reservations: readonly HotelReservation[],
  settings: BookingComSettings,
  now: number,
): string {
  const attributes = {
    xmlns: NAMESPACE,
    TimeStamp: `${toSecond(now)}+00:00`,
    Target: 'Production',
    Version: '2.001',
  };
  const [list, item] =
    queue === 'OTA_HotelResNotif'
      ? ['HotelReservations', 'HotelReservation']
      : ['HotelResModifies', 'HotelResModify'];
  const entries = reservations.map((one) => reservationElement(item, one, settings));
  return tag(`${queue}RQ`, attributes, [tag(list, {}, entries)]);
}

function reservationElement(
  name: string,
  reservation: HotelReservation,
  settings: BookingComSettings,
): string {
  const stays = reservation.stays.filter(({ live }) => live || reservation.cancelled);
  const shown = reservation.cancelled && settings.bareCancellations ? [] : stays;
  const total = shown.reduce((sum, { prices }) => sum + sumOf(prices), 0);
  const status = reservation.cancelled
    ? 'Cancel'
    : name === 'HotelReservation'
      ? 'Commit'
      : 'Modify';
  return tag(
    name,
    {
      CreateDateTime: toSecond(reservation.createdAt),
      LastModifyDateTime: toSecond(reservation.modifiedAt),
      ResStatus: status,
    },
    [
      tag('POS', {}, [
        tag('Source', {}, [
          tag('BookingChannel', { Type: 7 }, [leaf('CompanyName', 'Booking.com')]),
        ]),
      ]),
      tag('UniqueID', { Type: 14, ID: reservation.id }),
      tag(
        'RoomStays',
        {},
        shown.map((stay) => stayElement(stay, reservation, settings)),
      ),
      tag('ResGuests', {}, [tag('ResGuest', { ResGuestRPH: 1 }, [profiles(reservation)])]),
      tag('ResGlobalInfo', {}, [
        tag('Comments'),
        tag('Total', amount(total, reservation.currency, settings)),
        tag('HotelReservationIDs', {}, [
          tag('HotelReservationID', {
            ResID_Value: reservation.id,
            ResID_Date: toSecond(reservation.createdAt),
          }),
        ]),
        profiles(reservation),
        tag('BasicPropertyInfo', { HotelCode: reservation.hotel }),
      ]),
    ],
  );
}

/** No `TimeSpan`: the nights are those of the room rates. */
function stayElement(
  stay: RoomStay,
  reservation: HotelReservation,
  settings: BookingComSettings,
): string {
  const { currency } = reservation;
  const nights = [...stay.prices].map(([night, price]) =>
    tag('RoomRate', { EffectiveDate: night, RatePlanCode: stay.rate }, [
      tag('Rates', {}, [tag('Rate', {}, [tag('Total', amount(price, currency, settings))])]),
    ]),
  );
  return tag('RoomStay', { IndexNumber: stay.index }, [
    tag('RoomTypes', {}, [
      tag('RoomType', { RoomTypeCode: stay.room.id }, [
        tag('RoomDescription', { Name: stay.room.name }),
      ]),
    ]),
    tag('RatePlans', {}, [tag('RatePlan', { RatePlanCode: stay.rate })]),
    tag('RoomRates', {}, nights),
    tag('GuestCounts', {}, [
      tag('GuestCount', { AgeQualifyingCode: 10, Count: stay.adults }),
      ...(stay.children > 0
        ? [tag('GuestCount', { AgeQualifyingCode: 8, Count: stay.children })]
        : []),
    ]),
    tag('Total', amount(sumOf(stay.prices), currency, settings)),
    tag('BasicPropertyInfo', { HotelCode: reservation.hotel }),
    tag('ResGuestRPHs', {}, [tag('ResGuestRPH', { RPH: 1 })]),
  ]);
}

function profiles(reservation: HotelReservation): string {
  const { first, last } = reservation.guest;
  return tag('Profiles', {}, [
    tag('ProfileInfo', {}, [
      tag('Profile', {}, [
        tag('Customer', {}, [
          tag('PersonName', {}, [leaf('GivenName', first), leaf('Surname', last)]),
          tag('Telephone', { PhoneNumber: '+31 20 0000000' }),
          leaf('Email', `guest.${reservation.id}@guest.example`),
          tag('Address', {}, [leaf('CityName', '.'), tag('CountryName', { Code: 'nl' })]),
        ]),
      ]),
    ]),
  ]);
}

function amount(
  minor: number,
  currency: string,
  settings: BookingComSettings,
): Readonly<Record<string, string | number>> {
  return {
    AmountAfterTax: settings.amounts === 'integer' ? String(minor) : decimalOf(minor, currency),
    DecimalPlaces: currencyDigits(currency),
    CurrencyCode: currency,
  };
}

function sumOf(prices: ReadonlyMap<string, number>): number {
  return [...prices.values()].reduce((sum, price) => sum + price, 0);
}
