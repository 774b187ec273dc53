import type { Account, Connection } from '../../schemas/generated/types.ts';
import { type Database, type DatabaseSession, instant } from '../database.ts';
import type { OutboxRow, RelaySession, RelayStore } from '../ports/relay.ts';

/** Arbitrary, but the same for every process: who holds it is the relay of this database. */
const ADVISORY_LOCK = 7_265_448_302;

export function createPostgresRelayStore(database: Database): RelayStore {
  return {
    tryAcquire: async () => {
      const session = await database.openSession('parity_relay');
      try {
        const [lock] = await session.query<{ held: boolean }>(
          'SELECT pg_try_advisory_lock($1) AS held',
          [ADVISORY_LOCK],
        );
        const [row] =
          lock?.held === true
            ? await session.query<{ epoch: number }>(
                'UPDATE relay_epoch SET epoch = epoch + 1 RETURNING epoch',
              )
            : [];
        if (row !== undefined) return relaySession(session, row.epoch);
      } catch (error) {
        await session.close();
        throw error;
      }
      await session.close();
      return null;
    },
  };
}

function relaySession(session: DatabaseSession, epoch: number): RelaySession {
  return {
    epoch,
    lost: session.ended,
    unpublished: (limit) =>
      session.query<OutboxRow>(
        `SELECT id, tenant_id AS "tenantId", topic, key, placement, payload AS value, headers, created_at AS "createdAt"
         FROM outbox WHERE published_at IS NULL AND error IS NULL ORDER BY id LIMIT $1`,
        [limit],
      ),
    markPublished: async (ids) => {
      await session.query(
        'UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[])',
        [ids],
      );
    },
    raiseEpoch: async (above) => {
      const [row] = await session.query<{ epoch: number }>(
        'UPDATE relay_epoch SET epoch = greatest(epoch, $1) + 1 RETURNING epoch',
        [above],
      );
      if (row === undefined) throw new Error('relay_epoch has no row');
      return row.epoch;
    },
    forget: async (publishedBefore) => {
      await session.query(
        'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE published_at < $1 ORDER BY id LIMIT 5000)',
        [instant(publishedBefore)],
      );
    },
    markFailed: async (id, reason) => {
      await session.query('UPDATE outbox SET error = $2 WHERE id = $1', [
        id,
        reason.replaceAll('\0', ''),
      ]);
    },
    currentRows: async () => {
      const connections = await session.query<{ value: Connection }>(
        'SELECT parity_connection_json(connection_id) AS value FROM connection_details ORDER BY connection_id',
      );
      const accounts = await session.query<{ value: Account | null }>(
        'SELECT parity_account_json(account_id) AS value FROM channel_accounts ORDER BY account_id',
      );
      return {
        connections: connections.map(({ value }) => value),
        accounts: accounts.flatMap(({ value }) => (value === null ? [] : [value])),
      };
    },
    currentConnection: async (id) =>
      (
        await session.query<{ value: Connection | null }>(
          'SELECT parity_connection_json($1) AS value',
          [id],
        )
      )[0]?.value ?? null,
    currentAccount: async (id) =>
      (
        await session.query<{ value: Account | null }>('SELECT parity_account_json($1) AS value', [
          id,
        ])
      )[0]?.value ?? null,
    onAppended: (appended) => session.listen('parity_outbox', appended),
    release: () => session.close(),
  };
}
