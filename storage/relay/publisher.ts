import type { ProduceRecord } from '../../runtime/event-log.ts';
import { type Claim, claimHeaders, HEADERS } from '../../runtime/tables/epoch.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { TopicValues } from '../../schemas/values.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { OutboxTopic } from '../ports/outbox.ts';
import type { OutboxRow } from '../ports/relay.ts';
import type { RelayPorts } from './ports.ts';

export const RELAY_TABLES = ['channel.connections', 'channel.accounts'] as const;
export type RelayTable = (typeof RELAY_TABLES)[number];

interface PublishResult {
  readonly published: readonly number[];
  readonly failed: readonly { readonly id: number; readonly reason: string }[];
}

/** Turns rows into records and writes them. */
export class Publisher {
  readonly #ports: RelayPorts;
  readonly #claim: Claim;
  /** Highest row version written, by table key: a row of the outbox that is older than its repair stays unsaid. */
  readonly #versions = new Map<string, number>();

  constructor(ports: RelayPorts, claim: Claim) {
    this.#ports = ports;
    this.#claim = claim;
  }

  /** Writes rows in order. What cannot be encoded is left out and named. @throws ParityError LOG_UNAVAILABLE: some may have been written. */
  async publish(rows: readonly OutboxRow[]): Promise<PublishResult> {
    const records: ProduceRecord[] = [];
    const published: number[] = [];
    const failed: { id: number; reason: string }[] = [];
    const ended = new Set<string>();
    for (const row of rows) {
      if (row.value === null) ended.add(`${row.topic} ${row.key}`);
      try {
        if (!ended.has(`${row.topic} ${row.key}`) && this.#isOutrun(row)) published.push(row.id);
        else {
          records.push(this.#recordOf(row));
          published.push(row.id);
        }
      } catch (error) {
        if (!(error instanceof ParityError)) throw error;
        failed.push({ id: row.id, reason: `${error.code}: ${error.message}` });
      }
    }
    if (records.length > 0) await this.#ports.log.produce(records);
    for (const row of rows) this.#written(row.topic, row.key, row.value);
    return { published, failed };
  }

  /** Writes the present value of a table key; null: a tombstone, into the partition where the key was seen. */
  async writeRow<T extends RelayTable>(
    topic: T,
    key: string,
    value: TopicValues[T] | null,
    seenIn: number,
  ): Promise<void> {
    const placement =
      value === null ? null : 'property_id' in value ? value.property_id : value.account_id;
    await this.#ports.log.produce([
      {
        topic,
        partition: placement === null ? seenIn : partitionOf(placement, this.#ports.partitions),
        key,
        value: value === null ? null : this.#ports.serde.encode(topic, value),
        headers: {
          ...claimHeaders(this.#claim),
          [HEADERS.originTs]: String(Math.floor(this.#ports.environment.clock.now())),
          ...(value === null ? {} : { [HEADERS.tenantId]: value.tenant_id }),
        },
      },
    ]);
    this.#written(topic, key, value);
  }

  /** Whether the table shows this row version already, or a higher one. */
  shows(topic: RelayTable, key: string, rowVersion: number): boolean {
    return (this.#versions.get(`${topic} ${key}`) ?? -1) >= rowVersion;
  }

  #isOutrun({ topic, key, value }: OutboxRow): boolean {
    const version = versionOf(value);
    return version !== null && (this.#versions.get(`${topic} ${key}`) ?? -1) > version;
  }

  #written(topic: OutboxTopic, key: string, value: object | null): void {
    const version = versionOf(value);
    const id = `${topic} ${key}`;
    // What is made again under this key counts its versions anew.
    if (value === null) this.#versions.delete(id);
    if (version !== null && version > (this.#versions.get(id) ?? -1))
      this.#versions.set(id, version);
  }

  #recordOf(row: OutboxRow): ProduceRecord {
    const isTable = (RELAY_TABLES as readonly OutboxTopic[]).includes(row.topic);
    if (row.value === null && !isTable)
      throw new ParityError('EVENT_VALUE_INVALID', 'the row has no payload');
    return {
      topic: row.topic,
      partition: partitionOf(row.placement, this.#ports.partitions),
      key: row.key,
      // JSON says nothing of its type; the serde refuses what does not fit the schema.
      value:
        row.value === null
          ? null
          : this.#ports.serde.encode(row.topic, row.value as TopicValues[OutboxTopic]),
      headers: {
        [HEADERS.originTs]: String(row.createdAt),
        [HEADERS.tenantId]: row.tenantId,
        ...row.headers,
        ...(isTable ? claimHeaders(this.#claim) : {}),
      },
    };
  }
}

function versionOf(value: object | null): number | null {
  return value !== null && 'row_version' in value && typeof value.row_version === 'number'
    ? value.row_version
    : null;
}
