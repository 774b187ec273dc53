import { ParityError } from '../../schemas/errors.ts';

/** Base URL by channel and host name. */
export type BaseUrls = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where a request goes: origin, and path with whatever path the base URL has in front. */
export interface Target {
  readonly origin: string;
  readonly path: string;
}

/** @throws ParityError CONFIG_INVALID when the channel has no base URL for that host, or no http(s) URL. */
export function targetOf(baseUrls: BaseUrls, channel: string, host: string, path: string): Target {
  const text = baseUrls[channel]?.[host];
  if (text === undefined) {
    throw new ParityError('CONFIG_INVALID', `no base URL for host "${host}" of ${channel}`);
  }
  const base = URL.canParse(text) ? new URL(text) : undefined;
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new ParityError('CONFIG_INVALID', `"${text}" is no http(s) base URL for ${channel}`);
  }
  return { origin: base.origin, path: base.pathname.replace(/\/+$/, '') + path };
}

/**
 * Base URLs with some replaced, as configuration does.
 * @param unpublished hosts by channel that have no address of their own
 * @throws ParityError CONFIG_INVALID for a host that the channel has not.
 */
export function replaceBaseUrls(
  defaults: BaseUrls,
  replacements: BaseUrls,
  unpublished: Readonly<Record<string, readonly string[]>> = {},
): BaseUrls {
  const merged: Record<string, Record<string, string>> = {};
  for (const [channel, hosts] of Object.entries(defaults)) merged[channel] = { ...hosts };
  for (const [channel, hosts] of Object.entries(replacements)) {
    const known = merged[channel];
    for (const [host, url] of Object.entries(hosts)) {
      const isKnown = known?.[host] !== undefined || unpublished[channel]?.includes(host);
      if (!known || !isKnown) {
        throw new ParityError('CONFIG_INVALID', `${channel} has no host "${host}"`);
      }
      known[host] = url;
    }
  }
  return merged;
}
