import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { SendTokenRequest } from './credential-ports.ts';

/** Runs a request to the token endpoint of a channel, or refuses it for a moment while that endpoint is down. */
export type TokenGuard = <T>(channel: ChannelType, work: () => Promise<T>) => Promise<T>;

/** Token requests that an endpoint in an outage is spared. Its 5xx answers are outages too. */
export function guardedTokens(send: SendTokenRequest, guard: TokenGuard): SendTokenRequest {
  return (channel, request, signal) =>
    guard(channel, async () => {
      const response = await send(channel, request, signal);
      if (response.status >= 500)
        throw new ParityError(
          'CHANNEL_UNAVAILABLE',
          `The token endpoint answered ${response.status}`,
        );
      return response;
    });
}
