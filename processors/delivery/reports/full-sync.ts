import type { Output, PartitionContext } from '../../../runtime/stage.ts';
import type {
  Connection,
  ConnectionPhase,
  FullSyncProgress,
  SyncStatus,
} from '../../../schemas/generated/types.ts';
import { syncLogOutput, syncLogRow } from '../../sync-log-row.ts';

/** Why everything goes again. */
export type FullSyncReason = 'going_live' | 'reactivated' | 'new_incarnation' | 'asked';

/** What is left to do of a connection, in values (one field of one night). */
export interface Remaining {
  /** To be sent, or out. */
  readonly left: number;
  /** The channel refuses them. */
  readonly refused: number;
}

/** Rows of a full sync under way are written so often: at each of so many parts of it. */
const PARTS = 10;

/** The latest full sync of a connection, and what people are to be told of it. */
export class FullSyncs {
  readonly #ports: Pick<PartitionContext, 'random' | 'clock'>;
  #latest: FullSyncProgress | null = null;
  #rows: Output[] = [];

  constructor(ports: Pick<PartitionContext, 'random' | 'clock'>) {
    this.#ports = ports;
  }

  /** As it is to be recorded; null: there was none. */
  get latest(): FullSyncProgress | null {
    return this.#latest;
  }

  get hasRows(): boolean {
    return this.#rows.length > 0;
  }

  /** Rows to be written with the record of the connection's health. */
  takeRows(): readonly Output[] {
    return this.#rows.splice(0);
  }

  restore(latest: FullSyncProgress | null): void {
    this.#latest = latest;
  }

  /** From here on its progress is kept. One that has nothing to do is none. */
  begin(connection: Connection, reason: FullSyncReason, remaining: Remaining): void {
    if (remaining.left === 0) return;
    const now = this.#ports.clock.now();
    const before = this.#latest;
    if (before && before.finished_at === null)
      this.#rows.push(fullSyncRow(connection, before, now, true));
    this.#latest = begunFullSync(this.#ports.random.uuid(), reason, remaining, now);
    this.#rows.push(fullSyncRow(connection, this.#latest, now));
  }

  /** While the connection is paused its openings wait for people: that is no end. */
  look(connection: Connection, remaining: Remaining): void {
    const before = this.#latest;
    if (before === null || before.finished_at !== null || !isLive(connection.phase)) return;
    const now = this.#ports.clock.now();
    const after = lookedAt(before, remaining, now);
    if (!isWorthTelling(before, after)) return;
    this.#latest = after;
    this.#rows.push(fullSyncRow(connection, after, now));
  }
}

/** @param id of its row in `channel_sync_logs` @param now ms, wall clock */
function begunFullSync(
  id: string,
  reason: FullSyncReason,
  { left }: Remaining,
  now: number,
): FullSyncProgress {
  return {
    sync_id: id,
    reason,
    begun_at: Math.round(now),
    finished_at: null,
    total: left,
    done: 0,
    refused: 0,
  };
}

/** How far it is. Live changes go first and count as well: with them the total grows, and a value that changes again is to be done again. */
function lookedAt(
  sync: FullSyncProgress,
  { left, refused }: Remaining,
  now: number,
): FullSyncProgress {
  if (sync.finished_at !== null) return sync;
  const total = Math.max(sync.total, left + refused);
  return {
    ...sync,
    total,
    refused,
    done: total - left - refused,
    finished_at: left === 0 ? Math.round(now) : null,
  };
}

/** Whether people should see the difference: the end, and each tenth. */
function isWorthTelling(before: FullSyncProgress, after: FullSyncProgress): boolean {
  if (before.finished_at !== after.finished_at) return true;
  const part = ({ done, total }: FullSyncProgress) =>
    Math.floor((done / Math.max(1, total)) * PARTS);
  return part(before) !== part(after) || before.refused !== after.refused;
}

/** @param isCutShort another one has begun before it was finished */
function fullSyncRow(
  connection: Connection,
  sync: FullSyncProgress,
  now: number,
  isCutShort = false,
): Output {
  const { begun_at, total, done, refused, reason } = sync;
  const row = syncLogRow({
    id: sync.sync_id,
    connection,
    type: 'full_sync',
    direction: 'outbound',
    status: statusOf(sync, isCutShort),
    processed: total,
    updated: done,
    failed: refused,
    skipped: isCutShort ? Math.max(0, total - done - refused) : 0,
    request: { reason },
    startedAt: begun_at,
    endedAt: isCutShort ? now : sync.finished_at,
  });
  return syncLogOutput(row);
}

function statusOf({ finished_at, refused }: FullSyncProgress, isCutShort: boolean): SyncStatus {
  if (isCutShort) return 'skipped';
  if (finished_at === null) return 'started';
  return refused === 0 ? 'success' : 'partial_success';
}

/** Openings may leave. */
function isLive(phase: string): boolean {
  return phase === 'active' || phase === 'error';
}

/**
 * Why everything is to be sent after a change of the connection, if it is. What a connection that goes live has sent before (closings) is known and
 * was sent moments ago; one that is re-activated may have been away for weeks.
 */
export function fullSyncReason(
  before: { readonly phase: string | null; readonly incarnation: number },
  { phase, incarnation }: Connection,
): FullSyncReason | null {
  if (!isLive(phase)) return null;
  if (incarnation > before.incarnation) return 'new_incarnation';
  if (before.phase === null || isLive(before.phase)) return null;
  return NOT_YET_LIVE.has(before.phase) ? 'going_live' : 'reactivated';
}

const NOT_YET_LIVE: ReadonlySet<string> = new Set<ConnectionPhase>([
  'pending',
  'importing',
  'preview',
]);
