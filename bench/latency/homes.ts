import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
} from '../../schemas/domain/ids.ts';
import type { Sale } from '../market/selling.ts';
import { numbered } from '../records/properties.ts';

/** Enough that no connection comes near the 10 requests a second that a platform allows it. */
const HOMES = 20;
/** One home of so many is on the second channel too, which takes 700 availability requests a minute in all. */
const ON_BOTH_EVERY = 5;
const HOMES_PER_HOST = 5;

export interface Home {
  readonly propertyId: PropertyId;
  readonly airbnb: Sale;
  readonly booking: Sale | null;
}

export const homes: readonly Home[] = Array.from({ length: HOMES }, (_, at) => ({
  propertyId: numbered('7a000000', at + 1) as PropertyId,
  airbnb: {
    connectionId: numbered('7c000001', at + 1) as ConnectionId,
    channel: 'airbnb' as ChannelType,
    accountId: String(7_001 + Math.floor(at / HOMES_PER_HOST)),
    listing: String(2_001 + at),
    roomId: null,
    ratePlanId: 'default' as RatePlanId,
    unit: String(2_001 + at),
  },
  booking: at % ON_BOTH_EVERY === 0 ? bookingSale(at) : null,
}));

function bookingSale(at: number): Sale {
  return {
    connectionId: numbered('7c000002', at + 1) as ConnectionId,
    channel: 'booking_com' as ChannelType,
    accountId: String(800 + at),
    listing: String(800 + at),
    roomId: String(800_001 + at),
    ratePlanId: '9001' as RatePlanId,
    unit: String(800_001 + at),
  };
}
