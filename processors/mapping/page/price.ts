import { exponentOf } from '../../../schemas/domain/money.ts';
import type { PriceAdjustment } from '../../../schemas/generated/types.ts';

/** 100 % in hundredths of a percent. */
const WHOLE = 10_000n;

/**
 * The price at the channel: the price of the PMS with the rate plan's adjustment, rounded once, half up, to a multiple of `step`.
 * @param amount Minor units of `currency`, at least 0.
 * @param step Minor units, at least 1: the finest price that the channel takes.
 * @returns minor units; null when the adjustment leaves nothing of a price, which must never be shown as free of charge.
 */
export function adjustedPrice(
  amount: number,
  currency: string,
  adjustment: PriceAdjustment | null,
  step: number,
): number | null {
  const { numerator, denominator } = exactPrice(amount, currency, adjustment);
  const unit = denominator * BigInt(step);
  const rounded = Number(floorDivide(2n * numerator + unit, 2n * unit)) * step;
  return rounded > 0 || amount === 0 ? Math.max(0, rounded) : null;
}

/** The adjusted price as a fraction of minor units, so that nothing is rounded twice. */
function exactPrice(
  amount: number,
  currency: string,
  adjustment: PriceAdjustment | null,
): { numerator: bigint; denominator: bigint } {
  const base = BigInt(amount);
  if (adjustment === null) return { numerator: base, denominator: 1n };
  const hundredths = BigInt(adjustment.hundredths);
  switch (adjustment.kind) {
    case 'percentage':
      return { numerator: base * (WHOLE + hundredths), denominator: WHOLE };
    case 'fixed': {
      const minorPerUnit = 10n ** BigInt(exponentOf(currency));
      return { numerator: base * 100n + hundredths * minorPerUnit, denominator: 100n };
    }
    default:
      return adjustment.kind satisfies never;
  }
}

function floorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}
