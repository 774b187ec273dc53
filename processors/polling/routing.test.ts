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
  const ours = hashOf(account(connection(1)), reservation('l1'));

  it('is the same for the same words and the same connections', () => {
    expect(hashOf(account(connection(1), connection(2)), reservation('l1'))).toBe(ours);
  });

  it('is another one while a room belongs to no connection that takes bookings, and stays the same for the same gap', () => {
    const gap = account(connection(1, false), connection(2));
    expect(hashOf(gap, reservation('l1'))).not.toBe(ours);
    expect(hashOf(gap, reservation('l1'))).toBe(hashOf(gap, reservation('l1')));
    expect(hashOf(account(connection(2)), reservation('l2', 'l1'))).not.toBe(
      hashOf(account(connection(1), connection(2)), reservation('l2', 'l1')),
    );
  });

  it('is another one when its listing belongs to another connection: its nights are to be closed there', () => {
    const moved = account({ ...connection(2), listing: 'l1' });
    expect(hashOf(moved, reservation('l1'))).not.toBe(ours);
  });
});
