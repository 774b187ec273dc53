import type {
  AccountId,
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../../schemas/domain/ids.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import type {
  BookingRevision,
  Reservation,
  ReservationStatus,
  RoomStay,
} from '../../../schemas/generated/types.ts';
import type { MemoryDatabase, MemoryTransaction } from '../../../storage/memory/database.ts';
import { nameUuid } from '../room-stays.ts';

export const TENANT = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
export const OTHER_TENANT = '7d0a1c52-0000-4000-8000-000000000002' as TenantId;
export const HOUSE = 'a0000000-0000-4000-8000-000000000001' as PropertyId;
export const BARN = 'a0000000-0000-4000-8000-000000000002' as PropertyId;
export const CHANNEL = 'northwind' as ChannelType;
export const IDENTITY = { platformFamily: 'northwind', bookingSource: 'other' } as const;

/** A made-up connection of a property. */
export function connectionOf(property: PropertyId): ConnectionId {
  return property.replace(/^a/, 'c') as ConnectionId;
}

export interface StaySketch {
  readonly room: string;
  /** Null: the room belongs to no connection. */
  readonly property: PropertyId | null;
  readonly start: string;
  readonly end: string;
  readonly status?: ReservationStatus;
}

export interface RevisionSketch {
  readonly id: string;
  readonly status: ReservationStatus;
  /** Time at the channel, ms. */
  readonly at: number;
  readonly stays: readonly StaySketch[];
  /** Tells revisions of equal time and status apart. */
  readonly content?: string;
  readonly delivery?: string;
  readonly tenant?: TenantId;
}

export function revision(sketch: RevisionSketch): BookingRevision {
  const tenant = sketch.tenant ?? TENANT;
  const property = sketch.stays.find((stay) => stay.property !== null)?.property ?? HOUSE;
  const reservation: Reservation = {
    reservation_id: sketch.id,
    status: sketch.status,
    revised_at: sketch.at,
    content_hash: nameUuid(
      'content',
      sketch.id,
      sketch.status,
      String(sketch.at),
      sketch.content ?? '',
      JSON.stringify(sketch.stays),
    ),
    guest: {
      channel_guest_id: 'g',
      first_name: 'Ada',
      last_name: 'Byron',
      email: null,
      phone: null,
      country: null,
    },
    room_stays: sketch.stays.map((stay) => roomStay(stay, sketch.status)),
    currency: 'EUR',
    total: 20_000,
    taxes: null,
    commission: null,
    payment_kind: 'hotel_collect',
    special_requests: null,
    redacted_payload: null,
  };
  return {
    message_id: nameUuid('message', reservation.content_hash, sketch.delivery ?? ''),
    connection_id: connectionOf(property),
    tenant_id: tenant,
    property_id: property,
    account_id: `${tenant}/${CHANNEL}/-` as AccountId,
    channel: CHANNEL,
    received_at: sketch.at + 1_000,
    reservation,
    delivery:
      sketch.delivery === undefined
        ? null
        : {
            delivery_id: nameUuid('delivery', sketch.delivery),
            message_kind: 'Notif',
            received_at: sketch.at + 1_000,
          },
    redelivery: false,
  };
}

function roomStay(stay: StaySketch, status: ReservationStatus): RoomStay {
  return {
    room_stay: stay.room,
    listing: stay.property ?? 'nobody',
    room_id: null,
    rate_plan_id: 'standard' as RatePlanId,
    connection_id: stay.property === null ? null : connectionOf(stay.property),
    property_id: stay.property,
    check_in: stay.start as PlainDate,
    check_out: stay.end as PlainDate,
    adults: 2,
    children: 0,
    status: stay.status ?? status,
    nightly_prices: [],
    total: null,
  };
}

/** Two properties of a tenant, straight into the tables. */
export async function seed(
  database: MemoryDatabase,
  tenantId: TenantId = TENANT,
  properties: readonly PropertyId[] = [HOUSE, BARN],
): Promise<void> {
  await database.transaction(tenantId, async (tx) => {
    tx.table('tenants').set(tenantId, { tenantId, name: 'tenant' });
    for (const id of properties)
      tx.table('properties').set(id, {
        tenantId,
        row: { id, name: id, timeZone: 'UTC', currency: 'EUR', maxGuests: 4 },
      });
  });
}

/** Reads tables of all tenants. */
export function look<T>(database: MemoryDatabase, read: (tx: MemoryTransaction) => T): Promise<T> {
  return database.transaction(null, async (tx) => read(tx));
}
