import { createHash } from 'node:crypto';
import type { Reservation } from '../../schemas/generated/types.ts';

/** A reservation before its hash and its redacted payload are known. */
export type ReservationContent = Omit<Reservation, 'content_hash' | 'redacted_payload'>;

/**
 * SHA-256 (hex) over what a revision means: two messages with the same hash say the same. Left out are the time of the revision
 * (judged by itself), the raw payload, and the routing, which is ours. The order of room stays and nights does not count.
 */
export function contentHash(reservation: ReservationContent): string {
  const {
    reservation_id,
    status,
    guest,
    currency,
    total,
    taxes,
    commission,
    payment_kind,
    special_requests,
  } = reservation;
  const stays = reservation.room_stays
    .map(({ connection_id: _connection, property_id: _property, nightly_prices, ...stay }) => ({
      ...stay,
      nightly_prices: [...nightly_prices].sort((a, b) => (a.night < b.night ? -1 : 1)),
    }))
    .sort((a, b) => (a.room_stay < b.room_stay ? -1 : 1));
  const meaning = {
    reservation_id,
    status,
    guest,
    currency,
    total,
    taxes,
    commission,
    payment_kind,
    special_requests,
    stays,
  };
  return createHash('sha256').update(canonical(meaning)).digest('hex');
}

/** The reservation with its hash. */
export function hashed(content: ReservationContent, redactedPayload: string | null): Reservation {
  return { ...content, content_hash: contentHash(content), redacted_payload: redactedPayload };
}

/**
 * Hash of a routed reservation. Whose its rooms are is part of what a revision means to us: once a room belongs to a connection, or to another
 * one, the same words are another revision, which dedup must pass on and bookings must apply.
 */
export function routedHash({
  content_hash,
  room_stays,
}: Pick<Reservation, 'content_hash' | 'room_stays'>): string {
  const owners = room_stays.map(({ room_stay, connection_id }) => [room_stay, connection_id]);
  owners.sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([content_hash, owners]))
    .digest('hex');
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
