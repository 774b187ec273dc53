import { type SimResponse, simRequest } from '../http.ts';
import { VirtualTime } from '../virtual-time.ts';
import { AirbnbPlatform } from './platform.ts';
import type { AirbnbSettings } from './settings.ts';

/** 1 November 2026, 09:30 in Berlin. */
export const START = Date.parse('2026-11-01T08:30:00Z');

export interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: number;
}

/** A platform under a virtual clock with one host, listings 1001 and 1002, and a second host with 2001. */
export function airbnbFixture(settings: Partial<AirbnbSettings> = {}) {
  const time = new VirtualTime(START);
  const received: Received[] = [];
  const statuses: number[] = [];
  const platform = new AirbnbPlatform(
    time,
    (url, headers, body) => {
      received.push({ url, headers, body, at: time.clock.now() });
      return Promise.resolve(statuses.shift() ?? 200);
    },
    settings,
  );
  const host = platform.createHost('7001');
  platform.createHost('7002');
  for (const id of ['1001', '1002']) platform.createListing({ id, host: '7001' });
  platform.createListing({ id: '2001', host: '7002' });
  const token = platform.authorizations.issue('7001').token;
  const headers = {
    'x-airbnb-api-key': platform.settings.clientId,
    'x-airbnb-oauth-token': token,
    'x-airbnb-req-api-version': '2025.06.30',
  };
  const call = (
    method: string,
    target: string,
    body?: unknown,
    extra: Record<string, string> = {},
  ): Promise<SimResponse> =>
    platform.handle(
      simRequest(
        method,
        target,
        { ...headers, ...extra },
        typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body),
      ),
    );
  const write = (operations: unknown, listing: unknown = 1001) =>
    call('POST', '/v2/calendar_operations', { listing_id: listing, operations });
  return { time, platform, host, token, headers, call, write, received, statuses };
}
