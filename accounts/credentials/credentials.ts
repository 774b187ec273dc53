import type {
  Authenticator,
  AuthHeaders,
  Authorisation,
  IdentityAuthenticator,
  TokenAuthenticator,
} from '../../connectors/authentication.ts';
import type { ChannelType, TenantId } from '../../schemas/domain/ids.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { StoredCredential } from '../../storage/ports/credentials.ts';
import type { CredentialPorts, KnownCredential } from './credential-ports.ts';
import { refreshCredential } from './refresh.ts';

export interface CredentialDraft {
  readonly id: string;
  /** Null: one of ours, shared by all tenants. */
  readonly tenantId: TenantId | null;
  readonly channel: ChannelType;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly refreshToken: string | null;
}

/** What has become of the tokens of one credential in this process. */
interface Standing {
  /** Highest token version that the platform refused; -1: none. */
  refusedVersion: number;
  /** When that was, monotonic ms. */
  refusedAt: number;
  /** The version that a refresh after a refusal brought, and when (monotonic ms); -1: none. */
  secondVersion: number;
  secondAt: number;
  /** Until then (monotonic ms) the endpoint is left alone, after `failures` in a row. */
  notBefore: number;
  failures: number;
}

/** Renewed this long before it expires, or a quarter of its life before it, if that is shorter. */
const MARGIN_MS = 15 * 60_000;
const DAILY_MS = 86_400_000;
/** A token so near to its end may be over when the request arrives. */
const LAST_MOMENT_MS = 5_000;
/** A fresh token refused within this time means that refreshing does not help; it is tried again once it is over. */
const REFUSED_AGAIN_MS = 300_000;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MOST_MS = 60_000;

/**
 * Tokens of credentials. One refresh at a time: within the process by a shared promise, over processes by the lease in the row. A token near
 * its end is renewed behind the caller's back and used meanwhile. Fits the `CredentialSource` port of the transport.
 */
export class Credentials {
  readonly #ports: CredentialPorts;
  readonly #known = new Map<string, KnownCredential>();
  readonly #standings = new Map<string, Standing>();
  readonly #refreshes = new Map<string, Promise<KnownCredential>>();
  readonly #closing = new AbortController();

  constructor(ports: CredentialPorts) {
    this.#ports = ports;
  }

