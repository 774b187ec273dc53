import { exponentOf } from '../../schemas/domain/money.ts';

/**
 * An amount of a platform in minor units of `currency`. Platforms write `325.50`, or `32550` beside a number of decimal places
 * (OTA `DecimalPlaces`); some write both, then the point counts. Digits beyond the currency's exponent are rounded half up.
 * Undefined for what is no amount.
 * @param decimalPlaces of a value without a point; null: it is in whole units
 */
export function parseAmount(
  text: string | undefined,
  decimalPlaces: number | null,
  currency: string,
): number | undefined {
  const match = /^(-?)(\d{1,15})(?:[.,](\d{1,6}))?$/.exec(text?.trim() ?? '');
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const shift = match[3] === undefined ? Math.max(0, decimalPlaces ?? 0) : 0;
  const places = fraction.length + shift;
  const digits = whole + fraction;
  const exponent = exponentOf(currency);
  const magnitude =
    places <= exponent
      ? Number(digits + '0'.repeat(exponent - places))
      : roundHalfUp(digits, places - exponent);
  if (!Number.isSafeInteger(magnitude)) return undefined;
  return sign === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

/** `digits` without the last `drop` ones, rounded half up. */
function roundHalfUp(digits: string, drop: number): number {
  const padded = digits.padStart(drop + 1, '0');
  const kept = Number(padded.slice(0, -drop));
  return Number(padded[padded.length - drop]) >= 5 ? kept + 1 : kept;
}
