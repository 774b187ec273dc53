import { nightsOf, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import type { ConnectionPlan } from '../world/plan.ts';
import type { World } from '../world/world.ts';

/** Nights that each reservation of a channel was ever said to hold, by id of connection and reservation. */
export type NamedNights = ReadonlyMap<string, ReadonlySet<PlainDate>>;

/** What the events with an origin name, over all revisions that reached the PMS. */
export function namedNights(facts: readonly PmsEvent[]): NamedNights {
  const named = new Map<string, Set<PlainDate>>();
  for (const { origin, payload } of facts) {
    if (origin === null) continue;
    const key = `${origin.connection_id} ${origin.reservation_id}`;
    const nights = named.get(key) ?? new Set<PlainDate>();
    named.set(key, nights);
    const ranges =
      'parity.pms.BookingUpdated' in payload
        ? [
            payload['parity.pms.BookingUpdated'].old_dates,
            payload['parity.pms.BookingUpdated'].new_dates,
          ]
        : Object.values(payload).flatMap((value) =>
            'check_in' in value ? [{ start: value.check_in, end: value.check_out }] : [],
          );
    for (const range of ranges) for (const night of nightsOf(range)) nights.add(night);
  }
  return named;
}

/**
 * Whether a guest came onto the night and left it again between two revisions that we were given: the platform may have closed
 * or opened it meanwhile, and only a read-back can tell (reconciliation, which this build does not have).
 */
export function passedUnseen(
  world: World,
  { id, channel, unit }: ConnectionPlan,
  night: PlainDate,
  named: NamedNights,
): boolean {
  const unseen = world
    .channel(channel)
    .platform.history.of(unit, night)
    .some(({ values: { left } }) => left !== undefined && !named.get(`${id} ${left}`)?.has(night));
  if (unseen) world.tally.count('outcome.night_passed_unseen');
  return unseen;
}
