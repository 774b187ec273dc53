import { describe, expect, it } from 'vitest';
import { connectorOf } from '../../connectors/registry.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { TENANT, World } from '../../runtime/testing/toy-world.ts';
import type { AccountId, ChannelType, ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import type { Account, InboundMessage, InboxMessage } from '../../schemas/generated/types.ts';
import { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import { simRequest } from '../../simulators/http.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { memoryBudgets } from '../limits/testing/memory-budgets.ts';
import { pollingStage } from './stage.ts';

const ACCOUNT = `${TENANT}/expedia/user` as AccountId;
const HOTELS = ['500', '501', '502'];
const connectionOf = (hotel: string) => `5d2f4c7a-1b3e-4f6a-9c8d-2e1f0a9b8${hotel}` as ConnectionId;

/** One account with a connection to each hotel, over a platform that has a hotel more. */
async function start() {
  const world = await World.open({ topology: { ...TOPOLOGY, partitions: 3 } });
  const process = world.process();
  const { clock, timers } = process.environment;
  const platform = new ExpediaPlatform(
    { clock, timers, random: () => 0.5 },
    () => Promise.resolve(200),
    { users: { user: 'password' } },
  );
  for (const id of [...HOTELS, '900'])
    platform.createHotel({ id, rooms: [{ id: `${id}1`, rates: [{ id: `${id}11` }] }] });
  const identity = '<Authentication username="user" password="password"/>';
  const transport: ChannelTransport = {
    send: async (_channel, { method, path, headers, body }) => {
      const signed = (body ?? '').replace(/RQ [^>]*>/, (root) => root + identity);
      const response = await platform.handle(simRequest(method, path, headers, signed));
      return { kind: 'response', response, durationMs: 1 };
    },
    close: async () => undefined,
  };
  const account = {
    account_id: ACCOUNT,
    tenant_id: TENANT,
    channel: 'expedia' as ChannelType,
    channel_account_id: 'user',
    credential_id: null,
    row_version: 1,
    connections: HOTELS.map((hotel) => ({
      connection_id: connectionOf(hotel),
      property_id: connectionOf(hotel),
      listing: hotel,
      room_id: `${hotel}1`,
      inbound: true,
      poll_minutes: 5,
    })),
  } as unknown as Account;
  await world.append('channel.accounts', ACCOUNT, account);
  const budgets = memoryBudgets(process.environment, connectorOf);
  await world.start(process, pollingStage({ connectorOf, transport, budgets }));
  const arrived = () =>
    world
      .dump('channel.webhooks')
      .map(({ value }) => world.serde.decode('channel.webhooks', value!) as InboundMessage);
  return { world, platform, clock, arrived };
}

function book(platform: ExpediaPlatform, hotel: string): string {
  const result = platform.book({
    rooms: [{ unit: `${hotel}1`, checkIn: '2030-01-01', checkOut: '2030-01-03' }],
    force: true,
  });
  return result.ok ? result.reservation : '';
}

function acknowledgement(message: InboundMessage, now: number): InboxMessage {
  return {
    inbox_id: message.delivery?.delivery_id ?? '',
    account_id: ACCOUNT,
    tenant_id: TENANT as TenantId,
    channel: 'expedia' as ChannelType,
    issued_at: Math.floor(now),
    message: {
      'parity.events.AcknowledgeReservation': {
        // Whoever carried it: a cancellation names no room.
        connection_id: connectionOf('500'),
        delivery_id: message.delivery?.delivery_id ?? '',
        message_kind: message.delivery?.message_kind ?? '',
        reservation_id: message.reservation.reservation_id,
        outcome: 'stored',
        booking_reference: 'PMS-1',
        received_at: message.delivery?.received_at ?? 0,
      },
    },
  };
}

describe('an account of several hotels at a platform whose answers name none', () => {
  it('asks for each hotel by name, for no other, and confirms to the hotel of the booking', async () => {
    const { world, platform, clock, arrived } = await start();
    const [first, last] = [book(platform, '500'), book(platform, '502')];
    const foreign = book(platform, '900');
    await world.time.advance(120_000);
    expect(new Set(arrived().map((one) => one.reservation.reservation_id))).toEqual(
      new Set([first, last]),
    );
    const message = arrived().find((one) => one.reservation.reservation_id === last)!;
    expect(message.connection_id).toBe(connectionOf('502'));
    await world.append('channel.inbox', ACCOUNT, acknowledgement(message, clock.now()));
    await world.time.advance(120_000);
    const told = platform.reservations().map(({ id, toldAt }) => [id, toldAt !== null]);
    expect(told).toEqual([
      [first, false],
      [last, true],
      [foreign, false],
    ]);
    expect(platform.report().violations).toEqual({});
    expect(platform.ledger.report().advice).toEqual({});
  });

  it('gets what a lost answer held', async () => {
    const { world, platform, arrived } = await start();
    await world.time.advance(120_000);
    const id = book(platform, '501');
    platform.faults.arm({ kind: 'malformed_body', on: 'poll', target: '501', times: 2 });
    await world.time.advance(180_000);
    expect(arrived().map((one) => one.reservation.reservation_id)).toContain(id);
  });
});
