import { describe, expect, it } from 'vitest';
import type { ParsedReservation } from '../../connectors/contract.ts';
import { SeededRandom } from '../../runtime/testing/seeded-random.ts';
import type { Account, AccountConnection } from '../../schemas/generated/types.ts';
import { route } from './routing.ts';

const random = new SeededRandom(1);

function connection(number: number, inbound = true): AccountConnection {
  return {
    connection_id: `c${number}`,
    property_id: `p${number}`,
    listing: `l${number}`,
    room_id: null,
    inbound,
    poll_minutes: 5,
  } as unknown as AccountConnection;
}

function account(...connections: AccountConnection[]): Account {
  return {
    account_id: 'a',
    tenant_id: 't',
    channel: 'northwind',
    connections,
  } as unknown as Account;
}

function reservation(...listings: string[]): ParsedReservation {
  const room_stays = listings.map((listing, index) => ({
    room_stay: String(index),
    listing,
    room_id: null,
  }));
  return {
    messageKind: null,
    reservation: { reservation_id: 'r', content_hash: 'same words', room_stays },
  } as unknown as ParsedReservation;
}

function hashOf(of: Account, parsed: ParsedReservation): string | undefined {
  const value = route(of, parsed, 'poll', 0, random)?.output.value;
  return value && 'reservation' in value ? value.reservation.content_hash : undefined;
}

describe('the content of a routed reservation', () => {
  it('is that of the channel when all of its rooms are ours', () => {
    expect(hashOf(account(connection(1)), reservation('l1'))).toBe('same words');
  });

  it('is another one while a room belongs to no connection that takes bookings, and stays the same for the same gap', () => {
    const before = hashOf(account(connection(1, false), connection(2)), reservation('l1'));
    expect(before).not.toBe('same words');
    expect(hashOf(account(connection(1, false), connection(2)), reservation('l1'))).toBe(before);
    expect(hashOf(account(connection(1), connection(2)), reservation('l1'))).toBe('same words');
    expect(hashOf(account(connection(2)), reservation('l2', 'l1'))).toBe(before);
    expect(hashOf(account(connection(2)), reservation('l2', 'l3'))).not.toBe(before);
  });
});
