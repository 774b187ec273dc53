import { type SimResponse, simRequest } from '../http.ts';
import { VirtualTime } from '../virtual-time.ts';
import { descendantsOf, readXml, textOf } from '../xml.ts';
import { BookingComPlatform } from './platform.ts';
import type { BookingComSettings } from './settings.ts';

/** 1 November 2026, 09:30 in Amsterdam. */
export const START = Date.parse('2026-11-01T08:30:00Z');
export const NEW = '/hotels/ota/OTA_HotelResNotif';
export const CHANGED = '/hotels/ota/OTA_HotelResModifyNotif';

/**
 * A platform under a virtual clock: hotel 500 with rooms 700101 (rates 9001, 9002) and 700102 (two units, rate 9101), hotel 501 with
 * room 700201 (rate 9201), hotel 600 of another provider with room 700301.
 */
export function bookingFixture(settings: Partial<BookingComSettings> = {}) {
  const time = new VirtualTime(START);
  const platform = new BookingComPlatform(time, () => Promise.resolve(200), {
    accounts: { ours: 'secret', theirs: 'secret' },
    ...settings,
  });
  platform.createHotel({
    id: '500',
    rooms: [
      { id: '700101', rates: [{ id: '9001' }, { id: '9002' }] },
      { id: '700102', units: 2, rates: [{ id: '9101' }] },
    ],
  });
  platform.createHotel({ id: '501', rooms: [{ id: '700201', rates: [{ id: '9201' }] }] });
  platform.createHotel({
    id: '600',
    account: 'theirs',
    rooms: [{ id: '700301', rates: [{ id: '9301' }] }],
  });
  const authorization = `Bearer ${platform.tokens.issue('ours')}`;
  const call = (
    method: string,
    target: string,
    body = '',
    extra: Record<string, string> = {},
  ): Promise<SimResponse> =>
    platform.handle(
      simRequest(method, target, { authorization, 'accept-version': '1.1', ...extra }, body),
    );
  const write = (rooms: string) =>
    call('POST', '/hotels/xml/availability', `<request>${rooms}</request>`);
  /** Puts nights of room 700101 on sale: one room, rate 9001 at 140.00. */
  const sell = (from: string, to: string) =>
    write(
      `<room id="700101"><date from="${from}" to="${to}"><rate id="9001"/><roomstosell>1</roomstosell><price>140.00</price><closed>0</closed></date></room>`,
    );
  const poll = async (queue: string): Promise<string[]> => {
    const document = readXml((await call('GET', queue)).body);
    return descendantsOf(document?.element ?? {}, 'HotelReservationID').map(
      (one) => textOf(one, '@ResID_Value') ?? '',
    );
  };
  const acknowledge = (queue: string, ids: readonly string[], outcome = '<Success/>') => {
    const [list, item] =
      queue === NEW
        ? ['HotelReservations', 'HotelReservation']
        : ['HotelResModifies', 'HotelResModify'];
    const entries = ids.map(
      (id) =>
        `<${item}><ResGlobalInfo><HotelReservationIDs><HotelReservationID ResID_Value="${id}" ResID_Source="OUR-SYSTEM"/></HotelReservationIDs></ResGlobalInfo></${item}>`,
    );
    return call(
      'POST',
      queue,
      `<${queue.slice(12)}RS xmlns="http://www.opentravel.org/OTA/2003/05">${outcome}<${list}>${entries.join('')}</${list}></${queue.slice(12)}RS>`,
    );
  };
  return { time, platform, authorization, call, write, sell, poll, acknowledge };
}
