import { toDecimal } from '../../schemas/domain/money.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { Change, Manifest, Plan, PlanContext } from '../contract.ts';

/** Finds what a channel can never take. Undefined: the channel may be asked. */
export type Objection = (
  change: Change,
) => { readonly code: ErrorCode; readonly advice: string } | undefined;

/** Changes that may be sent, and those that need not be tried. */
interface Screened {
  readonly sendable: readonly Change[];
  readonly refused: Plan['refused'];
}

/**
 * Parts what the channel can express from what it cannot, by the manifest: unknown field, past night, price outside its bounds,
 * rate plan that the connection does not have. Nobody sells for nothing. `object` adds the rules of one platform.
 */
export function screen(
  manifest: Manifest,
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
  object: Objection = () => undefined,
): Screened {
  const sendable: Change[] = [];
  const refused: Plan['refused'][number][] = [];
  const ratePlans = new Set<string>(connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id));
  const fields = new Set(manifest.fields);
  const bounds = manifest.priceBounds(context.currency);
  const general: Objection = ({ field, night, value, ratePlanId }) => {
    if (!fields.has(field))
      return { code: 'MAPPING_UNSUPPORTED', advice: `${manifest.channel} has no ${field}` };
    if (field !== 'availability' && (ratePlanId === null || !ratePlans.has(ratePlanId))) {
      return {
        code: 'MAPPING_UNSUPPORTED',
        advice: `the connection has no rate plan ${ratePlanId ?? ''}`,
      };
    }
    if (night < context.today)
      return { code: 'CHANNEL_VALUE_REFUSED', advice: 'the night has passed' };
    if (field === 'price' && bounds && (value < bounds.min || value > bounds.max)) {
      const { currency } = context;
      const shown = (amount: number) => toDecimal({ amount, currency });
      return {
        code: 'PRICE_OUT_OF_BOUNDS',
        advice: `${shown(value)} ${currency} is not within ${shown(bounds.min)} and ${shown(bounds.max)}`,
      };
    }
    if (field === 'price' && value <= 0)
      return { code: 'PRICE_OUT_OF_BOUNDS', advice: 'a price is more than 0' };
    return undefined;
  };
  for (const change of changes) {
    const objection = general(change) ?? object(change);
    if (objection) refused.push({ change, ...objection });
    else sendable.push(change);
  }
  return { sendable, refused };
}
