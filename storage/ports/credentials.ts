import type { AuthenticationKind, TokenLimit } from '../../schemas/domain/credentials.ts';
import type { ChannelType, TenantId } from '../../schemas/domain/ids.ts';

/** A row of `credentials`. Whatever is secret is a Fernet token. */
export interface StoredCredential {
  readonly id: string;
  /** Null: one of ours, shared by all tenants. */
  readonly tenantId: TenantId | null;
  readonly channel: ChannelType;
  readonly kind: AuthenticationKind;
  readonly status: 'active' | 'expired';
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  /** ms since the epoch. */
  readonly expiresAt: number | null;
  readonly refreshedAt: number | null;
  /** Raised with every new token. */
  readonly tokenVersion: number;
}

export type NewCredential = Pick<
  StoredCredential,
  | 'id'
  | 'tenantId'
  | 'channel'
  | 'kind'
  | 'clientId'
  | 'clientSecret'
  | 'accessToken'
  | 'refreshToken'
  | 'expiresAt'
>;

export interface RefreshRequest {
  /** The version that is to be replaced: a newer one in the row means that somebody was faster. */
  readonly tokenVersion: number;
  /** Id of this refresh. */
  readonly lease: string;
  /** How long it may take before another process may try, ms. */
  readonly leaseMs: number;
  readonly limit: TokenLimit | null;
}

export type RefreshPermit =
  | { readonly kind: 'granted'; readonly credential: StoredCredential }
  /** The row has a newer token. */
  | { readonly kind: 'newer'; readonly credential: StoredCredential }
  /** Another process refreshes it. */
  | { readonly kind: 'busy' }
  /** The platform would refuse: its limit is used up, or it asked for a pause, for `retryInMs` more. */
  | { readonly kind: 'limited'; readonly retryInMs: number };

export interface NewTokens {
  readonly accessToken: string;
  /** Null: the old one stays. */
  readonly refreshToken: string | null;
  readonly expiresAt: number;
}

/**
 * Credentials over all tenants, for the vault alone. A refresh is single-flight over processes: `beginRefresh` decides under the lock of the
 * row, and counts the token request before it leaves. Time is that of the database.
 */
export interface CredentialStore {
  create(credential: NewCredential): Promise<void>;
  read(id: string): Promise<StoredCredential | null>;
  beginRefresh(id: string, request: RefreshRequest): Promise<RefreshPermit>;
  /** Stores the tokens if the lease still holds, and mirrors those of a tenant into its channel_connections. False: it does not. */
  finishRefresh(id: string, lease: string, tokens: NewTokens): Promise<boolean>;
  /**
   * The request failed; the credential stays as it is. Nobody asks for a token for `pauseMs`; null: the platform named no pause.
   */
  abandonRefresh(id: string, lease: string, pauseMs: number | null): Promise<void>;
  /** The platform refuses the credential: it and its live connections are `expired`. */
  expire(id: string, lease: string, message: string): Promise<void>;
  /** New tokens by a person's consent: the credential is active again. Lifecycle of connections is not touched. */
  replace(id: string, tokens: NewTokens): Promise<void>;
}
