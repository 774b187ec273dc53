import { beforeEach, expect, test } from 'vitest';
import type { AccountId } from '../../schemas/domain/ids.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage, type MemoryStorage } from '../../storage/memory/storage.ts';
import { instantEnvironment } from '../../storage/testing/environment.ts';
import { applyRevision } from './apply-revision.ts';
import {
  HOUSE,
  IDENTITY,
  look,
  type RevisionSketch,
  revision,
  seed,
  TENANT,
} from './testing/world.ts';

let database: MemoryDatabase;
let storage: MemoryStorage;
const environment = instantEnvironment();
beforeEach(async () => {
  database = new MemoryDatabase();
  storage = createMemoryStorage({ database, environment });
  await seed(database);
});
function apply(sketch: RevisionSketch, account: string) {
  environment.pass(1_000);
  return storage.bookings.transact(TENANT, (tx) =>
    applyRevision(
      tx,
      { ...revision(sketch), account_id: `${TENANT}/northwind/${account}` as AccountId },
      { channel: IDENTITY, now: environment.clock.now(), uuid: () => environment.random.uuid() },
    ),
  );
}
const stays = [{ room: '1', property: HOUSE, start: '2030-06-01', end: '2030-06-03' }];

test('I3: a reservation whose connection moves to another account (channel_account_id set) stays one booking', async () => {
  await apply({ id: 'R', status: 'new', at: 1, stays }, '-');
  // The host's id is filled in: polling of the new account reads the same reservation again.
  await apply({ id: 'R', status: 'new', at: 1, stays }, 'host');
  await apply({ id: 'R', status: 'cancelled', at: 2, stays }, 'host');
  const rows = await look(database, (tx) => [
    tx
      .table('bookings')
      .values()
      .map(({ row }) => `${row.channelBookingId} ${row.status}`),
    tx
      .table('booking_conflicts')
      .values()
      .map(({ row }) => row.booking.channelBookingId),
  ]);
  expect(rows).toEqual([['R cancelled'], []]);
});
