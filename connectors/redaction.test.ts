import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLuhnValid, redactBody, redactCardNumbers, redactJson, redactPath } from './redaction.ts';

/** A number of `length` digits that begins with 2 to 6 and has a valid check digit. Made here, so that none stands in the source. */
const cardNumber = fc
  .tuple(
    fc.constantFrom('2', '3', '4', '5', '6'),
    fc
      .integer({ min: 13, max: 19 })
      .chain((length) => fc.array(fc.nat(9), { minLength: length - 2, maxLength: length - 2 })),
  )
  .map(([first, rest]) => {
    const body = first + rest.join('');
    const check = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((digit) => isLuhnValid(body + digit));
    return `${body}${check}`;
  });

describe('redaction', () => {
  it('takes out every card number, however it is spaced, and nothing else', () => {
    fc.assert(
      fc.property(
        cardNumber,
        fc.constantFrom('', ' ', '-'),
        fc.constantFrom('', 'card ', '#', '<b>'),
        (digits, gap, before) => {
          const written = (digits.match(/.{1,4}/g) ?? []).join(gap);
          const redacted = redactCardNumbers(`${before}${written}, ok`);
          expect(redacted).toBe(`${before}[redacted], ok`);
        },
      ),
    );
  });

  it('knows the checksum by its published example', () => {
    expect(isLuhnValid('79927398713')).toBe(true);
    for (const digit of [0, 1, 2, 4, 5, 6, 7, 8, 9])
      expect(isLuhnValid(`7992739871${digit}`)).toBe(false);
  });

  it('finds a card number among other numbers', () => {
    fc.assert(
      fc.property(
        cardNumber,
        fc.constantFrom('2026-12-24 ', '7 ', '12-', 'room 101 '),
        (digits, before) => {
          expect(redactCardNumbers(`${before}${digits} 2 nights`)).not.toContain(digits);
        },
      ),
    );
  });

  it('leaves prices, dates, ids and phone numbers that are no card numbers', () => {
    const text =
      'reservation 4000000001 of 2026-12-24 at 1234.50, phone +49 30 0000000, sum 0.4111';
    expect(redactCardNumbers(text)).toBe(text);
  });

  it('empties card elements and security codes of XML', () => {
    fc.assert(
      fc.property(cardNumber, (digits) => {
        const body = `<r><PaymentCard CardNumber="${digits}" ExpireDate="0129"><CardHolderName>A B</CardHolderName><SeriesCode>987</SeriesCode></PaymentCard><cvc>987</cvc><note v="${digits}">${digits}</note><ok>1</ok></r>`;
        const redacted = redactBody(body);
        expect(redacted).not.toContain(digits);
        expect(redacted).not.toContain('987');
        expect(redacted).not.toContain('A B');
        expect(redacted).toContain('<ok>1</ok>');
      }),
    );
  });

  it('empties secrets and cards of JSON, also in nested and numeric form', () => {
    fc.assert(
      fc.property(cardNumber, (digits) => {
        const redacted = redactBody(
          `{"client_secret":"s3","a":[{"card":{"number":"1"}},{"x":${digits}}],"jwt":"e.y","error_code":400,"code":"PRICE_INVALID","none":null}`,
        );
        expect(redacted).not.toContain(digits);
        expect(JSON.parse(redacted)).toMatchObject({
          client_secret: '[redacted]',
          jwt: '[redacted]',
          error_code: 400,
          code: 'PRICE_INVALID',
          none: null,
        });
      }),
    );
  });

  it('falls back to patterns for what is neither', () => {
    expect(redactBody('{"password": "hunter2", broken')).not.toContain('hunter2');
    expect(redactBody('<a><cvc>123</cvc>')).not.toContain('123');
    expect(redactBody('access_token=abc&x=1')).toBe('access_token=[redacted]&x=1');
  });

  it('keeps the id of an answer that stands behind its XML', () => {
    expect(redactBody('<ok/>\n<!-- RUID: [a1b2] -->')).toBe('<ok/>\n<!-- RUID: [a1b2] -->');
  });

  it('finds a card number behind the decimals of an amount, and none in them', () => {
    fc.assert(
      fc.property(cardNumber, (digits) => {
        expect(redactCardNumbers(`1.${digits}`)).toBe(`1.${digits}`);
        expect(redactCardNumbers(`1.5 ${digits}`)).toBe('1.5 [redacted]');
      }),
    );
  });

  it('shows no half of a card number where it cuts', () => {
    fc.assert(
      fc.property(cardNumber, fc.nat(40), (digits, before) => {
        const text = `${'x'.repeat(before)}${digits}${'y'.repeat(200)}`;
        for (const body of [text, `<broken ${text}`])
          expect(redactBody(body, 30)).not.toContain(digits.slice(0, 13));
      }),
    );
  });

  it.each([
    ['nothing but digits', '4'.repeat(9_000_000)],
    ['digits in XML', `<a>${'4'.repeat(900_000)}</a>`],
    ['digits one by one in XML', `<a>${'4 '.repeat(450_000)}</a>`],
    ['digits in JSON', `[${'4'.repeat(900_000)}]`],
    ['a long string in JSON', `["${'a'.repeat(900_000)}"]`],
    ['escaped quotes in JSON that does not end', `["${'\\"'.repeat(400_000)}`],
    ['blanks', `<html>${' '.repeat(900_000)}</html>`],
    ['blanks behind the root', `<html/>${' '.repeat(900_000)}x`],
    ['opened comments', `<html>${'<!--'.repeat(200_000)}</html>`],
    ['comments behind the root', `<html/>${'<!---->'.repeat(100_000)}`],
    ['names of secrets', 'password '.repeat(100_000)],
    ['more than is worth a look', `<a>${'<b/>'.repeat(4_000_000)}</a>`],
  ])('reads %s in no time', (_name, body) => {
    // Time of the processor: other tests may be at work.
    const since = process.cpuUsage().user;
    expect(redactBody(body, 8_000).length).toBeLessThan(8_100);
    expect(process.cpuUsage().user - since).toBeLessThan(2_000_000);
  });

  it('bounds what it keeps', () => {
    expect(redactBody('x'.repeat(100), 10)).toBe(`${'x'.repeat(10)}… (90 characters more)`);
  });

  it('hides tokens in paths', () => {
    expect(redactPath('/v2/oauth2/authorizations/abc?x=1')).toBe(
      '/v2/oauth2/authorizations/[redacted]?x=1',
    );
    expect(redactPath('/a?access_token=abc&b=2')).toBe('/a?access_token=[redacted]&b=2');
    expect(redactPath('/v2/oauth2/authorizations?_unwrapped=true')).toBe(
      '/v2/oauth2/authorizations?_unwrapped=true',
    );
  });

  it('keeps values that are no secrets as they are', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), (value) => {
        const plain = JSON.stringify(value);
        if (!/\d{13}/.test(plain))
          expect(JSON.stringify(redactJson(JSON.parse(plain)))).toBe(plain);
      }),
      { numRuns: 50 },
    );
  });
});
