import type { ChannelType } from '../schemas/domain/ids.ts';
import { ParityError } from '../schemas/errors.ts';
import { airbnbAuthenticator } from './airbnb/auth.ts';
import { airbnbConnector } from './airbnb/index.ts';
import type { Authenticator } from './authentication.ts';
import { bookingAuthenticator } from './booking_com/auth.ts';
import { bookingConnector } from './booking_com/index.ts';
import type { Connector } from './contract.ts';
import { expediaAuthenticator } from './expedia/auth.ts';
import { expediaConnector } from './expedia/index.ts';
import { googleAuthenticator } from './google/auth.ts';
import { googleConnector } from './google/index.ts';
import { vrboAuthenticator } from './vrbo/auth.ts';
import { fewoDirektConnector, vrboConnector } from './vrbo/index.ts';

/** Everything that the product knows about one channel. */
interface ChannelEntry {
  readonly connector: Connector;
  readonly authenticator: Authenticator;
  /** Base URLs of the real platform by host name; configuration may replace each. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Hosts whose address is not public: unused unless it is configured. */
  readonly unpublishedHosts?: readonly string[];
}

/** The only list of channels. */
const CHANNELS: Readonly<Record<string, ChannelEntry>> = {
  airbnb: {
    connector: airbnbConnector,
    authenticator: airbnbAuthenticator,
    hosts: { api: 'https://api.airbnb.com' },
  },
  booking_com: {
    connector: bookingConnector,
    authenticator: bookingAuthenticator,
    hosts: {
      ari: 'https://supply-xml.booking.com',
      reservations: 'https://secure-supply-xml.booking.com',
      auth: 'https://connectivity-authentication.booking.com',
    },
  },
  expedia: {
    connector: expediaConnector,
    authenticator: expediaAuthenticator,
    hosts: { eqc: 'https://services.expediapartnercentral.com' },
  },
  google: {
    connector: googleConnector,
    authenticator: googleAuthenticator,
    hosts: { uploads: 'https://www.google.com/travel/hotels/uploads' },
  },
  // The platform calls us; the address that takes hints is known to its partners alone.
  vrbo: {
    connector: vrboConnector,
    authenticator: vrboAuthenticator,
    hosts: {},
    unpublishedHosts: ['hint'],
  },
  fewo_direkt: {
    connector: fewoDirektConnector,
    authenticator: vrboAuthenticator,
    hosts: {},
    unpublishedHosts: ['hint'],
  },
};

export const CHANNEL_TYPES: readonly ChannelType[] = Object.keys(CHANNELS) as ChannelType[];

/** The entry of a channel; undefined for a type that this build has no connector for. */
function findChannel(channel: string): ChannelEntry | undefined {
  return Object.hasOwn(CHANNELS, channel) ? CHANNELS[channel] : undefined;
}

/** @throws ParityError CONFIG_INVALID for a type that this build has no connector for. */
export function channelEntry(channel: string): ChannelEntry {
  const entry = findChannel(channel);
  if (!entry) throw new ParityError('CONFIG_INVALID', `there is no connector for "${channel}"`);
  return entry;
}

/** Fits `connectorOf` of delivery and polling. */
export function connectorOf(channel: ChannelType): Connector | undefined {
  return findChannel(channel)?.connector;
}

export function authenticatorOf(channel: ChannelType): Authenticator | undefined {
  return findChannel(channel)?.authenticator;
}
