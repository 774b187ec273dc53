import type { ConnectionId, TenantId } from '../schemas/domain/ids.ts';
import { ParityError } from '../schemas/errors.ts';
import type { ConnectionStore } from '../storage/ports/connections.ts';
import type { Vault } from './vault/vault.ts';

/** Secrets with which a channel signs what it sends to a connection. */
export interface WebhookSecrets {
  /** Valid secrets of the connection; empty: it has none, so nothing it gets can be valid. Plain text that PMS-Core stored is sealed on the way. */
  of(tenantId: TenantId, connectionId: ConnectionId): Promise<readonly string[]>;
  set(tenantId: TenantId, connectionId: ConnectionId, secret: string): Promise<void>;
}

export function createWebhookSecrets(store: ConnectionStore, vault: Vault): WebhookSecrets {
  return {
    of: async (tenantId, connectionId) => {
      const stored = await store.webhookSecret(tenantId, connectionId);
      if (stored === null || stored === '') return [];
      const secret = vault.isToken(stored) ? vault.open(stored) : stored;
      // If somebody changed it meanwhile, theirs stays.
      if (!vault.isCurrent(stored))
        await store.replaceWebhookSecret(tenantId, connectionId, stored, vault.seal(secret));
      return [secret];
    },
    set: async (tenantId, connectionId, secret) => {
      if ((await store.get(tenantId, connectionId)) === null)
        throw new ParityError('CONNECTION_UNKNOWN', `The tenant has no connection ${connectionId}`);
      for (;;) {
        const present = await store.webhookSecret(tenantId, connectionId);
        if (await store.replaceWebhookSecret(tenantId, connectionId, present, vault.seal(secret)))
          return;
      }
    },
  };
}
