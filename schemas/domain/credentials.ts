/** `oauth_refresh`: a refresh token of the owner's consent. `token_exchange`: client id and secret of a machine account. */
export type AuthenticationKind = 'oauth_refresh' | 'token_exchange';

/** At most `requests` token requests in any `windowMs`, counted over all our processes. */
export interface TokenLimit {
  readonly requests: number;
  readonly windowMs: number;
}
