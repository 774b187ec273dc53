import type { Connection } from '../../schemas/generated/types.ts';
import type { Change, Plan, PlanContext, PlannedRequest } from '../contract.ts';
import { messages, planGoogle } from './plan.ts';

/**
 * The scheduled overlay: the whole calendar once more, in place of a read-back. Counts replace by nature and restrictions replace one
 * another; prices go as `Overlay`, which also takes away what we do not know of (a price of another number of guests). Should the prices
 * not fit one message they go as `Delta`: whether an overlay spares the dates that it does not name is not said publicly.
 * @param calendar every known field of every night within the horizon
 */
export function overlayGoogle(
  connection: Connection,
  calendar: readonly Change[],
  context: PlanContext,
): Plan {
  const plan = planGoogle(connection, calendar, context);
  const isRate = ({ endpoint }: PlannedRequest) => endpoint === 'hotel_rate_amount_notif';
  const [rates, ...more] = plan.requests.filter(isRate);
  if (!rates || more.length > 0) return plan;
  const overlay = messages(
    'hotel_rate_amount_notif',
    connection,
    rates.changes,
    context,
    'Overlay',
  );
  return { ...plan, requests: plan.requests.flatMap((one) => (isRate(one) ? overlay : [one])) };
}
