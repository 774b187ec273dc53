import { REQUEST_LIFE_MS } from '../../runtime/request-life.ts';
import type { ChannelType, TenantId } from '../../schemas/domain/ids.ts';
import type { Database, Transaction } from '../database.ts';
import { instant } from '../database.ts';
import type {
  CredentialStore,
  NewTokens,
  RefreshPermit,
  RefreshRequest,
  StoredCredential,
} from '../ports/credentials.ts';

const COLUMNS = `id, tenant_id AS "tenantId", channel_type AS channel, kind, status, client_id_encrypted AS "clientId",
  client_secret_encrypted AS "clientSecret", access_token_encrypted AS "accessToken", refresh_token_encrypted AS "refreshToken",
  token_expires_at AS "expiresAt", refreshed_at AS "refreshedAt", token_version AS "tokenVersion"`;

interface LockedCredential extends StoredCredential {
  readonly tenantId: TenantId | null;
  readonly channel: ChannelType;
  readonly leased: boolean;
  /** ms until the pause ends that the platform asked for; null: it asked for none. */
  readonly paused: number | null;
}

export function createPostgresCredentials(database: Database): CredentialStore {
  const vault = <T>(work: (tx: Transaction) => Promise<T>) =>
    database.withRole('parity_vault', work);
  return {
    create: (c) =>
      vault(async (tx) => {
        await tx.query(
          `INSERT INTO credentials (id, tenant_id, channel_type, kind, client_id_encrypted, client_secret_encrypted, access_token_encrypted,
             refresh_token_encrypted, token_expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [
            c.id,
            c.tenantId,
            c.channel,
            c.kind,
            c.clientId,
            c.clientSecret,
            c.accessToken,
            c.refreshToken,
            instant(c.expiresAt),
          ],
        );
      }),
    read: (id) =>
      vault(
        async (tx) =>
          (
            await tx.query<StoredCredential>(`SELECT ${COLUMNS} FROM credentials WHERE id = $1`, [
              id,
            ])
          )[0] ?? null,
      ),
    beginRefresh: (id, request) => vault((tx) => beginRefresh(tx, id, request)),
    finishRefresh: (id, lease, tokens) =>
      vault(async (tx) => {
        const held = await tx.query(
          'SELECT FROM credentials WHERE id = $1 AND refresh_lease = $2 FOR UPDATE',
          [id, lease],
        );
        await endRequest(tx, lease);
        if (held.length === 0) return false;
        await storeTokens(tx, id, tokens);
        return true;
      }),
    abandonRefresh: (id, lease, pauseMs) =>
      vault(async (tx) => {
        await tx.query(
          `UPDATE credentials SET refresh_lease = NULL, refresh_lease_until = NULL,
             refresh_not_before = greatest(refresh_not_before, clock_timestamp() + make_interval(secs => $3 / 1000.0))
           WHERE id = $1 AND refresh_lease = $2`,
          [id, lease, pauseMs],
        );
        await endRequest(tx, lease);
      }),
    expire: (id, lease, message) => vault((tx) => expire(tx, id, lease, message)),
    replace: (id, tokens) =>
      vault(async (tx) => {
        await tx.query('SELECT FROM credentials WHERE id = $1 FOR UPDATE', [id]);
        await storeTokens(tx, id, tokens);
      }),
  };
}

async function beginRefresh(
  tx: Transaction,
  id: string,
  request: RefreshRequest,
): Promise<RefreshPermit> {
  const [row] = await tx.query<LockedCredential>(
    `SELECT ${COLUMNS}, coalesce(refresh_lease_until > clock_timestamp(), false) AS leased,
       ceil(extract(epoch FROM refresh_not_before - clock_timestamp()) * 1000)::float8 AS paused
     FROM credentials WHERE id = $1 FOR UPDATE`,
    [id],
  );
  if (row === undefined) throw new Error(`Credential ${id} was deleted during its refresh`);
  const { leased, paused, ...credential } = row;
  if (credential.tokenVersion > request.tokenVersion || credential.status === 'expired')
    return { kind: 'newer', credential };
  if (leased) return { kind: 'busy' };
  if (paused !== null && paused > 0) return { kind: 'limited', retryInMs: paused };
  if (request.limit !== null) {
    const retryInMs = await untilAllowed(tx, id, request.limit.requests, request.limit.windowMs);
    if (retryInMs > 0) return { kind: 'limited', retryInMs };
  }
  await tx.query(
    `UPDATE credentials SET refresh_lease = $2, refresh_lease_until = clock_timestamp() + make_interval(secs => $3 / 1000.0) WHERE id = $1`,
    [id, request.lease, request.leaseMs],
  );
  await tx.query('INSERT INTO token_requests (id, credential_id) VALUES ($1, $2)', [
    request.lease,
    id,
  ]);
  return { kind: 'granted', credential };
}

/** ms until one of the last `requests` token requests leaves the window; 0: there is room. A request counts from its answer on. */
async function untilAllowed(
  tx: Transaction,
  id: string,
  requests: number,
  windowMs: number,
): Promise<number> {
  await tx.query(
    `DELETE FROM token_requests WHERE credential_id = $1 AND coalesce(answered_at, requested_at + make_interval(secs => $3 / 1000.0))
       < clock_timestamp() - make_interval(secs => $2 / 1000.0)`,
    [id, windowMs, REQUEST_LIFE_MS],
  );
  const [blocking] = await tx.query<{ wait: number }>(
    `SELECT extract(epoch FROM coalesce(answered_at, requested_at + make_interval(secs => $3 / 1000.0)) - clock_timestamp())::float8 * 1000 + $2
       AS wait
     FROM token_requests WHERE credential_id = $1
     ORDER BY coalesce(answered_at, requested_at + make_interval(secs => $3 / 1000.0)) DESC OFFSET $4 - 1 LIMIT 1`,
    [id, windowMs, REQUEST_LIFE_MS, requests],
  );
  return blocking === undefined ? 0 : Math.max(1, Math.ceil(blocking.wait));
}

function endRequest(tx: Transaction, lease: string): Promise<readonly object[]> {
  return tx.query('UPDATE token_requests SET answered_at = clock_timestamp() WHERE id = $1', [
    lease,
  ]);
}

/** The specification's token columns follow in the same transaction; a token shared by all tenants is shown to none. */
async function storeTokens(tx: Transaction, id: string, tokens: NewTokens): Promise<void> {
  await tx.query(
    `UPDATE credentials SET access_token_encrypted = $2, refresh_token_encrypted = coalesce($3, refresh_token_encrypted),
       token_expires_at = $4, token_version = token_version + 1, refreshed_at = clock_timestamp(), status = 'active', refresh_lease = NULL,
       refresh_lease_until = NULL WHERE id = $1`,
    [id, tokens.accessToken, tokens.refreshToken, instant(tokens.expiresAt)],
  );
  await tx.query(
    `UPDATE channel_connections c SET access_token_encrypted = k.access_token_encrypted, refresh_token_encrypted = k.refresh_token_encrypted,
       token_expires_at = k.token_expires_at
     FROM credentials k JOIN connection_details d ON d.credential_id = k.id
     WHERE k.id = $1 AND k.tenant_id IS NOT NULL AND d.connection_id = c.id`,
    [id],
  );
}

async function expire(tx: Transaction, id: string, lease: string, message: string): Promise<void> {
  await endRequest(tx, lease);
  const expired = await tx.query(
    `UPDATE credentials SET status = 'expired', refresh_lease = NULL, refresh_lease_until = NULL
     WHERE id = $1 AND refresh_lease = $2 RETURNING id`,
    [id, lease],
  );
  if (expired.length === 0) return;
  // In id order, as every other writer of several connections.
  await tx.query(
    `SELECT c.id FROM channel_connections c JOIN connection_details d ON d.connection_id = c.id WHERE d.credential_id = $1 ORDER BY c.id
     FOR NO KEY UPDATE OF c`,
    [id],
  );
  await tx.query(
    `UPDATE channel_connections c SET status = 'expired', error_message = $2, last_error_at = clock_timestamp()
     FROM connection_details d WHERE d.connection_id = c.id AND d.credential_id = $1 AND c.status IN ('active', 'error', 'paused')`,
    [id, message],
  );
}
