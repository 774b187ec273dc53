import type {
  Connector,
  InboundRequest,
  ParsedReservation,
  WebhookContent,
} from '../connectors/contract.ts';
import { routedHash } from '../connectors/inbound/reservation-hash.ts';
import type { Output } from '../runtime/stage.ts';
import { newTraceparent } from '../runtime/trace.ts';
import type { AccountId } from '../schemas/domain/ids.ts';
import type { ErrorCode } from '../schemas/errors.ts';
import { codeOf, ParityError } from '../schemas/errors.ts';
import type { Connection, InboxMessage } from '../schemas/generated/types.ts';
import type { IngressAnswer, IngressPorts } from './ports.ts';

/** Seconds after which a caller may try again when the log is away. */
const RETRY_AFTER_SECONDS = 5;

const STATUS: Partial<Record<ErrorCode, number>> = {
  SIGNATURE_INVALID: 401,
  REQUEST_STALE: 401,
  REQUEST_MALFORMED: 400,
  REQUEST_TOO_LARGE: 413,
  REQUEST_UNSUPPORTED_MEDIA: 415,
};

/**
 * Takes one webhook of one connection: verifies it over its raw body, turns it into a record and answers 2xx only after the log has it. An
 * unknown connection and a wrong signature look the same from outside, in answer and in work done.
 */
export class WebhookReceiver {
  readonly #ports: IngressPorts;

  constructor(ports: IngressPorts) {
    this.#ports = ports;
  }

  async receive(
    channel: string,
    connectionId: string,
    request: InboundRequest,
  ): Promise<IngressAnswer> {
    try {
      const { connection, connector } = await this.#authenticate(channel, connectionId, request);
      const content = connector.inbound.parseWebhook(request);
      const { metrics } = this.#ports.environment;
      metrics.count('webhook_received_total', {
        channel_type: channel,
        event_type: content.eventType.slice(0, 60),
      });
      const output = this.#record(connection, content);
      if (output) await this.#ports.publish([output]);
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ succeed: true }) };
    } catch (error) {
      return this.#refuse(error, channel);
    }
  }

  async #authenticate(
    channel: string,
    id: string,
    request: InboundRequest,
  ): Promise<{ connection: Connection; connector: Connector }> {
    const connection = this.#ports.connection(id);
    const connector =
      connection?.channel === channel ? this.#ports.connectorOf(connection.channel) : undefined;
    const secrets = connection && connector ? await this.#ports.webhookSecrets(connection) : [];
    if (!connection || !connector || secrets.length === 0)
      throw new ParityError('SIGNATURE_INVALID', REFUSAL);
    const verdict = connector.inbound.verify(request, secrets, this.#ports.environment.clock.now());
    if (verdict !== 'valid') {
      this.#ports.environment.metrics.count('parity_webhook_refused_total', {
        channel_type: channel,
        reason: verdict,
      });
      throw new ParityError('SIGNATURE_INVALID', REFUSAL);
    }
    return { connection, connector };
  }

  #record(connection: Connection, content: WebhookContent): Output | null {
    switch (content.kind) {
      case 'reservation':
        return this.#whole(connection, content.reservation);
      case 'fetch':
        return this.#inbox(connection, {
          'parity.events.FetchReservation': {
            reservation_id: content.reservationId,
            reason: content.eventType,
          },
        });
      case 'poll':
        return this.#inbox(connection, { 'parity.events.PollNow': { reason: content.eventType } });
      case 'ignored':
        return null;
    }
  }

  #whole(connection: Connection, { reservation: parsed, messageKind }: ParsedReservation): Output {
    const { clock, random } = this.#ports.environment;
    const receivedAt = Math.round(clock.now());
    const room_stays = parsed.room_stays.map((stay) => {
      const isOurs =
        stay.listing === connection.listing &&
        (stay.room_id === null ||
          connection.room_id === null ||
          stay.room_id === connection.room_id);
      return isOurs
        ? { ...stay, connection_id: connection.connection_id, property_id: connection.property_id }
        : stay;
    });
    const reservation = { ...parsed, room_stays };
    return {
      topic: 'channel.webhooks',
      key: connection.connection_id,
      tenantId: connection.tenant_id,
      placement: connection.property_id,
      originTs: receivedAt,
      traceparent: newTraceparent(random),
      value: {
        message_id: random.uuid(),
        connection_id: connection.connection_id,
        tenant_id: connection.tenant_id,
        property_id: connection.property_id,
        account_id: connection.account_id,
        channel: connection.channel,
        via: 'webhook',
        received_at: receivedAt,
        reservation: { ...reservation, content_hash: routedHash(reservation) },
        delivery:
          messageKind === null
            ? null
            : { delivery_id: random.uuid(), message_kind: messageKind, received_at: receivedAt },
      },
    };
  }

  #inbox(connection: Connection, message: InboxMessage['message']): Output {
    const { clock, random } = this.#ports.environment;
    const now = Math.round(clock.now());
    return {
      topic: 'channel.inbox',
      key: connection.account_id,
      tenantId: connection.tenant_id,
      placement: connection.account_id,
      originTs: now,
      traceparent: newTraceparent(random),
      value: {
        inbox_id: random.uuid(),
        account_id: connection.account_id as AccountId,
        tenant_id: connection.tenant_id,
        channel: connection.channel,
        issued_at: now,
        message,
      },
    };
  }

  #refuse(error: unknown, channel: string): IngressAnswer {
    const code = codeOf(error);
    const status = code === undefined ? undefined : STATUS[code];
    if (code !== undefined && status !== undefined)
      return errorAnswer(status, code, error instanceof Error ? error.message : code);
    this.#ports.environment.logger.error({ error, channel }, 'a webhook could not be stored');
    return {
      ...errorAnswer(503, 'INGRESS_UNAVAILABLE', 'not stored; try again'),
      headers: { ...JSON_TYPE, 'retry-after': String(RETRY_AFTER_SECONDS) },
    };
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };
const REFUSAL = 'unknown connection or wrong signature';

/** The body of every error answer: a closed code and a sentence. */
export function errorAnswer(status: number, code: ErrorCode, message: string): IngressAnswer {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ code, message }) };
}
