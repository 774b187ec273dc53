import { ParityError } from '../../schemas/errors.ts';
import type { RelaySession, RelayStore } from '../ports/relay.ts';
import type { MemoryClient } from './client.ts';
import { connectionValue } from './connections.ts';
import type { MemoryTransaction } from './database.ts';

/** The twin of the advisory lock: it belongs to a session and falls free when that ends, by `release` or by `kill`. */
export interface MemoryRelayStore extends RelayStore {
  /** The process died or its connection broke: the lock is free for others, the session learns of it. */
  kill(): void;
}

export function createMemoryRelayStore(client: MemoryClient): MemoryRelayStore {
  let ending: (() => void) | undefined;
  return {
    tryAcquire: () =>
      client
        .run('relay.acquire', null, async () => {
          const { database } = client;
          if (database.relayHolder !== null) return null;
          const holder = {};
          database.relayHolder = holder;
          database.relayEpoch += 1;
          const lost = new AbortController();
          ending = () => {
            if (database.relayHolder === holder) database.relayHolder = null;
            lost.abort(
              new ParityError('DATABASE_UNAVAILABLE', 'The session of the relay has ended'),
            );
          };
          return relaySession(client, database.relayEpoch, lost.signal, ending);
        })
        .catch((error: unknown) => {
          // The connection broke before its owner knew that it had the lock: the lock went with it.
          ending?.();
          throw error;
        }),
    kill: () => ending?.(),
  };
}

function relaySession(
  client: MemoryClient,
  epoch: number,
  lost: AbortSignal,
  end: () => void,
): RelaySession {
  const query = <T>(name: string, work: (tx: MemoryTransaction) => T): Promise<T> =>
    client.run(`relay.${name}`, null, async (tx) => {
      // Like a statement on a closed connection.
      lost.throwIfAborted();
      return work(tx);
    });
  const outboxKey = (id: number) => String(id).padStart(12, '0');
  let stopListening: (() => void) | undefined;
  return {
    epoch,
    lost,
    unpublished: (limit) =>
      query('unpublished', (tx) =>
        tx
          .table('outbox')
          .values()
          .filter(({ published, error }) => !published && error === null)
          .slice(0, limit)
          .map(({ row }) => row),
      ),
    markPublished: (ids) =>
      query('mark-published', (tx) => {
        for (const id of ids) {
          const present = tx.table('outbox').get(outboxKey(id));
          if (present === undefined) continue;
          tx.table('outbox').delete(outboxKey(id));
          tx.table('published_outbox').set(outboxKey(id), { ...present, published: true });
        }
      }),
    raiseEpoch: (above) =>
      query('raise-epoch', () => {
        client.database.relayEpoch = Math.max(client.database.relayEpoch, above) + 1;
        return client.database.relayEpoch;
      }),
    forget: (publishedBefore) =>
      query('forget', (tx) => {
        for (const { row } of tx.table('published_outbox').values())
          if (row.createdAt < publishedBefore)
            tx.table('published_outbox').delete(outboxKey(row.id));
      }),
    markFailed: (id, reason) =>
      query('mark-failed', (tx) => {
        const present = tx.table('outbox').get(outboxKey(id));
        if (present !== undefined)
          tx.table('outbox').set(outboxKey(id), { ...present, error: reason });
      }),
    currentRows: () =>
      query('current', (tx) => ({
        connections: tx
          .table('channel_connections')
          .values()
          .map(({ row }) => connectionValue(row)),
        accounts: tx
          .table('channel_accounts')
          .values()
          .map(({ row }) => row),
      })),
    currentConnection: (id) =>
      query('current', (tx) => {
        const present = tx.table('channel_connections').get(id);
        return present === undefined ? null : connectionValue(present.row);
      }),
    currentAccount: (id) =>
      query('current', (tx) => tx.table('channel_accounts').get(id)?.row ?? null),
    onAppended: async (appended) => {
      stopListening = client.database.onAppended(() => {
        if (!lost.aborted) client.environment.timers.after(0, appended);
      });
    },
    release: async () => {
      stopListening?.();
      end();
    },
  };
}
