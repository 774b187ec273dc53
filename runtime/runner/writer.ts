import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Serde } from '../../schemas/serde.ts';
import { isTableName, type TableName, type TopicName } from '../../topology/types.ts';
import type { EventLog, ProduceRecord } from '../event-log.ts';
import type { Random } from '../ports.ts';
import type { Output } from '../stage.ts';
import { claimHeaders, EPOCH_KEY, epochRecordValue, HEADERS } from '../tables/epoch.ts';
import type { TableSet } from '../tables/table-set.ts';
import type { PendingWrite, TableStore } from '../tables/table-store.ts';
import { newTraceparent } from '../trace.ts';
import type { Lease } from './lease.ts';
import type { StagePlacement } from './placement.ts';

export interface WriterPorts {
  readonly log: Pick<EventLog, 'produce'>;
  readonly serde: Pick<Serde, 'encode'>;
  readonly placement: StagePlacement;
  readonly random: Random;
}

interface Prepared {
  readonly record: ProduceRecord;
  /** Own tables alone: what became visible at once. */
  readonly pending?: { readonly store: TableStore; readonly write: PendingWrite };
}

/**
 * All that one life of a worker writes. The lease is asked right before the records leave and again when they are
 * durable; between the first and the produce call nothing is awaited, so calls keep their order.
 */
export class PartitionWriter {
  readonly #ports: WriterPorts;
  readonly #partition: number;
  readonly #tables: TableSet;
  readonly #lease: Lease;
  readonly #underWay = new Set<Promise<unknown>>();
  #failed = false;

  constructor(ports: WriterPorts, partition: number, tables: TableSet, lease: Lease) {
    this.#ports = ports;
    this.#partition = partition;
    this.#tables = tables;
    this.#lease = lease;
  }

  /**
   * See `PartitionContext.write`.
   * @throws ParityError LEASE_LOST, LOG_UNAVAILABLE (ends the lease: the tables may show what is not in the log),
   * EVENT_VALUE_INVALID or EVENT_TOO_LARGE for a value that cannot be written, TOPOLOGY_INVALID for an undeclared one.
   */
  async write(outputs: readonly Output[]): Promise<void> {
    if (outputs.length === 0) return;
    this.#lease.assert();
    // Encoded before anything becomes visible: a value that does not fit leaves no trace.
    const encoded = outputs.map((output) => this.#encode(output));
    await this.#produce(encoded.map((item) => this.#show(item)));
    this.#lease.assert();
  }

  /** See `PartitionContext.writeAfterLease`. @throws ParityError LOG_UNAVAILABLE, TOPOLOGY_INVALID for a table. */
  async writeAfterLease(outputs: readonly Output[]): Promise<void> {
    const table = outputs.find(({ topic }) => isTableName(topic));
    if (table !== undefined) {
      throw new ParityError('TOPOLOGY_INVALID', `${table.topic} cannot be written after the lease`);
    }
    await this.#track(
      this.#ports.log.produce(outputs.map((output) => this.#encode(output).record)),
    );
  }

  /** Records that are bytes already (dead letters), under the same rules as `write`. */
  async writeRaw(records: readonly ProduceRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#lease.assert();
    await this.#produce(records.map((record) => ({ record })));
    this.#lease.assert();
  }

  /** Writes the present value of keys of an own table again, since a zombie's record lies over them. */
  async rewrite(topic: TableName, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    this.#lease.assert();
    const store = this.#tables.store(topic);
    await this.#produce(keys.map((key) => this.#again(topic, store, key)));
    this.#lease.assert();
  }

  /** Writes the epoch records of own tables. */
  async writeEpochs(topics: readonly TableName[]): Promise<void> {
    this.#lease.assert();
    const records = topics.map((topic) => this.#epochRecord(topic, this.#tables.store(topic)));
    await this.#track(this.#ports.log.produce(records));
  }

  /** Nothing is under way, and all that was written is known to be in the log. */
  get isClean(): boolean {
    return this.#underWay.size === 0 && !this.#failed;
  }

  /** Resolves when nothing is under way: true when all that was written is known to be in the log. */
  async settled(): Promise<boolean> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
    return !this.#failed;
  }

