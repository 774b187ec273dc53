import type { LogRecord } from '../../runtime/event-log.ts';
import { DEAD_LETTER_HEADERS } from '../../runtime/runner/dead-letter.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import { dayIndex, monthOf } from '../../schemas/domain/plain-date.ts';
import type { MonthRegister, PmsEvent } from '../../schemas/generated/types.ts';
import { reservationKey } from '../../storage/memory/bookings.ts';
import type { MemoryTransaction } from '../../storage/memory/database.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { EventTopicName } from '../../topology/types.ts';
import type { World } from '../world/world.ts';

/** What durable things look like at one moment. */
export interface Durable {
  readonly world: World;
  readonly tx: MemoryTransaction;
  /** Events that lie in the partition of their property. */
  readonly placed: ReadonlySet<string>;
}

/** Whether what follows from a record is durable. Null: the record is of a kind that this observer does not judge. */
type Effect = (record: LogRecord, durable: Durable) => boolean | null;

const intake: Effect = (record, { world, placed }) => {
  if (record.value === null) return null;
  const event = world.serde.decode('pms.events', record.value);
  const { property_id: property, sequence } = event;
  if (sequence === null) return null;
  if (partitionOf(property, world.topology.partitions) !== record.partition)
    return placed.has(event.event_id);
  const about = world.log.get('property.calendar', `${property}/about`);
  if (about && about.tenant_id !== event.tenant_id) return null;
  return newestOf(world, event) >= sequence;
};

/** The highest sequence of the register that the event is about. */
function newestOf(world: World, { property_id: property, payload }: PmsEvent): number {
  const entry = (key: string) => world.log.get('property.calendar', `${property}/${key}`)?.entry;
  if ('parity.pms.PropertyUpdated' in payload || 'parity.pms.CalendarSnapshot' in payload) {
    const about = entry('about');
    if (!about || !('parity.tables.AboutRegister' in about)) return 0;
    const { sequence, snapshots } = about['parity.tables.AboutRegister'];
    return 'parity.pms.PropertyUpdated' in payload
      ? sequence
      : Math.max(0, ...snapshots.map((floor) => floor.sequence));
  }
  if ('parity.pms.AvailabilityUpdated' in payload) {
    const { block_id: id, date_range } = payload['parity.pms.AvailabilityUpdated'];
    if (id === null) return newestOfNight(world, property, date_range, 'blocks');
    const block = entry(`block/${id}`);
    return block && 'parity.tables.BlockRegister' in block
      ? block['parity.tables.BlockRegister'].sequence
      : 0;
  }
  if ('parity.pms.PricingUpdated' in payload)
    return newestOfNight(
      world,
      property,
      payload['parity.pms.PricingUpdated'].date_range,
      'prices',
    );
  if ('parity.pms.RestrictionsUpdated' in payload)
    return newestOfNight(
      world,
      property,
      payload['parity.pms.RestrictionsUpdated'].date_range,
      'restrictions',
    );
  const [booked] = Object.values(payload) as { readonly booking_id: string }[];
  const booking = entry(`booking/${booked?.booking_id}`);
  if (!booking || !('parity.tables.BookingRegister' in booking)) return 0;
  const { pms, channel } = booking['parity.tables.BookingRegister'];
  return Math.max(pms?.sequence ?? 0, channel?.sequence ?? 0);
}

function newestOfNight(
  world: World,
  property: string,
  { start }: DateRange,
  list: 'blocks' | 'prices' | 'restrictions',
): number {
  const entry = world.log.get('property.calendar', `${property}/${monthOf(start)}`)?.entry;
  if (!entry || !('parity.tables.MonthRegister' in entry)) return 0;
  const month: MonthRegister = entry['parity.tables.MonthRegister'];
  return month[list][dayIndex(start)]?.sequence ?? 0;
}

const dedup: Effect = ({ value }, { world }) => {
  if (value === null) return null;
  const { connection_id, reservation } = world.serde.decode('channel.webhooks', value);
  const key = `${connection_id}/${reservation.reservation_id}`;
  const seen = world.log.get('channel.revisions', key)?.seen ?? [];
  return seen.some(({ content_hash }) => content_hash === reservation.content_hash);
};

const bookings: Effect = ({ value }, { world, tx }) => {
  if (value === null) return null;
  const { account_id, channel, reservation } = world.serde.decode('channel.bookings', value);
  const key = reservationKey({
    platformFamily: world.connectorOf(channel)?.manifest.platformFamily ?? '',
    accountId: account_id,
    reservationId: reservation.reservation_id,
  });
  const newest = tx.table('channel_reservations').get(key)?.row.newestAt ?? null;
  return newest !== null && newest >= reservation.revised_at;
};

const polling: Effect = ({ value }, { world }) => {
  if (value === null) return null;
  const { account_id, inbox_id } = world.serde.decode('channel.inbox', value);
  const cursor = world.log.get('channel.cursors', account_id);
  return [...(cursor?.done ?? []), ...(cursor?.pending ?? [])].some(
    (one) => one.inbox_id === inbox_id,
  );
};

const syncLog: Effect = ({ value }, { world, tx }) => {
  if (value === null) return null;
  const { id, connection_id } = world.serde.decode('channel.sync-log', value);
  if (tx.table('channel_connections').get(connection_id) === undefined) return null;
  return tx.table('channel_sync_logs').get(id) !== undefined;
};

const alerts: Effect = ({ value }, { world, tx }) => {
  if (value === null) return null;
  const { alert_id } = world.serde.decode('channel.alerts', value);
  return tx.table('alerts').get(alert_id) !== undefined;
};

const commands: Effect = ({ value, offset }, { world }) => {
  if (value === null) return null;
  const { connection_id, command_id } = world.serde.decode('channel.commands', value);
  const health = world.log.get('channel.health', connection_id);
  if (!health) return null;
  return (
    health.applied_command_offset >= offset ||
    health.pending_commands.some((pending) => pending.command_id === command_id)
  );
};

/** Who consumes what, and what must be durable before it commits. */
export const EFFECTS: readonly {
  readonly group: string;
  readonly topic: EventTopicName;
  readonly effect: Effect;
}[] = [
  { group: 'intake', topic: 'pms.events', effect: intake },
  { group: 'dedup', topic: 'channel.webhooks', effect: dedup },
  { group: 'bookings', topic: 'channel.bookings', effect: bookings },
  { group: 'polling', topic: 'channel.inbox', effect: polling },
  { group: 'journal', topic: 'channel.sync-log', effect: syncLog },
  { group: 'journal', topic: 'channel.alerts', effect: alerts },
  { group: 'delivery', topic: 'channel.commands', effect: commands },
];

/** Names the source of a dead letter: `topic[partition]@offset`. */
export function sourceOf({ headers }: Pick<LogRecord, 'headers'>): string {
  const topic = headers[DEAD_LETTER_HEADERS.sourceTopic];
  const partition = headers[DEAD_LETTER_HEADERS.sourcePartition];
  return `${topic}[${partition}]@${headers[DEAD_LETTER_HEADERS.sourceOffset]}`;
}
