import { addDays, dateIn, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import {
  impliedAt,
  isHeld,
  type SentRequest,
  wantedAvailability,
} from '../observers/request-log.ts';
import { allConnections, allProperties, type ConnectionPlan } from '../world/plan.ts';
import { LARGEST_SKEW_MS, type World } from '../world/world.ts';
import { allFacts } from './database.ts';

/** An opening of ours that was answered this shortly before a booking of the channel may have met it: then I7 allows its closing. */
const OPENING_RACE_MS = 300_000;
const DAYS_LOOKED_AT = 60;

/**
 * I2 and I10: every night that a request of ours put on sale, as the platform tells it, against what the sender knew at its
 * socket: wanted open, not held, the connection live, and by then the PMS had covered and priced it.
 */
export async function checkOpenings(world: World): Promise<void> {
  const facts = await allFacts(world.database);
  for (const connection of allConnections(world.plan)) {
    const { platform, initiallyOpen, crawler } = world.channel(connection.channel);
    const property = allProperties(world.plan).find(({ id }) => id === connection.propertyId);
    if (!property) continue;
    const own = facts.filter(({ property_id }) => property_id === connection.propertyId);
    const first = addDays(dateIn(property.timeZone, world.plan.start), -2);
    for (let day = 0; day < DAYS_LOOKED_AT; day += 1) {
      const night = addDays(first, day);
      let wasOnSale = initiallyOpen;
      let reopened = false;
      for (const change of platform.history.of(connection.unit, night)) {
        if (change.cause === 'own_reopening') reopened = true;
        else if (change.cause === 'booking' || setsUnits(change.values)) reopened = false;
        if (change.cause === 'api' && change.sellable && !wasOnSale && !reopened) {
          if (crawler) checkFacts(world, connection, night, change.at, 'a document', own);
          else checkOpening(world, connection, night, change.request, own);
        }
        wasOnSale = change.sellable;
      }
    }
  }
}

/** Names under which platforms note what was written of the units of a night. */
const UNITS = ['roomsToSell', 'closed', 'available', 'count'] as const;

/**
 * A night that the platform has put back on sale by itself is its doing, also where it had no price for it and a price of ours came: of the booking
 * that left we may not have heard yet.
 */
function setsUnits(values: Readonly<Record<string, unknown>>): boolean {
  return UNITS.some((name) => name in values);
}

function checkOpening(
  world: World,
  connection: ConnectionPlan,
  night: PlainDate,
  exchange: number | null,
  facts: readonly PmsEvent[],
): void {
  const sent =
    exchange === null ? undefined : world.requests.ofExchange(connection.channel, exchange);
  const place = `${connection.channel} ${connection.unit} ${night}`;
  if (!sent?.knowledge) {
    world.violations.add('I2', `${place} was opened by a request that nobody sent`);
    return;
  }
  const { knowledge } = sent;
  const by = `request ${sent.number} of ${sent.process} at ${Math.round(sent.at)} ms`;
  const wanted = wantedAvailability(knowledge, night);
  if (wanted === null) world.violations.add('I2', `${by} opened ${place}, which was unknown`);
  else if (wanted < 1) world.violations.add('I2', `${by} opened ${place}, which was held closed`);
  if (isHeld(knowledge, night))
    world.violations.add('I2', `${by} opened ${place}, which the channel holds`);
  const phase = knowledge.connection?.phase;
  if (phase !== 'active' && phase !== 'error')
    world.violations.add('I10', `${by} opened ${place} of a connection that is ${phase}`);
  checkFacts(world, connection, night, world.plan.start + sent.at, by, facts);
}

/** I10: the PMS had covered and priced the night by then. @param at ms since the epoch */
function checkFacts(
  world: World,
  { channel, unit }: ConnectionPlan,
  night: PlainDate,
  at: number,
  by: string,
  facts: readonly PmsEvent[],
): void {
  const place = `${channel} ${unit} ${night}`;
  const known = facts.filter(({ occurred_at }) => occurred_at <= at + LARGEST_SKEW_MS);
  if (!known.some((fact) => isCovering(fact, night)))
    world.violations.add('I10', `${by} opened ${place} before a snapshot covered it`);
  if (!known.some((fact) => isPricing(fact, night)))
    world.violations.add('I10', `${by} opened ${place} before it had a price`);
}

function isCovering({ payload }: PmsEvent, night: PlainDate): boolean {
  return (
    'parity.pms.CalendarSnapshot' in payload &&
    payload['parity.pms.CalendarSnapshot'].first_date <= night
  );
}

function isPricing({ payload }: PmsEvent, night: PlainDate): boolean {
  const spans =
    'parity.pms.CalendarSnapshot' in payload
      ? payload['parity.pms.CalendarSnapshot'].prices
      : 'parity.pms.PricingUpdated' in payload
        ? payload['parity.pms.PricingUpdated'].new_prices
        : [];
  return spans.some(({ start, end }) => start <= night && night < end);
}

/**
 * I7: a closing never goes back to the channel whose own booking closed the night, unless an opening of ours was answered
 * shortly before that booking, or after it.
 */
export function checkEchoes(world: World): void {
  const openings = new Map<string, SentRequest[]>();
  for (const sent of world.requests.sent) {
    const { target, knowledge } = sent;
    if (!target || !knowledge) continue;
    for (const change of sent.changes) {
      if (change.field !== 'availability') continue;
      const key = `${target.id} ${change.night}`;
      if (change.value > 0) openings.set(key, [...(openings.get(key) ?? []), sent]);
      else if (isEcho(world, change.night, sent, openings.get(key) ?? []))
        world.violations.add(
          'I7',
          `request ${sent.number} of ${sent.process} closed ${target.channel} ${target.unit} ${change.night}, which the channel had booked itself`,
        );
    }
  }
}

function isEcho(
  world: World,
  night: PlainDate,
  sent: SentRequest,
  openings: readonly SentRequest[],
): boolean {
  const booked = sent.knowledge && impliedAt(sent.knowledge, night);
  if (booked === null) return false;
  const until = world.plan.start + sent.at + LARGEST_SKEW_MS;
  const doubtful = world.doubtfulOpenings.of(sent.target?.id ?? '', night, until);
  if (doubtful.some((at) => at + 2 * LARGEST_SKEW_MS >= booked - OPENING_RACE_MS)) return false;
  // What nobody learned the outcome of counts as an opening of the moment in which somebody found it.
  const latest = Math.max(
    Number.NEGATIVE_INFINITY,
    ...openings.map(({ endedAt, result }) =>
      endedAt === null || result !== 'response' ? Number.POSITIVE_INFINITY : endedAt,
    ),
  );
  return world.plan.start + latest + 2 * LARGEST_SKEW_MS < booked - OPENING_RACE_MS;
}
