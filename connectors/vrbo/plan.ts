import type { Connection } from '../../schemas/generated/types.ts';
import type { Change, Manifest, Plan, PlanContext } from '../contract.ts';
import { screen } from '../planning/screening.ts';
import { UNITS_MAX } from './manifest.ts';

/** No request: what is not refused here stands in the documents. */
export function planVrbo(
  manifest: Manifest,
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
): Plan {
  const first = connection.rate_plans[0]?.rate_plan_id;
  const { refused } = screen(manifest, connection, changes, context, (change) => {
    if (change.field === 'availability')
      return change.value > UNITS_MAX
        ? { code: 'MAPPING_UNSUPPORTED', advice: `more than ${UNITS_MAX} units` }
        : undefined;
    return change.ratePlanId === first
      ? undefined
      : { code: 'MAPPING_UNSUPPORTED', advice: `a unit has one price: that of ${first}` };
  });
  return { requests: [], refused };
}
