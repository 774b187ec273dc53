import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { PriceAdjustment } from '../../schemas/generated/types.ts';
import type { Chance } from '../chance.ts';

/** What a run is about, drawn from its seed: who is there, where things lie, how far apart clocks are. */
export interface Plan {
  /** Wall clock at which the run begins, ms. */
  readonly start: number;
  /** Ms for which input and faults go on once everything is live. */
  readonly duration: number;
  /** Processes of the pipeline, each with all stages. */
  readonly processes: number;
  readonly partitions: number;
  readonly tenants: readonly TenantPlan[];
}

export interface TenantPlan {
  readonly id: TenantId;
  readonly name: string;
  /** Id of the tenant's own account at platforms where it has one. */
  readonly host: string;
  readonly properties: readonly PropertyPlan[];
}

export interface PropertyPlan {
  readonly id: PropertyId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
  /**
   * How the events of the PMS get into the log: through the outbox, or by a producer of the PMS's own, which may be
   * slow, repeat itself and place records as librdkafka does by default.
   */
  readonly publishing: 'outbox' | 'direct' | 'direct_foreign';
  readonly connections: readonly ConnectionPlan[];
}

export interface ConnectionPlan {
  readonly id: ConnectionId;
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly channel: ChannelType;
  readonly listing: string;
  readonly roomId: string | null;
  readonly channelAccountId: string;
  readonly credentialId: string;
  /** What a guest books at the simulated platform. */
  readonly unit: string;
  readonly ratePlans: readonly RatePlanPlan[];
  readonly requestsPerSecond: number | null;
  readonly pollMinutes: number;
  readonly webhookSecret: string;
}

export interface RatePlanPlan {
  readonly id: RatePlanId;
  readonly adjustment: PriceAdjustment | null;
  /** Its name in the calendar of the simulated platform. */
  readonly shownAs: string;
}

/** How each channel names what is connected: one account with listings, or hotels with rooms. */
export interface ChannelNaming {
  readonly channel: ChannelType;
  /** Share of all homes that are sold there, 0 to 1. */
  readonly share: number;
  /** Connects a property; `index` counts the properties of the run, `hotel` groups those of one tenant. */
  connect(
    property: Omit<PropertyPlan, 'connections'>,
    place: { readonly index: number; readonly hotel: string; readonly host: string },
    chance: Chance,
  ): Omit<ConnectionPlan, 'id' | 'tenantId' | 'propertyId' | 'channel' | 'webhookSecret'>;
}

const TIME_ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'] as const;
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'JPY'] as const;
const PARTITIONS = 4;
const MINUTE = 60_000;

export function drawPlan(chance: Chance, channels: readonly ChannelNaming[]): Plan {
  const start = Date.UTC(2030, chance.integer(0, 11), chance.integer(1, 28), chance.integer(0, 23));
  const counts = [chance.integer(2, 3), chance.integer(2, 3)];
  const sold = drawChannels(
    counts.reduce((sum, count) => sum + count),
    channels,
    chance,
  );
  let index = 0;
  const tenants = counts.map((count, at) => {
    const number = at + 1;
    const id = chance.uuid() as TenantId;
    const currency = chance.pick(CURRENCIES);
    const host = String(7_000 + number);
    const properties = Array.from({ length: count }, (_, position) => {
      const own = sold[index] ?? [];
      index += 1;
      const hotel = String(500 + 10 * number + (position < 2 ? 0 : position));
      return drawProperty(id, index, currency, { index, hotel, host }, own, chance);
    });
    return { id, name: `Tenant ${number}`, host, properties };
  });
  return {
    start: start + chance.integer(0, 59) * MINUTE,
    duration: chance.integer(2, 6) * MINUTE,
    processes: chance.integer(2, 3),
    partitions: PARTITIONS,
    tenants,
  };
}

/** Where each of so many homes is sold: somewhere each, and every channel sells one. */
function drawChannels(
  homes: number,
  channels: readonly ChannelNaming[],
  chance: Chance,
): readonly (readonly ChannelNaming[])[] {
  const sold = Array.from({ length: homes }, () =>
    channels.map(({ share }) => chance.happens(share)),
  );
  for (const column of channels.keys())
    if (!sold.some((row) => row[column])) chance.pick(sold)[column] = true;
  for (const row of sold)
    if (!row.includes(true)) row[chance.integer(0, channels.length - 1)] = true;
  return sold.map((row) => channels.filter((_, column) => row[column]));
}

function drawProperty(
  tenantId: TenantId,
  index: number,
  currency: string,
  place: { readonly index: number; readonly hotel: string; readonly host: string },
  channels: readonly ChannelNaming[],
  chance: Chance,
): PropertyPlan {
  const property = {
    id: chance.uuid() as PropertyId,
    tenantId,
    name: `Property ${index}`,
    timeZone: chance.pick(TIME_ZONES),
    currency,
    publishing: chance.pick(['outbox', 'direct', 'direct_foreign'] as const),
  };
  const connections = channels.map((naming) => ({
    ...naming.connect(property, place, chance),
    id: chance.uuid() as ConnectionId,
    tenantId,
    propertyId: property.id,
    channel: naming.channel,
    webhookSecret: `secret-${chance.uuid()}`,
  }));
  return { ...property, connections };
}

/** A price adjustment of a rate plan, or none. */
export function drawAdjustment(chance: Chance): PriceAdjustment | null {
  const kind = chance.weighted({ none: 2, percentage: 2, fixed: 1 });
  if (kind === 'none') return null;
  const hundredths = kind === 'percentage' ? chance.integer(-10, 15) * 100 : 500;
  return { kind, hundredths };
}

export function allProperties(plan: Plan): readonly PropertyPlan[] {
  return plan.tenants.flatMap(({ properties }) => properties);
}

export function allConnections(plan: Plan): readonly ConnectionPlan[] {
  return allProperties(plan).flatMap(({ connections }) => connections);
}
