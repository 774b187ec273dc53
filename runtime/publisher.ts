import type { Serde } from '../schemas/serde.ts';
import { partitionOf } from '../topology/placement.ts';
import type { Topology } from '../topology/types.ts';
import type { EventLog, ProduceRecord } from './event-log.ts';
import type { Output } from './stage.ts';
import { HEADERS } from './tables/epoch.ts';

/**
 * Writes events for parts of the process that own no partition (ingress, tools). Every output names its placement.
 * @throws ParityError LOG_UNAVAILABLE when it is not sure that all were written.
 */
export function publisher(
  log: EventLog,
  serde: Serde,
  topology: Topology,
): (outputs: readonly Output[]) => Promise<void> {
  return async (outputs) => {
    await log.produce(outputs.map((output) => toRecord(output, serde, topology.partitions)));
  };
}

function toRecord(output: Output, serde: Serde, partitions: number): ProduceRecord {
  const headers: Record<string, string> = {};
  if (output.originTs !== null && output.originTs !== undefined)
    headers[HEADERS.originTs] = String(Math.round(output.originTs));
  if (output.traceparent) headers[HEADERS.traceparent] = output.traceparent;
  if (output.tenantId) headers[HEADERS.tenantId] = output.tenantId;
  return {
    topic: output.topic,
    partition: partitionOf(output.placement ?? output.key, partitions),
    key: output.key,
    value: output.value === null ? null : encode(serde, output),
    headers,
  };
}

function encode(serde: Serde, output: Output): Uint8Array {
  if (output.value === null || output.topic === 'channel.dead-letters')
    return output.value as Uint8Array;
  return serde.encode(output.topic, output.value as never);
}
