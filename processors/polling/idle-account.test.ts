import { describe, expect, it } from 'vitest';
import { connectorOf } from '../../connectors/registry.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { TENANT, World } from '../../runtime/testing/toy-world.ts';
import type { AccountId, ChannelType } from '../../schemas/domain/ids.ts';
import type { Account } from '../../schemas/generated/types.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { memoryBudgets } from '../limits/testing/memory-budgets.ts';
import { pollingStage } from './stage.ts';

const ACCOUNT = `${TENANT}/booking_com/machine` as AccountId;
const CONNECTION = '5d2f4c7a-1b3e-4f6a-9c8d-2e1f0a9b8c7d';

function account(inbound: boolean, row_version: number): Account {
  const connection = {
    connection_id: CONNECTION,
    property_id: CONNECTION,
    listing: '500',
    room_id: '50001',
    inbound,
    poll_minutes: 5,
  };
  return {
    account_id: ACCOUNT,
    tenant_id: TENANT,
    channel: 'booking_com' as ChannelType,
    channel_account_id: 'machine',
    credential_id: null,
    row_version,
    connections: [connection],
  } as unknown as Account;
}

describe('an account on a credential that tenants share', () => {
  it('is not polled while none of its connections takes bookings, since that would ask for everybody’s', async () => {
    const world = await World.open({ topology: { ...TOPOLOGY, partitions: 3 } });
    const paths: string[] = [];
    const transport: ChannelTransport = {
      send: async (_channel, request) => {
        paths.push(request.path);
        return {
          kind: 'response',
          response: { status: 503, headers: {}, body: '' },
          durationMs: 1,
        };
      },
      close: async () => undefined,
    };
    const process = world.process();
    await world.append('channel.accounts', ACCOUNT, account(false, 1));
    await world.start(
      process,
      pollingStage({
        connectorOf,
        transport,
        budgets: memoryBudgets(process.environment, connectorOf),
      }),
    );
    await world.time.advance(120_000);
    expect(paths).toEqual([]);
    await world.append('channel.accounts', ACCOUNT, account(true, 2));
    await world.time.advance(60_000);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !path.includes('hotel_ids=500'))).toEqual([]);
  });
});
