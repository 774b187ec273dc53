import type { AuthenticationKind, TokenLimit } from '../schemas/domain/credentials.ts';
import type { ChannelRequest, ChannelResponse } from './contract.ts';

/**
 * What a credential of a channel is and how it is renewed, as a pure codec. `accounts/` stores, encrypts, counts and renews; an
 * authenticator only builds the request, reads the answer and names the headers of a call.
 */
export interface Authenticator {
  readonly kind: AuthenticationKind;
  /** How many tokens the platform hands out per identity; null: no limit is known. */
  readonly tokenLimit: TokenLimit | null;
  /** The request that gets a new access token. @throws ParityError CREDENTIAL_MISSING when a part of `credential` that it needs is null. */
  buildRefresh(credential: CredentialSecrets): ChannelRequest;
  /** Reads its answer; `now` (ms since the epoch) dates tokens whose life is given in seconds or not at all. */
  parseRefresh(response: ChannelResponse, now: number): RefreshOutcome;
  /** Headers that authorise one call. Names in lower case. */
  headers(credential: CredentialSecrets, accessToken: string): AuthHeaders;
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
