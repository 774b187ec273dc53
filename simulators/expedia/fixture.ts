import { type SimResponse, simRequest } from '../http.ts';
import { VirtualTime } from '../virtual-time.ts';
import { descendantsOf, readXml, textOf } from '../xml.ts';
import { ExpediaPlatform } from './platform.ts';
import type { ExpediaSettings } from './settings.ts';
import { INTERFACES, type InterfaceName } from './wire.ts';

/** 1 November 2026, 09:30 in Berlin. */
export const START = Date.parse('2026-11-01T08:30:00Z');

/**
 * A platform under a virtual clock: hotel 500 with room types 5001 (rate plans 50011, 50012) and 5002 (two rooms, rate plan 50021A), hotel 501
 * with room type 5101 (rate plan 51011), hotel 600 of another user with room type 6001.
 */
export function expediaFixture(settings: Partial<ExpediaSettings> = {}) {
  const time = new VirtualTime(START);
  const platform = new ExpediaPlatform(time, () => Promise.resolve(200), {
    users: { ours: 'secret', theirs: 'secret' },
    ...settings,
  });
  platform.createHotel({
    id: '500',
    rooms: [
      { id: '5001', rates: [{ id: '50011' }, { id: '50012' }] },
      { id: '5002', units: 2, rates: [{ id: '50021A' }] },
    ],
  });
  platform.createHotel({ id: '501', rooms: [{ id: '5101', rates: [{ id: '51011' }] }] });
  platform.createHotel({
    id: '600',
    account: 'theirs',
    rooms: [{ id: '6001', rates: [{ id: '60011' }] }],
  });
  /** A message of an interface, with the identity of `ours` in it. */
  const message = (name: InterfaceName, content: string) => {
    const { request, namespace } = INTERFACES[name];
    return `<${request} xmlns="http://www.expediaconnect.com/EQC/${namespace}"><Authentication username="ours" password="secret"/>${content}</${request}>`;
  };
  const post = (
    path: string,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<SimResponse> =>
    platform.handle(simRequest('POST', path, { 'content-type': 'text/xml', ...headers }, body));
  const call = (name: InterfaceName, content: string): Promise<SimResponse> =>
    post(`/eqc/${name}`, message(name, content));
  /** One `AvailRateUpdate` of hotel 500. */
  const write = (room: string, dates = 'from="2026-12-24" to="2026-12-24"', hotel = '500') =>
    call(
      'ar',
      `<Hotel id="${hotel}"/><AvailRateUpdate><DateRange ${dates}/>${room}</AvailRateUpdate>`,
    );
  /** Puts nights of room type 5001 on sale: one room, rate plan 50011 at 140.00. Both ends inclusive. */
  const sell = (from: string, to: string) =>
    write(
      '<RoomType id="5001" closed="false"><Inventory totalInventoryAvailable="1"/><RatePlan id="50011"><Rate currency="EUR"><PerDay rate="140.00"/></Rate></RatePlan></RoomType>',
      `from="${from}" to="${to}"`,
    );
  /** Bookings as `id type status`. */
  const retrieve = async (...statuses: readonly string[]): Promise<string[]> => {
    const filter = statuses.map((status) => `<Status value="${status}"/>`).join('');
    const set = filter === '' ? '' : `<ParamSet>${filter}</ParamSet>`;
    const document = readXml((await call('br', `<Hotel id="500"/>${set}`)).body);
    return descendantsOf(document?.element ?? {}, 'Booking').map((one) =>
      ['@id', '@type', '@status'].map((name) => textOf(one, name)).join(' '),
    );
  };
  const confirm = (id: string, type: string, hotel = '500') =>
    call('bc', `<Hotel id="${hotel}"/>${numbers([{ id, type }])}`);
  return { time, platform, message, post, call, write, sell, retrieve, confirm };
}

export function numbers(list: readonly { readonly id: string; readonly type: string }[]): string {
  const elements = list.map(
    ({ id, type }) =>
      `<BookingConfirmNumber bookingID="${id}" bookingType="${type}" confirmNumber="PMS-1" confirmTime="2026-11-01T08:30:00Z"/>`,
  );
  return `<BookingConfirmNumbers>${elements.join('')}</BookingConfirmNumbers>`;
}
