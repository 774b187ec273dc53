import type { ChannelType } from '../schemas/domain/ids.ts';
import type { CredentialStore } from '../storage/ports/credentials.ts';
import type { Vault } from './vault/vault.ts';

/** Client id and secret with which a channel logs in to us, decrypted. */
export interface ChannelLogin {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Finds the login of a credential of kind `identity`; null: there is none, or it is of another channel. */
export type FindLogin = (
  credentialId: string,
  channel: ChannelType,
) => Promise<ChannelLogin | null>;

/** Each call asks the store, so that a changed password counts at once. @throws (the call) ParityError DATABASE_UNAVAILABLE, VAULT_TOKEN_INVALID */
export function createLogins(store: Pick<CredentialStore, 'read'>, vault: Vault): FindLogin {
  return async (credentialId, channel) => {
    const stored = await store.read(credentialId);
    if (stored === null || stored.kind !== 'identity' || stored.status !== 'active') return null;
    const { clientId, clientSecret } = stored;
    if (stored.channel !== channel || clientId === null || clientSecret === null) return null;
    return { clientId: vault.open(clientId), clientSecret: vault.open(clientSecret) };
  };
}
