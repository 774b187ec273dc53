import type { Work } from '../gateway.ts';
import type { SimResponse } from '../http.ts';
import { childrenOf, tag, textOf, type XmlNode } from '../xml.ts';
import { bookingElement } from './booking-message.ts';
import type { ExpediaHotel } from './hotel.ts';
import { CONFIRMATIONS_PER_MESSAGE, type ExpediaRule, type ExpediaSettings } from './settings.ts';
import type { Confirmation, Retrieval, RetrievalStatus, Transactions } from './transactions.ts';
import { warningElements } from './warnings.ts';
import { eqcAnswer, errorAnswer, type InterfaceName, type Notice } from './wire.ts';

export interface BookingsContext {
  readonly settings: ExpediaSettings;
  readonly user: string;
  readonly now: number;
  readonly hotels: ReadonlyMap<string, ExpediaHotel>;
  readonly transactions: Transactions;
  readonly violate: (rule: ExpediaRule, detail: string) => void;
  readonly advise: (rule: string) => void;
}

const STATUSES: readonly RetrievalStatus[] = ['pending', 'retrieved', 'confirmed'];
const DAY = 86_400_000;
const MOST_DAYS = 30;
const LONGEST_NUMBER = 35;

/** `POST /eqc/br`: the bookings that a filter names; without one, what is pending. */
export function answerRetrieval(element: XmlNode, context: BookingsContext): SimResponse {
  const hotel = childrenOf(element, 'Hotel')[0];
  const id = hotel && textOf(hotel, '@id');
  const owned = [...context.hotels.values()].filter(
    (one) => one.account === context.user && one.connected,
  );
  if (id !== undefined) {
    const fault = hotelFault(id, context);
    if (fault) return refuse('br', fault, context);
    if (context.hotels.get(id)?.connected === false) return errorAnswer('br', [unknownHotel(id)]);
  } else if (owned.length > 1) context.advise('all_hotels_at_once');
  const filter = readFilter(element, context.now);
  if ('rule' in filter) return refuse('br', filter, context);
  const hotels = new Set(id === undefined ? owned.map((one) => one.id) : [id]);
  const bookings = context.transactions
    .retrieve({ ...filter, hotels })
    .map((one) => bookingElement(one, context.settings));
  return eqcAnswer('br', [tag('Bookings', {}, bookings)]);
}

function readFilter(element: XmlNode, now: number): Omit<Retrieval, 'hotels'> | Notice {
  const filters = childrenOf(element, 'ParamSet')[0] ?? {};
  const booking = childrenOf(filters, 'Booking')[0];
  const days = textOf(filters, 'NbDaysInPast');
  const statuses = childrenOf(filters, 'Status').map((one) => textOf(one, '@value') ?? '');
  const unknown = statuses.find((one) => !STATUSES.some((status) => status === one));
  if (unknown !== undefined) return schema(`Status '${unknown}' is not valid`);
  if (days !== undefined && !(Number(days) >= 1 && Number(days) <= MOST_DAYS))
    return schema(`NbDaysInPast '${days}' is not between 1 and ${MOST_DAYS}`);
  if (days !== undefined && booking) return schema('NbDaysInPast and Booking exclude each other');
  const isConfirmed = statuses.includes('confirmed');
  const reach = days === undefined ? (isConfirmed ? MOST_DAYS : null) : Number(days);
  const fallback: readonly string[] = days === undefined ? ['pending'] : STATUSES;
  return {
    statuses: new Set((statuses.length > 0 ? statuses : fallback) as RetrievalStatus[]),
    booking: (booking && textOf(booking, '@id')) ?? null,
    since: reach === null ? null : now - reach * DAY,
  };
}

