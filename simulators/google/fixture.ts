import { type SimResponse, simRequest } from '../http.ts';
import { VirtualTime } from '../virtual-time.ts';
import { GooglePlatform } from './platform.ts';
import type { GoogleSettings } from './settings.ts';

/** 1 November 2026, 09:30 in Berlin. */
export const START = Date.parse('2026-11-01T08:30:00Z');
const OTA = 'http://www.opentravel.org/OTA/2003/05';

interface Envelope {
  readonly partner?: string;
  readonly hotel?: string;
  readonly timestamp?: string;
  readonly echo?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly attributes?: string;
  readonly root?: string;
}

/** `Start` to `End`, both inside. */
export const control = (start: string, end = start, room = 'h1', rest = '') =>
  `<StatusApplicationControl Start="${start}" End="${end}" InvTypeCode="${room}"${rest}/>`;
export const ofPackage = (id = 'p1') => ` RatePlanCode="${id}"`;
export const inventory = (count: string, target = control('2026-12-24')) =>
  `<Inventory>${target}<InvCounts><InvCount Count="${count}" CountType="2"/></InvCounts></Inventory>`;
export const avail = (
  content: string,
  target = control('2026-12-24', undefined, 'h1', ofPackage()),
) => `<AvailStatusMessage>${target}${content}</AvailStatusMessage>`;
export const status = (restriction: string, value = 'Open') =>
  `<RestrictionStatus Restriction="${restriction}" Status="${value}"/>`;
export const stay = (type: string, nights: string) =>
  `<LengthsOfStay><LengthOfStay Time="${nights}" TimeUnit="Day" MinMaxMessageType="${type}"/></LengthsOfStay>`;
export const rate = (
  amount: string,
  target = control('2026-12-24', undefined, 'h1', ofPackage()),
  rest = 'CurrencyCode="EUR" NumberOfGuests="2"',
) =>
  `<RateAmountMessage>${target}<Rates><Rate><BaseByGuestAmts><BaseByGuestAmt AmountAfterTax="${amount}" ${rest}/></BaseByGuestAmts></Rate></Rates></RateAmountMessage>`;
export const DELTA = ' NotifType="Delta" NotifScopeType="ProductRate"';

export const roomData = (id: string, capacity = '4') =>
  `<RoomData><RoomID>${id}</RoomID><Name><Text text="House" language="en"/></Name><Capacity>${capacity}</Capacity></RoomData>`;
export const packageData = (id: string) =>
  `<PackageData><PackageID>${id}</PackageID><Name><Text text="Rate" language="en"/></Name><Occupancy>4</Occupancy></PackageData>`;

const CONTAINERS = {
  avail: ['hotel_avail_notif', 'OTA_HotelAvailNotifRQ', 'AvailStatusMessages'],
  rate: ['hotel_rate_amount_notif', 'OTA_HotelRateAmountNotifRQ', 'RateAmountMessages'],
  inventory: ['hotel_inv_count_notif', 'OTA_HotelInvCountNotifRQ', 'Inventories'],
} as const;

/**
 * A platform under a virtual clock, with vacation rentals h1 (packages p1 and p2), h2 (listed, without property data), h3 of another partner
 * and hotel h4 (room r1, package p1).
 */
export function googleFixture(settings: Partial<GoogleSettings> = {}) {
  const time = new VirtualTime(START);
  const platform = new GooglePlatform(time, () => Promise.resolve(200), {
    partners: ['ours', 'theirs'],
    ...settings,
  });
  for (const id of ['h1', 'h2']) platform.createProperty({ id });
  platform.createProperty({ id: 'h3', partner: 'theirs' });
  platform.createProperty({ id: 'h4', kind: 'hotel' });
  const now = () => new Date(time.clock.now()).toISOString();
  const post = (path: string, body: string, contentType = 'application/xml', address?: string) =>
    platform.handle({
      ...simRequest('POST', path, { 'content-type': contentType }, body),
      ...(address === undefined ? {} : { address }),
    });
  const send = (
    kind: keyof typeof CONTAINERS,
    content: string,
    envelope: Envelope = {},
    address?: string,
  ): Promise<SimResponse> => {
    const [path, root, container] = CONTAINERS[kind];
    const name = envelope.root ?? root;
    const attributes = envelope.attributes ?? (kind === 'rate' ? DELTA : '');
    const body = `<${name} xmlns="${envelope.namespace ?? OTA}" EchoToken="${envelope.echo ?? 'e1'}" TimeStamp="${envelope.timestamp ?? now()}" Version="${envelope.version ?? '3.0'}"${attributes}><POS><Source><RequestorID ID="${envelope.partner ?? 'ours'}"/></Source></POS><${container} HotelCode="${envelope.hotel ?? 'h1'}">${content}</${container}></${name}>`;
    return post(`/ota/${path}`, body, 'application/xml', address);
  };
  const describeProperty = (
    property: string,
    content: string,
    action = 'overlay',
    partner = 'ours',
  ) =>
    post(
      '/property_data',
      `<Transaction timestamp="${now()}" id="t1" partner="${partner}"><PropertyDataSet action="${action}"><Property>${property}</Property>${content}</PropertyDataSet></Transaction>`,
    );
  // Without answer times a message is carried out in the turn in which it arrives.
  void describeProperty('h1', roomData('h1') + packageData('p1') + packageData('p2'));
  void describeProperty('h4', roomData('r1') + packageData('p1'));
  const night = (date: string, unit = 'h1') => {
    const end = new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    const [view] = platform.calendar(unit, date, end);
    if (!view) throw new Error(`no night ${date}`);
    return view;
  };
  return { time, platform, post, send, describeProperty, night };
}
