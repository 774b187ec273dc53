import type { TableName } from '../../topology/types.ts';
import type { EventLog, TopicPartition } from '../event-log.ts';
import { partitionKey } from '../event-log.ts';
import type { Environment } from '../ports.ts';
import type { TableStore } from '../tables/table-store.ts';
import type { Condition } from './condition.ts';
import type { Lease } from './lease.ts';
import type { PartitionWriter } from './writer.ts';

/** After this long without a record, a partition that is not at its end is looked at: it may hold none, ms. */
const STALLED_MS = 5_000;

export interface RestorePorts {
  readonly partition: number;
  readonly stores: ReadonlyMap<TableName, TableStore>;
  readonly log: Pick<EventLog, 'readToEnd'>;
  readonly environment: Environment;
  readonly writer: PartitionWriter;
  readonly lease: Lease;
  /** Notified after each folded batch. */
  readonly progress: Condition;
  isOwn(topic: TableName): boolean;
  /** End offset of this partition of a table, not older than the call. */
  endOf(topic: TableName): Promise<number>;
  /** Asks the coordinator whether the partition is ours. @throws ParityError LEASE_LOST. */
  confirm(): Promise<void>;
  readonly writerId: string;
}

/** Reads all tables up to what was their end when it was called. */
export async function catchUp(ports: RestorePorts): Promise<void> {
  const { stores, progress, lease } = ports;
  const ends = new Map(
    await Promise.all(
      [...stores.keys()].map(async (topic) => [topic, await ports.endOf(topic)] as const),
    ),
  );
  const behind = () =>
    [...stores].filter(([topic, store]) => store.position < (ends.get(topic) ?? 0));
  const watch = watchForEmptyLogs(ports, behind);
  try {
    await progress.until(() => behind().length === 0, lease.lost);
  } finally {
    watch.cancel();
  }
}

/**
 * Takes the epoch of all own tables: writes epoch records and waits until they are met in the log, so that all records of
 * former owners have been folded. Of two owners that took the same number, the one behind takes the next, but only after
 * the coordinator has confirmed it.
 * @throws ParityError LEASE_LOST, LOG_UNAVAILABLE.
 */
export async function claimTables(ports: RestorePorts): Promise<void> {
  const { stores, progress, lease, writer } = ports;
  const own = [...stores].filter(([topic]) => ports.isOwn(topic));
  for (let attempt = 0; ; attempt += 1) {
    const open = own.filter(([, store]) => !store.held);
    if (open.length === 0) return;
    for (const [, store] of open) {
      store.setClaim({ epoch: store.highestEpoch + 1, writer: ports.writerId });
    }
    // The number was taken before the coordinator is asked: what a later owner writes meanwhile is not outbid.
    if (attempt > 0) await ports.confirm();
    await writer.writeEpochs(open.map(([topic]) => topic));
    await progress.until(
      () => open.every(([, store]) => store.held || store.claim === null),
      lease.lost,
    );
  }
}

/** Compaction and retention may have left a partition without any record: no batch then says that the end is reached. */
function watchForEmptyLogs(
  ports: RestorePorts,
  behind: () => [TableName, TableStore][],
): { cancel(): void } {
  const { environment, progress, partition } = ports;
  const positions = () => behind().map(([topic, store]) => `${topic}@${store.position}`);
  let before = positions().join();
  let cancelled = false;
  const look = async () => {
    const now = positions().join();
    const stalled = now === before ? behind() : [];
    before = now;
    if (stalled.length > 0) {
      await skipEmpty(ports, stalled, partition).catch((error: unknown) => {
        environment.logger.warn({ error }, 'looking for empty table partitions failed');
      });
      progress.notify();
    }
    if (!cancelled) timer = environment.timers.after(STALLED_MS, () => void look());
  };
  let timer = environment.timers.after(STALLED_MS, () => void look());
  return {
    cancel: () => {
      cancelled = true;
      timer.cancel();
    },
  };
}

async function skipEmpty(
  { log }: RestorePorts,
  stalled: readonly [TableName, TableStore][],
  partition: number,
): Promise<void> {
  const places = stalled.map(([topic]): TopicPartition => ({ topic, partition }));
  const filled = new Set<string>();
  const ends = await log.readToEnd(places, (batch) => {
    if (batch.records.length > 0) filled.add(partitionKey(batch));
  });
  for (const [topic, store] of stalled) {
    const key = partitionKey({ topic, partition });
    if (!filled.has(key)) store.advance(ends.get(key) ?? 0);
  }
}