/** `POST /eqc/bc`: each confirmation stands or falls alone; what falls comes back as a warning. */
export function answerConfirmation(
  element: XmlNode,
  work: Work,
  context: BookingsContext,
): SimResponse {
  const hotel = childrenOf(element, 'Hotel')[0];
  const id = (hotel && textOf(hotel, '@id')) ?? '';
  const fault = readConfirmations(element, hotel !== undefined) ?? hotelFault(id, context);
  if (fault) return refuse('bc', fault, context);
  if (context.hotels.get(id)?.connected === false) return errorAnswer('bc', [unknownHotel(id)]);
  const warnings = confirmationsOf(element).flatMap((one) => {
    const warning = confirm(one, id, work, context);
    if (warning) context.violate(warning.rule, warning.text);
    return warning ?? [];
  });
  return eqcAnswer('bc', [tag('Success', {}, warningElements(warnings))]);
}

function confirmationsOf(element: XmlNode): readonly XmlNode[] {
  const list = childrenOf(element, 'BookingConfirmNumbers')[0];
  return list ? childrenOf(list, 'BookingConfirmNumber') : [];
}

/** What is wrong with the message as a whole. */
function readConfirmations(element: XmlNode, hasHotel: boolean): Notice | undefined {
  const confirmations = confirmationsOf(element);
  if (!hasHotel) return schema('Hotel is missing');
  if (confirmations.length === 0) return schema('BookingConfirmNumber is missing');
  if (confirmations.length > CONFIRMATIONS_PER_MESSAGE) {
    const text = `More than ${CONFIRMATIONS_PER_MESSAGE} confirmation numbers`;
    return { rule: 'too_many_confirmations', code: 3301, text };
  }
  for (const one of confirmations) {
    const [type, number = '', time = ''] = ['bookingType', 'confirmNumber', 'confirmTime'].map(
      (name) => textOf(one, `@${name}`),
    );
    if (!['Book', 'Modify', 'Cancel'].includes(type ?? ''))
      return schema(`bookingType '${type}' is not valid`);
    if (number.length < 1 || number.length > LONGEST_NUMBER)
      return schema(`confirmNumber '${number}' has no valid length`);
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.test(time))
      return schema(`confirmTime '${time}' is no time with a zone`);
  }
  return undefined;
}

const REFUSED: Readonly<
  Record<Exclude<Confirmation, 'confirmed' | 'renumbered'>, Omit<Notice, 'text'>>
> = {
  wrong_type: { rule: 'confirmed_wrong_type', code: 10_100 },
  not_retrieved: { rule: 'confirmed_before_retrieval', code: 10_080 },
  too_late: { rule: 'confirmed_too_late', code: 10_101 },
};

function confirm(
  element: XmlNode,
  hotel: string,
  work: Work,
  { transactions }: BookingsContext,
): Notice | undefined {
  const [id = '', type = '', number = ''] = ['bookingID', 'bookingType', 'confirmNumber'].map(
    (name) => textOf(element, `@${name}`),
  );
  const booking = transactions.bookings.get(id);
  const text = `Booking ID ${id}, type ${type}`;
  if (!booking) return { rule: 'booking_unknown', code: 10_080, text: `${text}: not known` };
  if (booking.hotel !== hotel)
    return { rule: 'booking_of_other_hotel', code: 10_081, text: `${text}: of another hotel` };
  const result = transactions.confirm(booking, type, number, work.apply);
  if (result === 'confirmed' || result === 'renumbered') return undefined;
  return { ...REFUSED[result], text: `${text}: ${result.replaceAll('_', ' ')}` };
}

function hotelFault(id: string, { hotels, user }: BookingsContext): Notice | undefined {
  return hotels.get(id)?.account === user ? undefined : unknownHotel(id);
}

function unknownHotel(id: string): Notice {
  return { rule: 'hotel_unknown', code: 3202, text: `Hotel ID ${id} is not valid` };
}

function refuse(name: InterfaceName, fault: Notice, context: BookingsContext): SimResponse {
  context.violate(fault.rule, fault.text);
  return errorAnswer(name, [fault]);
}

function schema(text: string): Notice {
  return { rule: 'schema_invalid', code: 3010, text: `Schema violation: ${text}` };
}
