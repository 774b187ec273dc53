import { codeOf, ParityError } from '../../schemas/errors.ts';
import { retryAfterMs } from '../answers/http-outcome.ts';
import type { RefreshOutcome, TokenAuthenticator } from '../authentication.ts';
import type { ChannelResponse } from '../contract.ts';
import { type JsonObject, parseJsonObject, textOf } from '../notation/json.ts';

const TOKEN_LIFE_MS = 3_600_000;

/**
 * A machine account: client id and secret against a JWT of one hour, at most 30 in an hour, so one token serves all
 * connections of the account. Source: developers.booking.com, connectivity docs, "Token-based authentication".
 */
export const bookingAuthenticator: TokenAuthenticator = {
  kind: 'token_exchange',
  tokenLimit: { requests: 30, windowMs: 3_600_000 },
  buildRefresh(credential) {
    const { clientId, clientSecret } = credential;
    if (!clientId || !clientSecret)
      throw new ParityError('CREDENTIAL_MISSING', 'the credential has no client id and secret');
    return {
      endpoint: 'token_exchange',
      method: 'POST',
      host: 'auth',
      path: '/token-based-authentication/exchange',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: clientId, client_secret: clientSecret }),
    };
  },
  parseRefresh,
  authorise: (_credential, accessToken) => ({
    headers: { authorization: `Bearer ${accessToken}` },
  }),
};

function parseRefresh(response: ChannelResponse, now: number): RefreshOutcome {
  const { status } = response;
  if (status === 400 || status === 401 || status === 403)
    return { kind: 'refused', message: `HTTP ${status}` };
  const body = status === 200 ? readBody(response) : undefined;
  const accessToken = textOf(body?.jwt);
  if (accessToken === undefined) {
    return {
      kind: 'unavailable',
      message: `HTTP ${status} without a token`,
      retryAfterMs: retryAfterMs(response),
    };
  }
  return {
    kind: 'tokens',
    accessToken,
    refreshToken: null,
    expiresAt: expiryOf(accessToken) ?? now + TOKEN_LIFE_MS,
  };
}

/** `exp` of a JWT in ms. The signature is the platform's business. */
function expiryOf(jwt: string): number | undefined {
  const payload = jwt.split('.')[1];
  if (payload === undefined) return undefined;
  const claims = readObject(Buffer.from(payload, 'base64url').toString('utf8'));
  return typeof claims?.exp === 'number' && Number.isFinite(claims.exp)
    ? claims.exp * 1_000
    : undefined;
}

function readBody(response: ChannelResponse): JsonObject | undefined {
  return readObject(response.body);
}

function readObject(text: string): JsonObject | undefined {
  try {
    return parseJsonObject(text, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
