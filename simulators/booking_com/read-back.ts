import { dateAt, nightsBetween, plusDays, readDate } from '../dates.ts';
import { type SimResponse, xmlAnswer } from '../http.ts';
import { readXml, tag, textOf } from '../xml.ts';
import type { Hotel, Room } from './hotel.ts';
import { type BookingComRule, PLATFORM_TIME_ZONE } from './settings.ts';

const LONGEST_READ = 1_100;

/** `POST /hotels/xml/roomrateavailability`: what is left to sell per room, rate and date. No prices, no stay rules. */
export function answerReadBack(
  body: string,
  account: string,
  now: number,
  hotelOf: (id: string) => Hotel | undefined,
  violate: (rule: BookingComRule, detail: string) => void,
  ruid: string,
): SimResponse {
  const trailer = `\n<!-- RUID: [${ruid}] -->`;
  const refuse = (status: number, text: string) =>
    xmlAnswer(status, `${tag('fault', { code: status, string: text })}${trailer}`);
  const document = readXml(body);
  if (document?.root !== 'request') {
    violate('malformed_xml', 'roomrateavailability');
    return refuse(400, 'The XML cannot be read');
  }
  const hotel = hotelOf(textOf(document.element, 'hotel_id') ?? '');
  if (!hotel || hotel.account !== account) violate('forbidden', 'roomrateavailability');
  if (!hotel || hotel.account !== account || !hotel.connected) return refuse(403, 'Forbidden');
  const written = textOf(document.element, 'start_date');
  const first = written === undefined ? dateAt(PLATFORM_TIME_ZONE, now) : readDate(written);
  const days = Number(textOf(document.element, 'number_of_days'));
  if (first === undefined || !Number.isInteger(days) || days < 1 || days > LONGEST_READ) {
    violate('schema_invalid', 'start_date or number_of_days');
    return refuse(400, 'start_date or number_of_days is not valid');
  }
  const nights = nightsBetween(first, plusDays(first, days));
  const rooms = [...hotel.rooms.values()].map((room) =>
    tag(
      'room',
      { room_id: room.id, room_name: room.name },
      nights.map((night) => dateElement(room, night)),
    ),
  );
  return xmlAnswer(200, `${tag('roomrates', {}, rooms)}${trailer}`);
}

function dateElement(room: Room, night: string): string {
  const { availability, closed } = room.view(night);
  return tag(
    'date',
    { value: night, rooms_to_sell: availability, closed: closed ? 1 : 0 },
    [...room.rates.keys()].map((rate) =>
      tag('rate', {
        id: rate,
        booked: room.booked(night),
        cancelled: room.cancelled(night),
        closed: room.rate(night, rate).closed ? 1 : 0,
      }),
    ),
  );
}
