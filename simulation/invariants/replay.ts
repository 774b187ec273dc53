import { createHash } from 'node:crypto';
import { connectorOf } from '../../connectors/registry.ts';
import { nightlyFloors } from '../../processors/property-calendar/floors.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { PropertyCalendarEntry } from '../../schemas/generated/types.ts';
import type { TableName as DatabaseTable } from '../../storage/memory/database.ts';
import type { TableName } from '../../topology/types.ts';
import { allConnections } from '../world/plan.ts';
import type { World } from '../world/world.ts';
import { rowsOf } from './database.ts';

/** Tables of the log that a replay must leave as they are. */
const LOG_TABLES: readonly TableName[] = [
  'property.calendar',
  'channel.connections',
  'channel.desired',
  'channel.documents',
  'channel.revisions',
];
const DATABASE_TABLES: readonly DatabaseTable[] = [
  'bookings',
  'booking_conflicts',
  'channel_reservations',
  'reservation_stays',
  'calendar_blocks',
  'property_counters',
];

/** Fingerprints by name of everything that counts: what the log, the database and the platforms hold. */
export async function stateOf(world: World): Promise<ReadonlyMap<string, string>> {
  const state = new Map<string, string>();
  const add = (name: string, value: unknown) => state.set(name, fingerprint(value));
  for (const topic of LOG_TABLES)
    for (const key of world.log.keys(topic))
      add(`${topic} ${key}`, meaningOf(world, topic, world.log.get(topic, key)));
  for (const key of world.log.keys('channel.acknowledged')) {
    const page = world.log.get('channel.acknowledged', key);
    const columns = (page?.columns ?? []).map(({ cells }) => cells);
    const content = (page?.content ?? []).map(({ cell }) => [cell]);
    const meaning = [...columns, ...content].map((cells) =>
      cells.map(({ state: is, value }) => [is, value]),
    );
    add(`channel.acknowledged ${key}`, meaning);
  }
  for (const table of DATABASE_TABLES) add(table, await rowsOf(world.database, table));
  for (const connection of allConnections(world.plan)) {
    const { platform } = world.channel(connection.channel);
    const start = new Date(world.plan.start).toISOString().slice(0, 10);
    const end = new Date(world.plan.start + 60 * 86_400_000).toISOString().slice(0, 10);
    add(`calendar ${connection.unit}`, platform.calendar(connection.unit, start, end));
  }
  return state;
}

/**
 * A fact of a night that is older than the newest snapshot of it is void. Whether a register still holds one depends on what was lost before the
 * snapshot was taken: a replay finds it in the log again.
 */
function meaningOf(world: World, topic: TableName, value: unknown): unknown {
  if (topic !== 'property.calendar') return value;
  const { property_id, entry } = value as PropertyCalendarEntry;
  if (!('parity.tables.MonthRegister' in entry)) return value;
  const about = world.log.get('property.calendar', `${property_id}/about`)?.entry;
  const snapshots =
    about && 'parity.tables.AboutRegister' in about
      ? about['parity.tables.AboutRegister'].snapshots
      : [];
  const month = entry['parity.tables.MonthRegister'];
  const floors = nightlyFloors(snapshots, month.month);
  const standing = (facts: readonly { readonly sequence: number }[]) =>
    facts.map((fact, day) => (fact.sequence < (floors[day] ?? 0) ? null : fact));
  return [standing(month.blocks), standing(month.prices), standing(month.restrictions)];
}

/** A poll goes on whatever is replayed. */
function isPoll(channel: ChannelType, endpoint: string): boolean {
  const inbound = connectorOf(channel)?.inbound;
  const account = { listings: ['1'], channelAccountId: '1' };
  return (
    inbound?.feeds.some((feed) => inbound.poll(feed, account, null).endpoint === endpoint) ?? false
  );
}

function fingerprint(value: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}

/** I6: nothing was sent but polls, and everything is as it was. */
export function checkReplay(
  world: World,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  sentBefore: number,
): void {
  for (const sent of world.requests.sentSince(sentBefore)) {
    const kind = sent.exchange?.kind;
    if (sent.method === 'GET' || kind === 'token' || kind === 'poll') continue;
    // One that is on its way has no exchange yet.
    if (isPoll(sent.channel as ChannelType, sent.endpoint)) continue;
    const cells = sent.changes
      .slice(0, 3)
      .map(({ night, field, value }) => `${night} ${field} ${value}`)
      .join(', ');
    world.violations.add(
      'I6',
      `the replay sent ${sent.endpoint} to ${sent.target?.unit ?? sent.channel}: ${cells}`,
    );
  }
  for (const name of new Set([...before.keys(), ...after.keys()]))
    if (before.get(name) !== after.get(name))
      world.violations.add('I6', `the replay changed ${name}`);
}
