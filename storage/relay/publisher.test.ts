import { expect, test } from 'vitest';
import type { ProduceRecord } from '../../runtime/event-log.ts';
import type { TenantId } from '../../schemas/domain/ids.ts';
import type { OutboxRow } from '../ports/relay.ts';
import type { RelayPorts } from './ports.ts';
import { Publisher } from './publisher.ts';

function row(id: number, version: number | null): OutboxRow {
  return {
    id,
    topic: 'channel.connections',
    tenantId: 't' as TenantId,
    key: 'c',
    placement: 'p',
    value: version === null ? null : { row_version: version },
    headers: {},
    createdAt: 0,
  } as unknown as OutboxRow;
}

test.each([
  [[row(1, 5)], [row(2, null)], [row(3, 1)]],
  [[row(1, 5)], [row(2, null), row(3, 1)]],
])(
  'a connection that was deleted and made again under its id is shown, though its version begins anew',
  async (...batches) => {
    const written: ProduceRecord[] = [];
    const ports = {
      log: { produce: async (records: readonly ProduceRecord[]) => void written.push(...records) },
      serde: { encode: (_topic: string, value: object) => Buffer.from(JSON.stringify(value)) },
      partitions: 1,
    } as unknown as RelayPorts;
    const publisher = new Publisher(ports, { epoch: 1, writer: 'w' });
    for (const rows of batches) if (rows !== undefined) await publisher.publish(rows);
    const values = written.map(({ value }) => (value === null ? null : String(value)));
    expect(values).toEqual(['{"row_version":5}', null, '{"row_version":1}']);
    expect(publisher.shows('channel.connections', 'c', 1)).toBe(true);
  },
);