  async #produce(prepared: readonly Prepared[]): Promise<void> {
    try {
      const offsets = await this.#track(
        this.#ports.log.produce(prepared.map(({ record }) => record)),
      );
      prepared.forEach(({ pending }, index) => {
        pending?.store.settle(pending.write, offsets[index] ?? 0);
      });
    } catch (cause) {
      this.#failed = true;
      if (codeOf(cause) === 'LOG_UNAVAILABLE') this.#lease.end(cause as ParityError);
      throw cause;
    }
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise);
    const done = () => this.#underWay.delete(promise);
    promise.then(done, done);
    return promise;
  }

  #encode(output: Output): { output: Output; record: ProduceRecord } {
    const { topic, key, value } = output;
    const partition = this.#ports.placement.partitionFor(output, this.#partition);
    const bytes = value === null ? null : this.#ports.serde.encode(topic, value);
    const headers = this.#headers(output);
    return { output, record: { topic, partition, key, value: bytes, headers } };
  }

  /** Makes a record of an own table visible. */
  #show({ output, record }: { output: Output; record: ProduceRecord }): Prepared {
    const { topic } = output;
    if (!isTableName(topic) || !this.#ports.placement.isOwn(topic)) return { record };
    const store = this.#tables.store(topic);
    const tenantId = record.headers?.[HEADERS.tenantId] ?? null;
    const write = store.put(output.key, record.value, tenantId);
    return { record, pending: { store, write } };
  }

  #headers(output: Output): Record<string, string> {
    const { topic, key, originTs, traceparent } = output;
    const headers: Record<string, string> = {
      [HEADERS.traceparent]: traceparent ?? newTraceparent(this.#ports.random),
    };
    const tenantId = output.tenantId ?? tenantOf(output.value) ?? this.#formerTenant(topic, key);
    if (tenantId !== undefined && tenantId !== null) headers[HEADERS.tenantId] = tenantId;
    if (originTs !== undefined && originTs !== null) headers[HEADERS.originTs] = String(originTs);
    return { ...headers, ...this.#claimOf(topic) };
  }

  #formerTenant(topic: TopicName, key: string): string | null {
    if (!isTableName(topic) || !this.#ports.placement.isOwn(topic)) return null;
    return this.#tables.store(topic).entry(key)?.tenantId ?? null;
  }

  #claimOf(topic: TopicName): Record<string, string> {
    if (!isTableName(topic) || !this.#ports.placement.isOwn(topic)) return {};
    const { claim } = this.#tables.store(topic);
    if (claim === null) throw new ParityError('LEASE_LOST', `no epoch of ${topic} is ours yet`);
    return claimHeaders(claim);
  }

  #again(topic: TableName, store: TableStore, key: string): Prepared {
    if (key === EPOCH_KEY) return { record: this.#epochRecord(topic, store) };
    const entry = store.entry(key);
    const headers: Record<string, string> = {
      [HEADERS.traceparent]: newTraceparent(this.#ports.random),
      ...this.#claimOf(topic),
    };
    const tenantId = entry?.tenantId ?? null;
    if (tenantId !== null) headers[HEADERS.tenantId] = tenantId;
    const value = entry?.value ?? null;
    const write = store.put(key, value, tenantId);
    const record = { topic, partition: this.#partition, key, value, headers };
    return { record, pending: { store, write } };
  }

  #epochRecord(topic: TableName, store: TableStore): ProduceRecord {
    const { claim } = store;
    if (claim === null) throw new ParityError('LEASE_LOST', `no epoch of ${topic} is ours yet`);
    const headers = claimHeaders(claim);
    const value = epochRecordValue(claim);
    return { topic, partition: this.#partition, key: EPOCH_KEY, value, headers };
  }
}

/** Every value names its tenant; unions of payloads aside, on its top level. */
function tenantOf(value: object | null): string | null {
  if (value === null || !('tenant_id' in value)) return null;
  return typeof value.tenant_id === 'string' ? value.tenant_id : null;
}
