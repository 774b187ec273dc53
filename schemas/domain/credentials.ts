/**
 * `oauth_refresh`: a refresh token of the owner's consent. `token_exchange`: client id and secret of a machine account. `identity`: what
 * stands in every call itself, without tokens.
 */
export type AuthenticationKind = TokenKind | 'identity';
export type TokenKind = 'oauth_refresh' | 'token_exchange';

/** At most `requests` token requests in any `windowMs`, counted over all our processes. */
export interface TokenLimit {
  readonly requests: number;
  readonly windowMs: number;
}
