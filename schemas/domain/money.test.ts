import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../errors.ts';
import { exponentOf, fromDecimal, toDecimal } from './money.ts';

describe('decimals of currencies', () => {
  it.each([
    // CLDR has none for these, since people do not write them.
    ['HUF', 2],
    ['IDR', 2],
    ['COP', 2],
    ['PKR', 2],
    ['ALL', 2],
    ['MGA', 2],
    ['MRU', 2],
    ['LAK', 2],
    ['MMK', 2],
    ['IQD', 3],
    ['EUR', 2],
    ['ISK', 0],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %i by ISO 4217', (currency, digits) => {
    expect(exponentOf(currency)).toBe(digits);
  });

  it.each(['eur', '', 'EU', 'EURO', 'E R'])('"%s" is no currency', (currency) => {
    const error = (() => {
      try {
        return exponentOf(currency);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(codeOf(error)).toBe('EVENT_VALUE_INVALID');
  });

  it('an amount survives being written and read', () => {
    const currencies = fc.constantFrom('EUR', 'HUF', 'JPY', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.integer(), currencies, (amount, currency) => {
        expect(fromDecimal(toDecimal({ amount, currency }), currency).amount + 0).toBe(amount);
      }),
    );
  });
});
