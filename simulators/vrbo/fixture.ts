import { type SimRequest, type SimResponse, simRequest } from '../http.ts';
import { VirtualTime } from '../virtual-time.ts';
import { VrboPlatform } from './platform.ts';
import type { VrboSettings } from './settings.ts';

/** 1 November 2026, 09:30 UTC. */
export const START = Date.parse('2026-11-01T09:30:00Z');
const BASE = 'http://partner.test/documents';

/** What the fixture's partner serves: a calendar of four days from the start, and its prices. */
export const CALENDAR = `<unitAvailabilityContent><listingExternalId>501</listingExternalId><unitExternalId>501a</unitExternalId><unitAvailability><availabilityDefault>N</availabilityDefault><changeOverDefault>X</changeOverDefault><dateRange><beginDate>2026-11-01</beginDate><endDate>2026-11-04</endDate></dateRange><unitAvailabilityConfiguration><availability>NYYY</availability><availableUnitCount>0,1,1,2</availableUnitCount><changeOver>CIOX</changeOver><maxStay>90,28,90,90</maxStay><minPriorNotify>0,0,0,0</minPriorNotify><minStay>0,3,2,0</minStay></unitAvailabilityConfiguration></unitAvailability></unitAvailabilityContent>`;
export const RATES = `<lodgingRateContent><listingExternalId>501</listingExternalId><unitExternalId>501a</unitExternalId><lodgingRate><currency>EUR</currency><externalId>standard</externalId><fees><otherFees><fee><externalId>fee-1</externalId><amount>90.00</amount><appliesPerStay/><name>Cleaning</name></fee></otherFees></fees><nightlyRates><fri>150.00</fri><mon>150.00</mon><nightlyOverrides><override><amount>140.50</amount><nights><range><max>2026-11-03</max><min>2026-11-02</min></range></nights></override></nightlyOverrides><sat>150.00</sat><sun>150.00</sun><thu>150.00</thu><tue>150.00</tue><wed>150.00</wed></nightlyRates></lodgingRate></lodgingRateContent>`;

export const CONFIGURATION = `<lodgingConfigurationContent><listingExternalId>501</listingExternalId><unitExternalId>501a</unitExternalId><lodgingConfiguration><bookingPolicy><policy>INSTANT</policy></bookingPolicy><cancellationPolicy><policy>RELAXED</policy></cancellationPolicy><checkInTime>15:00</checkInTime><checkOutTime>10:00</checkOutTime><maximumOccupancyRule><guests>4</guests></maximumOccupancyRule></lodgingConfiguration></lodgingConfigurationContent>`;
const text = (value: string) =>
  `<texts><text locale="en"><textValue>${value}</textValue></text></texts>`;
export const LISTING = `<listing><externalId>501</externalId><active>true</active><adContent><description>${text('Morning sun. '.repeat(40))}</description><headline>${text('House by the lake, with a pier')}</headline><propertyName>${text('Lakeside')}</propertyName></adContent><location><address><addressLine1>Seeweg 1</addressLine1><city>Konstanz</city><country>DE</country></address></location><images><image><externalId>1</externalId><uri>https://photos.example/1.jpg</uri></image></images><units><unit><externalId>501a</externalId><propertyType>PROPERTY_TYPE_HOUSE</propertyType><unitMonetaryInformation><currency>EUR</currency></unitMonetaryInformation></unit></units></listing>`;

function listingIndex(): string {
  return `<advertiserListingContentIndex><documentVersion>4.2.1</documentVersion><advertiser><assignedId>adv</assignedId><listingContentIndexEntry><listingExternalId>501</listingExternalId><lastUpdatedDate>2026-11-01T09:00:00Z</lastUpdatedDate><listingUrl>${BASE}/501/listing</listingUrl></listingContentIndexEntry></advertiser></advertiserListingContentIndex>`;
}

function configurationIndex(): string {
  return `<advertiserLodgingConfigurationContentIndex><documentVersion>4.2.1</documentVersion><advertiser><assignedId>adv</assignedId><lodgingConfigurationContentIndexEntry><listingExternalId>501</listingExternalId><unitExternalId>501a</unitExternalId><lastUpdatedDate>2026-11-01T09:00:00Z</lastUpdatedDate><lodgingConfigurationContentUrl>${BASE}/501a/configuration</lodgingConfigurationContentUrl></lodgingConfigurationContentIndexEntry></advertiser></advertiserLodgingConfigurationContentIndex>`;
}

