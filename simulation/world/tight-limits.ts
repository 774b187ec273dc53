import type { LimitDeclaration } from '../../connectors/contract.ts';
import type { AirbnbSettings } from '../../simulators/airbnb/settings.ts';
import type { BookingComSettings } from '../../simulators/booking_com/settings.ts';
import type { ExpediaSettings } from '../../simulators/expedia/settings.ts';
import type { GoogleSettings } from '../../simulators/google/settings.ts';

/**
 * A run is small: a handful of connections. What the platforms count for several of them is lowered, for the product and the platforms
 * alike, until it binds. All processes call from one address.
 */
const ADDRESS = [
  { limit: 8, windowMs: 10_000 },
  { limit: 90, windowMs: 300_000 },
] as const;
const HOTEL = { limit: 3, windowMs: 1_000 } as const;
const AVAILABILITY = { limit: 30, windowMs: 60_000 } as const;
const RESERVATIONS = { limit: 60, windowMs: 60_000 } as const;
const MACHINE = { limit: 75, windowMs: 60_000 } as const;
const USER = { limit: 3, windowMs: 1_000 } as const;
const PARTNER = { limit: 3, windowMs: 1_000 } as const;

export const TIGHT_AIRBNB: Pick<AirbnbSettings, 'addressLimits'> = { addressLimits: ADDRESS };
export const TIGHT_BOOKING_COM: Pick<
  BookingComSettings,
  'hotelLimit' | 'endpointLimit' | 'accountLimit' | 'machineLimit'
> = {
  hotelLimit: HOTEL,
  endpointLimit: AVAILABILITY,
  accountLimit: RESERVATIONS,
  machineLimit: MACHINE,
};
export const TIGHT_EXPEDIA: Pick<ExpediaSettings, 'userLimit'> = { userLimit: USER };
export const TIGHT_GOOGLE: Pick<GoogleSettings, 'accountLimit'> = { accountLimit: PARTNER };

/** The declared limits of a channel as its platform counts in the simulation. */
export function tightened(
  limits: readonly LimitDeclaration[],
  tightOf: (limit: LimitDeclaration) => number | undefined,
): readonly LimitDeclaration[] {
  return limits.map((limit) => {
    const tight = tightOf(limit);
    // The tiers of the run are meant for single connections.
    return tight ? { ...limit, requests: Math.min(limit.requests, tight), byTier: false } : limit;
  });
}

type Tighten = (limit: LimitDeclaration) => number | undefined;

export const tightAirbnb: Tighten = ({ scope, endpoint, windowMs }) =>
  scope === 'address' && endpoint === undefined
    ? ADDRESS.find((one) => one.windowMs === windowMs)?.limit
    : undefined;

export const tightBookingCom: Tighten = ({ scope, endpoint, windowMs }) => {
  if (scope === 'listing') return HOTEL.limit;
  if (scope !== 'credential' || windowMs !== MACHINE.windowMs) return undefined;
  if (endpoint === undefined) return MACHINE.limit;
  return endpoint === 'availability' ? AVAILABILITY.limit : RESERVATIONS.limit;
};

export const tightExpedia: Tighten = ({ scope }) =>
  scope === 'credential' ? USER.limit : undefined;

export const tightGoogle: Tighten = ({ scope }) =>
  scope === 'credential' ? PARTNER.limit : undefined;
