import { expect, it } from 'vitest';
import type { ConnectionId, TenantId } from '../schemas/domain/ids.ts';
import { type Exchange, syncLogOutput, syncLogRow } from './sync-log-row.ts';

const POLL: Exchange = {
  id: '10000000-0000-4000-8000-000000000001',
  connection: {
    connection_id: '20000000-0000-4000-8000-000000000001' as ConnectionId,
    tenant_id: '30000000-0000-4000-8000-000000000001' as TenantId,
  },
  type: 'booking_import',
  direction: 'inbound',
  status: 'success',
  processed: 3,
  startedAt: 1_000.4,
  endedAt: 1_002.5,
};

it('is written with whatever was not said left empty', () => {
  expect(syncLogRow(POLL)).toEqual({
    id: POLL.id,
    ...POLL.connection,
    sync_type: 'booking_import',
    direction: 'inbound',
    status: 'success',
    records_processed: 3,
    records_created: 0,
    records_updated: 0,
    records_failed: 0,
    records_skipped: 0,
    error_message: null,
    error_details: null,
    request_data: null,
    response_data: null,
    started_at: 1_000,
    completed_at: 1_003,
    duration_ms: 2,
    trace_id: null,
    connection_status: null,
  });
});

it.each([
  ['is not over', null, { completed_at: null, duration_ms: null }],
  ['ended before it began, by a clock set back', 400, { completed_at: 400, duration_ms: 0 }],
  ['took longer than the column holds', 4e9, { completed_at: 4e9, duration_ms: 2_147_483_647 }],
])('has a duration that fits when the exchange %s', (_, endedAt, expected) => {
  expect(syncLogRow({ ...POLL, endedAt })).toMatchObject(expected);
});

it('keeps what was said as JSON, the error up to 2,000 characters, and the id of the trace', () => {
  const said = { error: 'x'.repeat(3_000), details: [{ a: 1 }], request: { b: 2 }, response: {} };
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  expect(syncLogRow({ ...POLL, ...said, traceparent })).toMatchObject({
    error_message: 'x'.repeat(2_000),
    error_details: '[{"a":1}]',
    request_data: '{"b":2}',
    response_data: '{}',
    trace_id: 'a'.repeat(32),
  });
});

it('travels under its connection', () => {
  const row = syncLogRow(POLL);
  expect(syncLogOutput(row, { placement: 'home' })).toEqual({
    topic: 'channel.sync-log',
    key: row.connection_id,
    tenantId: row.tenant_id,
    value: row,
    placement: 'home',
  });
});
