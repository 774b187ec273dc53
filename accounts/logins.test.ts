import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ChannelType } from '../schemas/domain/ids.ts';
import type { StoredCredential } from '../storage/ports/credentials.ts';
import { createLogins } from './logins.ts';
import { createVault } from './vault/vault.ts';

const CHANNEL = 'northwind' as ChannelType;
const clock = { now: () => Date.UTC(2030, 0, 1), monotonic: () => 0 };
const key = `${randomBytes(32).toString('base64url')}=`;
const vault = createVault([key], { clock, randomBytes });

const STORED: StoredCredential = {
  id: 'one',
  tenantId: null,
  channel: CHANNEL,
  kind: 'identity',
  status: 'active',
  clientId: vault.seal('crawler'),
  clientSecret: vault.seal('secret'),
  accessToken: null,
  refreshToken: null,
  expiresAt: null,
  refreshedAt: null,
  tokenVersion: 0,
};

function logins(changes: Partial<StoredCredential>) {
  const stored = { ...STORED, ...changes };
  return createLogins({ read: async (id) => (id === stored.id ? stored : null) }, vault);
}

test('the login of a credential is its client id and secret', async () => {
  expect(await logins({})('one', CHANNEL)).toEqual({
    clientId: 'crawler',
    clientSecret: 'secret',
  });
});

test.each([
  ['of another kind', { kind: 'token_exchange' }],
  ['that has expired', { status: 'expired' }],
  ['of another channel', { channel: 'southwind' as ChannelType }],
  ['without a secret', { clientSecret: null }],
  ['that is not there', { id: 'two' }],
] as const)('a credential %s is no login', async (_what, changes) => {
  expect(await logins(changes)('one', CHANNEL)).toBeNull();
});
