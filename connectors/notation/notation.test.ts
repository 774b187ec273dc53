import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toDecimal } from '../../schemas/domain/money.ts';
import { retryAfterMs } from '../answers/http-outcome.ts';
import { parseAmount } from './amounts.ts';
import { parseInstant } from './instants.ts';
import { parseJson, parseJsonObject } from './json.ts';

describe('parseAmount', () => {
  it.each([
    ['32550', 2, 'EUR', 32_550],
    ['325.50', 2, 'EUR', 32_550],
    ['325.5', null, 'EUR', 32_550],
    ['325,50', null, 'EUR', 32_550],
    ['140', null, 'EUR', 14_000],
    ['140', 0, 'EUR', 14_000],
    ['14000', 0, 'JPY', 14_000],
    ['1400000', 2, 'JPY', 14_000],
    ['12.345', 2, 'KWD', 12_345],
    ['12345', 3, 'KWD', 12_345],
    ['1.005', null, 'EUR', 101],
    ['0.004', null, 'EUR', 0],
    ['5', 4, 'EUR', 0],
    ['-12.30', null, 'EUR', -1_230],
  ])('%s with %s places in %s is %i', (text, places, currency, minor) => {
    expect(parseAmount(text, places, currency)).toBe(minor);
  });

  it.each([undefined, '', 'abc', '1.2.3', '1e3', '∞', '9'.repeat(30)])(
    '%s is no amount',
    (text) => {
      expect(parseAmount(text, 2, 'EUR')).toBeUndefined();
    },
  );

  it('reads what we write, in both notations', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e12 }),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (amount, currency) => {
          const places = { EUR: 2, JPY: 0, KWD: 3 }[currency] ?? 2;
          expect(parseAmount(toDecimal({ amount, currency }), places, currency)).toBe(amount);
          expect(parseAmount(String(amount), places, currency)).toBe(amount);
        },
      ),
    );
  });
});

describe('parseInstant', () => {
  it.each([
    ['2026-11-01T09:30:00Z', '2026-11-01T09:30:00.000Z'],
    ['2026-11-01T09:30:00', '2026-11-01T09:30:00.000Z'],
    ['2026-11-01 09:30:00', '2026-11-01T09:30:00.000Z'],
    ['2026-11-01T09:30:00.250+01:00', '2026-11-01T08:30:00.250Z'],
    ['2026-09-06T15:00+01:00[Europe/London]', '2026-09-06T14:00:00.000Z'],
  ])('%s', (text, expected) => {
    expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([undefined, '', 'yesterday', '2026-11-01', '2026-02-30T00:00:00Z', '1700000000'])(
    '%s is none',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );
});

describe('parseJson', () => {
  it('keeps integers that outgrow a double as their digits, outside strings only', () => {
    const text =
      '{"id":1234567890123456789,"s":"1234567890123456789, \\"9999999999999999999","small":42,"float":12345678901234567.5}';
    expect(parseJson(text, 'REQUEST_MALFORMED')).toEqual({
      id: '1234567890123456789',
      s: '1234567890123456789, "9999999999999999999',
      small: 42,
      float: Number('12345678901234567.5'),
    });
  });

  it('reads all other JSON as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        if (!/\d{16}/.test(text))
          expect(parseJson(text, 'REQUEST_MALFORMED')).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['', '{', 'nul', '['.repeat(100_000), `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`])(
    'refuses what is none or too deep',
    (text) => {
      expect(() => parseJson(text, 'REQUEST_MALFORMED')).toThrow(
        expect.objectContaining({ code: 'REQUEST_MALFORMED' }),
      );
    },
  );

  it('wants an object where one is due', () => {
    expect(() => parseJsonObject('[]', 'REQUEST_MALFORMED')).toThrow(
      expect.objectContaining({ code: 'REQUEST_MALFORMED' }),
    );
  });
});

describe('retryAfterMs', () => {
  const answer = (headers: Record<string, string>) => ({ status: 429, headers, body: '' });
  it('reads seconds, and dates by the clock of the platform', () => {
    expect(retryAfterMs(answer({ 'retry-after': '7' }))).toBe(7_000);
    expect(
      retryAfterMs(
        answer({
          'retry-after': 'Sun, 01 Nov 2026 09:30:07 GMT',
          date: 'Sun, 01 Nov 2026 09:30:00 GMT',
        }),
      ),
    ).toBe(7_000);
    expect(retryAfterMs(answer({ 'retry-after': 'Sun, 01 Nov 2026 09:30:07 GMT' }))).toBeNull();
    expect(retryAfterMs(answer({ 'retry-after': 'soon' }))).toBeNull();
    expect(retryAfterMs(answer({}))).toBeNull();
  });
});
