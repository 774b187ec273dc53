import type { AccountId, ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import type { Account, Connection } from '../../schemas/generated/types.ts';
import type { OutboxTopic } from './outbox.ts';

/** A row of the outbox that is not published. */
export interface OutboxRow {
  readonly id: number;
  readonly tenantId: TenantId;
  readonly topic: OutboxTopic;
  readonly key: string;
  readonly placement: string;
  readonly value: object | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface RelayStore {
  /** The one relay of the database: null while another process has the lock. The epoch is raised with it. Errors: DATABASE_UNAVAILABLE. */
  tryAcquire(): Promise<RelaySession | null>;
}

/** Everything here goes over the connection that holds the lock, so nothing of it happens after the lock is lost. */
export interface RelaySession {
  readonly epoch: number;
  /** A higher epoch than `above`: the log knows of one that the database lost. */
  raiseEpoch(above: number): Promise<number>;
  /** The oldest rows neither published nor failed, in id order. */
  unpublished(limit: number): Promise<readonly OutboxRow[]>;
  markPublished(ids: readonly number[]): Promise<void>;
  /** The row can never be published as it is; the reason stays in it. */
  /** Deletes rows that were published before an instant (ms since the epoch), some at a time. */
  forget(publishedBefore: number): Promise<void>;
  markFailed(id: number, reason: string): Promise<void>;
  /** All rows that the relay's tables must show; used once, when it takes over. */
  currentRows(): Promise<{
    readonly connections: readonly Connection[];
    readonly accounts: readonly Account[];
  }>;
  currentConnection(id: ConnectionId): Promise<Connection | null>;
  currentAccount(id: AccountId): Promise<Account | null>;
  /** Calls `appended` soon after rows were committed; it may miss some. */
  onAppended(appended: () => void): Promise<void>;
  /** Aborted when the lock is lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
