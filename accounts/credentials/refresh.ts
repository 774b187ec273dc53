import type { RefreshOutcome, TokenAuthenticator } from '../../connectors/authentication.ts';
import { joinSignals } from '../../runtime/joined-signal.ts';
import { sleep } from '../../runtime/ports.ts';
import { DEADLINE_MS, LONGEST_PAUSE_MS } from '../../runtime/request-life.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { StoredCredential } from '../../storage/ports/credentials.ts';
import type { CredentialPorts, KnownCredential } from './credential-ports.ts';

/** Longer than any token request may take, its wait for a slot included: after it another process may try. */
const LEASE_MS = DEADLINE_MS + 10_000;
/** How long to wait for another process's refresh, and between looks at it. */
const WAIT_MOST_MS = LEASE_MS + 5_000;
const LOOK_EVERY_MS = 250;

/**
 * Renews a token, or finds that another process has. The request is counted and leased in the row before it leaves, so a crash can neither
 * exceed the platform's limit nor block the credential.
 * @returns the row with a newer token, or one that is `expired`
 */
export async function refreshCredential(
  known: KnownCredential,
  authenticator: TokenAuthenticator,
  ports: CredentialPorts,
  signal: AbortSignal,
): Promise<StoredCredential> {
  const { store, environment } = ports;
  const { id, tokenVersion } = known.stored;
  const giveUpAt = environment.clock.monotonic() + WAIT_MOST_MS;
  while (environment.clock.monotonic() < giveUpAt) {
    const lease = environment.random.uuid();
    const permit = await store.beginRefresh(id, {
      tokenVersion,
      lease,
      leaseMs: LEASE_MS,
      limit: authenticator.tokenLimit,
    });
    switch (permit.kind) {
      case 'newer':
        return permit.credential;
      case 'limited':
        throw new ParityError(
          'CHANNEL_RATE_LIMITED',
          `${known.stored.channel} takes no token request now; the next may be made in ${Math.ceil(permit.retryInMs / 1_000)} s`,
        );
      case 'busy':
        await sleep(environment.timers, LOOK_EVERY_MS, signal);
        continue;
      case 'granted':
        return await request(permit.credential, lease, authenticator, ports, signal);
    }
  }
  throw new ParityError(
    'CHANNEL_UNAVAILABLE',
    `Another process has not renewed the token of credential ${id} in time`,
  );
}

async function request(
  credential: StoredCredential,
  lease: string,
  authenticator: TokenAuthenticator,
  ports: CredentialPorts,
  signal: AbortSignal,
): Promise<StoredCredential> {
  const { store, vault } = ports;
  const outcome = await ask(credential, authenticator, ports, signal).catch(
    async (error: unknown) => {
      await store.abandonRefresh(credential.id, lease, null);
      throw error;
    },
  );
  switch (outcome.kind) {
    case 'tokens':
      await store.finishRefresh(credential.id, lease, {
        accessToken: vault.seal(outcome.accessToken),
        refreshToken: outcome.refreshToken === null ? null : vault.seal(outcome.refreshToken),
        expiresAt: outcome.expiresAt,
      });
      break;
    case 'refused':
      await store.expire(credential.id, lease, `Authorise again: ${outcome.message}`);
      break;
    case 'unavailable':
      await store.abandonRefresh(credential.id, lease, pauseOf(outcome.retryAfterMs));
      throw new ParityError(
        'CHANNEL_UNAVAILABLE',
        `The token endpoint of ${credential.channel} failed: ${outcome.message}`,
      );
  }
  const stored = await store.read(credential.id);
  if (stored === null)
    throw new ParityError('CREDENTIAL_MISSING', `Credential ${credential.id} was deleted`);
  return stored;
}

async function ask(
  credential: StoredCredential,
  authenticator: TokenAuthenticator,
  ports: CredentialPorts,
  signal: AbortSignal,
): Promise<RefreshOutcome> {
  const { vault, environment } = ports;
  const open = (token: string | null) => (token === null ? null : vault.open(token));
  const message = authenticator.buildRefresh({
    clientId: open(credential.clientId),
    clientSecret: open(credential.clientSecret),
    refreshToken: open(credential.refreshToken),
  });
  const timeout = new AbortController();
  const timer = environment.timers.after(DEADLINE_MS, () =>
    timeout.abort(
      new ParityError(
        'CHANNEL_TIMEOUT',
        `The token endpoint of ${credential.channel} did not answer in time`,
      ),
    ),
  );
  const life = joinSignals(signal, timeout.signal);
  try {
    const response = await ports.send(credential.channel, message, life.signal);
    return authenticator.parseRefresh(response, environment.clock.now());
  } finally {
    life.release();
    timer.cancel();
  }
}

/** What a platform asks for, for all processes. Null: it names none, so each backs off by itself. */
function pauseOf(asked: number | null): number | null {
  return asked === null || asked === 0 ? null : Math.min(LONGEST_PAUSE_MS, asked);
}
