import { importProperty } from '../../cli/import/import-property.ts';
import type { Services } from '../../cli/services.ts';
import { until } from '../../local/until.ts';
import type { Environment } from '../../runtime/ports.ts';
import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import { addDays, dateIn, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { numbered } from '../records/properties.ts';
import type { Simulators } from './simulators.ts';

export const TENANT = numbered('7e000000', 1) as TenantId;
export const CURRENCY = 'EUR';
const TIME_ZONE = 'Europe/Berlin';
/** Minor units. */
const NIGHT_PRICE = 12_000;
/** The platforms are quiet when they have heard nothing for so long. */
const QUIET_MS = 3_000;

/** How a home is listed at one platform. */
export interface Sale {
  readonly connectionId: ConnectionId;
  readonly channel: ChannelType;
  readonly accountId: string;
  readonly listing: string;
  readonly roomId: string | null;
  readonly ratePlanId: RatePlanId;
  /** What a guest books. */
  readonly unit: string;
}

/** A night so many days from today. */
export function dayFromToday(days: number): PlainDate {
  return addDays(dateIn(TIME_ZONE, Date.now()), days);
}

/** The PMS has the home, at one price for so many nights from today on, and the pipeline has its snapshot. */
export async function registerHome(
  { storage: { desk, snapshots } }: Services,
  environment: Environment,
  id: PropertyId,
  nights: number,
): Promise<void> {
  await desk.registerProperty(TENANT, {
    id,
    name: `Home ${id.slice(-4)}`,
    timeZone: TIME_ZONE,
    currency: CURRENCY,
    maxGuests: 4,
  });
  const range = { start: dayFromToday(0), end: dayFromToday(nights) };
  await desk.price(TENANT, id, range, CURRENCY, NIGHT_PRICE);
  await importProperty(snapshots, TENANT, id, environment);
}

/** Connects a home with its listing; what happens then is for its owner to say. */
export async function connect(
  { connections }: Services,
  propertyId: PropertyId,
  sale: Sale,
  credentialId: string,
  requestsPerSecond: number | null = null,
): Promise<void> {
  await connections.create(TENANT, {
    id: sale.connectionId,
    propertyId,
    channel: sale.channel,
    listing: sale.listing,
    roomId: sale.roomId,
    channelAccountId: sale.accountId,
    ratePlans: [{ rate_plan_id: sale.ratePlanId, adjustment: null }],
    currency: CURRENCY,
    credentialId,
    requestsPerSecond,
  });
}

/** Waits until each is open at its price in the last of so many nights from today. */
export async function everythingOnSale(
  simulators: Simulators,
  sales: readonly Sale[],
  nights: number,
  withinMs: number,
): Promise<void> {
  for (const { channel, unit, ratePlanId } of sales)
    await until(
      `${unit} at ${channel} is on sale`,
      async () => {
        const night = await simulators.side(channel).night(unit, dayFromToday(nights - 1));
        return night?.sellable === true && night.rates[ratePlanId]?.price === NIGHT_PRICE;
      },
      withinMs,
    );
}

/** Waits until the platforms have heard nothing of calendars for a while. */
export async function quiet(
  simulators: Simulators,
  channels: readonly string[],
  withinMs: number,
): Promise<void> {
  let last = '';
  let since = performance.now();
  await until(
    'no more requests',
    async () => {
      const counts = await Promise.all(
        channels.map((channel) => simulators.side(channel).writeCount()),
      );
      const now = counts.join(' ');
      if (now !== last) since = performance.now();
      last = now;
      return performance.now() - since > QUIET_MS;
    },
    withinMs,
  );
}
