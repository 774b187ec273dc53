import type { Serde } from '../../schemas/serde.ts';
import type { TopicValues } from '../../schemas/values.ts';
import type { TopicName } from '../../topology/types.ts';
import type { PreparedRecord } from '../bulk.ts';
import { TENANT } from './properties.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** A record as its producer would write it, with the headers that all of them carry. */
export function prepared<T extends TopicName>(
  serde: Serde,
  topic: T,
  partition: number,
  key: string,
  value: TopicValues[T],
): PreparedRecord {
  return {
    topic,
    partition,
    key,
    value: serde.encode(topic, value),
    headers: {
      traceparent: TRACEPARENT,
      'origin-ts': String(Date.now()),
      'tenant-id': TENANT,
    },
  };
}
