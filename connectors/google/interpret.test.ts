import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change, ChannelResponse } from '../contract.ts';
import { contextOf } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { googleAuthenticator } from './auth.ts';
import { googleConnector } from './index.ts';
import { interpretPropertyData, propertyData } from './property-data.ts';
import { testProperty } from './testing/property.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('google', 'h1', null, ['p1', 'p2']);
const change = (night: string, field: FieldName, ratePlanId: string | null, value = 1): Change => ({
  night: night as PlainDate,
  field,
  ratePlanId,
  value,
});
const PRICES = [
  change('2026-12-24', 'price', 'p1', 14_000),
  change('2026-12-25', 'price', 'p1', 15_000),
  change('2026-12-26', 'price', 'p1', 16_000),
  change('2026-12-24', 'price', 'p2', 13_000),
];
const RULES = [
  change('2026-12-24', 'min_stay_arrival', 'p1', 3),
  change('2026-12-24', 'min_stay_through', 'p1', 2),
  change('2026-12-24', 'closed_to_arrival', 'p1', 1),
];
const answer = (content: string, status = 200): ChannelResponse => ({
  status,
  headers: {},
  body: `<?xml version="1.0"?><OTA_HotelRateAmountNotifRS xmlns="http://www.opentravel.org/OTA/2003/05" TimeStamp="2026-12-01T08:00:00Z" Version="3.0">${content}</OTA_HotelRateAmountNotifRS>`,
});
const errors = (...all: readonly (readonly [type: number, code: number, text: string])[]) =>
  `<Errors>${all.map(([type, code, text]) => `<Error Type="${type}" Code="${code}" Status="NotProcessed" ShortText="${text}"/>`).join('')}</Errors>`;
const interpret = (changes: readonly Change[], response: ChannelResponse) => {
  const [request] = googleConnector.plan(
    connection,
    changes,
    contextOf(today, 'EUR', changes),
  ).requests;
  if (!request) throw new Error('no request');
  return googleConnector.interpret(request, response);
};

