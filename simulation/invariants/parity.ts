import { exponentOf } from '../../schemas/domain/money.ts';
import {
  addDays,
  dayIndex,
  monthOf,
  nightsOf,
  type PlainDate,
} from '../../schemas/domain/plain-date.ts';
import type {
  ConnectionPhase,
  FieldAcknowledgement,
  PmsEvent,
  PriceAdjustment,
} from '../../schemas/generated/types.ts';
import {
  COMPARED_FIELDS,
  type ComparedField,
  type Difference,
  differences,
} from '../../simulators/pms/comparison.ts';
import { type PmsProperty, PmsSimulator } from '../../simulators/pms/pms.ts';
import type { ConnectionRow } from '../../storage/ports/connections.ts';
import type { ConnectionPlan, PropertyPlan } from '../world/plan.ts';
import { allProperties } from '../world/plan.ts';
import type { World } from '../world/world.ts';
import { isLateForConnection } from './bookings.ts';
import { allFacts, rowsOf } from './database.ts';
import { type NamedNights, namedNights, passedUnseen } from './unseen.ts';

/** What may leave in a phase: everything, closings alone, or nothing. */
const REACH: Readonly<Record<ConnectionPhase, 'all' | 'closings' | 'nothing'>> = {
  active: 'all',
  error: 'all',
  paused: 'closings',
  importing: 'closings',
  preview: 'closings',
  pending: 'nothing',
  expired: 'nothing',
  disconnected: 'nothing',
};

/**
 * I1: what every platform shows is what the PMS means, night by night, judged by the simulated PMS that knows nothing of the
 * pipeline but the facts.
 */
export async function checkParity(world: World): Promise<void> {
  const facts = await allFacts(world.database);
  const rows = await rowsOf(world.database, 'channel_connections');
  const excuses = { late: await nightsBeforeConnection(world), named: namedNights(facts) };
  for (const property of allProperties(world.plan)) {
    const pms = truthOf(world, property, facts);
    for (const connection of property.connections) {
      const row = rows.find((one) => one.row.id === connection.id)?.row;
      if (row) compare(world, pms, connection, row, excuses);
    }
  }
}

/** What this build cannot know of. */
interface Excuses {
  readonly late: ReadonlySet<string>;
  readonly named: NamedNights;
}

/** Nights of units that a booking holds at the platform which came before its room had a connection. */
async function nightsBeforeConnection(world: World): Promise<ReadonlySet<string>> {
  const stays = await rowsOf(world.database, 'reservation_stays');
  return new Set(
    [...world.channels.values()].flatMap((channel) =>
      stays
        .filter(({ row }) => isLateForConnection(world, channel, row))
        .flatMap(({ row }) =>
          nightsOf({ start: row.checkIn, end: row.checkOut }).map(
            (night) => `${row.roomId} ${night}`,
          ),
        ),
    ),
  );
}

/** The PMS as it understands all of its own facts. */
export function truthOf(
  { host, chance }: World,
  { id, tenantId, currency, timeZone }: PropertyPlan,
  facts: readonly PmsEvent[],
): PmsProperty {
  const pms = new PmsSimulator({
    clock: host,
    random: () => chance.random.next(),
    publish: () => undefined,
  });
  const property = pms.addProperty({ id, tenantId, currency, timeZone });
  for (const fact of facts) pms.learn(fact);
  return property;
}

function compare(
  world: World,
  pms: PmsProperty,
  connection: ConnectionPlan,
  row: ConnectionRow,
  excuses: Excuses,
): void {
  const reach = REACH[row.phase];
  const manifest = world.connectorOf(connection.channel)?.manifest;
  if (reach === 'nothing' || !manifest) return;
  const first = pms.today() as PlainDate;
  const end = addDays(
    first,
    Math.min(...manifest.fields.map((field) => manifest.horizonDays[field])),
  );
  const covered = new Map(pms.truth(first, end).map((truth) => [truth.night, truth.covered]));
  for (const plan of row.ratePlans) {
    const shownAs = connection.ratePlans.find(({ id }) => id === plan.rate_plan_id)?.shownAs ?? '';
    const found = differences(
      pms,
      world.channel(connection.channel).platform,
      {
        unit: connection.unit,
        rate: shownAs,
        priceOf: (price) => adjusted(price, plan.adjustment, pms.currency()),
        fields: fieldsOf(connection.channel),
      },
      first,
      end,
    );
    for (const difference of found) {
      if (!covered.get(difference.night)) continue;
      if (!isExcused(world, connection, plan.rate_plan_id, difference, reach, excuses))
        world.violations.add('I1', describe(connection, plan.rate_plan_id, difference));
    }
  }
}

function fieldsOf(channel: string): readonly ComparedField[] {
  return COMPARED_FIELDS[channel as keyof typeof COMPARED_FIELDS];
}

/** What waits for a person: fields that the platform refuses, nights that it holds, openings of a connection that may not open. */
function isExcused(
  world: World,
  connection: ConnectionPlan,
  ratePlanId: string,
  { night, field, pms, platform }: Difference,
  reach: 'all' | 'closings',
  excuses: Excuses,
): boolean {
  if (field === 'availability' && platform === true && pms === false)
    return passedUnseen(world, connection, night as PlainDate, excuses.named);
  if (reach === 'closings') return true;
  const cells = cellsOf(world, connection, night as PlainDate);
  const refused = cells.filter(({ cell }) => cell.state === 'rejected');
  if (field === 'availability')
    return (
      refused.length > 0 ||
      cells.some(({ cell }) => cell.state === 'held') ||
      excuses.late.has(`${connection.unit} ${night}`) ||
      passedUnseen(world, connection, night as PlainDate, excuses.named)
    );
  return refused.some((one) => one.field === field && one.ratePlanId === ratePlanId);
}

interface NamedCell {
  readonly field: string;
  readonly ratePlanId: string | null;
  readonly cell: FieldAcknowledgement;
}

function cellsOf(world: World, { id }: ConnectionPlan, night: PlainDate): readonly NamedCell[] {
  const page = world.log.get('channel.acknowledged', `${id}/${monthOf(night)}`);
  return (page?.columns ?? []).flatMap((column) => {
    const cell = column.cells[dayIndex(night)];
    return cell ? [{ field: column.field, ratePlanId: column.rate_plan_id, cell }] : [];
  });
}

/** The price at the channel, rounded half up. Minor units. */
function adjusted(price: number, adjustment: PriceAdjustment | null, currency: string): number {
  if (adjustment === null) return price;
  const { kind, hundredths } = adjustment;
  if (kind === 'percentage')
    return Math.floor((2 * price * (10_000 + hundredths) + 10_000) / 20_000);
  return Math.floor((2 * (100 * price + hundredths * 10 ** exponentOf(currency)) + 100) / 200);
}

function describe(connection: ConnectionPlan, ratePlanId: string, difference: Difference): string {
  const { night, field, pms, platform } = difference;
  return `${connection.channel} ${connection.unit} ${ratePlanId} ${night} ${field}: the PMS means ${pms}, the platform shows ${platform} (connection ${connection.id})`;
}