  /** Stores a new credential, sealed. */
  async create(draft: CredentialDraft): Promise<void> {
    const seal = (text: string | null) => (text === null ? null : this.#ports.vault.seal(text));
    await this.#ports.store.create({
      id: draft.id,
      tenantId: draft.tenantId,
      channel: draft.channel,
      kind: this.#authenticator(draft.channel).kind,
      clientId: seal(draft.clientId),
      clientSecret: seal(draft.clientSecret),
      refreshToken: seal(draft.refreshToken),
      accessToken: null,
      expiresAt: null,
    });
  }

  /**
   * What authorises a call now, a token renewed first if need be.
   * @throws ParityError CREDENTIAL_MISSING, CREDENTIAL_EXPIRED, CHANNEL_RATE_LIMITED (no token left in the platform's window), the code of a
   * token endpoint that failed, VAULT_TOKEN_INVALID, DATABASE_UNAVAILABLE.
   */
  async authorisationFor(id: string): Promise<Authorisation> {
    let known = this.#known.get(id) ?? (await this.#load(id));
    if (known.stored.status === 'expired') known = await this.#load(id);
    if (known.stored.status === 'expired') throw expired(id);
    const authenticator = this.#authenticator(known.stored.channel);
    if (authenticator.kind === 'identity') return this.#identity(known, authenticator);
    if (!this.#isUsable(known)) known = await this.#refresh(known, authenticator);
    else if (this.#isDue(known)) this.#refreshBehind(known, authenticator);
    return authorisationOf(known, authenticator);
  }

  /** The platform answered 401 to it: the next `authorisationFor` renews the token once, or says CREDENTIAL_EXPIRED. */
  refused(id: string, { headers }: Authorisation): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    const authenticator = this.#authenticator(known.stored.channel);
    if (authenticator.kind !== 'identity' && known.accessToken === null) return;
    if (!sameHeaders(authorisationOf(known, authenticator).headers, headers)) return;
    const standing = this.#standing(id);
    standing.refusedVersion = known.stored.tokenVersion;
    standing.refusedAt = this.#ports.environment.clock.monotonic();
  }

  /** There is nothing to renew: what was refused is looked up again, and if nobody has replaced it, left alone for a while. */
  async #identity(
    known: KnownCredential,
    authenticator: IdentityAuthenticator,
  ): Promise<Authorisation> {
    const { id } = known.stored;
    const { refusedVersion, refusedAt } = this.#standing(id);
    if (known.stored.tokenVersion > refusedVersion) return authenticator.authorise(known.secrets);
    const present = await this.#load(id);
    const since = this.#ports.environment.clock.monotonic() - refusedAt;
    if (present.stored.tokenVersion <= refusedVersion && since < REFUSED_AGAIN_MS)
      throw expired(id);
    return authenticator.authorise(present.secrets);
  }

  /** Ends refreshes under way. */
  async close(): Promise<void> {
    this.#closing.abort(new ParityError('CHANNEL_UNREACHABLE', 'The process stops'));
    await Promise.allSettled(this.#refreshes.values());
  }

  async #load(id: string): Promise<KnownCredential> {
    const stored = await this.#ports.store.read(id);
    if (stored === null)
      throw new ParityError('CREDENTIAL_MISSING', `There is no credential ${id}`);
    return this.#remember(stored);
  }

  #remember(stored: StoredCredential): KnownCredential {
    const open = (token: string | null) => (token === null ? null : this.#ports.vault.open(token));
    const known: KnownCredential = {
      stored,
      accessToken: open(stored.accessToken),
      secrets: {
        clientId: open(stored.clientId),
        clientSecret: open(stored.clientSecret),
        refreshToken: open(stored.refreshToken),
      },
    };
    this.#known.set(stored.id, known);
    if (stored.expiresAt !== null)
      this.#ports.environment.metrics.gauge(
        'parity_access_token_expires_at',
        stored.expiresAt / 1_000,
        {
          channel_type: stored.channel,
        },
      );
    return known;
  }

  #isUsable({ stored, accessToken }: KnownCredential): boolean {
    const { clock } = this.#ports.environment;
    return (
      accessToken !== null &&
      stored.expiresAt !== null &&
      clock.now() < stored.expiresAt - LAST_MOMENT_MS &&
      stored.tokenVersion > this.#standing(stored.id).refusedVersion
    );
  }

  #isDue({ stored }: KnownCredential): boolean {
    const { clock } = this.#ports.environment;
    const now = clock.now();
    if (clock.monotonic() < this.#standing(stored.id).notBefore || stored.expiresAt === null)
      return false;
    const life = stored.expiresAt - (stored.refreshedAt ?? stored.expiresAt - DAILY_MS);
    return (
      now > stored.expiresAt - Math.min(MARGIN_MS, life / 4) ||
      (stored.refreshedAt !== null && now > stored.refreshedAt + DAILY_MS)
    );
  }

  #refreshBehind(known: KnownCredential, authenticator: TokenAuthenticator): void {
    const { logger } = this.#ports.environment;
    this.#refresh(known, authenticator).catch((error: unknown) =>
      logger.warn(
        { credentialId: known.stored.id, error: String(error) },
        'a token could not be renewed before its end',
      ),
    );
  }

  #refresh(known: KnownCredential, authenticator: TokenAuthenticator): Promise<KnownCredential> {
    const { id } = known.stored;
    const running = this.#refreshes.get(id);
    if (running !== undefined) return running;
    const refresh = this.#refreshOnce(known, authenticator).finally(() =>
      this.#refreshes.delete(id),
    );
    this.#refreshes.set(id, refresh);
    return refresh;
  }

  async #refreshOnce(
    known: KnownCredential,
    authenticator: TokenAuthenticator,
  ): Promise<KnownCredential> {
    const { clock, metrics } = this.#ports.environment;
    const { id, channel, tokenVersion } = known.stored;
    const standing = this.#standing(id);
    this.#refuseHopeless(known, standing);
    try {
      const stored = await refreshCredential(
        known,
        authenticator,
        this.#ports,
        this.#closing.signal,
      );
      standing.failures = 0;
      standing.notBefore = 0;
      const fresh = this.#remember(stored);
      if (stored.status === 'expired') throw expired(id);
      metrics.count('parity_token_refreshes_total', { channel_type: channel, outcome: 'renewed' });
      if (standing.refusedVersion === tokenVersion) {
        standing.secondVersion = stored.tokenVersion;
        standing.secondAt = clock.monotonic();
      }
      return fresh;
    } catch (error) {
      if (isEndpointFailure(error)) {
        standing.failures += 1;
        standing.notBefore =
          clock.monotonic() +
          Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(standing.failures, 10));
      }
      metrics.count('parity_token_refreshes_total', { channel_type: channel, outcome: 'failed' });
      throw error;
    }
  }

  /** A refresh that would not help, or comes too soon after one that failed. */
  #refuseHopeless({ stored }: KnownCredential, standing: Standing): void {
    const now = this.#ports.environment.clock.monotonic();
    if (now < standing.notBefore)
      throw new ParityError(
        'CHANNEL_UNAVAILABLE',
        `The token endpoint of ${stored.channel} failed and is left alone for a moment`,
      );
    const refusedTwice =
      standing.refusedVersion === stored.tokenVersion &&
      standing.secondVersion === stored.tokenVersion;
    if (refusedTwice && now - standing.secondAt < REFUSED_AGAIN_MS) throw expired(stored.id);
  }

  #standing(id: string): Standing {
    let standing = this.#standings.get(id);
    if (standing === undefined) {
      standing = {
        refusedVersion: -1,
        refusedAt: 0,
        secondVersion: -1,
        secondAt: 0,
        notBefore: 0,
        failures: 0,
      };
      this.#standings.set(id, standing);
    }
    return standing;
  }

  #authenticator(channel: ChannelType): Authenticator {
    const authenticator = this.#ports.authenticatorOf(channel);
    if (authenticator === undefined)
      throw new ParityError(
        'CREDENTIAL_MISSING',
        `This build cannot authorise calls to "${channel}"`,
      );
    return authenticator;
  }
}

function expired(id: string): ParityError {
  return new ParityError(
    'CREDENTIAL_EXPIRED',
    `The platform refuses credential ${id}; authorise the connection again`,
  );
}

/** @throws ParityError CREDENTIAL_MISSING */
function authorisationOf(
  { stored, secrets, accessToken }: KnownCredential,
  authenticator: Authenticator,
): Authorisation {
  if (authenticator.kind === 'identity') return authenticator.authorise(secrets);
  if (accessToken === null)
    throw new ParityError('CREDENTIAL_MISSING', `Credential ${stored.id} has no token`);
  return authenticator.authorise(secrets, accessToken);
}

function sameHeaders(a: AuthHeaders, b: AuthHeaders): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The platform or the way to it, and neither our limit nor our database. */
function isEndpointFailure(error: unknown): boolean {
  const code = codeOf(error);
  return code?.startsWith('CHANNEL_') === true && code !== 'CHANNEL_RATE_LIMITED';
}