describe('answers to an OTA message', () => {
  it('is applied when the body says so, not when the status does', () => {
    expect(interpret(PRICES, answer('<Success/>'))).toEqual({ kind: 'applied' });
    for (const body of ['', '<html/>', '{}', '<OTA_HotelRateAmountNotifRS/>'])
      expect(interpret(PRICES, { status: 200, headers: {}, body })).toMatchObject({
        kind: 'unknown',
        code: 'CHANNEL_RESPONSE_MALFORMED',
      });
  });

  it.each(['<Success/>', errors([3, 450, "Price (package 'p1', date '2026-12-25')"])])(
    'proves nothing when it answers another message: %s',
    (content) => {
      const [request] = googleConnector.plan(
        connection,
        PRICES,
        contextOf(today, 'EUR', PRICES),
      ).requests;
      const token = /EchoToken="([^"]*)"/.exec(request?.body ?? '')?.[1] ?? '';
      const answering = (echo: string) => {
        const { body, ...rest } = answer(content);
        return { ...rest, body: body.replace(' Version', ` EchoToken="${echo}" Version`) };
      };
      expect(interpret(PRICES, answering(token)).kind).toBe(
        content === '<Success/>' ? 'applied' : 'refused',
      );
      expect(interpret(PRICES, answering('of-another-message'))).toMatchObject({
        kind: 'unknown',
        code: 'CHANNEL_RESPONSE_MALFORMED',
      });
    },
  );

  it('blames the one cell that an error names', () => {
    const text = "Price '150.00' is not valid (package 'p1', date '2026-12-25')";
    expect(interpret(PRICES, answer(errors([3, 450, text])))).toEqual({
      kind: 'refused',
      refused: [{ change: PRICES[1], code: 'CHANNEL_VALUE_REFUSED', advice: text }],
      code: 'CHANNEL_VALUE_REFUSED',
      message: `3/450 ${text}`,
    });
  });

  it.each([
    ['a date of two packages', PRICES, "rate of '2026-12-24' is too low"],
    [
      'both ends of a range, not what is between',
      PRICES,
      "from '2026-12-24' to '2026-12-26' for package 'p1'",
    ],
    ['a night without its restriction', RULES, "package 'p1', date '2026-12-24'"],
    ['nothing at all', PRICES, 'Invalid value'],
  ])('blames nobody for an error that names %s', (_, changes, text) => {
    expect(interpret(changes, answer(errors([3, 320, text])))).toMatchObject({
      kind: 'refused',
      refused: [],
    });
  });

  it.each([
    ['SetMinLOS', 0],
    ['SetForwardMinStay', 1],
    ['Arrival', 2],
  ] as const)('knows %s', (word, index) => {
    const text = `${word} is not allowed (package 'p1', date '2026-12-24')`;
    expect(interpret(RULES, answer(errors([3, 320, text])))).toMatchObject({
      refused: [{ change: RULES[index] }],
    });
  });

  it('blames the only change of a message, whatever the words', () => {
    const [only] = PRICES;
    expect(interpret(only ? [only] : [], answer(errors([3, 320, 'No'])))).toMatchObject({
      refused: [{ change: only }],
    });
  });

  it('collects the culprits of all errors', () => {
    const named = errors(
      [3, 320, "Price is not valid (package 'p1', date '2026-12-24')"],
      [3, 320, "Price is not valid (package 'p2', date '2026-12-24')"],
    );
    const outcome = interpret(PRICES, answer(named));
    expect(outcome).toMatchObject({ refused: [{ change: PRICES[0] }, { change: PRICES[3] }] });
    expect(outcome).not.toHaveProperty('partlyApplied');
  });

  it('says that some may be stored when the answer says both', () => {
    expect(
      interpret(PRICES, answer(`<Success/>${errors([3, 320, 'Invalid value'])}`)),
    ).toMatchObject({ kind: 'refused', partlyApplied: true });
  });

  it.each([
    [4, 497, 'CHANNEL_FORBIDDEN'],
    [6, 320, 'CHANNEL_FORBIDDEN'],
    [3, 375, 'CHANNEL_LISTING_UNKNOWN'],
    [3, 392, 'CHANNEL_LISTING_UNKNOWN'],
    [3, 402, 'CHANNEL_LISTING_UNKNOWN'],
    [7, 320, 'CHANNEL_VALUE_REFUSED'],
  ])('calls type %i code %i a fault of the connection', (type, code, expected) => {
    expect(interpret(PRICES, answer(errors([type, code, 'No'])))).toMatchObject({
      kind: 'connection_fault',
      code: expected,
      message: expect.stringContaining(`(${type}/${code} No)`),
    });
  });

  it.each([
    [12, 187],
    [3, 448],
    [13, 0],
    [1, 0],
  ])('calls type %i code %i the trouble of the platform: it is sent again', (type, code) => {
    expect(interpret(PRICES, answer(errors([type, code, 'No'])))).toMatchObject({
      kind: 'unknown',
      code: 'CHANNEL_UNAVAILABLE',
    });
  });

  it.each([249, 783])('parks the rate plan that code %i names, alone', (code) => {
    expect(interpret(PRICES, answer(errors([3, code, "Package 'p2' is not known"])))).toMatchObject(
      {
        refused: [{ change: PRICES[3], code: 'RATE_PLAN_UNKNOWN' }],
      },
    );
    const ofOne = PRICES.slice(0, 3);
    expect(interpret(ofOne, answer(errors([3, code, 'Not known'])))).toMatchObject({
      refused: ofOne.map((one) => ({ change: one })),
    });
  });

  it('reads a refusal by status, and an address that is not listed', () => {
    expect(interpret(PRICES, { status: 413, headers: {}, body: '' })).toMatchObject({
      kind: 'refused',
      refused: [],
    });
    expect(interpret(PRICES, { status: 403, headers: {}, body: '<html/>' })).toMatchObject({
      kind: 'connection_fault',
      code: 'CHANNEL_FORBIDDEN',
    });
  });
});