export function availabilityIndex(state = '2026-11-01T09:00:00Z', more = ''): string {
  return `<advertiserUnitAvailabilityContentIndex><documentVersion>4.2.1</documentVersion><advertiser><assignedId>adv</assignedId><unitAvailabilityContentIndexEntry><listingExternalId>501</listingExternalId><unitExternalId>501a</unitExternalId><lastUpdatedDate>${state}</lastUpdatedDate><unitAvailabilityContentUrl>${BASE}/501a</unitAvailabilityContentUrl></unitAvailabilityContentIndexEntry>${more}</advertiser></advertiserUnitAvailabilityContentIndex>`;
}

export function ratesIndex(state = '2026-11-01T09:00:00Z'): string {
  return `<advertiserLodgingRateContentIndex><documentVersion>4.2.1</documentVersion><advertiser><assignedId>adv</assignedId><lodgingRateContentIndexEntry><listingExternalId>501</listingExternalId><unitExternalId>501a</unitExternalId><lastUpdatedDate>${state}</lastUpdatedDate><lodgingRateContentUrl>${BASE}/501a/rates</lodgingRateContentUrl></lodgingRateContentIndexEntry></advertiser></advertiserLodgingRateContentIndex>`;
}

/** The fixture's partner says that something of an advertiser has changed. */
export function hintFor(advertiser: string, password = 'secret'): SimRequest {
  const login = Buffer.from(`crawler:${password}`).toString('base64');
  const body = `<contentChangeNotification><documentVersion>4.2.1</documentVersion><advertiser><assignedId>${advertiser}</assignedId><contentType>availability</contentType></advertiser></contentChangeNotification>`;
  return simRequest('POST', '/contentChanged', { authorization: `Basic ${login}` }, body);
}

/** A platform under a virtual clock, with one unit of one partner, whose answers are a table by path. */
export function vrboFixture(settings: Partial<VrboSettings> = {}) {
  const time = new VirtualTime(START);
  const answers = new Map<string, Partial<SimResponse> | 'silence' | 'refused'>();
  const seen: { readonly path: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  const platform = new VrboPlatform(
    time,
    () => Promise.resolve(200),
    (url, headers) => {
      const path = url.slice(BASE.length);
      seen.push({ path, headers });
      const answer = answers.get(path);
      if (answer === 'silence') return new Promise(() => undefined);
      if (answer === 'refused') return Promise.reject(new Error('connection refused'));
      const login = `Basic ${Buffer.from('crawler:secret').toString('base64')}`;
      const status =
        headers.authorization === login ? (answer?.status ?? (answer ? 200 : 404)) : 401;
      const own: Record<string, string> = {
        'content-type': 'application/xml',
        ...answer?.headers,
      };
      if (status === 200 && own.etag !== undefined && headers['if-none-match'] === own.etag)
        return Promise.resolve({ status: 304, headers: own, body: '' });
      return Promise.resolve({ status, headers: own, body: answer?.body ?? '' });
    },
    settings,
  );
  const indexes = { availability: `${BASE}/availability`, rates: `${BASE}/rates` };
  const advertiser = { id: 'adv', user: 'crawler', password: 'secret' };
  platform.createAdvertiser({ ...advertiser, indexes });
  const unit = platform.createUnit({ listing: '501', unit: '501a', advertiser: 'adv' });
  const serve = (path: string, body: string, headers: Record<string, string> = {}) =>
    answers.set(path, { body, headers });
  serve('/availability', availabilityIndex());
  serve('/501a', CALENDAR);
  serve('/rates', ratesIndex());
  serve('/501a/rates', RATES);
  /** The partner connects its static feeds too. */
  const serveStatic = () => {
    serve('/listing', listingIndex());
    serve('/configuration', configurationIndex());
    serve('/501/listing', LISTING);
    serve('/501a/configuration', CONFIGURATION);
    const more = { listing: `${BASE}/listing`, configuration: `${BASE}/configuration` };
    platform.createAdvertiser({ ...advertiser, indexes: { ...indexes, ...more } });
  };
  const violations = () => platform.ledger.report().violations;
  /** Lets time pass, and what began in it come to its end as far as it waits for no clock. */
  const pass = async (ms: number) => {
    await time.advance(ms);
    for (let turn = 0; turn < 30; turn += 1) await time.advance(0);
  };
  return { platform, pass, unit, answers, seen, serve, serveStatic, violations };
}
