import { randomBytes } from 'node:crypto';
import { Connections } from '../accounts/connections.ts';
import { Credentials } from '../accounts/credentials/credentials.ts';
import { guardedTokens, type TokenGuard } from '../accounts/credentials/guarded-token-sender.ts';
import { sendOver } from '../accounts/credentials/token-sender.ts';
import { createLogins, type FindLogin } from '../accounts/logins.ts';
import { Operations } from '../accounts/operations.ts';
import { createVault } from '../accounts/vault/vault.ts';
import type { WebhookSecrets } from '../accounts/webhook-secrets.ts';
import { createWebhookSecrets } from '../accounts/webhook-secrets.ts';
import { authenticatorOf, connectorOf } from '../connectors/registry.ts';
import type { ChannelTransport } from '../connectors/transport/port.ts';
import type { Carrier } from '../connectors/transport/transport.ts';
import { createTransport } from '../connectors/transport/transport.ts';
import { Budgets } from '../processors/limits/budgets.ts';
import { tokenSlots } from '../processors/limits/request-budgets.ts';
import type { Environment } from '../runtime/ports.ts';
import type { Storage } from '../storage/ports/storage.ts';

/** What stands between the stages and the outside: storage with its use-cases, credentials, the way to the channels. */
export interface Services {
  readonly storage: Storage;
  readonly connections: Connections;
  readonly operations: Operations;
  readonly credentials: Credentials;
  readonly webhookSecrets: WebhookSecrets;
  /** How channels that fetch log in to us. */
  readonly logins: FindLogin;
  readonly transport: ChannelTransport;
  /** What this process has of the limits that platforms count for several connections. */
  readonly budgets: Budgets;
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly storage: Storage;
  readonly carrier: Carrier;
  /** Fernet keys, newest first. */
  readonly vaultKeys: readonly string[];
  readonly environment: Environment;
  /** Stands before the token endpoints; default: nothing does. */
  readonly tokenGuard?: TokenGuard;
  /** Random bytes for the vault; the default is the machine's. */
  readonly randomBytes?: (size: number) => Uint8Array;
}

/** @throws ParityError VAULT_KEY_INVALID */
export function createServices(options: ServiceOptions): Services {
  const { storage, carrier, environment } = options;
  const vault = createVault(options.vaultKeys, {
    clock: environment.clock,
    randomBytes: options.randomBytes ?? randomBytes,
  });
  const budgets = new Budgets({
    store: storage.budgets,
    environment,
    manifestOf: (channel) => connectorOf(channel)?.manifest,
  });
  const sendTokens = sendOver(() => transport, tokenSlots(budgets), environment.clock);
  const credentials = new Credentials({
    store: storage.credentials,
    vault,
    send: options.tokenGuard ? guardedTokens(sendTokens, options.tokenGuard) : sendTokens,
    authenticatorOf,
    environment,
  });
  const transport = createTransport(carrier, {
    timers: environment.timers,
    logger: environment.logger,
    credentials,
  });
  const connections = new Connections({
    store: storage.connections,
    platformFamilyOf: (channel) => connectorOf(channel)?.manifest.platformFamily,
    environment,
  });
  const operations = new Operations({
    connections: storage.connections,
    outbox: storage.outbox,
    bookings: storage.bookings,
    environment,
  });
  return {
    storage,
    connections,
    operations,
    credentials,
    webhookSecrets: createWebhookSecrets(storage.connections, vault),
    logins: createLogins(storage.credentials, vault),
    transport,
    budgets,
    close: async () => {
      await transport.close();
      await budgets.close();
      await storage.close();
    },
  };
}
