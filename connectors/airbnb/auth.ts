import { codeOf, ParityError } from '../../schemas/errors.ts';
import { retryAfterMs } from '../answers/http-outcome.ts';
import type { CredentialSecrets, RefreshOutcome, TokenAuthenticator } from '../authentication.ts';
import type { ChannelRequest, ChannelResponse } from '../contract.ts';
import { integerOf, type JsonObject, parseJsonObject, textOf } from '../notation/json.ts';
import { API_HEADERS } from './wire.ts';

/** Life of an access token where the answer does not date it. */
const TOKEN_LIFE_MS = 86_400_000;

/**
 * OAuth2 of a host's account. The refresh gives no new refresh token: the old one stays.
 * Source: public client code that agrees; Airbnb's own page needs a login.
 */
export const airbnbAuthenticator: TokenAuthenticator = {
  kind: 'oauth_refresh',
  tokenLimit: { requests: 1_000, windowMs: 3_600_000 },
  buildRefresh(credential) {
    const refreshToken = present(credential.refreshToken, 'refresh token');
    return exchange(credential, { refresh_token: refreshToken });
  },
  parseRefresh,
  authorise: (credential, accessToken) => ({
    headers: {
      'x-airbnb-api-key': present(credential.clientId, 'client id'),
      'x-airbnb-oauth-token': accessToken,
    },
  }),
};

function exchange(
  credential: CredentialSecrets,
  grant: Readonly<Record<string, string>>,
): ChannelRequest {
  const basic = `${present(credential.clientId, 'client id')}:${present(credential.clientSecret, 'client secret')}`;
  return {
    endpoint: 'authorizations',
    method: 'POST',
    host: 'api',
    path: '/v2/oauth2/authorizations?_unwrapped=true',
    headers: {
      ...API_HEADERS,
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(basic).toString('base64')}`,
    },
    body: JSON.stringify(grant),
  };
}

function parseRefresh(response: ChannelResponse, now: number): RefreshOutcome {
  const { status } = response;
  if (status === 400 || status === 401 || status === 403) {
    return { kind: 'refused', message: `HTTP ${status}: ${reasonOf(readBody(response))}` };
  }
  const body = status === 200 ? readBody(response) : undefined;
  const accessToken = body && textOf(body.access_token);
  if (!body || accessToken === undefined) {
    return {
      kind: 'unavailable',
      message: `HTTP ${status} without tokens`,
      retryAfterMs: retryAfterMs(response),
    };
  }
  const seconds = integerOf(body.expires_at);
  return {
    kind: 'tokens',
    accessToken,
    refreshToken: textOf(body.refresh_token) ?? null,
    expiresAt: seconds === undefined ? now + TOKEN_LIFE_MS : seconds * 1_000,
  };
}

function reasonOf(body: JsonObject | undefined): string {
  return textOf(body?.error) ?? textOf(body?.error_type) ?? 'no reason given';
}

function readBody(response: ChannelResponse): JsonObject | undefined {
  try {
    return parseJsonObject(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

function present(value: string | null, name: string): string {
  if (value === null || value === '')
    throw new ParityError('CREDENTIAL_MISSING', `the credential has no ${name}`);
  return value;
}
