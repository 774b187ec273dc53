import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { PriceAdjustment } from '../../schemas/generated/types.ts';

/** The home of the story and how it is sold. */
export const TENANT = 'a1d5a9c4-0000-4000-8000-000000000001' as TenantId;
export const PROPERTY = 'a1d5a9c4-0000-4000-8000-00000000000a' as PropertyId;
export const TIME_ZONE = 'Europe/Berlin';
export const CURRENCY = 'EUR';
/** Minor units per night. */
export const BASE_PRICE = 14_000;

/** Homes for other clients of the topics (`examples/pms_client.py`): connected to Airbnb, and without any event until they write some. */
const SPARE_PROPERTIES = [
  'a1d5a9c4-0000-4000-8000-00000000000b' as PropertyId,
  'a1d5a9c4-0000-4000-8000-00000000000c' as PropertyId,
] as const;

export interface Sale {
  /** The channel as people call it. */
  readonly name: string;
  readonly connectionId: ConnectionId;
  readonly channel: ChannelType;
  readonly property: PropertyId;
  readonly listing: string;
  readonly roomId: string | null;
  readonly ratePlanId: RatePlanId;
  readonly adjustment: PriceAdjustment | null;
  /** What a guest books at the platform. */
  readonly unit: string;
  readonly accountId: string;
  readonly credentialId: string;
}

const AIRBNB_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c1';
const BOOKING_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c2';
const EXPEDIA_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c3';
const GOOGLE_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c4';
const VRBO_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c5';
const FEWO_DIREKT_CREDENTIAL = 'a1d5a9c4-0000-4000-8000-0000000000c6';

function sale(
  last: string,
  channel: string,
  property: PropertyId,
  rest: Omit<Sale, 'connectionId' | 'channel' | 'property'>,
): Sale {
  return {
    connectionId: `a1d5a9c4-0000-4000-8000-0000000001${last}` as ConnectionId,
    channel: channel as ChannelType,
    property,
    ...rest,
  };
}

const TEN_PERCENT_UP: PriceAdjustment = { kind: 'percentage', hundredths: 1_000 };

export const SALES = {
  airbnb: sale('01', 'airbnb', PROPERTY, {
    name: 'Airbnb',
    listing: '1001',
    roomId: null,
    ratePlanId: 'default' as RatePlanId,
    adjustment: null,
    unit: '1001',
    accountId: '7001',
    credentialId: AIRBNB_CREDENTIAL,
  }),
  booking: sale('02', 'booking_com', PROPERTY, {
    name: 'Booking.com',
    listing: '700',
    roomId: '700101',
    ratePlanId: '9001' as RatePlanId,
    adjustment: TEN_PERCENT_UP,
    unit: '700101',
    accountId: '700',
    credentialId: BOOKING_CREDENTIAL,
  }),
  expedia: sale('05', 'expedia', PROPERTY, {
    name: 'Expedia',
    listing: '500',
    roomId: '5001',
    ratePlanId: '50011' as RatePlanId,
    adjustment: TEN_PERCENT_UP,
    unit: '5001',
    accountId: '500',
    credentialId: EXPEDIA_CREDENTIAL,
  }),
  google: sale('06', 'google', PROPERTY, {
    name: 'Google',
    listing: 'haus-am-see',
    roomId: null,
    ratePlanId: 'flexible' as RatePlanId,
    adjustment: null,
    unit: 'haus-am-see',
    accountId: 'parity-partner-key',
    credentialId: GOOGLE_CREDENTIAL,
  }),
  vrbo: sale('07', 'vrbo', PROPERTY, {
    name: 'Vrbo',
    listing: '8801',
    roomId: '8801-1',
    ratePlanId: 'standard' as RatePlanId,
    adjustment: null,
    unit: '8801-1',
    accountId: '8800',
    credentialId: VRBO_CREDENTIAL,
  }),
  fewoDirekt: sale('08', 'fewo_direkt', PROPERTY, {
    name: 'FeWo-direkt',
    listing: '9901',
    roomId: '9901-1',
    ratePlanId: 'standard' as RatePlanId,
    adjustment: null,
    unit: '9901-1',
    accountId: '9900',
    credentialId: FEWO_DIREKT_CREDENTIAL,
  }),
} as const;

export const SPARE_SALES: readonly Sale[] = SPARE_PROPERTIES.map((property, index) =>
  sale(`0${3 + index}`, 'airbnb', property, {
    name: 'Airbnb',
    listing: `${1_002 + index}`,
    roomId: null,
    ratePlanId: 'default' as RatePlanId,
    adjustment: null,
    unit: `${1_002 + index}`,
    accountId: '7001',
    credentialId: AIRBNB_CREDENTIAL,
  }),
);
