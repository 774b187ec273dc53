import { expect, test } from 'vitest';
import { plainDate } from '../../../schemas/domain/plain-date.ts';
import type { CellChange } from '../calendar/cell-name.ts';
import { UnknownPlans } from './unknown-plans.ts';

const DAY_MS = 86_400_000;
const CHANGE: CellChange = {
  night: plainDate('2026-12-24'),
  field: 'price',
  ratePlanId: 'weekly',
  value: 12_000,
};
const UNKNOWN = { change: CHANGE, code: 'RATE_PLAN_UNKNOWN', advice: 'no such rate plan' };
const TOO_LOW = { change: CHANGE, code: 'CHANNEL_VALUE_REFUSED', advice: 'below the minimum' };

test('the owner hears of an unknown plan once a day, and only from a refusal that is about the plan', () => {
  const plans = new UnknownPlans();
  plans.restored('weekly', UNKNOWN.code, UNKNOWN.advice);
  expect(plans.news([TOO_LOW], 0)).toEqual(new Map());
  expect(plans.news([UNKNOWN], 0)).toEqual(new Map([['weekly', UNKNOWN.advice]]));
  expect(plans.news([UNKNOWN], DAY_MS - 1)).toEqual(new Map());
  expect(plans.news([TOO_LOW, UNKNOWN, UNKNOWN], DAY_MS)).toEqual(
    new Map([['weekly', UNKNOWN.advice]]),
  );
});
