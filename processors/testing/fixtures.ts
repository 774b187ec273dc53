import type {
  AccountId,
  BookingId,
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';
import type {
  Connection,
  FieldName,
  Origin,
  PmsEvent,
  RestrictionSet,
} from '../../schemas/generated/types.ts';
import type { PmsEventType, PmsFact, PmsPayloads } from '../../schemas/pms-event.ts';
import { eventOf } from '../../schemas/pms-event.ts';
import type { ChannelCapabilities } from '../mapping/capabilities.ts';

export const TENANT = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
export const OTHER_TENANT = '7d0a1c52-0000-4000-8000-000000000002' as TenantId;
export const PROPERTY = 'a0000000-0000-4000-8000-000000000001' as PropertyId;
export const HARBOUR = 'c0000000-0000-4000-8000-000000000001' as ConnectionId;
export const MEADOW = 'c0000000-0000-4000-8000-000000000002' as ConnectionId;

export const NO_RESTRICTIONS: RestrictionSet = {
  min_stay_arrival: null,
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
};

export function date(text: string): PlainDate {
  return text as PlainDate;
}

export function nights(start: string, end: string): DateRange {
  return { start: date(start), end: date(end) };
}

type Draft<Type extends PmsEventType> = Omit<PmsPayloads[Type], 'property_id'>;

/** An event of the test property. Its id follows from the sequence. */
export function event<Type extends PmsEventType>(
  sequence: number,
  type: Type,
  payload: Draft<Type>,
  extra: { origin?: Origin | null; tenantId?: TenantId; propertyId?: PropertyId } = {},
): PmsEvent {
  const property_id = extra.propertyId ?? PROPERTY;
  // Type and payload belong together by the signature.
  const fact = {
    type,
    payload: { ...payload, property_id },
    event_id: `e0000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
    tenant_id: extra.tenantId ?? TENANT,
    property_id,
    sequence,
    occurred_at: 1_790_000_000_000 + sequence,
    origin: extra.origin ?? null,
  } as unknown as PmsFact;
  return eventOf(fact);
}

export function confirmed(
  sequence: number,
  bookingId: string,
  start: string,
  end: string,
  origin: Origin | null = null,
): PmsEvent {
  return event(sequence, 'booking.confirmed', stay(bookingId, start, end), { origin });
}

export function cancelled(
  sequence: number,
  bookingId: string,
  start: string,
  end: string,
  origin: Origin | null = null,
): PmsEvent {
  return event(sequence, 'booking.cancelled', stay(bookingId, start, end), { origin });
}

export function moved(
  sequence: number,
  bookingId: string,
  from: DateRange,
  to: DateRange,
  origin: Origin | null = null,
): PmsEvent {
  const payload = { booking_id: bookingId as BookingId, old_dates: from, new_dates: to };
  return event(sequence, 'booking.updated', payload, { origin });
}

export function priced(sequence: number, range: DateRange, amount: number, currency = 'EUR') {
  return event(sequence, 'pricing.updated', {
    date_range: range,
    currency,
    new_prices: [{ ...range, amount }],
  });
}

export function blocked(
  sequence: number,
  range: DateRange,
  available: boolean,
  block: { id: string; expiresAt?: number | null } | null = null,
): PmsEvent {
  return event(sequence, 'availability.updated', {
    date_range: range,
    available,
    block_id: block?.id ?? null,
    expires_at: block?.expiresAt ?? null,
    reason: null,
  });
}

export function property(
  sequence: number,
  timeZone = 'Europe/Berlin',
  currency = 'EUR',
  changes: Partial<Draft<'property.updated'>> = {},
): PmsEvent {
  return event(sequence, 'property.updated', {
    name: 'Haus am See',
    time_zone: timeZone,
    currency,
    max_guests: 4,
    address: null,
    fees: [],
    taxes: [],
    landing_url: null,
    content: null,
    ...changes,
  });
}

export function snapshot(
  sequence: number,
  firstDate: string,
  content: Partial<Draft<'calendar.snapshot'>> = {},
): PmsEvent {
  return event(sequence, 'calendar.snapshot', {
    first_date: date(firstDate),
    currency: 'EUR',
    bookings: [],
    blocks: [],
    prices: [],
    restrictions: [],
    ...content,
  });
}

/** A reservation of the test channel; revised at its number. */
export function origin(
  connectionId: ConnectionId,
  revisedAt: number,
  channelNights: DateRange | null = null,
): Origin {
  return {
    connection_id: connectionId,
    reservation_id: 'R1',
    room_stay: '1',
    revised_at: revisedAt,
    channel_nights: channelNights,
  };
}

function stay(bookingId: string, start: string, end: string) {
  return { booking_id: bookingId as BookingId, check_in: date(start), check_out: date(end) };
}

export function connection(id: ConnectionId, changes: Partial<Connection> = {}): Connection {
  return {
    connection_id: id,
    tenant_id: TENANT,
    property_id: PROPERTY,
    account_id: 'acc-1' as AccountId,
    credential_id: null,
    channel: 'full' as ChannelType,
    listing: `listing of ${id}`,
    room_id: null,
    rate_plans: [{ rate_plan_id: 'standard' as RatePlanId, adjustment: null }],
    currency: null,
    sync_direction: 'bidirectional',
    sync_availability: true,
    sync_pricing: true,
    sync_bookings: true,
    phase: 'active',
    incarnation: 1,
    listing_since: 0,
    row_version: 1,
    requests_per_second: null,
    ...changes,
  };
}

const ALL_FIELDS: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_arrival',
  'min_stay_through',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

/** Channels that exist nowhere: one that can say everything, one that knows a single minimum stay and whole euros, one without prices, one that is told the content. */
export function manifestOf(channel: ChannelType): ChannelCapabilities | undefined {
  const kind: string = channel;
  if (kind === 'full') return capabilities(ALL_FIELDS, 365, 1);
  if (kind === 'coarse')
    return capabilities(['availability', 'price', 'min_stay_arrival'], 45, 100);
  if (kind === 'short') return { ...capabilities(ALL_FIELDS, 365, 1), longestStayNights: 90 };
  if (kind === 'described')
    return { ...capabilities(ALL_FIELDS, 365, 1), content: 'first', pricesNameGuests: true };
  if (kind === 'unpriced') return capabilities(['availability'], 365, 1);
  return undefined;
}

function capabilities(
  fields: readonly FieldName[],
  days: number,
  step: number,
): ChannelCapabilities {
  const horizonDays = {
    availability: days,
    price: days,
    min_stay_arrival: days,
    min_stay_through: days,
    max_stay: days,
    closed_to_arrival: days,
    closed_to_departure: days,
  };
  return { fields, ratePlans: 'all', horizonDays, priceStep: () => step };
}
