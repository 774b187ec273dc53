import { ParityError } from '../errors.ts';

/** An amount in minor units (cents, yen, fils) of an ISO 4217 currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

const exponents = new Map<string, number>();

/** Decimals of a currency by ISO 4217: JPY 0, EUR 2, KWD 3. @throws ParityError EVENT_VALUE_INVALID for no currency code. */
export function exponentOf(currency: string): number {
  const known = exponents.get(currency);
  if (known !== undefined) return known;
  if (!/^[A-Z]{3}$/.test(currency))
    throw new ParityError('EVENT_VALUE_INVALID', `"${currency}" is not an ISO 4217 code`);
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
      .maximumFractionDigits ?? 2;
  exponents.set(currency, digits);
  return digits;
}

/** `14050` EUR → `140.50`; `14050` JPY → `14050`. */
export function toDecimal(money: Money): string {
  const digits = exponentOf(money.currency);
  const sign = money.amount < 0 ? '-' : '';
  const text = String(Math.abs(money.amount)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** `140.5` EUR → 14050 minor units. @throws ParityError EVENT_VALUE_INVALID when it is no amount or has too many decimals. */
export function fromDecimal(text: string, currency: string): Money {
  const digits = exponentOf(currency);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  const fraction = (match?.[3] ?? '').replace(/0+$/, '');
  if (!match || fraction.length > digits)
    throw new ParityError('EVENT_VALUE_INVALID', `"${text}" is not an amount in ${currency}`);
  const amount = Number(`${match[1]}${match[2]}${fraction.padEnd(digits, '0')}`);
  if (!Number.isSafeInteger(amount))
    throw new ParityError('EVENT_VALUE_INVALID', `"${text}" is too large`);
  return { amount, currency };
}
