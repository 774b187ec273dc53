import type { Connector, LimitDeclaration } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { FetchDocument, SimulatorPorts } from '../../simulators/http.ts';
import type { SimulatedPlatform } from '../../simulators/platform.ts';
import type { Crawler } from '../../simulators/vrbo/crawler.ts';
import type { PostMessage } from '../../simulators/webhooks.ts';
import type { NewCredential } from '../../storage/ports/credentials.ts';
import type { Chance } from '../chance.ts';
import { airbnbChannel } from './airbnb.ts';
import { bookingComChannel } from './booking-com.ts';
import { expediaChannel } from './expedia.ts';
import { googleChannel } from './google.ts';
import type { ChannelNaming, Plan } from './plan.ts';
import { tightened } from './tight-limits.ts';
import { fewoDirektChannel, vrboChannel } from './vrbo.ts';

/** One simulated platform with what the world must know of it. */
export interface Channel {
  readonly name: ChannelType;
  readonly platform: SimulatedPlatform;
  /** Identities at the platform; whatever is secret in plain text, for the vault to encrypt. */
  readonly credentials: readonly NewCredential[];
  /** Nights that nobody wrote are for sale. */
  readonly initiallyOpen: boolean;
  /** The unit that a write is about; null: the request writes no calendar. */
  unitOf(request: { readonly endpoint: string; readonly body: string | null }): string | null;
  /** A host answers a pending request to book on the platform; false: there is none, or the platform has none. */
  answerRequest(accept: boolean, chance: Chance): boolean;
  /** A person consents again: a token of the credential that works from now on; null: the channel has none, the login is entered again. */
  consent(credentialId: string): Consent | null;
  /** Unit of a guest's first booking, then more rooms that may be booked with it. */
  bookableWith(unit: string): readonly string[];
  /** Whether guests book there, as far as their bookings can reach us in this build. */
  readonly takesBookings: boolean;
  /** It fetches documents from us instead of taking requests; null: it takes requests. */
  readonly crawler: Crawler | null;
  /** Whether guests may ask instead of booking. */
  readonly takesBookingRequests: boolean;
}

export interface Consent {
  readonly accessToken: string;
  /** Ms since the epoch. */
  readonly expiresAt: number;
}

/** How the world makes a channel. */
export interface ChannelSetup {
  readonly naming: ChannelNaming;
  /** What the platform counts to here instead of a declared limit; undefined: to that. */
  tighten(limit: LimitDeclaration): number | undefined;
  build(plan: Plan, ports: SimulatorPorts, partner: Partner, chance: Chance): Channel;
}

/** How a platform calls us. */
export interface Partner {
  readonly post: PostMessage;
  readonly fetch: FetchDocument;
}

export const CHANNEL_SETUPS: readonly ChannelSetup[] = [
  airbnbChannel,
  bookingComChannel,
  expediaChannel,
  googleChannel,
  vrboChannel,
  fewoDirektChannel,
];

/** Days that a connector of the simulation looks ahead, so that a run has few pages. Two values, so that fields differ by channel. */
const HORIZON_DAYS = [34, 45] as const;

/** The connectors of this build with a short horizon and limits that bind; all else is theirs. */
export function shortSightedConnectors(): (channel: ChannelType) => Connector | undefined {
  const known = new Map<ChannelType, Connector | undefined>();
  return (channel) => {
    if (!known.has(channel)) known.set(channel, shortSighted(channel, known.size));
    return known.get(channel);
  };
}

function shortSighted(channel: ChannelType, index: number): Connector | undefined {
  const connector = connectorOf(channel);
  if (!connector) return undefined;
  const days = HORIZON_DAYS[index % HORIZON_DAYS.length] ?? HORIZON_DAYS[0];
  const horizonDays = Object.fromEntries(
    Object.entries(connector.manifest.horizonDays).map(([field, horizon]) => [
      field,
      Math.min(horizon, days),
    ]),
  ) as Record<FieldName, number>;
  const setup = CHANNEL_SETUPS.find(({ naming }) => naming.channel === channel);
  const limits = tightened(connector.manifest.limits, (limit) => setup?.tighten(limit));
  return { ...connector, manifest: { ...connector.manifest, horizonDays, limits } };
}
