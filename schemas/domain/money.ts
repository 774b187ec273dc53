import { ParityError } from '../errors.ts';

/** An amount in minor units (cents, yen, fils) of an ISO 4217 currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/**
 * Decimals of the currencies that have other than two: ISO 4217, list one and the funds codes (maintained by SIX). Not `Intl`: it follows CLDR, which has the
 * digits that people write (none for HUF, IDR or COP), and they change with the Node that it runs on.
 */
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...codes('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0),
  ...codes('BHD IQD JOD KWD LYD OMR TND', 3),
  ...codes('CLF UYW', 4),
]);
const USUAL_EXPONENT = 2;

function codes(list: string, exponent: number): (readonly [string, number])[] {
  return list.split(' ').map((code) => [code, exponent]);
}

/** Whether `text` has the form of an ISO 4217 code. Whether the code is given out it does not say. */
export function isCurrencyCode(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

/** Decimals of a currency by ISO 4217: JPY 0, EUR 2, KWD 3. @throws ParityError EVENT_VALUE_INVALID for no currency code. */
export function exponentOf(currency: string): number {
  if (!isCurrencyCode(currency))
    throw new ParityError('EVENT_VALUE_INVALID', `"${currency}" is not an ISO 4217 code`);
  return EXPONENTS.get(currency) ?? USUAL_EXPONENT;
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
