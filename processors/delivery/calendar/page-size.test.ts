import { expect, it } from 'vitest';
import type { RatePlanId } from '../../../schemas/domain/ids.ts';
import type { PlainMonth } from '../../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage, FieldName } from '../../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../../schemas/registry/memory.ts';
import { registerSchemas } from '../../../schemas/registry/registration.ts';
import { createSerde } from '../../../schemas/serde.ts';
import { CONNECTION } from '../testing/harness.ts';
import { NEVER_SENT, refused, sent } from './field-state.ts';

const FIELDS: readonly FieldName[] = [
  'price',
  'min_stay_arrival',
  'min_stay_through',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];
/** What a batch of the producer may hold, just under the 1 MB that a broker takes by default. */
const RECORD_MAX = 900_000;

it('a month of a room with thirty rate plans, every value refused at length, fits a record of Kafka', async () => {
  const serde = createSerde(await registerSchemas(new MemoryRegistry()), { monotonic: () => 0 });
  const words = 'The rate plan is not active for this room. '.repeat(20);
  const cell = refused(sent(NEVER_SENT, 1, 0), 'CHANNEL_VALUE_REFUSED', words);
  const cells = Array.from({ length: 31 }, () => cell);
  const { connection_id, tenant_id, property_id } = CONNECTION;
  const page: AcknowledgedPage = {
    connection_id,
    tenant_id,
    property_id,
    month: '2030-01' as PlainMonth,
    incarnation: 1,
    version: 1,
    dated_at: 0,
    currency: 'EUR',
    columns: Array.from({ length: 30 }, (_, plan) =>
      FIELDS.map((field) => ({ field, rate_plan_id: `plan-${plan}` as RatePlanId, cells })),
    ).flat(),
    content: [],
  };
  expect(serde.encode('channel.acknowledged', page).byteLength).toBeLessThan(RECORD_MAX);
});
