import type { Authenticator, CredentialSecrets } from '../../connectors/authentication.ts';
import type { ChannelRequest, ChannelResponse } from '../../connectors/contract.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { CredentialStore, StoredCredential } from '../../storage/ports/credentials.ts';
import type { Vault } from '../vault/vault.ts';

/** Sends one request of an authenticator. @throws ParityError with the code of what failed when there is no answer. */
export type SendTokenRequest = (
  channel: ChannelType,
  request: ChannelRequest,
  signal: AbortSignal,
) => Promise<ChannelResponse>;

export interface CredentialPorts {
  readonly store: CredentialStore;
  readonly vault: Vault;
  readonly send: SendTokenRequest;
  authenticatorOf(channel: ChannelType): Authenticator | undefined;
  readonly environment: Environment;
}

/** A credential as this process knows it. */
export interface KnownCredential {
  readonly stored: StoredCredential;
  readonly secrets: CredentialSecrets;
  readonly accessToken: string | null;
}
