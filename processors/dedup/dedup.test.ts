import { describe, expect, test } from 'vitest';
import type { AccountId, ChannelType } from '../../schemas/domain/ids.ts';
import type { Delivery, InboundMessage, Reservation } from '../../schemas/generated/types.ts';
import { ProcessorDriver } from '../testing/driver.ts';
import { HARBOUR, PROPERTY, TENANT } from '../testing/fixtures.ts';
import { createDedup, REVISIONS_MAX, revisionsKey } from './dedup.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2027, 0, 10, 9);

function dedup(): ProcessorDriver {
  return new ProcessorDriver({ create: createDedup, ownTables: ['channel.revisions'], now: NOW });
}

function reservation(changes: Partial<Reservation> = {}): Reservation {
  return {
    reservation_id: 'R1',
    status: 'new',
    revised_at: 1_000,
    content_hash: 'aa',
    guest: {
      channel_guest_id: null,
      first_name: null,
      last_name: null,
      email: null,
      phone: null,
      country: null,
    },
    room_stays: [],
    currency: 'EUR',
    total: null,
    taxes: null,
    commission: null,
    payment_kind: 'unknown',
    special_requests: null,
    redacted_payload: null,
    ...changes,
  };
}

const DELIVERY: Delivery = {
  delivery_id: 'd0000000-0000-4000-8000-000000000001',
  message_kind: 'ResNotif',
  received_at: NOW,
};

function message(
  revision: Partial<Reservation> = {},
  changes: Partial<InboundMessage> = {},
): InboundMessage {
  return {
    message_id: 'f0000000-0000-4000-8000-000000000001',
    connection_id: HARBOUR,
    tenant_id: TENANT,
    property_id: PROPERTY,
    account_id: 'acc-1' as AccountId,
    channel: 'full' as ChannelType,
    via: 'webhook',
    received_at: NOW,
    reservation: reservation(revision),
    delivery: null,
    ...changes,
  };
}

function pipe(driver: ProcessorDriver, ...messages: InboundMessage[]): void {
  for (const value of messages) driver.pipe('channel.webhooks', HARBOUR, value);
}

describe('repeats', () => {
  test('webhook and poll bring the same revision: one passes, the other is counted', () => {
    const driver = dedup();
    pipe(driver, message(), message({}, { via: 'poll', message_id: 'other' }));
    const passed = driver.read('channel.bookings');
    expect(passed).toHaveLength(1);
    expect(passed[0]).toMatchObject({
      key: HARBOUR,
      tenantId: TENANT,
      value: { redelivery: false, reservation: { reservation_id: 'R1' } },
    });
    expect(passed[0]?.value).not.toHaveProperty('via');
    expect(driver.counts.get('parity_duplicate_revisions_total')).toBe(1);
  });

  test('within one batch too', () => {
    const driver = dedup();
    driver.pipeBatch('channel.webhooks', [
      { key: HARBOUR, value: message() },
      { key: HARBOUR, value: message() },
    ]);
    expect(driver.read('channel.bookings')).toHaveLength(1);
  });

  test('a repeat that wants its acknowledgement passes as a redelivery, each time', () => {
    const driver = dedup();
    const polled = message({}, { via: 'poll', delivery: DELIVERY });
    pipe(driver, message(), polled, polled);
    expect(driver.read('channel.bookings').map(({ value }) => value.redelivery)).toEqual([
      false,
      true,
      true,
    ]);
    expect(driver.counts.get('parity_redelivered_revisions_total')).toBe(2);
    expect(driver.read('channel.revisions')).toHaveLength(1);
  });

  test('another status, time or content is another revision, an older one too', () => {
    const driver = dedup();
    pipe(
      driver,
      message({ revised_at: 2_000 }),
      message({ revised_at: 1_000 }),
      message({ revised_at: 1_000, status: 'cancelled' }),
      message({ revised_at: 1_000, status: 'cancelled', content_hash: 'bb' }),
    );
    expect(driver.read('channel.bookings')).toHaveLength(4);
  });
});

describe('crash and restart', () => {
  test('outputs are written before the table: a crash repeats one and loses none', () => {
    for (let writes = 0; writes < 4; writes++) {
      const driver = dedup();
      driver.crashAfterWrites(writes);
      driver.pipeBatch('channel.webhooks', [
        { key: HARBOUR, value: message() },
        { key: HARBOUR, value: message({ reservation_id: 'R2' }) },
      ]);
      driver.restart();
      const seen = driver.read('channel.bookings').map(({ value }) => value.reservation);
      expect(new Set(seen.map((one) => one.reservation_id))).toEqual(new Set(['R1', 'R2']));
      expect(driver.rows('channel.revisions').size).toBe(2);
    }
  });

  test('a replay of everything changes nothing', () => {
    const driver = dedup();
    pipe(driver, message(), message({ revised_at: 2_000 }), message({ reservation_id: 'R2' }));
    driver.readAll();
    driver.advance(DAY);
    driver.restart({ rewind: 3 });
    expect(driver.readAll()).toEqual([]);
  });
});

describe('bounds', () => {
  const key = revisionsKey(HARBOUR, 'R1');

  test('a reservation remembers its newest 50 revisions', () => {
    const driver = dedup();
    for (let at = 0; at < REVISIONS_MAX + 5; at++) pipe(driver, message({ revised_at: at }));
    const seen = driver.get('channel.revisions', key)?.seen ?? [];
    expect(seen).toHaveLength(REVISIONS_MAX);
    expect(seen[0]?.revised_at).toBe(5);
  });

  test('revisions end after 400 days: by touch, and whole rows by themselves', () => {
    const driver = dedup();
    pipe(driver, message(), message({ reservation_id: 'R2' }));
    driver.advance(399 * DAY);
    expect(driver.rows('channel.revisions').size).toBe(2);
    pipe(driver, message({ revised_at: 2_000 }, { received_at: driver.now }));
    driver.advance(2 * DAY);
    expect([...driver.rows('channel.revisions').keys()]).toEqual([key]);
    pipe(driver, message({ revised_at: 3_000 }, { received_at: driver.now }));
    expect(driver.get('channel.revisions', key)?.seen).toHaveLength(2);
  });
});
