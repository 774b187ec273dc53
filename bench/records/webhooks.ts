import type { ChannelType, RatePlanId } from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { InboundMessage, Reservation } from '../../schemas/generated/types.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { PreparedRecord } from '../bulk.ts';
import { prepared } from './prepared.ts';
import { CURRENCY, connectionOf, numbered, type PlacedProperty, TENANT } from './properties.ts';

const STAY_NIGHTS = 3;
const NIGHT_PRICE = 12_000;

/** New reservations from a channel, `each` per property and none twice. */
export function reservationMessages(
  serde: Serde,
  properties: readonly PlacedProperty[],
  each: number,
  channel: ChannelType,
  firstNight: PlainDate,
): PreparedRecord[] {
  const records: PreparedRecord[] = [];
  for (let round = 0; round < each; round += 1) {
    const checkIn = addDays(firstNight, round * STAY_NIGHTS);
    for (const property of properties) {
      const message = messageOf(property, channel, records.length + 1, checkIn);
      const { partition } = property;
      records.push(prepared(serde, 'channel.webhooks', partition, message.connection_id, message));
    }
  }
  return records;
}

function messageOf(
  { propertyId }: PlacedProperty,
  channel: ChannelType,
  number: number,
  checkIn: PlainDate,
): InboundMessage {
  const { connection_id, account_id, listing } = connectionOf(propertyId, channel);
  return {
    message_id: numbered('f0000000', number),
    connection_id,
    tenant_id: TENANT,
    property_id: propertyId,
    account_id,
    channel,
    via: 'webhook',
    received_at: Date.now(),
    delivery: null,
    reservation: reservationOf(number, checkIn, {
      connection_id,
      property_id: propertyId,
      listing,
    }),
  };
}

function reservationOf(
  number: number,
  checkIn: PlainDate,
  place: Pick<Reservation['room_stays'][number], 'connection_id' | 'property_id' | 'listing'>,
): Reservation {
  const nights = Array.from({ length: STAY_NIGHTS }, (_, at) => addDays(checkIn, at));
  const checkOut = addDays(checkIn, STAY_NIGHTS);
  const reservationId = `HM${number.toString(36).toUpperCase()}`;
  return {
    reservation_id: reservationId,
    status: 'new',
    revised_at: Date.now(),
    content_hash: number.toString(16).padStart(64, '0'),
    guest: {
      channel_guest_id: String(number),
      first_name: 'Erika',
      last_name: 'Mustermann',
      email: `guest-${number}@guest.example`,
      phone: null,
      country: 'DE',
    },
    room_stays: [
      {
        room_stay: '1',
        ...place,
        room_id: null,
        rate_plan_id: 'standard' as RatePlanId,
        check_in: checkIn,
        check_out: checkOut,
        adults: 2,
        children: 0,
        status: 'new',
        nightly_prices: nights.map((night) => ({ night, amount: NIGHT_PRICE })),
        total: STAY_NIGHTS * NIGHT_PRICE,
      },
    ],
    currency: CURRENCY,
    total: STAY_NIGHTS * NIGHT_PRICE,
    taxes: null,
    commission: null,
    payment_kind: 'channel_collect',
    special_requests: null,
    redacted_payload: JSON.stringify({ reservationId, checkIn, checkOut, listing: place.listing }),
  };
}
