import { REQUEST_LIFE_MS } from '../../runtime/request-life.ts';
import type {
  CredentialStore,
  NewTokens,
  RefreshPermit,
  RefreshRequest,
} from '../ports/credentials.ts';
import type { MemoryClient } from './client.ts';
import { saveConnection } from './connections.ts';
import type { MemoryTransaction } from './database.ts';

export function createMemoryCredentials(client: MemoryClient): CredentialStore {
  const vault = <T>(name: string, work: (tx: MemoryTransaction) => T) =>
    client.run(`credentials.${name}`, null, async (tx) => work(tx));
  const now = () => Math.floor(client.environment.clock.now());
  return {
    create: (credential) =>
      vault('create', (tx) =>
        tx.table('credentials').set(credential.id, {
          tenantId: credential.tenantId,
          lease: null,
          notBefore: null,
          row: { ...credential, status: 'active', refreshedAt: null, tokenVersion: 0 },
        }),
      ),
    read: (id) => vault('read', (tx) => tx.table('credentials').get(id)?.row ?? null),
    beginRefresh: (id, request) =>
      vault('begin-refresh', (tx) => beginRefresh(tx, id, request, now())),
    finishRefresh: (id, lease, tokens) =>
      vault('finish-refresh', (tx) => {
        endRequest(tx, lease, now());
        if (tx.table('credentials').get(id)?.lease?.id !== lease) return false;
        storeTokens(tx, id, tokens, now());
        return true;
      }),
    abandonRefresh: (id, lease, pauseMs) =>
      vault('abandon-refresh', (tx) => {
        endRequest(tx, lease, now());
        const present = tx.table('credentials').get(id);
        if (present?.lease?.id !== lease) return;
        const until = pauseMs === null ? null : now() + pauseMs;
        const notBefore =
          until === null ? present.notBefore : Math.max(present.notBefore ?? until, until);
        tx.table('credentials').set(id, { ...present, lease: null, notBefore });
      }),
    expire: (id, lease, message) =>
      vault('expire', (tx) => {
        endRequest(tx, lease, now());
        const present = tx.table('credentials').get(id);
        if (present?.lease?.id !== lease) return;
        tx.table('credentials').set(id, {
          ...present,
          lease: null,
          row: { ...present.row, status: 'expired' },
        });
        for (const { row } of tx.table('channel_connections').values())
          if (
            row.credentialId === id &&
            (row.status === 'active' || row.status === 'error' || row.status === 'paused')
          )
            saveConnection(client, tx, row, {
              status: 'expired',
              errorMessage: message,
              lastErrorAt: now(),
            });
      }),
    replace: (id, tokens) => vault('replace', (tx) => storeTokens(tx, id, tokens, now())),
  };
}

function beginRefresh(
  tx: MemoryTransaction,
  id: string,
  request: RefreshRequest,
  now: number,
): RefreshPermit {
  const present = tx.table('credentials').get(id);
  if (present === undefined) throw new Error(`Credential ${id} was deleted during its refresh`);
  const credential = present.row;
  if (credential.tokenVersion > request.tokenVersion || credential.status === 'expired')
    return { kind: 'newer', credential };
  if (present.lease !== null && present.lease.until > now) return { kind: 'busy' };
  if (present.notBefore !== null && present.notBefore > now)
    return { kind: 'limited', retryInMs: present.notBefore - now };
  if (request.limit !== null) {
    const { requests, windowMs } = request.limit;
    const ends = tx
      .table('token_requests')
      .values()
      .filter(({ credentialId }) => credentialId === id)
      .map(
        ({ requestedAt, answeredAt }) => (answeredAt ?? requestedAt + REQUEST_LIFE_MS) + windowMs,
      )
      .sort((a, b) => b - a);
    const blocking = ends[requests - 1];
    if (blocking !== undefined && blocking > now)
      return { kind: 'limited', retryInMs: blocking - now };
  }
  tx.table('credentials').set(id, {
    ...present,
    lease: { id: request.lease, until: now + request.leaseMs },
  });
  tx.table('token_requests').set(request.lease, {
    tenantId: present.tenantId,
    id: request.lease,
    credentialId: id,
    requestedAt: now,
    answeredAt: null,
  });
  return { kind: 'granted', credential };
}

function endRequest(tx: MemoryTransaction, lease: string, now: number): void {
  const request = tx.table('token_requests').get(lease);
  if (request !== undefined) tx.table('token_requests').set(lease, { ...request, answeredAt: now });
}

function storeTokens(tx: MemoryTransaction, id: string, tokens: NewTokens, now: number): void {
  const present = tx.table('credentials').get(id);
  if (present === undefined) return;
  tx.table('credentials').set(id, {
    ...present,
    lease: null,
    row: {
      ...present.row,
      status: 'active',
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken ?? present.row.refreshToken,
      expiresAt: tokens.expiresAt,
      refreshedAt: now,
      tokenVersion: present.row.tokenVersion + 1,
    },
  });
}
