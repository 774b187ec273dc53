import { describe, expect, it } from 'vitest';
import type { RatePlanId } from '../../schemas/domain/ids.ts';
import type { RatePlan } from '../../schemas/generated/types.ts';
import { ratePlansOf } from './capabilities.ts';

const plan = (id: string, hundredths?: number): RatePlan => ({
  rate_plan_id: id as RatePlanId,
  adjustment: hundredths === undefined ? null : { kind: 'percentage', hundredths },
});

describe('rate plans of a connection', () => {
  const of = (ratePlans: 'all' | 'first', ...rate_plans: RatePlan[]) =>
    ratePlansOf({ rate_plans }, { ratePlans });

  it('are all shown where the channel has many, the first where it has one', () => {
    expect(of('all', plan('a'), plan('b'))).toEqual([plan('a'), plan('b')]);
    expect(of('first', plan('a'), plan('b'))).toEqual([plan('a')]);
  });

  it('that have one id are one, or its prices would be sent to and fro', () => {
    expect(of('all', plan('a'), plan('a', 1_000), plan('b'))).toEqual([plan('a'), plan('b')]);
  });
});
