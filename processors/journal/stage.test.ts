import { expect, test } from 'vitest';
import { Connections } from '../../accounts/connections.ts';
import { World } from '../../runtime/testing/toy-world.ts';
import type { ConnectionId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { SyncLogEntry } from '../../schemas/generated/types.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { CHANNEL, HOUSE, look, OTHER_TENANT, seed, TENANT } from '../bookings/testing/world.ts';
import { journalStage } from './stage.ts';

const GONE = 'c0000000-0000-4000-8000-000000000009' as ConnectionId;

/** Younger than what the journal deletes. */
const STARTED_AT = Date.parse('2100-01-01T00:00:00Z');

function entry(
  number: number,
  connection: ConnectionId,
  status: SyncLogEntry['status'],
): SyncLogEntry {
  return {
    id: `50000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    connection_id: connection,
    tenant_id: TENANT,
    sync_type: 'price_export',
    direction: 'outbound',
    status,
    records_processed: 1,
    records_created: 0,
    records_updated: 0,
    records_failed: 0,
    records_skipped: 0,
    error_message: null,
    error_details: null,
    request_data: null,
    response_data: null,
    started_at: STARTED_AT + number,
    completed_at: STARTED_AT + number,
    duration_ms: 0,
    trace_id: null,
    connection_status: null,
  };
}

test('the journal keeps each entry and alert once, through an absence of PostgreSQL and a kill after the commit', async () => {
  const world = await World.open({ topology: { ...TOPOLOGY, partitions: 3 } });
  const database = new MemoryDatabase();
  await seed(database);
  await seed(database, OTHER_TENANT, []);
  const dying = world.process();
  const setup = createMemoryStorage({ database, environment: world.process().environment });
  const connections = new Connections({
    store: setup.connections,
    platformFamilyOf: () => 'northwind',
    environment: dying.environment,
  });
  let id: ConnectionId | undefined;
  connections.create(TENANT, { propertyId: HOUSE, channel: CHANNEL, listing: '1' }).then((row) => {
    id = row.id;
  });
  await world.time.until(() => id !== undefined);
  const connection = id as unknown as ConnectionId;

  let calls = 0;
  const first = createMemoryStorage({
    database,
    environment: dying.environment,
    fault: (point) => {
      calls += 1;
      if (calls === 1) throw new ParityError('DATABASE_UNAVAILABLE', 'away');
      if (point !== 'after') return;
      dying.kill();
      return new Promise<void>(() => undefined);
    },
  });
  await world.start(dying, journalStage({ journal: first.journal }));
  await world.append('channel.sync-log', connection, entry(1, connection, 'failure'));
  await world.append('channel.sync-log', connection, entry(2, connection, 'failure'));
  await world.append('channel.sync-log', connection, entry(3, GONE, 'failure'));
  await world.append('channel.alerts', connection, {
    alert_id: GONE,
    connection_id: connection,
    property_id: HOUSE,
    tenant_id: TENANT,
    code: 'BOOKING_CONFLICT',
    severity: 'critical',
    message: 'm',
    context: '{}',
    raised_at: 1,
  });
  await world.time.advance(5_000);
  const successor = world.process();
  await world.start(
    successor,
    journalStage({
      journal: createMemoryStorage({ database, environment: successor.environment }).journal,
    }),
  );
  await world.time.advance(120_000);
  const rows = await look(database, (tx) => ({
    logs: tx.table('channel_sync_logs').values().length,
    alerts: tx.table('alerts').values().length,
    errors: tx.table('channel_connections').get(connection)?.row.errorCount,
  }));
  expect(rows).toEqual({ logs: 2, alerts: 1, errors: 2 });
});
