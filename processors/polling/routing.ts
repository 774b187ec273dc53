import type { ParsedReservation } from '../../connectors/contract.ts';
import { routedHash } from '../../connectors/inbound/reservation-hash.ts';
import type { Random } from '../../runtime/ports.ts';
import type { Output } from '../../runtime/stage.ts';
import type {
  Account,
  AccountConnection,
  InboundMessage,
  InboundVia,
  RoomStay,
} from '../../schemas/generated/types.ts';

/** A reservation on its way to `channel.webhooks`, and the listings in it that belong to no connection. */
export interface Routed {
  readonly output: Output;
  readonly unmapped: readonly string[];
}

/**
 * Finds the connection of each room stay. A reservation with no mapped stay travels with the first connection of the account, so that it is
 * kept, acknowledged and shown to the owner; null when the account has no connection at all.
 */
export function route(
  account: Account,
  parsed: ParsedReservation,
  via: InboundVia,
  receivedAt: number,
  random: Random,
): Routed | null {
  const stays = parsed.reservation.room_stays.map((stay) => ({
    stay,
    owner: ownerOf(account, stay),
  }));
  const unmapped = stays
    .filter(({ owner }) => owner === undefined)
    .map(({ stay }) => `${stay.listing}/${stay.room_id ?? '-'}`);
  const carrier = stays.find(({ owner }) => owner !== undefined)?.owner ?? account.connections[0];
  if (!carrier) return null;
  const reservation = {
    ...parsed.reservation,
    room_stays: stays.map(({ stay, owner }) => ({
      ...stay,
      connection_id: owner?.connection_id ?? null,
      property_id: owner?.property_id ?? null,
    })),
  };
  const message: InboundMessage = {
    message_id: random.uuid(),
    connection_id: carrier.connection_id,
    tenant_id: account.tenant_id,
    property_id: carrier.property_id,
    account_id: account.account_id,
    channel: account.channel,
    via,
    received_at: Math.round(receivedAt),
    reservation: { ...reservation, content_hash: routedHash(reservation) },
    delivery:
      parsed.messageKind === null
        ? null
        : {
            delivery_id: random.uuid(),
            message_kind: parsed.messageKind,
            received_at: Math.round(receivedAt),
          },
  };
  return {
    output: {
      topic: 'channel.webhooks',
      key: carrier.connection_id,
      value: message,
      tenantId: account.tenant_id,
      placement: carrier.property_id,
      originTs: receivedAt,
    },
    unmapped,
  };
}

/** A stay that names no room belongs to the listing's only connection; where there are several, nobody can tell. */
function ownerOf(account: Account, stay: RoomStay): AccountConnection | undefined {
  const ofListing = account.connections.filter(
    (connection) => connection.inbound && connection.listing === stay.listing,
  );
  const exact = ofListing.find((connection) => connection.room_id === stay.room_id);
  if (exact) return exact;
  const possible =
    stay.room_id === null ? ofListing : ofListing.filter(({ room_id }) => room_id === null);
  return possible.length === 1 ? possible[0] : undefined;
}
