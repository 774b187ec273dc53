import type { LogBatch, LogRecord, TopicPartition } from '../../runtime/event-log.ts';
import { partitionKey } from '../../runtime/event-log.ts';
import {
  type Claim,
  claimHeaders,
  claimOf,
  EPOCH_KEY,
  EpochGuard,
  epochRecordValue,
  sameClaim,
} from '../../runtime/tables/epoch.ts';
import type { AccountId, ConnectionId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { RelaySession } from '../ports/relay.ts';
import type { RelayPorts } from './ports.ts';
import { type Publisher, RELAY_TABLES, type RelayTable } from './publisher.ts';

interface SeenRecord {
  readonly partition: number;
  /** Null: a tombstone. */
  readonly value: Uint8Array | null;
}

interface Suspect {
  readonly topic: RelayTable;
  readonly key: string;
  readonly partition: number;
}

/**
 * The relay's two tables, as owner: it claims them by epoch, brings them to what PostgreSQL has, and follows them. A record behind its
 * claim that is not its own is a former relay's; readers ignore it, and compaction may yet prefer it, so the row is written again.
 */
export class RelayTables {
  readonly #session: RelaySession;
  readonly #ports: RelayPorts;
  readonly #suspected: () => void;
  readonly #guards = new Map<string, EpochGuard>();
  readonly #suspects = new Map<string, Suspect>();
  #claim: Claim | undefined;
  #seen: ReadonlyMap<RelayTable, Map<string, SeenRecord>> | undefined;
  #tail: { close(): Promise<void> } | undefined;
  #fenced = false;

  constructor(session: RelaySession, ports: RelayPorts, suspected: () => void) {
    this.#session = session;
    this.#ports = ports;
    this.#suspected = suspected;
  }

  /** Another relay wrote a higher epoch: the lock is not ours any more, whatever the session believes. */
  get fenced(): boolean {
    return this.#fenced;
  }

  /** Reads both tables and claims them. May be repeated. */
  async takeOver(): Promise<Claim> {
    await this.close();
    this.#guards.clear();
    const seen = new Map<RelayTable, Map<string, SeenRecord>>(
      RELAY_TABLES.map((topic) => [topic, new Map()]),
    );
    const partitions = this.#partitions();
    const ends = await this.#ports.log.readToEnd(partitions, (batch) => this.#restore(batch, seen));
    const claim = await this.#newClaim();
    this.#claim = claim;
    await this.#ports.log.produce(
      partitions.map((partition) => ({
        ...partition,
        key: EPOCH_KEY,
        value: epochRecordValue(claim),
        headers: claimHeaders(claim),
      })),
    );
    this.#tail = await this.#ports.log.tail(ends, (batch) => this.#follow(batch));
    this.#seen = seen;
    return claim;
  }

  /** Writes again what a former relay overwrote. */
  async repair(publisher: Publisher): Promise<void> {
    for (const [id, suspect] of [...this.#suspects]) {
      this.#suspects.delete(id);
      try {
        await this.#rewrite(suspect, publisher);
      } catch (error) {
        this.#suspects.set(id, suspect);
        throw error;
      }
      this.#ports.environment.metrics.count('parity_zombie_records_total', {
        stage: 'relay',
        topic: suspect.topic,
      });
    }
  }

  async close(): Promise<void> {
    const tail = this.#tail;
    this.#tail = undefined;
    await tail?.close();
  }

  #partitions(): readonly TopicPartition[] {
    return RELAY_TABLES.flatMap((topic) =>
      Array.from({ length: this.#ports.partitions }, (_, partition) => ({ topic, partition })),
    );
  }

  /**
   * The lock's epoch, unless the log has seen as high a one (the database was restored, or this relay claims again), or a claim under it may still
   * land: of two equal epochs the first in the log wins.
   */
  async #newClaim(): Promise<Claim> {
    const highest = Math.max(
      0,
      ...[...this.#guards.values()].map(({ current }) => current?.epoch ?? 0),
    );
    const tried = this.#claim?.epoch ?? 0;
    const { epoch: own } = this.#session;
    const epoch =
      Math.max(highest, tried) < own
        ? own
        : await this.#session.raiseEpoch(Math.max(highest, tried));
    return { epoch, writer: this.#ports.environment.random.uuid() };
  }

  #guard(partition: TopicPartition): EpochGuard {
    const id = partitionKey(partition);
    const guard = this.#guards.get(id) ?? new EpochGuard();
    this.#guards.set(id, guard);
    return guard;
  }

  #restore(batch: LogBatch, seen: ReadonlyMap<RelayTable, Map<string, SeenRecord>>): void {
    const topic = RELAY_TABLES.find((name) => name === batch.topic);
    if (topic === undefined) return;
    for (const record of batch.records) {
      if (this.#guard(batch).judge(claimOf(record.headers)) === 'stale' || !isRow(record)) continue;
      seen.get(topic)?.set(record.key, { partition: batch.partition, value: record.value });
    }
  }

  #follow(batch: LogBatch): void {
    const topic = RELAY_TABLES.find((name) => name === batch.topic);
    const claim = this.#claim;
    if (topic === undefined || claim === undefined) return;
    for (const record of batch.records) {
      const writer = claimOf(record.headers);
      const standing = this.#guard(batch).judge(writer);
      if (sameClaim(writer, claim)) continue;
      if (standing === 'raised' && writer.epoch > claim.epoch) this.#fenced = true;
      else if (isRow(record))
        this.#suspects.set(`${topic} ${record.key}`, {
          topic,
          key: record.key,
          partition: batch.partition,
        });
    }
    if (this.#fenced || this.#suspects.size > 0) this.#suspected();
  }

  async #rewrite({ topic, key, partition }: Suspect, publisher: Publisher): Promise<void> {
    if (topic === 'channel.connections')
      await publisher.writeRow(
        topic,
        key,
        await this.#session.currentConnection(key as ConnectionId),
        partition,
      );
    else
      await publisher.writeRow(
        topic,
        key,
        await this.#session.currentAccount(key as AccountId),
        partition,
      );
  }

  /** Once the outbox is empty: writes every row that the tables do not show as PostgreSQL has it. Does nothing the second time. */
  async reconcile(publisher: Publisher): Promise<void> {
    const seen = this.#seen;
    if (seen === undefined) return;
    const { connections, accounts } = await this.#session.currentRows();
    const rows = [
      ...connections.map((row) => ['channel.connections', row.connection_id, row] as const),
      ...accounts.map((row) => ['channel.accounts', row.account_id, row] as const),
    ];
    for (const [topic, key, row] of rows) {
      const shown =
        publisher.shows(topic, key, row.row_version) ||
        (await this.#shows(topic, seen.get(topic)?.get(key), row.row_version));
      if (!shown) await publisher.writeRow(topic, key, row, 0);
    }
    const present = new Set<string>(connections.map(({ connection_id }) => connection_id));
    for (const [key, { value, partition }] of seen.get('channel.connections') ?? [])
      if (value !== null && !present.has(key))
        await publisher.writeRow('channel.connections', key, null, partition);
    this.#seen = undefined;
  }

  /** Whether the table shows the row at this version. What cannot be read does not. */
  async #shows(
    topic: RelayTable,
    record: SeenRecord | undefined,
    rowVersion: number,
  ): Promise<boolean> {
    if (record === undefined || record.value === null) return false;
    await this.#ports.serde.prepareFor([record.value]);
    try {
      return this.#ports.serde.decode(topic, record.value).row_version === rowVersion;
    } catch (error) {
      if (error instanceof ParityError) return false;
      throw error;
    }
  }
}

function isRow(record: LogRecord): record is LogRecord & { readonly key: string } {
  return record.key !== null && record.key !== EPOCH_KEY;
}
