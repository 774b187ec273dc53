import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
} from '../../schemas/domain/ids.ts';
import type { Sale } from '../market/selling.ts';
import { numbered } from '../records/properties.ts';

/** A listing of the fleet: how it is sold, and whose limits it shares. */
export interface FleetSale extends Sale {
  readonly credentialId: string;
  /** Requests a second by contract, where the platform has tiers. */
  readonly perSecond: number | null;
  /** `ChannelRequest.endpoint` of its price updates. */
  readonly endpoint: string;
}

export interface FleetHome {
  readonly propertyId: PropertyId;
  readonly sales: readonly FleetSale[];
}

/**
 * How often a price and a minimum stay of a home change under the backlog, ms. Each change leaves apart from the other, so there is more than the
 * narrowest limit lets out, and not much more than this machine should have to compute.
 */
export interface Pressure {
  readonly homes: readonly FleetHome[];
  readonly everyMs: number;
}

/** Booking.com: two a second for a hotel by its tier, all hotels together 700 a minute for our machine account. */
const HOTELS = 24;
const HOTEL_PER_SECOND = 2;
/** Expedia: one call at a time for a hotel, all hotels of our user together 50 a second. */
const EQC_HOTELS = 14;
/** Airbnb: 8 a second for a listing, 2 being kept for its reservations. */
const LISTINGS = 10;
const LISTINGS_PER_HOST = 5;
/** Google: one message at a time for a property. Homes of their own, as theirs must change fastest. */
const RENTALS = 2;

export const HOTEL_CREDENTIAL = '7d000000-0000-4000-8000-000000000101';
export const EQC_CREDENTIAL = '7d000000-0000-4000-8000-000000000102';
export const PARTNER_CREDENTIAL = '7d000000-0000-4000-8000-000000000103';
/** What a platform without rate plans of its own calls the one there is. */
const RATE = 'default' as RatePlanId;

export function hostCredential(host: string): string {
  return numbered('7d000001', Number(host));
}

/** 50 connections of 24 homes: every home at Booking.com, 14 at Expedia, 10 at Airbnb, 2 at Google. */
export const fleet: readonly FleetHome[] = Array.from({ length: HOTELS }, (_, at) => ({
  propertyId: numbered('7a000001', at + 1) as PropertyId,
  sales: [
    hotel(at),
    ...(at < EQC_HOTELS ? [eqcHotel(at)] : []),
    ...(at < LISTINGS ? [listing(at)] : []),
    ...(at >= HOTELS - RENTALS ? [rental(at)] : []),
  ],
}));

export const pressures: readonly Pressure[] = [
  { homes: fleet.slice(0, EQC_HOTELS), everyMs: 100 },
  { homes: fleet.slice(EQC_HOTELS, HOTELS - RENTALS), everyMs: 800 },
  { homes: fleet.slice(HOTELS - RENTALS), everyMs: 25 },
];

/** Homes that are booked beside the trouble: those at Airbnb, whose closings are timed there, and those at Google; all are at Booking.com too. */
export const timedHomes: readonly FleetHome[] = [
  ...fleet.slice(0, LISTINGS),
  ...fleet.slice(HOTELS - RENTALS),
];

function hotel(at: number): FleetSale {
  const listing = String(9_001 + at);
  return {
    connectionId: numbered('7c000011', at + 1) as ConnectionId,
    channel: 'booking_com' as ChannelType,
    accountId: 'parity-booking-client',
    listing,
    roomId: `${listing}01`,
    ratePlanId: '9001' as RatePlanId,
    unit: `${listing}01`,
    credentialId: HOTEL_CREDENTIAL,
    perSecond: HOTEL_PER_SECOND,
    endpoint: 'availability',
  };
}

function eqcHotel(at: number): FleetSale {
  const listing = String(6_001 + at);
  return {
    connectionId: numbered('7c000012', at + 1) as ConnectionId,
    channel: 'expedia' as ChannelType,
    accountId: 'parity-expedia-user',
    listing,
    roomId: `${listing}01`,
    ratePlanId: `${listing}011` as RatePlanId,
    unit: `${listing}01`,
    credentialId: EQC_CREDENTIAL,
    perSecond: null,
    endpoint: 'ar',
  };
}

function listing(at: number): FleetSale {
  const host = String(8_001 + Math.floor(at / LISTINGS_PER_HOST));
  const id = String(3_001 + at);
  return {
    connectionId: numbered('7c000013', at + 1) as ConnectionId,
    channel: 'airbnb' as ChannelType,
    accountId: host,
    listing: id,
    roomId: null,
    ratePlanId: RATE,
    unit: id,
    credentialId: hostCredential(host),
    perSecond: null,
    endpoint: 'calendar_operations',
  };
}

function rental(at: number): FleetSale {
  const id = `rental-${at}`;
  return {
    connectionId: numbered('7c000014', at + 1) as ConnectionId,
    channel: 'google' as ChannelType,
    accountId: 'parity-partner-key',
    listing: id,
    roomId: null,
    ratePlanId: RATE,
    unit: id,
    credentialId: PARTNER_CREDENTIAL,
    perSecond: null,
    endpoint: 'hotel_rate_amount_notif',
  };
}
