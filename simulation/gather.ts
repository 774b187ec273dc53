import { addDays, fromEpochDay } from '../schemas/domain/plain-date.ts';
import type { PmsEvent } from '../schemas/generated/types.ts';
import type { Ledger } from '../simulators/ledger.ts';
import type { Crawler } from '../simulators/vrbo/crawler.ts';
import type { Delivery } from '../simulators/webhooks.ts';
import { allFacts } from './invariants/database.ts';
import type { Tally } from './tally.ts';
import { allConnections } from './world/plan.ts';
import type { World } from './world/world.ts';

const DAY_MS = 86_400_000;
const DAYS_LOOKED_AT = 60;

/** Brings the counts that others keep into the run's own. */
export async function gatherCounts(world: World): Promise<void> {
  const { tally, broker, channels, network } = world;
  for (const [name, count] of Object.entries(broker.counts))
    tally.count(`fault.log.${name}`, count);
  for (const { platform, crawler } of channels.values()) {
    if (crawler) countFetches(tally, platform.ledger, crawler);
    countRefusals(tally, platform.ledger);
    for (const [kind, count] of Object.entries(platform.faults.counts()))
      tally.count(`fault.channel.hit.${kind}`, count);
    const { deliveries } = platform.webhooks;
    const bodies = new Set(deliveries.map(({ body, scope }) => `${scope} ${body}`));
    tally.count('fault.webhook.duplicated', deliveries.length - bodies.size);
    tally.count(
      'fault.webhook.repeated',
      deliveries.filter(({ attempts }) => attempts.length > 1).length,
    );
    tally.count(
      'fault.webhook.dropped',
      deliveries.filter(({ state }) => state === 'dropped').length,
    );
    tally.count('fault.webhook.reordered', overtakings(deliveries));
    tally.count(
      'outcome.booking.of_several_rooms',
      platform.reservations().filter(({ rooms }) => rooms.length > 1).length,
    );
  }
  tally.count('fault.channel.refused_connections', network.refused);
  countOwnReopenings(world);
  countBookingFacts(world, await allFacts(world.database));
}

function countFetches(tally: Tally, ledger: Ledger, { counts }: Crawler): void {
  tally.count('outcome.document.taken', counts.taken);
  tally.count('outcome.document.unchanged', counts.unchanged);
  tally.count('fault.crawler.lost_document', counts.lost);
  const refused = ledger.exchanges().filter(({ status }) => status === 401);
  tally.count('fault.crawler.turned_away', refused.length);
}

/** Refusals that look otherwise than a 429: in the body of a success, or of a second message of a hotel. */
function countRefusals(tally: Tally, ledger: Ledger): void {
  const inBody = ledger
    .exchanges()
    .filter(({ fault, status }) => fault === 'fail' && status === 200);
  tally.count('fault.channel.limit_in_body', inBody.length);
  tally.count('fault.channel.one_at_a_time', ledger.violationCount('concurrent_update'));
}

/** Messages that left before an older one of the same listing or hotel. */
function overtakings(deliveries: readonly Delivery[]): number {
  return deliveries.filter((one) =>
    deliveries.some(
      (older) =>
        older.id < one.id &&
        older.scope === one.scope &&
        leftAt(one) < leftAt(older) &&
        Number.isFinite(leftAt(older)),
    ),
  ).length;
}

function leftAt({ attempts }: Delivery): number {
  return attempts[0]?.at ?? Number.POSITIVE_INFINITY;
}

function countOwnReopenings(world: World): void {
  const { plan, tally } = world;
  const first = fromEpochDay(Math.floor(plan.start / DAY_MS));
  const nights = Array.from({ length: DAYS_LOOKED_AT }, (_, day) => addDays(first, day));
  for (const connection of allConnections(plan)) {
    const { history } = world.channel(connection.channel).platform;
    for (const night of nights)
      tally.count(
        'fault.channel.own_reopening',
        history
          .of(connection.unit, night)
          .filter(({ cause, sellable }) => cause === 'own_reopening' && sellable).length,
      );
  }
}

/** What became of channel bookings, as the events say it. */
function countBookingFacts({ tally }: World, facts: readonly PmsEvent[]): void {
  const confirmed = new Set<string>();
  for (const { origin, event_type: type, payload } of facts) {
    if (origin === null || !type.startsWith('booking.')) continue;
    tally.count(`outcome.${type}`);
    if (!('parity.pms.BookingConfirmed' in payload)) continue;
    const { booking_id: id } = payload['parity.pms.BookingConfirmed'];
    if (confirmed.has(id)) tally.count('outcome.booking.promoted');
    confirmed.add(id);
  }
}
