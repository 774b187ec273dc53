import type { Environment } from '../runtime/ports.ts';
import type { ChannelType, ConnectionId, PropertyId, TenantId } from '../schemas/domain/ids.ts';
import { isCurrencyCode } from '../schemas/domain/money.ts';
import { ParityError } from '../schemas/errors.ts';
import type {
  ConnectionRow,
  ConnectionSettings,
  ConnectionStore,
} from '../storage/ports/connections.ts';
import { inboxMessage, type OutboxMessage } from '../storage/ports/outbox.ts';
import { type LifecycleStep, TRANSITIONS } from './lifecycle.ts';

export interface ConnectionPorts {
  readonly store: ConnectionStore;
  /** Listings are unique within a family of channels. Undefined: no connector serves the channel. */
  platformFamilyOf(channel: ChannelType): string | undefined;
  readonly environment: Pick<Environment, 'clock' | 'random'>;
}

/** What must be said of a new connection; everything else has a default. */
export type ConnectionDraft = Pick<ConnectionSettings, 'listing'> &
  Partial<ConnectionSettings> & {
    readonly id?: ConnectionId;
    readonly propertyId: PropertyId;
    readonly channel: ChannelType;
  };

const DEFAULTS: Omit<ConnectionSettings, 'listing'> = {
  channelAccountId: null,
  listingUrl: null,
  roomId: null,
  ratePlans: [],
  currency: null,
  priceAdjustment: null,
  requestsPerSecond: null,
  credentialId: null,
  syncEnabled: true,
  syncDirection: 'bidirectional',
  syncAvailability: true,
  syncPricing: true,
  syncBookings: true,
  pollMinutes: 15,
  webhookUrl: null,
};

/**
 * Use-cases on connections, for the `parity` command. Each is one transaction; what it changes is in the outbox with it.
 * All throw ParityError CONNECTION_UNKNOWN, and CONNECTION_STATE_INVALID for a step that the present phase does not allow.
 */
export class Connections {
  readonly #ports: ConnectionPorts;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  list(tenantId: TenantId): Promise<readonly ConnectionRow[]> {
    return this.#ports.store.list(tenantId);
  }

  async get(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    const row = await this.#ports.store.get(tenantId, id);
    if (row === null)
      throw new ParityError('CONNECTION_UNKNOWN', `The tenant has no connection ${id}`);
    return row;
  }

  /**
   * A new connection, pending.
   * @throws ParityError LISTING_TAKEN; CONFIG_INVALID for a channel without a connector, and settings that make no sense
   */
  async create(tenantId: TenantId, draft: ConnectionDraft): Promise<ConnectionRow> {
    const platformFamily = this.#ports.platformFamilyOf(draft.channel);
    if (platformFamily === undefined)
      throw new ParityError('CONFIG_INVALID', `There is no connector for "${draft.channel}"`);
    check(draft);
    const id = draft.id ?? (this.#ports.environment.random.uuid() as ConnectionId);
    return this.#ports.store.create(tenantId, { ...DEFAULTS, ...draft, id, platformFamily });
  }

  /** Changes settings; the phase stays. @throws ParityError CONFIG_INVALID for settings that make no sense */
  async change(
    tenantId: TenantId,
    id: ConnectionId,
    settings: Partial<Omit<ConnectionSettings, 'syncEnabled'>>,
  ): Promise<ConnectionRow> {
    check(settings);
    return this.#ports.store.change(tenantId, id, () => ({ set: settings }));
  }

  /** pending → importing: polling reads the channel's future reservations. */
  startImport(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'startImport', {}, (row) => [this.#importMessage(row)]);
  }

  /** importing → preview: everything that the channel lists is in, or the owner confirmed where it lists nothing. */
  finishImport(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'finishImport');
  }

  /** preview → active: openings and prices may leave. */
  activate(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'activate');
  }

  /** Stops openings and prices; closings, imports and acknowledgements go on. */
  pause(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'pause');
  }

  resume(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'resume');
  }

  /** Ends it and frees its listing for others. */
  disconnect(tenantId: TenantId, id: ConnectionId): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'disconnect');
  }

  /** disconnected or expired → pending, under a new incarnation and perhaps another listing or credential. */
  attach(
    tenantId: TenantId,
    id: ConnectionId,
    settings: Partial<Omit<ConnectionSettings, 'syncEnabled'>> = {},
  ): Promise<ConnectionRow> {
    return this.#step(tenantId, id, 'attach', settings);
  }

  /** expired → active, under a new incarnation. */
  reauthorize(tenantId: TenantId, id: ConnectionId, credentialId?: string): Promise<ConnectionRow> {
    return this.#step(
      tenantId,
      id,
      'reauthorize',
      credentialId === undefined ? {} : { credentialId },
    );
  }

  async #step(
    tenantId: TenantId,
    id: ConnectionId,
    step: LifecycleStep,
    settings: Partial<ConnectionSettings> = {},
    messages: (row: ConnectionRow) => readonly OutboxMessage[] = () => [],
  ): Promise<ConnectionRow> {
    check(settings);
    return this.#ports.store.change(tenantId, id, (row) => {
      const { from, set } = TRANSITIONS[step];
      if (!from.includes(row.phase))
        throw new ParityError(
          'CONNECTION_STATE_INVALID',
          `A connection that is ${row.phase} allows no ${step}; it would have to be ${from.join(' or ')}`,
        );
      return { set: { ...settings, ...set(row) }, messages: messages(row) };
    });
  }

  #importMessage(row: ConnectionRow): OutboxMessage {
    const { clock, random } = this.#ports.environment;
    return inboxMessage({
      inbox_id: random.uuid(),
      account_id: row.accountId,
      tenant_id: row.tenantId,
      channel: row.channel,
      issued_at: Math.floor(clock.now()),
      message: { 'parity.events.ImportReservations': { connection_id: row.id } },
    });
  }
}

function check({ currency, ratePlans }: Partial<Pick<ConnectionDraft, 'currency' | 'ratePlans'>>) {
  if (currency && !isCurrencyCode(currency))
    throw new ParityError('CONFIG_INVALID', `"${currency}" is no ISO 4217 code`);
  const ids = (ratePlans ?? []).map(({ rate_plan_id }) => rate_plan_id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined)
    throw new ParityError('CONFIG_INVALID', `Rate plan "${twice}" is named twice`);
}
