import { beforeEach, describe, expect, test } from 'vitest';
import type { ChannelType, ConnectionId, PropertyId, TenantId } from '../schemas/domain/ids.ts';
import type { PlainDate } from '../schemas/domain/plain-date.ts';
import type { ChannelCommand, PmsEvent } from '../schemas/generated/types.ts';
import { factOf } from '../schemas/pms-event.ts';
import { MemoryDatabase } from '../storage/memory/database.ts';
import { createMemoryStorage, type MemoryStorage } from '../storage/memory/storage.ts';
import { instantEnvironment } from '../storage/testing/environment.ts';
import { Connections } from './connections.ts';
import { Operations } from './operations.ts';

const TENANT = '7d0a1c52-0000-4000-8000-000000000001' as TenantId;
const OTHER = '7d0a1c52-0000-4000-8000-000000000002' as TenantId;
const HOUSE = 'a0000000-0000-4000-8000-000000000001' as PropertyId;
const CHANNEL = 'northwind' as ChannelType;
const NIGHTS = { start: '2030-06-01' as PlainDate, end: '2030-06-04' as PlainDate };

let database: MemoryDatabase;
let storage: MemoryStorage;
let operations: Operations;
let connections: Connections;
let id: ConnectionId;

beforeEach(async () => {
  database = new MemoryDatabase();
  const environment = instantEnvironment();
  storage = createMemoryStorage({ database, environment });
  operations = new Operations({ ...storage, environment });
  connections = new Connections({
    store: storage.connections,
    platformFamilyOf: () => 'northwind',
    environment,
  });
  await storage.desk.registerTenant(TENANT, 'tenant');
  await storage.desk.registerProperty(TENANT, {
    id: HOUSE,
    name: 'House',
    timeZone: 'UTC',
    currency: 'EUR',
    maxGuests: 2,
  });
  const row = await connections.create(TENANT, {
    propertyId: HOUSE,
    channel: CHANNEL,
    listing: '1001',
  });
  id = row.id;
});

function published<T>(topic: string): Promise<readonly T[]> {
  return database.transaction(null, async (tx) =>
    tx
      .table('outbox')
      .values()
      .filter(({ row }) => row.topic === topic)
      .map(({ row }) => row.value as T),
  );
}

const blocksSaid = async () =>
  (await published<PmsEvent>('pms.events')).filter(
    ({ event_type: type }) => type === 'availability.updated',
  );

describe('operations', () => {
  test('are commands of the connection, by whom they were asked', async () => {
    await operations.fullSync(TENANT, id, 'ada');
    await operations.requeue(TENANT, id, 'ada');
    await operations.override(TENANT, id, 'ada', NIGHTS);
    const commands = await published<ChannelCommand>('channel.commands');
    expect(commands.map(({ command }) => command)).toEqual([
      { 'parity.events.FullSync': {} },
      { 'parity.events.Requeue': { cells: [] } },
      { 'parity.events.Override': { nights: NIGHTS, once_closed: false } },
    ]);
    expect(new Set(commands.map(({ command_id: one }) => one)).size).toBe(3);
    for (const command of commands)
      expect(command).toMatchObject({ connection_id: id, tenant_id: TENANT, issued_by: 'ada' });
  });

  test('an accepted hold is a block of the PMS: row, event and command in one transaction', async () => {
    const block = await operations.accept(TENANT, id, 'ada', NIGHTS);
    expect(await operations.accept(TENANT, id, 'ada', NIGHTS)).toBe(block);
    const events = await blocksSaid();
    expect(events.map((event) => factOf(event, HOUSE).sequence)).toEqual([2, 3]);
    expect(events[0]?.payload).toMatchObject({
      'parity.pms.AvailabilityUpdated': {
        block_id: block,
        available: false,
        date_range: NIGHTS,
        reason: 'held by northwind',
      },
    });
    expect((await published<ChannelCommand>('channel.commands'))[0]?.command).toEqual({
      'parity.events.Override': { nights: NIGHTS, once_closed: true },
    });
    const rows = await database.transaction(TENANT, async (tx) =>
      tx.table('calendar_blocks').values(),
    );
    expect(rows.map(({ row }) => row)).toMatchObject([{ blockId: block, ...NIGHTS }]);
  });

  test('a connection of another tenant is unknown, one that is disconnected takes none, and no range is refused', async () => {
    const backwards = { start: NIGHTS.end, end: NIGHTS.start };
    await expect(operations.override(TENANT, id, 'ada', backwards)).rejects.toMatchObject({
      code: 'COMMAND_INVALID',
    });
    await expect(operations.fullSync(OTHER, id, 'ada')).rejects.toMatchObject({
      code: 'CONNECTION_UNKNOWN',
    });
    await connections.disconnect(TENANT, id);
    await expect(operations.accept(TENANT, id, 'ada', NIGHTS)).rejects.toMatchObject({
      code: 'CONNECTION_STATE_INVALID',
    });
    expect(await published('channel.commands')).toEqual([]);
    expect(await blocksSaid()).toEqual([]);
  });
});
