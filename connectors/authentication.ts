import type { TokenKind, TokenLimit } from '../schemas/domain/credentials.ts';
import type { ChannelRequest, ChannelResponse } from './contract.ts';

/**
 * What a credential of a channel is, as a pure codec. `accounts/` stores, encrypts, counts and renews; an authenticator builds the request
 * for a token, reads its answer and authorises a call.
 */
export type Authenticator = TokenAuthenticator | IdentityAuthenticator;

/** A platform that hands out access tokens. */
export interface TokenAuthenticator {
  readonly kind: TokenKind;
  /** How many tokens the platform hands out per identity; null: no limit is known. */
  readonly tokenLimit: TokenLimit | null;
  /** The request that gets a new access token. @throws ParityError CREDENTIAL_MISSING when a part of `credential` that it needs is null. */
  buildRefresh(credential: CredentialSecrets): ChannelRequest;
  /** Reads its answer; `now` (ms since the epoch) dates tokens whose life is given in seconds or not at all. */
  parseRefresh(response: ChannelResponse, now: number): RefreshOutcome;
  authorise(credential: CredentialSecrets, accessToken: string): Authorisation;
}

/** A platform that knows us by what stands in every call. */
export interface IdentityAuthenticator {
  readonly kind: 'identity';
  /** @throws ParityError CREDENTIAL_MISSING when a part of `credential` that it needs is null. */
  authorise(credential: CredentialSecrets): Authorisation;
}

/** What makes a planned request one of ours: codecs never see it. */
export interface Authorisation {
  /** Names in lower case. */
  readonly headers: AuthHeaders;
  /** Puts the identity into the message, where the platform wants it there. */
  readonly sign?: (body: string) => string;
}

export type AuthHeaders = Readonly<Record<string, string>>;

/** The decrypted secrets of a credential. They live in memory only for the call. */
export interface CredentialSecrets {
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly refreshToken: string | null;
}

export type RefreshOutcome =
  /** `expiresAt` in ms since the epoch. `refreshToken` null: the platform gave no new one, the old one stays. */
  | {
      readonly kind: 'tokens';
      readonly accessToken: string;
      readonly refreshToken: string | null;
      readonly expiresAt: number;
    }
  /** The platform refuses the credential itself: a person must authorise again. */
  | { readonly kind: 'refused'; readonly message: string }
  /** 5xx, 429 or an unreadable answer: the credential may be good. `retryAfterMs` null: the platform did not say. */
  | {
      readonly kind: 'unavailable';
      readonly message: string;
      readonly retryAfterMs: number | null;
    };
