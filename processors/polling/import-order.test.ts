import { expect, it } from 'vitest';
import { connectorOf } from '../../connectors/registry.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { TENANT, World } from '../../runtime/testing/toy-world.ts';
import type { AccountId, ChannelType, ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import type { Account, InboundMessage, InboxMessage } from '../../schemas/generated/types.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { memoryBudgets } from '../limits/testing/memory-budgets.ts';
import { pollingStage } from './stage.ts';

const ACCOUNT = `${TENANT}/airbnb/7001` as AccountId;
const CONNECTION = '5d2f4c7a-1b3e-4f6a-9c8d-2e1f0a9b8c7d' as ConnectionId;

function account(phase: 'pending' | 'importing', row_version: number): Account {
  return {
    account_id: ACCOUNT,
    tenant_id: TENANT,
    channel: 'airbnb' as ChannelType,
    channel_account_id: '7001',
    credential_id: null,
    row_version,
    connections: [
      {
        connection_id: CONNECTION,
        property_id: CONNECTION,
        listing: '1001',
        room_id: null,
        inbound: phase !== 'pending',
        poll_minutes: 1_440,
      },
    ],
  } as unknown as Account;
}

const RESERVATION = {
  confirmation_code: 'HMABCDEFGH',
  status: 'accepted',
  listing_id: 1001,
  listing_id_str: '1001',
  start_date: '2027-03-01',
  end_date: '2027-03-04',
  number_of_guests: 2,
  guest_details: { number_of_adults: 2, number_of_children: 0, number_of_infants: 0 },
  guest_id: 1,
  guest_first_name: 'Ada',
  guest_last_name: 'L',
  host_currency: 'EUR',
  expected_payout_amount: '300.00',
  booked_at: '2026-11-01T09:30:00Z',
  created_at: '2026-11-01T09:30:00Z',
  updated_at: '2026-11-01T09:30:00Z',
};

it('imports the reservations of a connection also when the request overtakes the row that lets them in', async () => {
  const world = await World.open({ topology: { ...TOPOLOGY, partitions: 3 } });
  const transport: ChannelTransport = {
    send: async () => ({
      kind: 'response',
      response: {
        status: 200,
        headers: {},
        body: JSON.stringify({ reservations: [RESERVATION], paging: {} }),
      },
      durationMs: 1,
    }),
    close: async () => undefined,
  };
  await world.append('channel.accounts', ACCOUNT, account('pending', 1));
  const process = world.process();
  const budgets = memoryBudgets(process.environment, connectorOf);
  await world.start(process, pollingStage({ connectorOf, transport, budgets }));
  // The stage is up and knows the account before anything is asked of it.
  await world.time.advance(10_000);
  const outside = world.process();
  const request: InboxMessage = {
    inbox_id: '0b6a0e5e-5c58-4d3b-9d1c-0a6a2f1f7d11',
    account_id: ACCOUNT,
    tenant_id: TENANT as TenantId,
    channel: 'airbnb' as ChannelType,
    issued_at: Math.floor(outside.environment.clock.now()),
    message: { 'parity.events.ImportReservations': { connection_id: CONNECTION } },
  };
  await world.append('channel.inbox', ACCOUNT, request);
  await world.time.advance(1_000);
  await world.append('channel.accounts', ACCOUNT, account('importing', 2));
  await world.time.advance(10_000);
  const messages = world
    .dump('channel.webhooks')
    .map(({ value }) => world.serde.decode('channel.webhooks', value!) as InboundMessage);
  const imported = messages.filter(({ via }) => via === 'import');
  expect(imported.map(({ reservation }) => reservation.room_stays[0]?.connection_id)).toEqual([
    CONNECTION,
  ]);
});
