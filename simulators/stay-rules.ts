import type { Night } from './dates.ts';
import type { NightView } from './platform.ts';

/**
 * Why a guest cannot book this stay, or undefined.
 * @param views the nights of the stay and, last, the day of departure
 * @param held nights that the booking holds already (a change of dates): they need not be for sale
 */
export function stayRefusal(
  views: readonly NightView[],
  rate: string,
  today: Night,
  held: ReadonlySet<Night> = new Set(),
): { readonly reason: string; readonly nights: readonly Night[] } | undefined {
  const stay = views.slice(0, -1);
  const [arrival, departure] = [stay[0], views.at(-1)];
  if (!arrival || !departure) return { reason: 'no_nights', nights: [] };
  if (arrival.night < today && !held.has(arrival.night))
    return { reason: 'past', nights: [arrival.night] };
  const unsold = stay.filter(
    (view) => !held.has(view.night) && !(view.sellable && soldAt(view, rate)),
  );
  if (unsold.length > 0)
    return { reason: 'not_for_sale', nights: unsold.map(({ night }) => night) };
  const rule = arrival.rates[rate];
  if (rule?.closedToArrival) return { reason: 'closed_to_arrival', nights: [arrival.night] };
  if (departure.rates[rate]?.closedToDeparture)
    return { reason: 'closed_to_departure', nights: [departure.night] };
  const longest = Math.min(
    ...stay.map(({ rates }) => rates[rate]?.maxStay ?? Number.POSITIVE_INFINITY),
  );
  const shortest = Math.max(
    rule?.minStayArrival ?? 1,
    ...stay.map(({ rates }) => rates[rate]?.minStayThrough ?? 1),
  );
  if (stay.length < shortest) return { reason: 'min_stay', nights: [arrival.night] };
  if (stay.length > longest) return { reason: 'max_stay', nights: [arrival.night] };
  return undefined;
}

function soldAt(view: NightView, rate: string): boolean {
  const plan = view.rates[rate];
  return plan !== undefined && !plan.closed && plan.price !== null;
}
