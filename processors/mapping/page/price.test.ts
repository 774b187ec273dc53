import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PriceAdjustment } from '../../../schemas/generated/types.ts';
import { adjustedPrice } from './price.ts';

const percentage = (hundredths: number): PriceAdjustment => ({ kind: 'percentage', hundredths });
const fixed = (hundredths: number): PriceAdjustment => ({ kind: 'fixed', hundredths });

describe('adjustedPrice', () => {
  test.each([
    ['no adjustment', 10_050, 'EUR', null, 1, 10_050],
    ['10.00 % more', 10_050, 'EUR', percentage(1_000), 1, 11_055],
    ['half a cent goes up', 10_050, 'EUR', percentage(1_005), 1, 11_060],
    ['under half a cent goes down', 10_040, 'EUR', percentage(1), 1, 10_041],
    ['15.00 % less', 9_990, 'EUR', percentage(-1_500), 1, 8_492],
    ['5.00 EUR more', 10_050, 'EUR', fixed(500), 1, 10_550],
    ['whole euros, half goes up', 10_050, 'EUR', null, 100, 10_100],
    ['whole euros, less goes down', 10_049, 'EUR', null, 100, 10_000],
    ['rounded once: 99.495 + 0.5 % is 99.99', 9_949, 'EUR', percentage(50), 100, 10_000],
    ['500 yen more', 12_000, 'JPY', fixed(50_000), 1, 12_500],
    ['1.50 dinar more', 10_000, 'KWD', fixed(150), 1, 11_500],
    ['a price of nothing stays', 0, 'EUR', null, 1, 0],
  ] as const)('%s', (_name, amount, currency, adjustment, step, expected) => {
    expect(adjustedPrice(amount, currency, adjustment, step)).toBe(expected);
  });

  test('an adjustment that leaves nothing is no price, never free of charge', () => {
    expect(adjustedPrice(8_000, 'EUR', fixed(-10_000), 1)).toBeNull();
    expect(adjustedPrice(8_000, 'EUR', percentage(-10_000), 1)).toBeNull();
    expect(adjustedPrice(40, 'EUR', null, 100)).toBeNull();
  });

  test('never negative, a multiple of the step, and within half a step of the exact price', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000_000_000 }),
        fc.integer({ min: -12_000, max: 30_000 }),
        fc.constantFrom(1, 5, 100),
        (amount, hundredths, step) => {
          const price = adjustedPrice(amount, 'EUR', percentage(hundredths), step);
          const numerator = BigInt(amount) * BigInt(10_000 + hundredths);
          const unit = 10_000n * BigInt(step);
          if (price === null) return 2n * numerator < unit && amount > 0;
          const distance = 2n * (BigInt(price) * 10_000n - numerator);
          const near = price === 0 || (distance <= unit && distance > -unit);
          return price >= 0 && price % step === 0 && near;
        },
      ),
    );
  });
});