describe('the partner key', () => {
  const secrets = (clientId: string | null) => ({
    clientId,
    clientSecret: null,
    refreshToken: null,
  });
  const signed = (body: string, key = 'a&b"$&') =>
    googleAuthenticator.authorise(secrets(key)).sign?.(body);

  it('goes into its one place, escaped, and changes nothing else', () => {
    const [request] = googleConnector.plan(
      connection,
      PRICES,
      contextOf(today, 'EUR', PRICES),
    ).requests;
    const body = request?.body ?? '';
    expect(signed(body)).toBe(body.replace('ID=""', () => 'ID="a&amp;b&quot;$&amp;"'));
  });

  it('goes into a Transaction, not into a text that looks like its place', () => {
    const property = testProperty('h1', ['p1']);
    const trap = [{ language: 'en', text: '<RequestorID ID=""/> partner=""' }];
    const { body } = propertyData([{ ...property, name: trap }], 'delta', 0);
    expect(signed(body ?? '', 'key')).toMatch(
      /^<\?xml [^>]*>\n<Transaction timestamp="1970-01-01T00:00:00Z" id="[\w-]{22}" partner="key">/,
    );
    expect(signed(body ?? '', 'key')?.match(/"key"/g)).toHaveLength(1);
  });
});

describe('property data', () => {
  const reply = (content: string, status = 200) =>
    interpretPropertyData({
      status,
      headers: {},
      body: `<TransactionResponse timestamp="2026-12-01T08:00:00Z" id="t1" partner="p">${content}</TransactionResponse>`,
    });
  const issues = (status: string) =>
    `<Issues><Issue code="1012" status="${status}">Capacity is over the maximum limit</Issue></Issues>`;

  it('is accepted with warnings, and refused by errors and failures', () => {
    expect(reply('<Success/>')).toEqual({ kind: 'applied' });
    expect(reply(`<Success/>${issues('warning')}`)).toEqual({ kind: 'applied' });
    for (const status of ['error', 'failure', 'a new word'])
      expect(reply(`<Success/>${issues(status)}`)).toMatchObject({
        kind: 'refused',
        code: 'CHANNEL_VALUE_REFUSED',
        message: `${status === 'error' ? 'error' : 'failure'} 1012 Capacity is over the maximum limit`,
      });
  });

  it.each([
    [200, '', { kind: 'unknown', code: 'CHANNEL_RESPONSE_MALFORMED' }],
    [400, '', { kind: 'refused', code: 'CHANNEL_VALUE_REFUSED' }],
    [401, '', { kind: 'unauthorized' }],
    [403, '', { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN' }],
    [429, '', { kind: 'rate_limited', retryAfterMs: null }],
    [503, '', { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
  ])('reads %i %s', (status, content, expected) => {
    expect(reply(content, status)).toMatchObject(expected);
  });

  it.each([
    ['too many guests', { guests: 21 }],
    ['no guests', { guests: 0 }],
    ['no name', { name: [] }],
    ['no package', { packages: [] }],
  ])('is not written with %s', (_, change) => {
    const property = { ...testProperty('h1', ['p1']), ...change };
    expect(() => propertyData([property], 'overlay', 0)).toThrow(
      expect.objectContaining({ code: 'EVENT_VALUE_INVALID' }),
    );
  });

  it('is not written for no property, nor for more packages than Google takes', () => {
    expect(() => propertyData([], 'overlay', 0)).toThrow('names a property');
    const ids = Array.from({ length: 3_001 }, (_, index) => `p${index}`);
    expect(() => propertyData([testProperty('h1', ids)], 'overlay', 0)).toThrow('at most 3000');
  });
});
